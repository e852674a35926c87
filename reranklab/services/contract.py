"""How a rerank service is asked: what its calls look like, what its scores mean, and what is known of its limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from reranklab.errors import InputError
from reranklab.types import ScoreScale

Cuts = Literal["silent", "refused"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedScale:
    """A scale that scores can be had in, and what a request says to get it."""

    scale: ScoreScale
    body: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedModel:
    """What is known of a model. `window` is in its own tokens, 0 where unknown. `together` is how many documents it reads in
    one pass, 0 for one that scores each by itself."""

    name: str
    window: int = 0
    together: int = 0
    instruction: bool = False
    licence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """The calls of one service. Fields as `services.toml` describes them; numbers of 0 are no known limit."""

    path: str
    texts: str
    results: str
    score: str
    scales: tuple[OfferedScale, ...]
    cuts: Cuts
    body: Mapping[str, Any] = field(default_factory=dict)
    sends_model: bool = True
    documents: int = 0
    request_bytes: int = 0
    request_tokens: int = 0
    counts: Mapping[str, str] = field(default_factory=dict)
    times: Mapping[str, str] = field(default_factory=dict)
    cut_allow: Mapping[str, Any] = field(default_factory=dict)
    cut_refuse: Mapping[str, Any] = field(default_factory=dict)
    about_cuts: str = ""
    models: tuple[ServedModel, ...] = ()

    def model(self, name: str) -> ServedModel:
        """What is known of a model by its name without its owner; nothing but the name for another."""
        short = name.rstrip("/").rpartition("/")[2]
        return next((model for model in self.models if model.name == short), ServedModel(name=name))

    def scale(self, name: str) -> OfferedScale:
        """The scale of a name, the usual one for "usual". Raises InputError for one that is not offered."""
        if name == "usual":
            return self.scales[0]
        for offered in self.scales:
            if offered.scale.name == name:
                return offered
        raise InputError(f"This service gives its scores as {self.scales[0].scale.name}, not as {name}. Use scores=usual.")

    def cutting(self, wish: str) -> tuple[Cuts, Mapping[str, Any]]:
        """What becomes of a text that is too long where `wish` is "allow" or "refuse", and what a request says for it. Raises
        InputError where the service cannot be told to refuse."""
        if self.cuts == "refused":
            return "refused", {}
        if wish == "allow":
            return "silent", self.cut_allow
        if not self.cut_refuse:
            raise InputError("This service cannot be told to refuse texts that are too long. Use cut=allow.")
        return "refused", self.cut_refuse
