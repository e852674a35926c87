"""How a ranking was made, written down."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib.metadata import version

from reranklab.models.loaders import LoadedModel
from reranklab.types import Provenance, Scalar


def library_versions(*packages: str) -> dict[str, str]:
    """Installed versions by package name, with Python's and RerankLab's own."""
    return {"python": platform.python_version(), **{name: version(name) for name in ("reranklab", *packages)}}


_BACKEND_PACKAGES = {
    "torch": ("torch", "transformers", "sentence-transformers"),
    "onnxruntime": ("onnxruntime", "transformers"),
}


def model_provenance(model: LoadedModel, *, ranker: str, family: str, parameters: Mapping[str, Scalar]) -> Provenance:
    """The provenance of a ranking by a loaded model."""
    return Provenance(
        ranker=ranker,
        family=family,
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
