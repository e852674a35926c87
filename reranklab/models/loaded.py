"""A model in memory, and what a loader gives. Each ranker family brings the loaders of its own kinds of checkpoint."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from reranklab.models.catalogue import CatalogueEntry
from reranklab.models.device import Device
from reranklab.models.engines.choice import Choice
from reranklab.models.store import StoredModel


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedModel:
    """A model ready to compute. Shared: tokenise and compute only while holding the device's lock.

    `network` is a transformers model, a SentenceTransformer, or with another `backend` than torch a Compiled graph, which
    takes texts as the engine of its `choice` does; `max_tokens` its window; `load` the milliseconds from folder to memory;
    `choice` how the engine was chosen, where there was a choice. `weights_sha256` is of the weight files that were read,
    `files_sha256` of these with configuration and tokenizer.
    """

    entry: CatalogueEntry
    network: Any
    tokenizer: Any
    max_tokens: int
    device: Device
    precision: str
    backend: str
    revision: str
    weights_sha256: str
    files_sha256: str
    load: float
    choice: Choice | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What a loader gives: network, tokenizer, window and the names of the weight files it read. `precision` is that of the
    engine where a tier was asked for."""

    network: Any
    tokenizer: Any
    max_tokens: int
    weights: tuple[str, ...]
    backend: str = "torch"
    precision: str = ""
    choice: Choice | None = None


class Loader(Protocol):
    """Loads a folder as one kind of checkpoint, in a precision (fp32, fp16, bf16, int8, or a tier), on a device.

    Raises ModelRefusedError where the checkpoint is of another kind, lacks weights, or needs code that is not allowed;
    InputError where the precision does not exist for it.
    """

    def __call__(self, stored: StoredModel, *, device: Device, precision: str, allow_code: bool) -> Loaded: ...


class Learns(StrEnum):
    """What a kind of checkpoint is trained to give. `train/catalogue.py` has how for each."""

    PAIR_SCORES = "pair-scores"
    """A score of a query with a document, read together."""
    TEXT_VECTORS = "text-vectors"
    """One vector a text."""
    TOKEN_VECTORS = "token-vectors"
    """One vector a token."""
    TERM_WEIGHTS = "term-weights"
    """Weights of the terms of a vocabulary."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of checkpoint, in words, and its loader. `learns` is None for one that cannot be trained here."""

    description: str
    load: Loader
    learns: Learns | None = None
