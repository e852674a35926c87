"""The Explain page: its subject, and one section for each question about it."""

from __future__ import annotations

from reranklab.ui.explain.sections import show_sections
from reranklab.ui.explain.subject import Subject, show_subject

__all__ = ["Subject", "show_sections", "show_subject"]
