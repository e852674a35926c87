"""A training library without its noise: what it sets for the whole process is set back."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager

_PREFIXES = ("ACCELERATE_", "WANDB_", "TRACKIO_")


@contextmanager
def quietly() -> Iterator[None]:
    """Set back, at the end, what the trainers change: the process's random numbers, how much transformers logs, and
    variables of the environment. Nothing is drawn on the terminal meanwhile."""
    import datasets
    import numpy as np
    import torch
    from transformers.utils import logging

    environment = {name: value for name, value in os.environ.items() if name.startswith(_PREFIXES)}
    state, numpy_state = random.getstate(), np.random.get_state()
    verbosity, bars = logging.get_verbosity(), datasets.are_progress_bars_disabled()
    drawn = logging.is_progress_bar_enabled()
    devices = range(torch.cuda.device_count()) if torch.cuda.is_available() else ()
    with torch.random.fork_rng(devices=list(devices)):
        datasets.disable_progress_bars()
        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        try:
            yield
        finally:
            random.setstate(state)
            np.random.set_state(numpy_state)
            logging.set_verbosity(verbosity)
            if drawn:
                logging.enable_progress_bar()  # type: ignore[no-untyped-call]
            if not bars:
                datasets.enable_progress_bars()
            for name in [name for name in os.environ if name.startswith(_PREFIXES)]:
                del os.environ[name]
            os.environ.update(environment)
