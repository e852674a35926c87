"""Running out of memory as an error of one ranker that says what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from reranklab.errors import ModelError
from reranklab.models.loaded import LoadedModel


@contextmanager
def memory_errors(model: LoadedModel) -> Iterator[None]:
    """Raise ModelError where PyTorch cannot allocate what the computation inside needs, on a GPU or in main memory."""
    import torch

    try:
        yield
    except RuntimeError as error:
        if not isinstance(error, torch.OutOfMemoryError) and "can't allocate memory" not in str(error):
            raise
        raise ModelError(
            f"{model.entry.id} ran out of memory on {model.device.id}. Rank fewer or shorter documents, use smaller batches "
            "or windows, or choose another device."
        ) from error
