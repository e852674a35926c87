"""Sentence embeddings of texts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reranklab.models.clock import RunClock
from reranklab.models.device import is_gpu
from reranklab.models.engines.tiers import TORCH
from reranklab.models.failures import compute_failures
from reranklab.models.interrupt import interruptible
from reranklab.models.loaded import LoadedModel
from reranklab.progress import CancelSignal, Progress, check_cancel, report
from reranklab.rankers.batching import text_parts, token_batches
from reranklab.rankers.vectors.embedder_tiers import embed_compiled

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class TextLength:
    """Tokens of a text that reach the model, of all its tokens; the model's own frame and prefix are not counted. `unknown`
    says that one of them is the unknown token."""

    used: int
    total: int
    unknown: bool = False


def text_lengths(
    model: LoadedModel, texts: Sequence[str], *, prefix: str = "", cancel: CancelSignal | None = None
) -> list[TextLength]:
    """How much of each text fits into the window behind the prefix and the special tokens."""
    frame = len(model.tokenizer(prefix, truncation=False, verbose=False)["input_ids"])
    room = max(model.max_tokens - frame, 0)
    unknown = model.tokenizer.unk_token_id
    lengths: list[TextLength] = []
    for part in text_parts(texts):
        check_cancel(cancel)
        encoded = model.tokenizer(list(part), add_special_tokens=False, truncation=False, padding=False, verbose=False)
        lengths += [
            TextLength(used=min(len(ids), room), total=len(ids), unknown=unknown in ids) for ids in encoded["input_ids"]
        ]
    return lengths


def embed(
    model: LoadedModel,
    texts: Sequence[str],
    lengths: Sequence[TextLength],
    *,
    prefix: str,
    batch_tokens: int,
    clock: RunClock,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> Vectors:
    """Unit vectors of the texts, float32 of shape (texts, dimensions), in the order given."""
    import numpy as np
    import torch

    if model.backend != TORCH:
        order = sorted(range(len(texts)), key=lambda position: -lengths[position].used)
        prefixed = [prefix + text for text in texts]
        return np.stack(
            embed_compiled(model, prefixed, order, batch_tokens=batch_tokens, clock=clock, cancel=cancel, progress=progress)
        )

    def features(part: Sequence[str]) -> dict[str, Any]:
        found: dict[str, Any] = model.network.preprocess([prefix + text for text in part])
        return found

    def rows(features: dict[str, Any]) -> Iterable[Any]:
        output = model.network(features)["sentence_embedding"].float()
        return torch.nn.functional.normalize(output, dim=1).cpu().numpy()

    read = read_batches(
        model,
        texts,
        lengths,
        features=features,
        rows=rows,
        batch_tokens=batch_tokens,
        clock=clock,
        cancel=cancel,
        progress=progress,
    )
    return np.stack(read).astype(np.float32)


def read_batches(
    model: LoadedModel,
    texts: Sequence[str],
    lengths: Sequence[TextLength],
    *,
    features: Callable[[Sequence[str]], dict[str, Any]],
    rows: Callable[[dict[str, Any]], Iterable[Any]],
    batch_tokens: int,
    clock: RunClock,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> list[Any]:
    """What torch makes of each text, in the order given, in batches of texts of like length. `features` tokenises a batch, and
    `rows` gives one value a text for features on the model's device."""
    import torch

    batches = token_batches([length.used + 2 for length in lengths], budget=batch_tokens)
    found: list[Any] = [None] * len(texts)
    for done, batch in enumerate(batches):
        check_cancel(cancel)
        report(progress, done=done, total=len(batches), unit="batch")
        padded = len(batch) * (lengths[batch[0]].used + 2)
        with clock.turn(), interruptible(model, cancel, tokens=padded), compute_failures(model):
            with clock.stage("tokenise"):
                given = features([texts[position] for position in batch])
            with clock.stage("transfer" if is_gpu(model.device.id) else "tokenise"):
                given = on_device(model, given)
            with clock.stage("compute"), torch.inference_mode():
                read = rows(given)
        for position, row in zip(batch, read, strict=True):
            found[position] = row
    report(progress, done=len(batches), total=len(batches), unit="batch")
    return found


def on_device(model: LoadedModel, features: Mapping[str, Any]) -> dict[str, Any]:
    """The features with their tensors on the model's device."""
    import torch

    return {name: value.to(model.device.id) if torch.is_tensor(value) else value for name, value in features.items()}
