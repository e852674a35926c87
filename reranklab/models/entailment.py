"""Checkpoints that say whether one text follows from another: sequence classifiers with three named labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reranklab.errors import ModelRefusedError
from reranklab.models.checkpoints import load_network
from reranklab.models.device import Device
from reranklab.models.loaded import Kind, Loaded
from reranklab.models.store import StoredModel

ENTAILMENT = "entailment"
LABELS = ("entailment", "contradiction", "neutral")


def load_entailment(stored: StoredModel, *, device: Device, precision: str, allow_code: bool) -> Loaded:
    """A sequence classifier whose config.json names exactly the three labels of natural language inference, in any order.

    Raises ModelRefusedError for another: with labels that are only numbered nobody could know which is which.
    """
    from transformers import AutoModelForSequenceClassification

    def check(config: Any) -> None:
        label_places(getattr(config, "id2label", None) or {}, model=stored.entry.id)

    return load_network(
        stored,
        AutoModelForSequenceClassification,
        suffix="ForSequenceClassification",
        wanted="an entailment model",
        device=device,
        precision=precision,
        allow_code=allow_code,
        check=check,
    )


def label_places(id2label: Mapping[Any, Any], *, model: str) -> tuple[int, int, int]:
    """Which outputs are entailment, contradiction and neutral. Raises ModelRefusedError where they are not exactly these."""
    names = {str(label).strip().casefold(): int(place) for place, label in id2label.items()}
    if set(names) != set(LABELS) or sorted(names.values()) != [0, 1, 2]:
        shown = ", ".join(sorted(str(label) for label in id2label.values())[:5]) or "none"
        raise ModelRefusedError(
            f"{model} has the output labels {shown}; an entailment model has entailment, contradiction and neutral. "
            "Use one of the catalogue's models of that kind."
        )
    return names["entailment"], names["contradiction"], names["neutral"]


ENTAILMENT_KINDS: Mapping[str, Kind] = {
    ENTAILMENT: Kind(
        description="a sequence-classification head with the labels entailment, contradiction and neutral for a pair of texts",
        load=load_entailment,
    )
}
