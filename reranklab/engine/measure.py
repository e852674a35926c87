"""Measured rankings: load, warm up, run, repeat."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace

from reranklab.data.blank import is_blank
from reranklab.engine.timing import over_runs
from reranklab.engine.turns import TURNS
from reranklab.models.device import is_gpu
from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.base import check_input, check_ranking
from reranklab.rankers.family import Capability, Ranker
from reranklab.types import Document, Query, Ranking

WARMUP_DOCUMENTS = 4
WARMUP = f"1 unmeasured run over the first {WARMUP_DOCUMENTS} documents or fewer"
GPU_WARMUP = f"{WARMUP}, and 1 over all"
"""A GPU loads the kernels of a batch's shape when it first comes. On an H200 the cross-encoder's first run over 100 documents
in fp16 took 690 ms after the short warm-up, and the runs after it 24 ms."""


def measure(
    ranker: Ranker,
    query: Query,
    documents: Sequence[Document],
    *,
    repeats: int = 1,
    warm_up: bool = True,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> Ranking:
    """Rank `repeats` times after a warm-up; the ranking returned carries the timing of every run and the words of the warm-up.

    Waits for its turn first where the ranker computes here (see `turns`). Raises what the ranker raises, and ModelError for
    what is no ranking of the documents. A run that gives another order than the first (a hosted model can) is named in the
    warnings.
    """
    check_input(query, documents)
    elsewhere = Capability.HOSTED in ranker.capabilities
    with nullcontext() if elsewhere else TURNS.take(cancel=cancel, progress=progress):
        ranker.load(cancel=cancel, progress=progress)
        warmed = _warm_up(ranker, query, documents, cancel=cancel) if warm_up else "none"
        first = ranker.rank(query, documents, cancel=cancel, progress=progress)
        again = [ranker.rank(query, documents, cancel=cancel, progress=progress) for _ in range(repeats - 1)]
    for ranking in (first, *again):
        check_ranking(ranking, documents, ranker=ranker.id)
    measured = over_runs([first, *again], warmup=warmed)
    order = [item.id for item in first.items]
    differing = sum([item.id for item in ranking.items] != order for ranking in again)
    if not differing:
        return measured
    warning = f"{differing} of {repeats - 1} repeated runs gave another order. The first run's order is shown."
    return replace(measured, warnings=(*measured.warnings, warning))


def _warm_up(ranker: Ranker, query: Query, documents: Sequence[Document], *, cancel: CancelSignal | None) -> str:
    """What was done, in words."""
    first = ranker.rank(query, _warmup_sample(documents), cancel=cancel)
    if not is_gpu(first.timing.device):
        return WARMUP
    ranker.rank(query, documents, cancel=cancel)
    return GPU_WARMUP


def _warmup_sample(documents: Sequence[Document]) -> list[Document]:
    """The first documents with text: a warm-up over blank ones would be refused as input."""
    return [document for document in documents if not is_blank(document.content)][:WARMUP_DOCUMENTS]
