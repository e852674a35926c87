"""Which models can be trained: those that are here, and those that were trained here."""

from __future__ import annotations

from collections.abc import Iterator

from reranklab.models.catalogue import CatalogueEntry, trained_entries, usable_models
from reranklab.models.store import is_stored
from reranklab.rankers.family import Family, RankerSpec
from reranklab.train.catalogue import MODULES, trainable_families


def trainable_rankers() -> dict[str, str]:
    """Ranker id to title: the models of the catalogue that are stored here, rankers that read pairs first, then those that were
    trained here."""
    entries = [entry for entry in usable_models() if is_stored(entry)]
    ordered = sorted(trainable_families(), key=_place)
    found = {spec.id: title for family in ordered for spec, title in _models(family, entries)}
    return found | {spec.id: title for family in ordered for spec, title in _models(family, trained_entries())}


def _models(family: Family, entries: tuple[CatalogueEntry, ...] | list[CatalogueEntry]) -> Iterator[tuple[RankerSpec, str]]:
    """The family's default model first."""
    fit = [entry for entry in entries if entry.kind in family.kinds and family.kinds[entry.kind].learns in MODULES]
    default = [entry for entry in fit if entry.id == family.default_model]
    for entry in [*default, *(entry for entry in fit if entry not in default)]:
        model = "" if entry.id == family.default_model else entry.id
        yield RankerSpec(family=family, model=model), f"{family.title}: {entry.id.rpartition('/')[2]}"


def _place(family: Family) -> int:
    """Among what models learn, in the order in which the learners stand."""
    learned = {kind.learns for kind in family.kinds.values()}
    return next(place for place, learns in enumerate(MODULES) if learns in learned)
