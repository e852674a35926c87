"""The result of a request: what each ranker made of the same candidates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from reranklab.engine.events import Collected, Failed, Finished, Progressed, Started
from reranklab.engine.request import Candidates, Request, RunSettings
from reranklab.errors import RerankLabError
from reranklab.progress import Step
from reranklab.rankers.titles import ranker_titles
from reranklab.types import Document, Ranking

RunState = Literal["waiting", "running", "finished", "failed", "cancelled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RankerRun:
    """One ranker's part of a run."""

    ranker: str
    state: RunState = "waiting"
    step: Step | None = None
    ranking: Ranking | None = None
    message: str = ""
    error: RerankLabError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A run, finished or on its way. `runs` are in the order of the settings; `number` tells the runs of a process apart."""

    request: Request
    settings: RunSettings
    candidates: Candidates
    runs: tuple[RankerRun, ...]
    number: int = 0

    @property
    def documents(self) -> tuple[Document, ...]:
        return self.candidates.documents

    @property
    def notes(self) -> tuple[str, ...]:
        """How the input was read, and what went wrong on the way to the candidates."""
        return (*self.request.notes, *self.candidates.notes)

    @property
    def rankings(self) -> tuple[Ranking, ...]:
        return tuple(run.ranking for run in self.runs if run.ranking is not None)

    @property
    def titles(self) -> dict[str, str]:
        """What the run's rankers are called: ranker id to title, no two alike."""
        return ranker_titles(run.ranker for run in self.runs)

    @property
    def failures(self) -> tuple[RankerRun, ...]:
        return tuple(run for run in self.runs if run.state in ("failed", "cancelled"))

    @classmethod
    def of(cls, request: Request, settings: RunSettings, events: Sequence[Any], *, number: int = 0) -> Comparison:
        """What the events so far say, behind the rankings that the request came with."""
        candidates = next((event.candidates for event in events if isinstance(event, Collected)), Candidates(documents=()))
        beside = (RankerRun(ranker=each.ranker, state="finished", ranking=each) for each in request.beside)
        runs = (*beside, *fold(events, settings.ranker_ids))
        return cls(request=request, settings=settings, candidates=candidates, runs=runs, number=number)


def fold(events: Sequence[Any], ranker_ids: Sequence[str]) -> tuple[RankerRun, ...]:
    """The latest state of each ranker."""
    runs = {ranker: RankerRun(ranker=ranker) for ranker in ranker_ids}
    for event in events:
        match event:
            case Started():
                runs[event.ranker] = replace(runs[event.ranker], state="running")
            case Progressed():
                runs[event.ranker] = replace(runs[event.ranker], state="running", step=event.step)
            case Finished():
                runs[event.ranker] = replace(runs[event.ranker], state="finished", ranking=event.ranking)
            case Failed():
                state: RunState = "cancelled" if event.cancelled else "failed"
                runs[event.ranker] = replace(runs[event.ranker], state=state, message=str(event.error), error=event.error)
            case _:
                pass
    return tuple(runs.values())


def by_speed(runs: Sequence[RankerRun]) -> list[RankerRun]:
    """Finished rankers fastest first, then the running one, the waiting ones, and those without a result."""
    order: dict[RunState, int] = {"finished": 0, "running": 1, "waiting": 2, "failed": 3, "cancelled": 3}
    return sorted(runs, key=lambda run: (order[run.state], run.ranking.timing.p50() if run.ranking else 0.0))
