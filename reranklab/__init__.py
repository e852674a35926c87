"""RerankLab: explore how rerankers behave on your own queries.

    import reranklab as rl

    result = rl.compare("what is the capital of france", ["Paris is the capital of France.", "Berlin is in Germany."])

Nothing heavy is imported before it is used.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import inspect

    from reranklab.api.evaluation import EvaluationResult, evaluate, load_dataset
    from reranklab.api.explanation import ExplanationResult, explain
    from reranklab.api.inputs import read_documents
    from reranklab.api.latency import LatencyResult, latency
    from reranklab.api.rankings import ComparisonResult, RankResult, compare, open_result, rank
    from reranklab.api.training import BeforeAfterResult, TrainingResult, before_after, distil, train
    from reranklab.api.tuning import TuningResult, tune
    from reranklab.api.watching import WatchResult, watch
    from reranklab.data.collection import Collection
    from reranklab.data.text import ParsedDocuments
    from reranklab.errors import (
        BusyError,
        Cancelled,
        DataUnavailableError,
        DeviceError,
        EndpointError,
        InputError,
        LockedError,
        MissingPackageError,
        ModelError,
        ModelRefusedError,
        ModelUnavailableError,
        QueryTooLongError,
        RerankLabError,
        ScoreError,
        StorageError,
        TooManyDocumentsError,
    )
    from reranklab.progress import Step
    from reranklab.rankers.catalogue import add_family
    from reranklab.rankers.family import Family, RankerSpec
    from reranklab.rankers.scorer import scorer_family
    from reranklab.services.endpoint import Endpoint
    from reranklab.train.distil.fit import FitSettings
    from reranklab.train.sets.mining import Mining
    from reranklab.train.settings import TrainingSettings
    from reranklab.types import Document, Query, RankedDocument, Ranking, ScoreScale
    from reranklab.watch.log.mask import Masking

__version__ = "0.1.0"

__all__ = [
    "BeforeAfterResult",
    "BusyError",
    "Cancelled",
    "Collection",
    "ComparisonResult",
    "DataUnavailableError",
    "DeviceError",
    "Document",
    "Endpoint",
    "EndpointError",
    "EvaluationResult",
    "ExplanationResult",
    "Family",
    "FitSettings",
    "InputError",
    "LatencyResult",
    "LockedError",
    "Masking",
    "Mining",
    "MissingPackageError",
    "ModelError",
    "ModelRefusedError",
    "ModelUnavailableError",
    "ParsedDocuments",
    "Query",
    "QueryTooLongError",
    "RankResult",
    "RankedDocument",
    "RankerSpec",
    "Ranking",
    "RerankLabError",
    "ScoreError",
    "ScoreScale",
    "Step",
    "StorageError",
    "TooManyDocumentsError",
    "TrainingResult",
    "TrainingSettings",
    "TuningResult",
    "WatchResult",
    "__version__",
    "add_family",
    "before_after",
    "compare",
    "distil",
    "evaluate",
    "explain",
    "latency",
    "load_dataset",
    "open_result",
    "rank",
    "read_documents",
    "scorer_family",
    "train",
    "tune",
    "watch",
]

_ERRORS = [name for name in __all__ if name.endswith("Error") or name == "Cancelled"]
_HOMES = {
    **dict.fromkeys(_ERRORS, "reranklab.errors"),
    **dict.fromkeys(("Document", "Query", "RankedDocument", "Ranking", "ScoreScale"), "reranklab.types"),
    **dict.fromkeys(("ComparisonResult", "RankResult", "compare", "open_result", "rank"), "reranklab.api.rankings"),
    **dict.fromkeys(("EvaluationResult", "evaluate", "load_dataset"), "reranklab.api.evaluation"),
    **dict.fromkeys(("ExplanationResult", "explain"), "reranklab.api.explanation"),
    **dict.fromkeys(("LatencyResult", "latency"), "reranklab.api.latency"),
    **dict.fromkeys(("BeforeAfterResult", "TrainingResult", "before_after", "distil", "train"), "reranklab.api.training"),
    **dict.fromkeys(("TuningResult", "tune"), "reranklab.api.tuning"),
    **dict.fromkeys(("WatchResult", "watch"), "reranklab.api.watching"),
    **dict.fromkeys(("Family", "RankerSpec"), "reranklab.rankers.family"),
    "Collection": "reranklab.data.collection",
    "Endpoint": "reranklab.services.endpoint",
    "FitSettings": "reranklab.train.distil.fit",
    "Masking": "reranklab.watch.log.mask",
    "Mining": "reranklab.train.sets.mining",
    "ParsedDocuments": "reranklab.data.text",
    "Step": "reranklab.progress",
    "TrainingSettings": "reranklab.train.settings",
    "add_family": "reranklab.rankers.catalogue",
    "read_documents": "reranklab.api.inputs",
    "scorer_family": "reranklab.rankers.scorer",
}
"""Public name to the module that it comes from."""


class _Room(ModuleType):
    """A subpackage that is called like a function of the library: `reranklab.explain`, `evaluate`, `latency`, `train`, `tune`
    and `watch` are.

    Importing a submodule of it makes the subpackage an attribute of this package, whatever stood there before.
    """

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        return self._function(*arguments, **options)

    @property
    def __signature__(self) -> inspect.Signature:
        from inspect import signature

        return signature(self._function)

    @property
    def _function(self) -> Callable[..., Any]:
        name = self.__name__.rpartition(".")[2]
        function: Callable[..., Any] = getattr(importlib.import_module(_HOMES[name]), name)
        return function


class _Library(ModuleType):
    """This package; see `_Room`."""

    def __setattr__(self, name: str, value: object) -> None:
        if name in _HOMES and isinstance(value, ModuleType):
            value.__class__ = _Room
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Library


if not TYPE_CHECKING:  # a type checker would take every name for one that exists

    def __getattr__(name: str) -> Any:
        """Import a public name when it is first used (PEP 562)."""
        home = _HOMES.get(name)
        if home is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(home), name)
        return globals().setdefault(name, value)


def __dir__() -> list[str]:
    return sorted(__all__)
