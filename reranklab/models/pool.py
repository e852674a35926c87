"""Loaded models, shared by all users of the process, bounded in number."""

from __future__ import annotations

import gc
import os
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass

from reranklab.models.catalogue import CatalogueEntry
from reranklab.models.checkpoints import import_libraries
from reranklab.models.device import Device, device_lock
from reranklab.models.loaded import LoadedModel, Loader
from reranklab.models.store import ensure
from reranklab.progress import CancelSignal, Progress

DEFAULT_CAPACITY = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelKey:
    """What makes two loaded models the same one."""

    id: str
    kind: str
    revision: str
    device: str
    precision: str
    allow_code: bool


class ModelPool:
    """At most `capacity` models in memory; the one unused for longest goes first.

    A model that is evicted while a ranker still holds it is freed when that ranker lets go.
    """

    def __init__(self, *, capacity: int = DEFAULT_CAPACITY) -> None:
        self._capacity = max(capacity, 1)
        self._models: OrderedDict[ModelKey, LoadedModel] = OrderedDict()
        self._loading: dict[ModelKey, threading.Lock] = {}
        self._guard = threading.Lock()

    def get(
        self,
        entry: CatalogueEntry,
        load: Loader,
        *,
        device: Device,
        precision: str,
        allow_code: bool = False,
        cancel: CancelSignal | None = None,
        progress: Progress | None = None,
    ) -> LoadedModel:
        """The shared model, fetched and loaded where it is not in memory. Raises what the store and the loader raise."""
        key = ModelKey(
            id=entry.id,
            kind=entry.kind,
            revision=entry.revision,
            device=device.id,
            precision=precision,
            allow_code=allow_code,
        )
        with self._guard:
            loading = self._loading.setdefault(key, threading.Lock())
        with loading:
            model = self._known(key)
            if model is not None:
                return model
            stored = ensure(entry, allow_code=allow_code, cancel=cancel, progress=progress)
            import_libraries(precision)
            with device_lock(device.id).hold():
                start = time.perf_counter()
                loaded = load(stored, device=device, precision=precision, allow_code=allow_code)
                spent = 1000 * (time.perf_counter() - start)
            model = LoadedModel(
                entry=entry,
                network=loaded.network,
                tokenizer=loaded.tokenizer,
                max_tokens=loaded.max_tokens,
                device=device,
                precision=precision,
                backend=loaded.backend,
                revision=stored.revision,
                weights_sha256=stored.weights_sha256(loaded.suffix),
                load=spent,
            )
            self._add(key, model)
            return model

    def clear(self) -> None:
        """Let go of every model."""
        with self._guard:
            self._models.clear()
        _free_memory()

    def loaded(self) -> tuple[ModelKey, ...]:
        """What is in memory, longest unused first."""
        with self._guard:
            return tuple(self._models)

    def _known(self, key: ModelKey) -> LoadedModel | None:
        with self._guard:
            model = self._models.get(key)
            if model is not None:
                self._models.move_to_end(key)
            return model

    def _add(self, key: ModelKey, model: LoadedModel) -> None:
        with self._guard:
            self._models[key] = model
            evicted = [self._models.popitem(last=False) for _ in range(len(self._models) - self._capacity)]
        if evicted:
            evicted.clear()
            _free_memory()


def _free_memory() -> None:
    gc.collect()
    import torch

    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    if torch.backends.mps.is_available():
        torch.mps.empty_cache()


POOL = ModelPool(capacity=int(os.environ.get("RERANKLAB_MAX_MODELS", DEFAULT_CAPACITY)))
