"""The log that comes with the program: three weeks of a search whose documents are twice as long from day 14 on."""

from __future__ import annotations

from pathlib import Path

from reranklab.data.paths import app_dir


def sample_log_path() -> Path:
    return app_dir() / "sample_data" / "logs" / "requests.jsonl"


def sample_documents_path() -> Path:
    """The documents that the log names, one a line with _id, title and text."""
    return app_dir() / "sample_data" / "logs" / "corpus.jsonl"
