"""Which collections a model was trained on, as its folder tells: their queries say nothing of what it learned."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from reranklab.data.collection import Collection
from reranklab.data.content import collection_sha256
from reranklab.data.paths import is_file
from reranklab.errors import InputError
from reranklab.models.catalogue import CatalogueEntry, model_folder
from reranklab.models.trained import RECORD
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.rankers.family import RankerSpec
from reranklab.rankers.reference import model_entry

_DEEPEST = 8
"""Trainings one upon the other that are followed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedOn:
    """One split of a collection that a model was trained on. `sha256` is of its documents and queries, "" where it is not
    told. `queries` are the ids of those that the training saw, where the folder names them: others of the split may have been
    kept for the test."""

    collection: str
    split: str
    sha256: str = ""
    queries: frozenset[str] = frozenset()

    def has(self, collection: Collection) -> bool:
        """Whether it is these very queries: the same texts, or the same split of the same collection."""
        if (collection.name, collection.split) == (self.collection, self.split):
            return True
        return bool(self.sha256) and collection_sha256(collection) == self.sha256


def trained_on(spec: RankerSpec) -> tuple[TrainedOn, ...]:
    """What the models of a ranker and its stages were trained on here, and those that they began with; nothing for a model that
    tells nothing."""
    found = [each for stage in spec.stages for each in trained_on(stage)]
    if spec.family.kinds:
        found += _of_model(model_entry(spec), _DEEPEST)
    return tuple(dict.fromkeys(found))


def seen_queries(collection: Collection, seen: tuple[TrainedOn, ...], *, ranker: str) -> frozenset[str]:
    """The ids of the collection's queries that the ranker was trained on. Raises InputError where that is all of them, and
    where it is not told which."""
    found: frozenset[str] = frozenset()
    for each in seen:
        if not each.has(collection):
            continue
        found |= each.queries & collection.queries.keys()
        if not each.queries or len(found) == len(collection.queries):
            raise InputError(
                f"{ranker} was trained on {each.collection} ({each.split}), so its queries say nothing of what it learned. "
                "Evaluate on another split, or on queries that were not trained on."
            )
    return found


def _of_model(entry: CatalogueEntry, deepest: int) -> Iterator[TrainedOn]:
    if entry.source not in ("folder", "trained") or not deepest:
        return
    path = model_folder(entry.id) / RECORD
    if not is_file(path):
        return
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        made = record["data"]["provenance"]
        yield TrainedOn(
            collection=str(made["collection"]),
            split=str(made["split"]),
            sha256=str(made.get("collection_sha256") or ""),
            queries=frozenset(map(str, record["data"].get("queries", ()))),
        )
        yield from _of_base(record, deepest)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return  # a record of another program, or one that tells less


def _of_base(record: Any, deepest: int) -> Iterator[TrainedOn]:
    try:
        entry = model_entry(parse_ranker_id(str(record["base"]["ranker"])))
    except InputError:
        return  # what it began with is no longer here
    yield from _of_model(entry, deepest - 1)
