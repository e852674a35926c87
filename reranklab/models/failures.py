"""Whatever a model raises as an error of one ranker that says what to do: while it is loaded, and while it computes."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from reranklab.errors import ModelError, ModelRefusedError, RerankLabError
from reranklab.models.loaded import LoadedModel
from reranklab.models.staging import PREFIX

_logger = logging.getLogger(__name__)
_LONGEST_REASON = 200
_STAGED = re.compile(rf"[^\s'\"]*{re.escape(PREFIX)}\w+/?")  # where the files were linked to is nobody's business


@contextmanager
def load_failures(model: str, *, allow_code: bool) -> Iterator[None]:
    """Loading in silence. Any failure raises ModelError or ModelRefusedError, with its kind and first line; the traceback goes
    to the log."""
    from transformers.utils import logging as untyped

    logging: Any = untyped
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    except RerankLabError:
        raise
    except BaseException as error:
        if not _is_failure(error):
            raise
        _logger.warning("%s cannot be loaded", model, exc_info=error)
        if is_memory(error):
            raise ModelError(f"{model} does not fit into memory. Use a smaller model, another precision or device.") from error
        if not allow_code and "trust_remote_code" in str(error):
            raise ModelRefusedError(
                f"{model} needs Python code that comes with the checkpoint. If you have read and trust it, allow it with "
                "remote_code=allow for this model."
            ) from error
        raise ModelRefusedError(
            f"{model} cannot be loaded ({_reason(error)}). Its files do not make a whole model of this kind: get them again, "
            "or use another model."
        ) from error


@contextmanager
def compute_failures(model: LoadedModel) -> Iterator[None]:
    """Any failure of the tokenizer or the network raises ModelError; the traceback goes to the log."""
    try:
        yield
    except RerankLabError:
        raise
    except BaseException as error:
        if not _is_failure(error):
            raise
        if is_memory(error):
            raise ModelError(
                f"{model.entry.id} ran out of memory on {model.device.id}. Rank fewer or shorter documents, use smaller "
                "batches or windows, or choose another device."
            ) from error
        _logger.warning("%s failed while it computed", model.entry.id, exc_info=error)
        raise ModelError(
            f"{model.entry.id} failed while it computed ({_reason(error)}). Its files may not fit each other: use another "
            "model or revision."
        ) from error


def is_memory(error: BaseException) -> bool:
    """Whether PyTorch or Python could not allocate what was needed, on a GPU or in main memory."""
    import torch

    return isinstance(error, MemoryError | torch.OutOfMemoryError) or "can't allocate memory" in str(error)


def _is_failure(error: BaseException) -> bool:
    """A panic of a library written in Rust is no Exception, and is one all the same."""
    return isinstance(error, Exception) or type(error).__name__ == "PanicException"


def _reason(error: BaseException) -> str:
    """The kind of an error, and the first line of what it says."""
    line = next((line.strip() for line in str(error).splitlines() if line.strip()), "")
    line = "".join(character if character.isprintable() else " " for character in _STAGED.sub("", line))
    line = line if len(line) <= _LONGEST_REASON else f"{line[:_LONGEST_REASON]}…"
    return f"{type(error).__name__}: {line}" if line else type(error).__name__
