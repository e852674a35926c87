"""Loaded models, shared by all users of the process, bounded in number."""

from __future__ import annotations

import gc
import os
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from reranklab.data.paths import shown
from reranklab.errors import InputError
from reranklab.models.catalogue import CatalogueEntry
from reranklab.models.checkpoints import import_libraries
from reranklab.models.device import Device, FairLock, device_lock
from reranklab.models.failures import load_failures
from reranklab.models.loaded import LoadedModel, Loader
from reranklab.models.store import ensure
from reranklab.progress import CancelSignal, Progress

DEFAULT_CAPACITY = 6
MAX_MODELS = "RERANKLAB_MAX_MODELS"


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
    """At most `capacity` models in memory (None: as RERANKLAB_MAX_MODELS says); the one unused for longest goes first.

    A model that is evicted while a ranker still holds it is freed when that ranker lets go.
    """

    def __init__(self, *, capacity: int | None = None) -> None:
        self._capacity = capacity
        self._models: OrderedDict[ModelKey, LoadedModel] = OrderedDict()
        self._loading: dict[ModelKey, FairLock] = {}
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
        """The shared model, fetched and loaded where it is not in memory. Raises what the store and the loader raise, and
        InputError where RERANKLAB_MAX_MODELS is no number."""
        capacity = self._capacity or _capacity()
        key = ModelKey(
            id=entry.id,
            kind=entry.kind,
            revision=entry.revision,
            device=device.id,
            precision=precision,
            allow_code=allow_code,
        )
        with self._guard:
            loading = self._loading.setdefault(key, FairLock())
        with loading.hold(cancel):
            model = self._known(key)
            if model is not None:
                return model
            stored = ensure(entry, allow_code=allow_code, cancel=cancel, progress=progress)
            import_libraries(precision)
            with device_lock(device.id).hold(cancel):
                start = time.perf_counter()
                with load_failures(entry.id, allow_code=allow_code):
                    loaded = load(stored, device=device, precision=precision, allow_code=allow_code)
                    _own_memory(loaded.network, device)
                spent = 1000 * (time.perf_counter() - start)
            stored.check_unchanged()
            model = LoadedModel(
                entry=entry,
                network=loaded.network,
                tokenizer=loaded.tokenizer,
                max_tokens=loaded.max_tokens,
                device=device,
                precision=loaded.precision or precision,
                backend=loaded.backend,
                revision=stored.revision,
                weights_sha256=stored.sha256(loaded.weights),
                files_sha256=stored.sha256(stored.files.names),
                load=spent,
                choice=loaded.choice,
            )
            self._add(key, model, capacity)
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

    def _add(self, key: ModelKey, model: LoadedModel, capacity: int) -> None:
        with self._guard:
            self._models[key] = model
            evicted = [self._models.popitem(last=False) for _ in range(len(self._models) - capacity)]
        if evicted:
            evicted.clear()
            _free_memory()


def _own_memory(network: Any, device: Device) -> None:
    """Copy weights that are still read from their file as they are needed: what happens to the file later must not reach them.

    A copy to a GPU has been made by then.
    """
    import torch

    if not isinstance(network, torch.nn.Module) or device.id != "cpu":
        return
    with torch.no_grad():
        for tensor in (*network.parameters(), *network.buffers()):
            tensor.data = tensor.data.clone()


def _free_memory() -> None:
    gc.collect()
    import torch

    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    if torch.backends.mps.is_available():
        torch.mps.empty_cache()


def _capacity() -> int:
    """How many models RERANKLAB_MAX_MODELS allows. Raises InputError where it is no number."""
    text = os.environ.get(MAX_MODELS, "").strip()
    if not text:
        return DEFAULT_CAPACITY
    if not text.isascii() or not text.isdigit() or len(text) > 6 or int(text) < 1:
        raise InputError(f"{MAX_MODELS} is {shown(text)}, which is no number of models. Set it to a whole number from 1 up.")
    return int(text)


POOL = ModelPool()
