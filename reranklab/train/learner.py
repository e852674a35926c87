"""How one kind of model is trained: a module of `learners/` exports each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reranklab.train.losses import Loss


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """A query with documents, as the model reads them."""

    query: str
    documents: tuple[str, ...]


def no_prompts(model: Any) -> Mapping[str, str]:
    """Of a model whose family's ranker reads texts as they are."""
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Learner:
    """`losses` begin with the one to take where nobody chose. `at_once` is how many lists are read in one piece where the
    settings do not say: for a loss that compares the lists of a piece with each other, all of them (0). `together` tells
    whether a query and a document are read as one text."""

    losses: tuple[Loss, ...]
    learning_rate: float
    at_once: int
    together: bool
    open: Callable[[Path, int, str], Any]
    """The sentence-transformers model of a folder, reading so many tokens, on a device."""
    trainer: Callable[[], tuple[type[Any], type[Any]]]
    """Sentence-transformers' trainer, and the class of its arguments."""
    score: Callable[[Any, Sequence[Texts]], list[list[float]]]
    """The model's scores of each text's documents, higher is better."""
    widen: Callable[[Any, int], None]
    """Let the model read so many tokens from now on."""
    prompts: Callable[[Any], Mapping[str, str]] = no_prompts
    """What stands before a "query" and a "document" when the family's ranker reads them, beside the catalogue's prefixes."""
    export: Callable[[Any, Path], None] | None = None
    """Write what the family's own engines read beside the weights, where the network lets it."""
