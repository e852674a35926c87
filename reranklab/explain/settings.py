"""The same ranker in other precisions and batch sizes, to see which neighbours in its order do not hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from reranklab.progress import CancelSignal, Progress, report
from reranklab.rankers.family import Ranker, RankerSpec
from reranklab.types import Document, Query, Ranking


def rank_in_settings(
    build: Callable[[RankerSpec], Ranker],
    specs: Sequence[RankerSpec],
    query: Query,
    documents: Sequence[Document],
    *,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> Mapping[str, Ranking]:
    """Ranker id to its ranking of the list. Raises what the rankers raise."""
    rankings = {}
    for done, spec in enumerate(specs):
        report(progress, done=done, total=len(specs), unit="setting", label=spec.id)
        ranker = build(spec)
        ranker.load(cancel=cancel, progress=progress)
        rankings[spec.id] = ranker.rank(query, documents, cancel=cancel)
    report(progress, done=len(specs), total=len(specs), unit="setting", label="settings")
    return rankings


def setting_in_words(spec: RankerSpec, other: RankerSpec) -> str:
    """What `other`, one of the settings of `spec`, does otherwise."""
    if "tier" in other.options and other.option("tier") != spec.option("tier"):
        return f"{other.option('tier')} tier"
    if "precision" in other.options and other.option("precision") != spec.option("precision"):
        return other.option("precision")
    return "one text at a time"
