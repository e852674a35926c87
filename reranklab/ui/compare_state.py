"""What the Compare page shows and how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Source = Literal["paste", "upload", "sample", "beir", "saved"]
SOURCES: Mapping[Source, str] = {
    "paste": "Paste",
    "upload": "Upload",
    "sample": "Sample",
    "beir": "BEIR",
    "saved": "Saved result",
}
ROWS = (10, 20, 50, 100, 0)
"""How many rows the results show; 0 is all."""

INPUT_ORDER = "input"

View = Literal["rankings", "judge", "blind"]
VIEWS: Mapping[View, str] = {"rankings": "Rankings", "judge": "Judge", "blind": "Blind comparison"}
"""What the results of a run are looked at for."""


@dataclass(slots=True, kw_only=True)
class CompareState:
    """`baseline` is INPUT_ORDER or a ranker id, empty before the first run; `hidden` are ids of rankers that the results leave
    out; `run_now` is what a link asked for."""

    source: Source = "sample"
    input_open: bool = True
    measure_again: bool = False
    baseline: str = ""
    rows: int = 20
    section: str = ""
    view: View = "rankings"
    ideal: bool = False
    hidden: frozenset[str] = frozenset()
    problem: str = ""
    link_read: bool = False
    run_now: bool = False
    explain_next: bool = False
