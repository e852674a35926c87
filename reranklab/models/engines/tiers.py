"""The engines of a tier: exact, which computes in float32, and fast, in what the device multiplies fastest."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from reranklab.models.device import Device
from reranklab.models.engines.choice import Choice, Engine, fastest, sample
from reranklab.models.engines.compiled import (
    ONNXRUNTIME,
    OPENVINO,
    Compiled,
    Features,
    compile_onnxruntime,
    compile_openvino,
    has_fast_bfloat16,
    has_openvino,
)
from reranklab.models.engines.graph import encoder_graph
from reranklab.models.engines.transfer import to_device
from reranklab.models.versions import library_versions
from reranklab.progress import CancelSignal, check_cancel

EXACT = "exact"
FAST = "fast"
TIERS = (EXACT, FAST)
TOLERANCE = {EXACT: 1e-4, FAST: 0.1}
"""Of an engine's scores against PyTorch's in float32, absolute and relative."""

TORCH = "torch"
"""The name, and the back end, of the engine that is the network itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """What an engine must give as PyTorch does in float32: `read` makes it of the graph's output and input. `tolerance` is
    absolute and relative."""

    read: Callable[[Any, Features], Any]
    tolerance: float


@dataclass(slots=True)
class TorchGraph:
    """A transformers network on a device, run like a compiled graph."""

    network: Any
    device: str = "cpu"
    workers: int = 1

    def run(self, batches: Sequence[Features], *, cancel: CancelSignal | None = None) -> list[Any]:
        import torch

        outputs = []
        for batch in batches:
            check_cancel(cancel)
            with torch.inference_mode():
                outputs.append(self.network(**{name: to_device(array, self.device) for name, array in batch.items()})[0])
        return [output.float().cpu().numpy() for output in outputs]


def choose(network: Any, tier: str, *, device: Device, agreement: Agreement | None = None) -> Choice:
    """The fastest engine of a tier for a network in float32 on the processor, measured at first use (see `fastest`). Without
    an `agreement` it is one of scores."""
    config = network.config
    about = {
        "tier": tier,
        "type": config.model_type,
        "layers": config.num_hidden_layers,
        "size": config.hidden_size,
        "inner": config.intermediate_size,
        "heads": config.num_attention_heads,
        "device": device.name,
        "threads": _threads(),
        "versions": library_versions(*("torch", ONNXRUNTIME, OPENVINO) if has_openvino() else ("torch", ONNXRUNTIME)),
    }
    engines = _exact(network) if tier == EXACT else _fast(network)
    window = int(config.max_position_embeddings) - 2
    texts = sample(int(config.vocab_size), window=window)
    agreement = agreement or Agreement(read=lambda scores, _: scores, tolerance=TOLERANCE[tier])
    return fastest(engines, batches=texts, about=about, is_right=_agrees(network, texts[0], agreement))


def _agrees(network: Any, text: Features, agreement: Agreement) -> Callable[[Compiled], bool]:
    """Whether an engine agrees with PyTorch on texts of several lengths, in an order that made one give wrong scores."""
    import numpy as np

    lengths = (1, 40, 9, 130)
    cut = [{name: array[:, :length] for name, array in text.items()} for length in lengths]
    share = agreement.tolerance

    def outcome(compiled: Compiled) -> list[Any]:
        return [agreement.read(output, given) for output, given in zip(compiled.run(cut), cut, strict=True)]

    expected = outcome(TorchGraph(network))

    def agrees(compiled: Compiled) -> bool:
        pairs = zip(outcome(compiled), expected, strict=True)
        return all(np.allclose(found, right, rtol=share, atol=share, equal_nan=True) for found, right in pairs)

    return agrees


def _exact(network: Any) -> tuple[Engine, ...]:
    threads = _threads()

    @cache
    def graph() -> bytes:
        return encoder_graph(network)

    found = [
        Engine(name=TORCH, backend=TORCH, precision="fp32", make=lambda: TorchGraph(network)),
        Engine(
            name=ONNXRUNTIME,
            backend=ONNXRUNTIME,
            precision="fp32",
            make=lambda: compile_onnxruntime(graph(), threads=threads),
        ),
    ]
    if has_openvino():
        found.append(
            Engine(name=OPENVINO, backend=OPENVINO, precision="fp32", make=lambda: compile_openvino(graph(), threads=threads))
        )
    return tuple(found)


def _fast(network: Any) -> tuple[Engine, ...]:
    """8-bit products with the rest in bfloat16 or float32, and bfloat16 alone. torch's bfloat16 is what is left where OpenVINO
    is not installed."""
    import torch

    threads = _threads()

    @cache
    def whole() -> bytes:
        return encoder_graph(network, rows=True)

    def half() -> TorchGraph:
        return TorchGraph(copy.deepcopy(network).to(torch.bfloat16))

    if not has_openvino():
        return (
            Engine(name=TORCH, backend=TORCH, precision="fp32", make=lambda: TorchGraph(network)),
            Engine(name="torch bf16", backend=TORCH, precision="bf16", make=half),
            *_exact(network)[1:],
        )
    found = [
        Engine(
            name="openvino int8",
            backend=OPENVINO,
            precision="int8",
            make=lambda: compile_openvino(whole(), threads=threads),
        )
    ]
    if has_fast_bfloat16():
        found += [
            Engine(
                name="openvino int8 with bf16",
                backend=OPENVINO,
                precision="int8+bf16",
                make=lambda: compile_openvino(whole(), threads=threads, half=True),
            ),
            Engine(
                name="openvino bf16",
                backend=OPENVINO,
                precision="bf16",
                make=lambda: compile_openvino(encoder_graph(network), threads=threads, half=True),
            ),
        ]
    return tuple(found)


def _threads() -> int:
    import torch

    return int(torch.get_num_threads())
