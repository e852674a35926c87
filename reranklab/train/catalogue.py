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
    return tuple(family for family in families().values() if _trainable(family))


def learner_of(spec: RankerSpec) -> Learner:
    """How the model of a spec is trained. Raises InputError for one that cannot be."""
    kinds = spec.family.kinds
    entry = model_entry(spec) if kinds else None
    learns = kinds[entry.kind].learns if entry is not None else None
    if learns is None or learns not in MODULES:
        known = ", ".join(f"{family.id} ({', '.join(_trainable(family))})" for family in trainable_families())
        what = f", whose model is a {entry.kind}," if entry is not None else ""
        raise InputError(f"{spec.id}{what} cannot be trained here. Choose a model of one of: {known}.")
    found: Learner = import_module(MODULES[learns]).LEARNER
    return found


def _trainable(family: Family) -> tuple[str, ...]:
    """The kinds of a family's checkpoints that can be trained."""
    return tuple(name for name, kind in family.kinds.items() if kind.learns in MODULES)
