"""How a ranking was made, written down."""

from __future__ import annotations

from collections.abc import Mapping

from reranklab.models.loaded import LoadedModel
from reranklab.models.versions import library_versions
from reranklab.rankers.family import RankerSpec
from reranklab.types import Provenance, Scalar

_BACKEND_PACKAGES = {
    "torch": ("torch", "transformers", "sentence-transformers"),
    "torch packed": ("torch", "transformers"),
    "onnxruntime": ("onnxruntime", "transformers"),
    "numpy": ("numpy", "transformers"),
    "openvino": ("openvino", "transformers"),
}


def model_provenance(model: LoadedModel, spec: RankerSpec, *, parameters: Mapping[str, Scalar]) -> Provenance:
    """The provenance of a ranking by a loaded model."""
    return Provenance(
        ranker=spec.id,
        family=spec.family.id,
        model=model.entry.id,
        revision=model.revision,
        weights_sha256=model.weights_sha256,
        device=model.device.id,
        device_name=model.device.name,
        precision=model.precision,
        backend=model.backend,
        parameters={"max_tokens": model.max_tokens, **parameters},
        versions=library_versions(*_BACKEND_PACKAGES[model.backend]),
    )
