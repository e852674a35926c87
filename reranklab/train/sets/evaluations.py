"""The collections that a trained model will be judged by, and training queries without those that they ask too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal, get_args

from reranklab.data.beir import dataset_path, load_dataset
from reranklab.data.collection import Collection, list_splits
from reranklab.errors import InputError, RerankLabError
from reranklab.progress import CancelSignal, Progress
from reranklab.train.sets.leaks import LeakCheck, find_leaks

TRAIN = "train"
"""The split to train on, where a collection has one of that name."""

Leaks = Literal["refuse", "leave-out"]
"""What becomes of training queries that an evaluation asks too."""


def load_judged(
    source: str | Path, *, split: str | None = None, cancel: CancelSignal | None = None, progress: Progress | None = None
) -> Collection:
    """What `load_dataset` takes. `split` None is "train" where there is one, else the collection's usual split."""
    if split is None:
        try:
            has_train = TRAIN in list_splits(dataset_path(source, cancel=cancel, progress=progress))
        except RerankLabError:
            has_train = False  # a sample, or load_dataset says what is wrong
        split = TRAIN if has_train else None
    return load_dataset(source, split=split, cancel=cancel, progress=progress)


def evaluations_of(
    source: str | Path | Collection,
    collection: Collection,
    evaluate_on: Sequence[str | Path | Collection],
    *,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> tuple[Collection, ...]:
    """What a model trained on `collection` will be judged by: the usual split of its source, where another one is trained on,
    and those named. A collection is there once."""
    found: dict[tuple[str, str], Collection] = {}
    if not isinstance(source, Collection):
        usual = load_dataset(source, cancel=cancel, progress=progress)
        if usual.split != collection.split:
            found[usual.name, usual.split] = usual
    for each in evaluate_on:
        loaded = each if isinstance(each, Collection) else load_dataset(each, cancel=cancel, progress=progress)
        found[loaded.name, loaded.split] = loaded
    return tuple(found.values())


def without_leaks(
    collection: Collection,
    evaluations: Sequence[Collection],
    *,
    leaks: Leaks,
    device: str = "cpu",
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> tuple[Collection, LeakCheck]:
    """The collection without the queries that an evaluation asks too, and what was found.

    Raises InputError for an unknown word, for leaks that are to be refused, and where no query is left.
    """
    if leaks not in get_args(Leaks):
        raise InputError(f"There is no way {leaks!r} to treat leaks. Choose one of: {', '.join(get_args(Leaks))}.")
    check = find_leaks(collection, evaluations, device=device, cancel=cancel, progress=progress)
    if leaks == "refuse":
        check.refuse(training=len(collection.queries))
    dropped = set(check.queries)
    left = {query_id: query for query_id, query in collection.queries.items() if query_id not in dropped}
    if not left:
        raise InputError(f"Every query of {collection.name} ({collection.split}) is one of an evaluation. Train on others.")
    return replace(collection, queries=left, qrels={query: collection.qrels.get(query, {}) for query in left}), check
