"""Packages beyond the base install, by the extra that brings them. The ground floor, beside `errors`.

The base install imports, reads documents, ranks by BM25 and evaluates. What needs more says so, with the remedy, before it
begins.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass

from reranklab.errors import MissingPackageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Extra:
    """An optional part of a distribution. `packages` are the imports that tell whether it is installed; without a name they
    are what to install."""

    name: str = ""
    packages: tuple[str, ...]
    distribution: str = "reranklab"

    @property
    def missing(self) -> tuple[str, ...]:
        """Packages that are not installed."""
        return tuple(package for package in self.packages if importlib.util.find_spec(package) is None)

    @property
    def command(self) -> str:
        """The command that installs it."""
        return f"pip install '{self.distribution}[{self.name}]'" if self.name else f"pip install {' '.join(self.packages)}"

    def remedy(self, what: str) -> str:
        """How `what` gets what is missing, a sentence or two; "" where nothing is."""
        missing = self.missing
        return f"{what} needs {', '.join(missing)}. Install it: {self.command}." if missing else ""

    def check(self, what: str) -> None:
        """Raise MissingPackageError, with the remedy for `what`, where a package is missing."""
        if remedy := self.remedy(what):
            raise MissingPackageError(remedy)


MODELS = Extra(name="models", packages=("torch", "transformers", "sentence_transformers", "safetensors", "huggingface_hub"))
"""Everything that loads weights."""
TRAIN = Extra(name="train", packages=("torch", "sentence_transformers", "datasets", "peft", "accelerate"))
"""Fine-tuning and distilling."""
GRADIENTS = Extra(name="models", packages=("captum",))
LLM = Extra(name="llm", packages=("openai",))
"""Chat endpoints."""
SERVICES = Extra(name="llm", packages=("httpx2",))
"""Rerank services."""
RAY = Extra(name="ray", packages=("ray",))
"""Evaluation over a cluster."""
APP = Extra(name="app", packages=("streamlit", "plotly", "pandas"))
PLOTS = Extra(name="plots", packages=("plotly",))
TABLES = Extra(name="plots", packages=("pandas",))
"""Figures and tables in Python, without the app."""
REPORT = Extra(name="plots", packages=("plotly", "markupsafe"))
PARQUET = Extra(name="plots", packages=("pyarrow",))
"""Evaluations as pages and as tables."""
IR_DATASETS = Extra(name="ir-datasets", packages=("ir_datasets",))
"""Collections by their id in that catalogue."""
