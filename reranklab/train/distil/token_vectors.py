"""Token vectors of an encoder that is not trained: read once, kept in a file of 16-bit numbers, and read from there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from reranklab.data.storage import OTHER_DATA, storing
from reranklab.progress import CancelSignal, Progress, check_cancel, report

_BATCH = 16
Task = Literal["query", "document"]


class TokenVectors:
    """The vectors (tokens, size) of numbered texts: those tokens that count in a score, in their order, not normalised."""

    def __init__(self, path: Path, places: Sequence[tuple[int, int]], size: int) -> None:
        """`places` are the rows of each text, the first and the one after the last."""
        self._places = tuple(places)
        self.tokens = sum(end - begin for begin, end in self._places)
        self._rows: NDArray[np.float16] = (
            np.memmap(path, dtype=np.float16, mode="r", shape=(self.tokens, size))
            if self.tokens
            else np.zeros((0, size), dtype=np.float16)
        )

    def __len__(self) -> int:
        return len(self._places)

    def of(self, text: int) -> NDArray[np.float32]:
        begin, end = self._places[text]
        return np.asarray(self._rows[begin:end], dtype=np.float32)

    def sample(self, most: int, *, seed: int) -> NDArray[np.float32]:
        """At most so many of all rows, drawn by the seed."""
        if self.tokens <= most:
            return np.asarray(self._rows, dtype=np.float32)
        chosen = np.sort(np.random.default_rng(seed).choice(self.tokens, size=most, replace=False))
        return np.asarray(self._rows[chosen], dtype=np.float32)


def read_token_vectors(
    model: Any,
    texts: Sequence[str],
    task: Task,
    path: Path,
    *,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> TokenVectors:
    """What the first module of a MultiVectorEncoder gives for the texts, where its mask says that a token counts.

    Written to `path`, which must not exist. Raises StorageError and Cancelled.
    """
    label = f"token vectors of each {task}"
    order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
    places = [(0, 0)] * len(texts)
    row, size = 0, 1
    with storing("The token vectors", path.parent, instead=OTHER_DATA), path.open("xb") as file:
        for done in range(0, len(order), _BATCH):
            check_cancel(cancel, "Stopped while the texts were read.")
            report(progress, done=done, total=len(order), unit="text", label=label)
            batch = order[done : done + _BATCH]
            for place, found in zip(batch, _read(model, [texts[each] for each in batch], task), strict=True):
                file.write(found.astype(np.float16).tobytes())
                places[place] = (row, row + len(found))
                row, size = row + len(found), found.shape[1]
    report(progress, done=len(order), total=len(order), unit="text", label=label)
    return TokenVectors(path, places, size)


def _read(model: Any, texts: Sequence[str], task: Task) -> list[NDArray[np.float32]]:
    import torch

    mask = next(module for module in model if type(module).__name__ == "MultiVectorMask")
    with torch.inference_mode():
        features = model.preprocess(list(texts), prompt=model.prompts.get(task) or None, task=task)
        on_device = {
            name: value.to(model.device) if isinstance(value, torch.Tensor) else value for name, value in features.items()
        }
        read = mask(model[0](on_device, task=task), task=task)
    vectors, counted = read["token_embeddings"].float().cpu().numpy(), read["attention_mask"].bool().cpu().numpy()
    return [found[keep] for found, keep in zip(vectors, counted, strict=True)]
