"""What all sessions share: collections in memory, measured results, and scores of edited texts."""

from __future__ import annotations

import logging
import threading
import time
from pathlib import Path

import streamlit as st

from reranklab.data.beir import dataset_path, load_dataset
from reranklab.data.collection import Collection, list_splits
from reranklab.data.ir_collections import SPLIT as IR_SPLIT
from reranklab.data.ir_collections import check_ir_id, is_ir_id
from reranklab.data.judged import judged_state
from reranklab.data.leftovers import remove_leftovers
from reranklab.data.samples import Sample, list_samples, load_sample
from reranklab.engine.cache import ResultCache
from reranklab.errors import RerankLabError
from reranklab.explain.what_if import ScoreCache
from reranklab.models.device import Device, cpu, list_devices
from reranklab.store.database import default_path
from reranklab.store.store import Store, open_store

_logger = logging.getLogger(__name__)
_PATIENCE, _LOOK, _IDLE = 10.0, 0.25, 0.1
"""Seconds to wait at most, and between two looks; the share of a processor below which the process is idle."""


@st.cache_resource(show_spinner=False)
def results() -> ResultCache:
    """The measured rankings of this process."""
    return ResultCache(capacity=128)


@st.cache_resource(show_spinner=False)
def scores() -> ScoreCache:
    """The scores of edited and original texts that this process computed: never mixed with measured rankings."""
    return ScoreCache()


@st.cache_resource(show_spinner=False)
def samples() -> dict[str, Sample]:
    """The sample collections by name."""
    return {sample.name: sample for sample in list_samples()}


@st.cache_resource(show_spinner=False, max_entries=16)
def sample(name: str) -> Collection:
    return load_sample(name)


def dataset(name: str, split: str) -> Collection:
    """A dataset that is stored here, or a collection that is judged here as it is now. Two stay in memory."""
    return _dataset(name, split, judged_state(name))


@st.cache_resource(show_spinner=False, max_entries=2)
def _dataset(name: str, split: str, state: str) -> Collection:
    return load_dataset(name, split=split)


def store() -> Store:
    """The user's store of evaluations. Raises StorageError where it cannot be opened."""
    return _store(str(default_path()))


@st.cache_resource(show_spinner=False, max_entries=2)
def _store(path: str) -> Store:
    return open_store(Path(path))


def splits(name: str) -> tuple[str, ...]:
    """Raises DataUnavailableError where the dataset is not here, and InputError where there is none of that name."""
    if is_ir_id(name):
        check_ir_id(name)
        return (IR_SPLIT,)
    return list_splits(dataset_path(name))


def devices() -> tuple[Device, ...]:
    """Imports torch on first use, which takes seconds."""
    return list_devices()


def found_devices() -> tuple[Device, ...]:
    """The processor alone while others are still looked for, so that a page need not wait for that."""
    return (cpu(),) if finding_devices() else list_devices()


def finding_devices() -> bool:
    return not list_devices.cache_info().currsize and prepare().is_alive()


def _prepare() -> None:
    _wait_until_idle()
    try:
        remove_leftovers()
    except RerankLabError as error:
        _logger.warning(error)
    list_devices()
    import scipy.stats  # noqa: F401 - half a second, which the first run opened on Evaluate need not wait for


def _wait_until_idle() -> None:
    """Until the process has little to do, as when the first page stands: an import beside the page holds the interpreter, and
    doubled the time until it stood."""
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        before = time.process_time()
        time.sleep(_LOOK)
        if time.process_time() - before < _IDLE * _LOOK:
            return


@st.cache_resource(show_spinner=False)
def prepare() -> threading.Thread:
    """Removes what an earlier process left unfinished, and imports torch once the first page has been drawn."""
    thread = threading.Thread(target=_prepare, name="reranklab-prepare", daemon=True)
    thread.start()
    return thread
