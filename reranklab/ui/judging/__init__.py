"""The results as something to judge: documents by grade, and lists without names."""

from reranklab.ui.judging.blind import show_blind
from reranklab.ui.judging.grading import show_grading

__all__ = ["show_blind", "show_grading"]
