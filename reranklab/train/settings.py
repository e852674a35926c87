"""How a model is trained: the choices of one run, as plain values."""

from __future__ import annotations

from dataclasses import dataclass

from reranklab.errors import InputError

FP32, BF16 = "fp32", "bf16"
PRECISIONS = (FP32, BF16)

_RANGES = {
    "epochs": (1, 100),
    "steps": (0, 1_000_000),
    "lists": (1, 1024),
    "at_once": (0, 1024),
    "documents": (2, 200),
    "window": (16, 8192),
    "adapters": (0, 256),
    "evaluations": (1, 1000),
    "patience": (1, 1000),
    "held_back": (1, 10_000),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSettings:
    """One step reads `lists` lists of up to `documents` documents each, `at_once` lists in one piece (0: as suits the kind of
    model), and `window` tokens of a text.

    `loss` is the id of a loss, "" for the one that suits the labels; `learning_rate` 0 is the learner's own. Training ends
    after `epochs` rounds over the lists, or after `steps` steps where that is not 0, or when the score of the held-back lists
    has not risen for `patience` of the `evaluations`. `held_back` is how many of those lists are read each time.

    `layers` is how many of the last layers are trained, with what stands behind them; None trains all. The input embeddings
    stay as they are unless `embeddings` is set. `adapters` is the rank of low-rank adapters (LoRA) in the trained layers, 0 for
    none. `warmup` is the share of the steps in which the learning rate rises.
    """

    loss: str = ""
    epochs: int = 2
    steps: int = 0
    learning_rate: float = 0.0
    lists: int = 8
    at_once: int = 0
    documents: int = 8
    window: int = 256
    layers: int | None = None
    embeddings: bool = False
    adapters: int = 0
    precision: str = FP32
    seed: int = 0
    evaluations: int = 4
    patience: int = 2
    held_back: int = 100
    warmup: float = 0.1
    weight_decay: float = 0.01

    def __post_init__(self) -> None:
        """Raise InputError for a value that no run can have."""
        for name, (low, high) in _RANGES.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise InputError(f"{name} is {value}. Give a whole number from {low:,} to {high:,}.")
        if self.layers is not None and not 0 <= self.layers <= 1000:
            raise InputError(f"layers is {self.layers}. Give a whole number from 0 (what stands behind the layers) to 1,000.")
        if not 0 <= self.learning_rate <= 1:
            raise InputError(f"The learning rate is {self.learning_rate:g}. Give a number from 0 to 1, such as 2e-5.")
        if not 0 <= self.warmup <= 1 or not 0 <= self.weight_decay <= 1:
            raise InputError("warmup and weight_decay are shares. Give numbers from 0 to 1.")
        if not 0 <= self.seed < 1 << 31:
            raise InputError(f"The seed is {self.seed}. Give a whole number from 0 to {(1 << 31) - 1:,}.")
        if self.precision not in PRECISIONS:
            raise InputError(f"The precision {self.precision} does not exist here. Choose one of: {', '.join(PRECISIONS)}.")
