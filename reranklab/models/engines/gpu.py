"""The engines of a tier on a CUDA device: the network in padded batches, and packed without padding.

Both compute in float32 for the exact tier and in float16 for the fast one. bfloat16 is as fast and has three bits less, so it
takes float16's place where no engine agrees in that: networks whose numbers float16 cannot hold.

CUDA graphs and torch.compile are left out. A graph repeats launches of fixed shapes, and here each batch has its own number of
tokens and its own longest text: rounding them up to a few shapes brings the padding back, and each shape keeps its own
memory. What a graph saves is launches, some hundreds a batch and microseconds each, and a batch of 8,192 tokens computes for
longer, so that the processor launches ahead of it. torch.compile has the same shapes to learn, takes tens of seconds for a
model's first list, and breaks at jagged tensors.

The choice is tested with the processor in the device's place. It is not verified on a CUDA device: none was at hand.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from reranklab.models.device import Device
from reranklab.models.engines.choice import Batching, Choice, Engine, fastest, sample
from reranklab.models.engines.compiled import Compiled, Features
from reranklab.models.engines.packed import PACKED, PackedNetwork, attend_flash, attend_jagged
from reranklab.models.engines.tiers import EXACT, FAST, TOLERANCE, TORCH, TorchGraph
from reranklab.models.versions import library_versions

if TYPE_CHECKING:
    import torch

_TEXTS = 32
_SHORTEST, _LONGEST = 32, 512
_CHECKED = (1, 40, 9, 130)


def choose_on_gpu(network: Any, tier: str, *, device: Device) -> Choice:
    """The fastest engine of a tier on a CUDA device for a classifier that `is_bert_like` (see `fastest`).

    `network` is on the processor in float32 and stays there: what it computes of a few texts is what engines must agree with.
    One copy is made on the device, in the precision of the engines, which share it. Raises RuntimeError where no engine
    computes the network.
    """
    config = network.config
    about = {
        "tier": tier,
        "type": config.model_type,
        "layers": config.num_hidden_layers,
        "size": config.hidden_size,
        "inner": config.intermediate_size,
        "heads": config.num_attention_heads,
        "device": device.name,
        "texts": [_TEXTS, _SHORTEST, _LONGEST],
        "versions": library_versions("torch", "transformers"),
    }
    window = int(config.max_position_embeddings) - 2
    (longest, *_) = sample(int(config.vocab_size), window=window, tokens=_LONGEST)
    padding = int(config.pad_token_id or 0)
    lengths = [_SHORTEST + (_LONGEST - _SHORTEST) * place // (_TEXTS - 1) for place in reversed(range(_TEXTS))]
    batches = [_padded(longest, half, padding=padding) for half in (lengths[: _TEXTS // 2], lengths[_TEXTS // 2 :])]
    agrees = _agrees(network, longest, padding=padding, tolerance=TOLERANCE[tier])
    precisions = _precisions(tier, device.id)
    for precision in precisions:
        on_device = _Copy(network, device.id, precision)
        try:
            return fastest(
                _engines(on_device, device.id, precision),
                batches=batches,
                about=about,
                is_right=agrees,
                device_id=device.id,
            )
        except RuntimeError:
            if precision == precisions[-1]:
                raise
        finally:
            on_device.let_go()
    raise AssertionError("a tier without a precision")


def _precisions(tier: str, device_id: str) -> tuple[str, ...]:
    import torch

    if tier == EXACT:
        return ("fp32",)
    assert tier == FAST
    if not device_id.startswith("cuda"):
        return ("fp16", "bf16")
    with torch.cuda.device(device_id):
        return ("fp16", "bf16") if torch.cuda.is_bf16_supported(including_emulation=False) else ("fp16",)


def _engines(on_device: _Copy, device_id: str, precision: str) -> tuple[Engine, ...]:
    def engine(name: str, backend: str, batching: Batching, make: Callable[[], Compiled]) -> Engine:
        return Engine(name=f"{name}, {precision}", backend=backend, precision=precision, make=make, batching=batching)

    def packed(attend: Any) -> Callable[[], Compiled]:
        return lambda: PackedNetwork(on_device.get(), device=device_id, attend=attend)

    found = [
        engine("torch", TORCH, "padded", lambda: TorchGraph(on_device.get(), device=device_id)),
        engine(PACKED, PACKED, "packed", packed(attend_jagged)),
    ]
    if precision != "fp32" and find_spec("torch.nn.attention.varlen"):
        found.append(engine(f"{PACKED} with flash", PACKED, "packed", packed(attend_flash)))
    return tuple(found)


class _Copy:
    """The network on a device in a precision, made once for all engines."""

    def __init__(self, network: Any, device_id: str, precision: str) -> None:
        self._network, self._device_id, self._precision = network, device_id, precision
        self._made: Any = None

    def get(self) -> Any:
        if self._made is None:
            self._made = self._convert()
        return self._made

    def let_go(self) -> None:
        """Engines keep what they compute with. The one chosen remembers how it was made, and that must hold no memory."""
        import torch

        self._network = self._made = None
        if self._device_id.startswith("cuda"):
            torch.cuda.empty_cache()

    def _convert(self) -> Any:
        """A twin whose weights go to the device one by one: nothing is there twice."""
        import torch

        dtype = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}[self._precision]

        def moved(tensor: torch.Tensor) -> torch.Tensor:
            return tensor.detach().to(self._device_id, dtype if tensor.is_floating_point() else tensor.dtype)

        network = self._network
        twins: dict[int, Any] = {
            id(weight): torch.nn.Parameter(moved(weight), requires_grad=False) for weight in network.parameters()
        }
        twins |= {id(buffer): moved(buffer) for buffer in network.buffers()}
        return copy.deepcopy(network, twins).eval()


def _agrees(network: Any, longest: Features, *, padding: int, tolerance: float) -> Callable[[Compiled], bool]:
    """Whether an engine gives texts of several lengths, in one batch and one alone, the scores that the network gives each."""
    import numpy as np

    alone = [_padded(longest, [length], padding=padding) for length in _CHECKED]
    given = [_padded(longest, _CHECKED, padding=padding), alone[-1]]
    expected = TorchGraph(network).run(alone)
    right = np.concatenate([*expected, expected[-1]])

    def agrees(compiled: Compiled) -> bool:
        return np.allclose(np.concatenate(compiled.run(given)), right, rtol=tolerance, atol=tolerance, equal_nan=True)

    return agrees


def _padded(text: Features, lengths: Sequence[int], *, padding: int) -> Features:
    """A batch of the beginnings of a text (1, tokens), of these lengths or its own."""
    import numpy as np

    tokens = text["input_ids"].shape[1]
    sizes = np.minimum(lengths, tokens)[:, None]
    seen = np.arange(sizes.max()) < sizes
    ids = np.where(seen, text["input_ids"][:, : sizes.max()], padding)
    return {"input_ids": ids, "token_type_ids": np.zeros_like(ids), "attention_mask": seen.astype(np.int64)}
