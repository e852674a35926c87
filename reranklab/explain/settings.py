"""The same ranker in other precisions and batch sizes, to see which places in its order do not hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from reranklab.errors import InputError
from reranklab.models.device import resolve_device
from reranklab.progress import CancelSignal, Progress, report
from reranklab.rankers.base import Ranker
from reranklab.rankers.choice import choose_model
from reranklab.rankers.registry import FAMILIES, RankerSpec
from reranklab.types import Document, Query, Ranking


def other_settings(spec: RankerSpec, *, device: str = "cpu") -> tuple[RankerSpec, ...]:
    """The other precisions that the ranker's model has on the device, and one text at a time. Empty for BM25 and endpoints."""
    family = FAMILIES[spec.family]
    names = {option.name: option for option in family.options}
    if not family.kinds or spec.hosted:
        return ()
    found = []
    for precision in names["precision"].choices:
        changed = RankerSpec(family=spec.family, model=spec.model, options={**spec.options, "precision": precision})
        if changed.id == spec.id or (precision == "fp16" and device == "cpu") or (precision == "int8" and device != "cpu"):
            continue
        try:
            choose_model(changed, device=resolve_device(device))
        except InputError:
            continue
        found.append(changed)
    if "batch_tokens" in names and spec.option("batch_tokens") != "1":
        found.append(RankerSpec(family=spec.family, model=spec.model, options={**spec.options, "batch_tokens": "1"}))
    return tuple(found)


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
    found = {}
    for done, spec in enumerate(specs):
        report(progress, done=done, total=len(specs), unit="setting", label=spec.id)
        ranker = build(spec)
        ranker.load(cancel=cancel, progress=progress)
        found[spec.id] = ranker.rank(query, documents, cancel=cancel)
    report(progress, done=len(specs), total=len(specs), unit="setting", label="settings")
    return found
