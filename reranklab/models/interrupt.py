"""Stopping a forward pass on its way: a batch of a large model can take a slow processor a minute."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from reranklab.models.loaded import LoadedModel
from reranklab.progress import CancelSignal, check_cancel

if TYPE_CHECKING:
    from torch.nn import Module

PIECE = 2_000_000_000
"""Weights times tokens between two looks at the signal: under a second at 4 billion multiplications and additions a second."""

_WORTH_A_LOOK = PIECE // 20
"""Weights times tokens of a part. Before smaller ones nobody looks, so that looking takes no time that could be measured."""

_weights: WeakKeyDictionary[Module, int] = WeakKeyDictionary()


@contextmanager
def interruptible(model: LoadedModel, cancel: CancelSignal | None, *, tokens: int) -> Iterator[None]:
    """Raise Cancelled inside of a forward pass over `tokens`, padding included, soon after `cancel` is set.

    Hold the device's lock: hooks look at the signal before the larger parts of the shared network, and are taken off again at
    the end. They change no number. A GPU is done with a batch before anybody could wait for it, and an ONNX session runs one
    pair at a time, so nothing is done there.
    """
    if cancel is None or model.device.id != "cpu" or model.backend != "torch":
        yield
        return

    def look(module: Module, inputs: Any) -> None:
        check_cancel(cancel)

    hooks = [part.register_forward_pre_hook(look) for part in _parts(model.network, tokens)]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def _parts(network: Module, tokens: int) -> list[Module]:
    """The modules of a network before which to look: each takes at most PIECE, unless it has no parts."""
    if _weights_of(network) * tokens <= PIECE:
        return []
    return [part for part in _small_enough(network, PIECE // tokens) if _weights_of(part) * tokens >= _WORTH_A_LOOK]


def _small_enough(module: Module, most: int) -> Iterator[Module]:
    from torch.nn import ModuleDict, ModuleList

    children = list(module.children())
    is_called = not isinstance(module, ModuleList | ModuleDict)
    if not children or (is_called and _weights_of(module) <= most):
        yield module
        return
    for child in children:
        yield from _small_enough(child, most)


def _weights_of(module: Module) -> int:
    """How many weights of a module every token is multiplied with: an embedding is looked up. Counted once."""
    from torch.nn import Embedding

    found = _weights.get(module)
    if found is None:
        own = [part for part in module.modules() if not isinstance(part, Embedding)]
        found = _weights[module] = sum(weight.numel() for part in own for weight in part.parameters(recurse=False))
    return found
