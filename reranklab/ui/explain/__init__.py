"""The Explain page: its subject, one section for each question about it, and its address."""

from __future__ import annotations

from reranklab.ui.explain.link import follow_link, put_explain_link, show_first_run
from reranklab.ui.explain.sections import show_sections
from reranklab.ui.explain.subject import show_subject

__all__ = ["follow_link", "put_explain_link", "show_first_run", "show_sections", "show_subject"]
