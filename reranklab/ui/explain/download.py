"""What a section shows, as JSON: the same record that the command prints."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from reranklab.explain.analysis import Finding
from reranklab.explain.record import explanations_record
from reranklab.explain.subject import Subject
from reranklab.ui import plain


def show_download(subject: Subject, findings: Sequence[Finding[Any]], *, name: str) -> None:
    """A download of the findings shown, with the query and the document that they are about."""
    if not findings:
        return
    plain.download_button(
        "JSON of these explanations",
        data=lambda: to_json(subject, findings),
        file_name=f"{name}.json",
        mime="application/json",
        key=f"json_{name}",
        type="tertiary",
        on_click="ignore",
        help="The query, the document, and the result of each ranker's analysis with its parameters, scale and provenance.",
    )


def to_json(subject: Subject, findings: Sequence[Finding[Any]]) -> str:
    return json.dumps(explanations_record(subject, findings), ensure_ascii=False, allow_nan=False, indent=2)
