"""One ranker measured as it is asked for: built, started, and swept over its lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from reranklab.engine.build import build_ranker
from reranklab.errors import Cancelled, RerankLabError
from reranklab.latency.cold import cold_start
from reranklab.latency.lists import TimedList, made_lists, real_lists
from reranklab.latency.sweep import Sweep, sweep
from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.family import Ranker, RankerSpec
from reranklab.services.endpoint import Endpoint
from reranklab.types import Document, Query

Tasks = Sequence[tuple[Query, Sequence[Document]]]
"""Queries with their candidates, best first."""


def measure_latency(
    spec: RankerSpec,
    *,
    candidates: Sequence[int],
    tokens: Sequence[int] = (),
    tasks: Tasks | None = None,
    device: str = "cpu",
    repeats: int = 5,
    seed: int = 0,
    cold: bool = True,
    endpoints: Sequence[Endpoint] = (),
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> Sweep:
    """Sweep a ranker over lists of so many candidates, each of documents of `tokens` or, with `tasks`, of documents as they
    are. With `cold` its start and its memory are measured first; why that failed, where it did, is in the result.

    Raises what `build_ranker`, `made_lists` or `real_lists`, and `sweep` raise.
    """
    ranker = build_ranker(spec, device=device, endpoints=endpoints)
    ranker.load(cancel=cancel, progress=progress)
    if tasks is not None:
        lists = real_lists(tasks, candidates=candidates)
    else:
        lists = made_lists(ranker, candidates=candidates, tokens=tokens, seed=seed, cancel=cancel)
    start = _start(ranker, lists, device, cancel, progress) if cold else {}
    result = sweep(ranker, lists, repeats=repeats, seed=seed, cancel=cancel, progress=progress)
    return replace(result, **start)


def _start(
    ranker: Ranker, lists: Sequence[TimedList], device: str, cancel: CancelSignal | None, progress: Progress | None
) -> dict[str, Any]:
    small, *_, large = sorted([lists[0], *lists], key=_characters)
    try:
        found = cold_start(ranker, small, large, device=device, cancel=cancel, progress=progress)
    except Cancelled:
        raise
    except RerankLabError as error:
        return {"cold_missing": str(error)}
    return {"cold": found, "cold_missing": ""}


def _characters(timed: TimedList) -> int:
    return sum(len(document.content) for document in timed.documents)
