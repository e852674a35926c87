"""What happens in a run, as it happens. The events carry everything that a screen needs to show results as they come."""

from __future__ import annotations

from dataclasses import dataclass

from reranklab.engine.request import Candidates
from reranklab.errors import RerankLabError
from reranklab.progress import Step
from reranklab.types import Ranking


@dataclass(frozen=True, slots=True, kw_only=True)
class Collecting:
    """Progress on the candidates."""

    step: Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """The candidates are there."""

    candidates: Candidates


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Other runs are before this one; the step says how many."""

    step: Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """The ranker begins: loading, warming up, ranking."""

    ranker: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Progressed:
    """The ranker is on its way."""

    ranker: str
    step: Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """The ranker is done. `ranking.timing.cached` marks a result measured earlier."""

    ranker: str
    ranking: Ranking


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """The ranker failed, or was stopped (`cancelled`); the others go on."""

    ranker: str
    error: RerankLabError
    cancelled: bool = False


Event = Collecting | Collected | Waiting | Started | Progressed | Finished | Failed
