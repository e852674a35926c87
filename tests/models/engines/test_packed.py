"""Texts packed without padding score as the padded network scores them, and an engine of it is chosen like any other."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn.attention import varlen

from reranklab.engine.build import build_ranker
from reranklab.errors import Cancelled
from reranklab.models.device import cpu
from reranklab.models.engines import choice, gpu
from reranklab.models.engines.gpu import choose_on_gpu
from reranklab.models.engines.packed import PackedNetwork, attend_flash, attend_jagged
from reranklab.models.engines.tiers import TorchGraph
from reranklab.models.pool import POOL
from reranklab.rankers.batching import COMPUTED_TOKENS
from reranklab.rankers.crossencoders import models
from reranklab.rankers.crossencoders.crossencoder import CrossEncoderRanker
from reranklab.rankers.crossencoders.pair_scores import score_pairs
from reranklab.rankers.pairs import encode_pairs
from reranklab.types import Document, Query
from tests.models.engines.test_choice import Quiet
from tests.models.engines.test_graph import SIZES, made
from tests.models.tiny import tiny_classifier

# The processor's kernel alone makes such tensors.
pytestmark = pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors:UserWarning")

LENGTHS = (7, 1, 50, 12, 33)


def unequal(network: Any, lengths: tuple[int, ...] = LENGTHS) -> dict[str, np.ndarray]:
    """A padded batch, its texts drawn anew for each, with the second third of each a second segment."""
    draw = np.random.default_rng(3)
    shape = (len(lengths), max(lengths))
    seen = np.arange(shape[1]) < np.array(lengths)[:, None]
    ids = np.where(seen, draw.integers(5, SIZES["vocab_size"], size=shape), network.config.pad_token_id)
    types = np.where(seen & (network.config.type_vocab_size > 1), draw.integers(0, 2, size=shape), 0)
    return {"input_ids": ids, "token_type_ids": types, "attention_mask": seen.astype(np.int64)}


def plain_varlen(query: Any, key: Any, value: Any, asked: Any, read: Any, longest_asked: int, longest_read: int) -> Any:
    """What torch's documentation says of varlen_attn, text by text: the kernel itself is CUDA's."""
    assert {asked.dtype, read.dtype} == {torch.int32}
    assert int(asked.diff().max()) == longest_asked and int(read.diff().max()) == longest_read
    mixed = []
    for place in range(len(asked) - 1):
        own = query[asked[place] : asked[place + 1]].transpose(0, 1)
        others = slice(int(read[place]), int(read[place + 1]))
        keys, values = key[others].transpose(0, 1), value[others].transpose(0, 1)
        weights = (own @ keys.transpose(1, 2) / own.shape[-1] ** 0.5).softmax(dim=-1)
        mixed.append((weights @ values).transpose(0, 1))
    return torch.cat(mixed)


@pytest.mark.parametrize("name", ["bert", "roberta", "xlm-roberta"])
@pytest.mark.parametrize("attend", [attend_jagged, attend_flash])
def test_packed_texts_score_as_padded_ones(name: str, attend: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(varlen, "varlen_attn", plain_varlen)
    network = made(name)
    given = unequal(network)
    packed = PackedNetwork(network, device="cpu", attend=attend)
    (together,) = packed.run([given])
    (expected,) = TorchGraph(network).run([given])
    np.testing.assert_allclose(together, expected, atol=1e-5, rtol=0)
    assert np.ptp(expected) > 0.1, "scores that tell the texts apart"
    alone = [{key: array[place : place + 1, :length] for key, array in given.items()} for place, length in enumerate(LENGTHS)]
    np.testing.assert_allclose(np.concatenate(packed.run(alone)), together, atol=1e-5, rtol=0)


def test_it_stops_before_the_next_batch() -> None:
    network = made("bert")
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        PackedNetwork(network, device="cpu").run([unequal(network)], cancel=cancel)


@pytest.mark.usefixtures("weights")
def test_the_embedded_cross_encoder_packed() -> None:
    ranker = build_ranker("cross-encoder?precision=fp32")
    assert isinstance(ranker, CrossEncoderRanker)
    model = ranker.reference.get()
    texts = ["Paris is the capital of France.", "Cheese is made of milk. " * 20, "", "Berlin", "a boundary layer " * 9]
    documents = [Document(id=str(place), text=text) for place, text in enumerate(texts)]
    pairs, _ = encode_pairs(model, Query(text="what is the capital of france"), documents, instruction="")
    longest = max(len(pair.ids) for pair in pairs)

    def row(values: list[int]) -> list[int]:
        return values + [0] * (longest - len(values))

    given = {
        "input_ids": np.array([row(pair.ids) for pair in pairs]),
        "token_type_ids": np.array([row(pair.types) for pair in pairs]),
        "attention_mask": np.array([row([1] * len(pair.ids)) for pair in pairs]),
    }
    (found,) = PackedNetwork(model.network, device="cpu").run([given])
    assert found[:, 0] == pytest.approx(score_pairs(model, pairs), abs=1e-5)


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Choices are kept there after one short measurement, however busy the machine is."""
    monkeypatch.setenv("RERANKLAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(choice, "Crowding", Quiet)
    monkeypatch.setattr(gpu, "_TEXTS", 4)


@pytest.fixture
def as_cuda(own_cache: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The processor in a CUDA device's place."""
    monkeypatch.setattr(models, "is_cuda", lambda device: True)
    POOL.clear()
    yield
    POOL.clear()


@pytest.mark.usefixtures("as_cuda")
@pytest.mark.parametrize(
    ("tier", "precision", "tolerance", "engine", "backend", "computed"),
    [
        ("exact", "fp32", 1e-5, "torch packed, fp32", "torch packed", 8 + 20),
        ("fast", "fp16", 0.01, "torch packed, fp16", "torch packed", 8 + 20),
        ("fast", "fp16", 0.01, "torch, fp16", "torch", 2 * 20),
    ],
)
def test_a_tier_ranks_by_the_engine_chosen_for_a_cuda_device(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    tier: str,
    precision: str,
    tolerance: float,
    engine: str,
    backend: str,
    computed: int,
) -> None:
    made_engines = gpu._engines

    def only(*arguments: Any) -> Any:
        found = made_engines(*arguments)
        assert {"torch, " + precision, "torch packed, " + precision} <= {each.name for each in found}
        return [each for each in found if each.name == engine]

    monkeypatch.setattr(gpu, "_engines", only)
    model = f"cross-encoder:{tiny_classifier(tmp_path / 'model')}"
    query = Query(text="capital of france")
    texts = [Document(id="short", text="paris is"), Document(id="long", text="milk cheese " * 7)]
    ranking = build_ranker(f"{model}?tier={tier}").rank(query, texts)
    expected = build_ranker(f"{model}?precision=fp32").rank(query, texts)
    assert {item.id: item.score for item in ranking.items} == pytest.approx(
        {item.id: item.score for item in expected.items}, abs=tolerance
    )
    assert (ranking.provenance.backend, ranking.provenance.precision) == (backend, precision)
    assert ranking.provenance.parameters["engine"] == engine
    assert (ranking.details["batches"], ranking.details[COMPUTED_TOKENS]) == (1, computed)


@pytest.mark.usefixtures("own_cache")
def test_engines_share_one_copy_and_the_choice_holds_no_other() -> None:
    network = made("bert")
    first = choose_on_gpu(network, "fast", device=cpu())
    assert set(first.times) == {"torch, fp16", "torch packed, fp16"}, "CUDA's own kernel fails here and is left out"
    compiled: Any = first.compiled
    copy = compiled.network
    assert {weight.dtype for weight in copy.parameters()} == {torch.float16}
    assert {weight.dtype for weight in network.parameters()} == {torch.float32}, "what was loaded stays as it is"
    (held,) = [cell.cell_contents for cell in _cells(first.engine.make) if isinstance(cell.cell_contents, gpu._Copy)]
    assert held._network is None and held._made is None
    second = choose_on_gpu(network, "fast", device=cpu())
    assert second.kept and second.engine.name == first.engine.name
    exact: Any = choose_on_gpu(network, "exact", device=cpu()).compiled
    assert exact.network.classifier.weight.data_ptr() == network.classifier.weight.data_ptr()  # type: ignore[union-attr]


@pytest.mark.usefixtures("own_cache")
def test_bfloat16_takes_the_place_of_a_float16_that_overflows() -> None:
    network = made("bert")
    with torch.no_grad():
        attention = network.base_model.encoder.layer[0].attention.self  # type: ignore[union-attr, operator]
        attention.value.weight *= 1e5
        network.base_model.encoder.layer[0].attention.output.dense.weight *= 1e-5  # type: ignore[union-attr, operator]
    found = choose_on_gpu(network, "fast", device=cpu())
    assert found.engine.precision == "bf16"


@pytest.mark.usefixtures("own_cache")
def test_a_network_that_no_engine_computes_is_not_ranked_wrongly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PackedNetwork, "run", lambda self, batches, cancel=None: [np.zeros((1, 1))] * len(batches))
    monkeypatch.setattr(gpu, "TorchGraph", _Elsewhere)
    with pytest.raises(RuntimeError, match="no engine computes this model"):
        choose_on_gpu(made("bert"), "exact", device=cpu())


class _Elsewhere(TorchGraph):
    """The network on a device whose products are wrong."""

    def run(self, batches: Any, *, cancel: Any = None) -> list[Any]:
        sound = TorchGraph.run(self, batches, cancel=cancel)
        return sound if all(len(batch["input_ids"]) == 1 for batch in batches) else [each + 1 for each in sound]


def _cells(make: Any) -> Iterator[Any]:
    """What a function holds of the functions around it, and what these hold."""
    for cell in make.__closure__ or ():
        yield cell
        if callable(cell.cell_contents):
            yield from _cells(cell.cell_contents) if hasattr(cell.cell_contents, "__closure__") else ()
