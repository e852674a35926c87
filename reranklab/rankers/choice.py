"""Which model a ranker id asks for, held until the model itself is needed."""

from __future__ import annotations

from dataclasses import dataclass

from reranklab.errors import InputError
from reranklab.models.catalogue import CatalogueEntry, find_model
from reranklab.models.device import Device
from reranklab.models.loaders import LoadedModel
from reranklab.models.pool import POOL
from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.registry import FAMILIES, RankerSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelChoice:
    """A catalogue model on a device in a precision. `allow_code` lets the checkpoint's own Python run."""

    entry: CatalogueEntry
    device: Device
    precision: str
    allow_code: bool = False

    def get(self, *, cancel: CancelSignal | None = None, progress: Progress | None = None) -> LoadedModel:
        """The shared model, fetched and loaded where it is not in memory."""
        return POOL.get(
            self.entry,
            device=self.device,
            precision=self.precision,
            backend="onnxruntime" if self.precision == "int8" else "torch",
            allow_code=self.allow_code,
            cancel=cancel,
            progress=progress,
        )


def choose_model(spec: RankerSpec, *, device: Device) -> ModelChoice:
    """The model of a ranker id, or its family's default. Raises InputError where it has no weights of that precision."""
    family = FAMILIES[spec.family]
    entry = find_model(spec.model or family.default_model, kinds=family.kinds)
    precision = spec.option("precision")
    if precision == "int8" and not entry.onnx_int8:
        raise InputError(f"{entry.id} brings no int8 ONNX file. Use fp32, fp16 or bf16.")
    return ModelChoice(entry=entry, device=device, precision=precision, allow_code=spec.option("remote_code") == "allow")
