"""What the Evaluate page shows and how."""

from __future__ import annotations

from dataclasses import dataclass, field

from reranklab.evaluate.candidates import WORDS


@dataclass(slots=True, kw_only=True)
class EvaluateState:
    """`tool` and `view` are ids. `collections` are names, `path` is of a folder or an archive. `queries` 0 takes all; `rule` is
    a kind of candidates, and `depth` how many. `margin` is in points. `run` is the number of the open run, 0 for none; `follow`
    that of the evaluation whose run is opened as soon as it has one. `first` and `second` are the rankers of the query table,
    `baseline` "" for every pair. `cluster` is the kind of device of
    the Ray cluster that computes, "" for this machine."""

    tool: str = ""
    view: str = ""
    collections: list[str] = field(default_factory=list)
    path: str = ""
    split: str = ""
    queries: int = 0
    seed: int = 0
    rule: str = WORDS
    depth: int = 100
    fresh: bool = False
    cluster: str = ""
    imported_name: str = ""
    imported: bytes = b""
    uploads: int = 0
    problem: str = ""
    form_open: bool = True
    run: int = 0
    follow: int = 0
    measure: str = "nDCG@10"
    margin: float = 1.0
    baseline: str = ""
    first: str = ""
    second: str = ""
    hurt_only: bool = False
    link_read: bool = False
