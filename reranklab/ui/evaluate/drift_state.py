"""What the tool for drift shows and how."""

from __future__ import annotations

from dataclasses import dataclass, field

from reranklab.evaluate.drift import DriftTable
from reranklab.evaluate.drift_warning import DriftWarning
from reranklab.ui.jobs import Job


@dataclass(slots=True, kw_only=True)
class SourceState:
    """Where queries come from: `source` is a dataset, `run:N`, or "" for an uploaded file."""

    source: str = ""
    name: str = ""
    content: bytes = b""


@dataclass(slots=True, kw_only=True)
class DriftState:
    """`part` is an id. `collections` are names, `path` is of a folder or an archive. `queries` 0 takes all; the candidates are
    the `judged` documents or else BM25's first `depth`; `baseline` "" is the first ranker that counts words. `ranker` and
    `carried`, a collection, are what the figure of scores shows. `corpus` is the dataset whose documents queries of a file are
    ranked over, "" for none."""

    part: str = ""
    collections: list[str] = field(default_factory=list)
    path: str = ""
    queries: int = 50
    judged: bool = False
    depth: int = 20
    baseline: str = ""
    criterion: str = "F1"
    ranker: str = ""
    carried: str = ""
    problem: str = ""
    table: Job[DriftTable] | None = None
    reference: SourceState = field(default_factory=SourceState)
    new: SourceState = field(default_factory=SourceState)
    corpus: str = ""
    warning_problem: str = ""
    warning: Job[DriftWarning] | None = None
