"""The Evaluate page: rankers over whole collections, and what may be concluded."""

from reranklab.ui.evaluate.page import follow_link, put_evaluate_link, show_tools

__all__ = ["follow_link", "put_evaluate_link", "show_tools"]
