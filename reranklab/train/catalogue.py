"""Which learner trains which kind of model: the one place that knows."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from reranklab.errors import InputError
from reranklab.models.loaded import Learns
from reranklab.rankers.catalogue import families
from reranklab.rankers.family import Family, RankerSpec
from reranklab.rankers.reference import model_entry
from reranklab.train.learner import Learner

MODULES: Mapping[Learns, str] = {
    Learns.PAIR_SCORES: "reranklab.train.learners.pair_scores",
    Learns.TEXT_VECTORS: "reranklab.train.learners.text_vectors",
    Learns.TOKEN_VECTORS: "reranklab.train.learners.token_vectors",
    Learns.TERM_WEIGHTS: "reranklab.train.learners.term_weights",
}


def trainable_families() -> tuple[Family, ...]:
    """The families whose models, of one kind at least, can be trained here."""
    return tuple(family for family in families().values() if any(kind.learns in MODULES for kind in family.kinds.values()))


def learner_of(spec: RankerSpec) -> Learner:
    """How the model of a spec is trained. Raises InputError for one that cannot be."""
    kinds = spec.family.kinds
    learns = kinds[model_entry(spec).kind].learns if kinds else None
    if learns is None or learns not in MODULES:
        known = ", ".join(family.id for family in trainable_families())
        raise InputError(f"{spec.id} cannot be trained here. Choose a model of one of: {known}.")
    found: Learner = import_module(MODULES[learns]).LEARNER
    return found
