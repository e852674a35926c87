"""The graph against transformers' own networks, in both runtimes, and what must not change a score."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable

import numpy as np
import pytest
import torch
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    BertModel,
    ModernBertConfig,
    ModernBertForSequenceClassification,
    RobertaConfig,
    RobertaForSequenceClassification,
    XLMRobertaConfig,
    XLMRobertaForSequenceClassification,
)

from reranklab.errors import Cancelled
from reranklab.models.engines.compiled import Compiled, compile_onnxruntime, compile_openvino
from reranklab.models.engines.graph import encoder_graph, has_graph

SIZES = {
    "vocab_size": 90, "hidden_size": 64, "num_hidden_layers": 3, "num_attention_heads": 4, "intermediate_size": 96,
    "max_position_embeddings": 64, "num_labels": 1,
}  # fmt: skip
NETWORKS: dict[str, Callable[[], torch.nn.Module]] = {
    "bert": lambda: BertForSequenceClassification(BertConfig(**SIZES)),
    "roberta": lambda: RobertaForSequenceClassification(RobertaConfig(**SIZES, type_vocab_size=1)),
    "xlm-roberta": lambda: XLMRobertaForSequenceClassification(XLMRobertaConfig(**SIZES, type_vocab_size=1)),
    "encoder": lambda: BertModel(BertConfig(**SIZES), add_pooling_layer=False),
}
RUNTIMES: dict[str, Callable[[bytes], Compiled]] = {
    "onnxruntime": lambda graph: compile_onnxruntime(graph, threads=1),
    "openvino": lambda graph: compile_openvino(graph, threads=1),
}


def made(name: str) -> torch.nn.Module:
    """With weights as large as those of trained networks: fresh ones are so small that attention would be uniform."""
    torch.manual_seed(0)
    network = NETWORKS[name]().eval()
    with torch.no_grad():
        for weight in network.parameters():
            weight.add_(torch.randn_like(weight) * 0.1)
    return network


def features(rows: int, tokens: int, *, types: int) -> dict[str, np.ndarray]:
    ids = np.random.default_rng(7).integers(5, SIZES["vocab_size"], size=(rows, tokens))
    segments = np.zeros_like(ids)
    if types > 1:
        segments[:, tokens // 3 :] = 1
    return {"input_ids": ids, "token_type_ids": segments, "attention_mask": np.ones_like(ids)}


def by_torch(network: torch.nn.Module, given: dict[str, np.ndarray]) -> np.ndarray:
    with torch.inference_mode():
        output = network(**{name: torch.from_numpy(array) for name, array in given.items()})
    return output[0].numpy()  # type: ignore[no-any-return]


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("name", NETWORKS)
def test_the_graph_computes_what_the_network_computes(name: str, runtime: str) -> None:
    network = made(name)
    compiled = RUNTIMES[runtime](encoder_graph(network))
    for rows, tokens in ((1, 1), (1, 33), (4, 12), (1, 2), (1, 50)):
        given = features(rows, tokens, types=network.config.type_vocab_size)
        np.testing.assert_allclose(compiled.run([given])[0], by_torch(network, given), atol=2e-5)


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("name", ["bert", "roberta", "xlm-roberta"])
def test_padding_at_the_end_changes_nothing(name: str, runtime: str) -> None:
    network = made(name)
    given = features(3, 20, types=network.config.type_vocab_size)
    padded = {each: np.pad(array, ((0, 0), (0, 12))) for each, array in given.items()}
    padded["input_ids"][:, 20:] = network.config.pad_token_id
    (found,) = RUNTIMES[runtime](encoder_graph(network)).run([padded])
    np.testing.assert_allclose(found, by_torch(network, given), atol=2e-5)


@pytest.mark.parametrize("make", [compile_onnxruntime, compile_openvino])
def test_batches_at_once_are_those_one_by_one(make: Callable[..., Compiled]) -> None:
    graph = encoder_graph(made("bert"))
    batches = [features(rows, tokens, types=2) for rows in (1, 3) for tokens in (1, 9, 40)] * 3
    together, alone = make(graph, threads=3).run(batches), make(graph, threads=1)
    for batch, found in zip(batches, together, strict=True):
        np.testing.assert_allclose(found, alone.run([batch])[0], atol=1e-5)


@pytest.mark.parametrize("threads", [1, 2])
def test_it_stops_before_the_next_batch(threads: int) -> None:
    cancel = threading.Event()
    cancel.set()
    compiled = compile_onnxruntime(encoder_graph(made("bert")), threads=threads)
    with pytest.raises(Cancelled):
        compiled.run([features(1, 9, types=2)] * 4, cancel=cancel)
    assert len(compiled.run([features(1, 9, types=2)] * 4, cancel=threading.Event())) == 4


@pytest.mark.parametrize("half", [False, True])
def test_8_bit_rows_are_near(half: bool) -> None:
    network = made("bert")
    given = features(6, 24, types=2)
    whole = compile_openvino(encoder_graph(network, rows=True), threads=1, half=half).run([given])[0]
    exact = by_torch(network, given)
    assert 0 < np.abs(whole - exact).max() < 0.1 * np.abs(exact).max()


def test_what_the_graph_cannot_write_is_not_taken() -> None:
    assert all(has_graph(made(name)) for name in NETWORKS)
    other = ModernBertForSequenceClassification(
        ModernBertConfig(
            vocab_size=90, hidden_size=64, num_hidden_layers=2, num_attention_heads=4, intermediate_size=96, pad_token_id=0,
            bos_token_id=1, eos_token_id=2, cls_token_id=1, sep_token_id=2,
        )
    )  # fmt: skip
    assert not has_graph(other)
    with torch.device("meta"):
        large = BertModel(BertConfig(hidden_size=1024, num_hidden_layers=40, num_attention_heads=16, intermediate_size=4096))
    assert not has_graph(large), "534 million weights"
    relu = BertForSequenceClassification(BertConfig(**SIZES, hidden_act="relu"))
    assert not has_graph(relu)


def test_openvino_is_imported_without_its_telemetry() -> None:
    code = (
        "import sys, threading\n"
        "threads = []\n"
        "start = threading.Thread.start\n"
        "threading.Thread.start = lambda thread: (threads.append(thread), start(thread))\n"
        "from reranklab.models.engines.compiled import import_engines\n"
        "import_engines()\n"
        "assert 'openvino' in sys.modules\n"
        "assert not [name for name in sys.modules if name.startswith('openvino_telemetry.')], 'telemetry'\n"
        "assert not threads, threads\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
