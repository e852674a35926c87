"""Embeddings by a compiled engine are those of the network, whatever they are computed beside."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import torch
from sentence_transformers.sentence_transformer.modules import CNN

from reranklab.engine.build import build_ranker
from reranklab.errors import Cancelled
from reranklab.models.clock import RunClock
from reranklab.models.device import cpu
from reranklab.models.engines import tiers
from reranklab.models.loaded import Loaded
from reranklab.models.pool import POOL
from reranklab.progress import Step
from reranklab.rankers.vectors.biencoder import BiEncoderRanker
from reranklab.rankers.vectors.embedder_tiers import VECTORS_APART, _can_be_compiled
from reranklab.rankers.vectors.embedding_cache import EmbeddingCache
from reranklab.rankers.vectors.embeddings import embed, text_lengths
from reranklab.types import Document, Query
from tests.models.tiny import tiny_embedder

QUERY = Query(text="what is the capital of france")
TEXTS = [
    "Paris is the capital of France.", "", "a", "עיר הבירה של צרפת היא פריז", "🇫🇷 café", "Cheese is made of milk. " * 7,
    "The boundary layer over a flat plate thickens. " * 60, "Berlin is the capital of Germany.", "   ",
]  # fmt: skip


@pytest.fixture
def compiled_only(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The network itself is no engine, however busy the machine is."""
    exact = tiers._exact
    monkeypatch.setattr(tiers, "_exact", lambda network: exact(network)[1:])
    POOL.clear()
    yield
    POOL.clear()


def ranker(text: str) -> BiEncoderRanker:
    return cast(BiEncoderRanker, build_ranker(text))


def vectors(text: str, texts: Sequence[str], *, batch_tokens: int = 8192, **watched: Any) -> Any:
    model = ranker(text).reference.get()
    lengths = text_lengths(model, texts)
    return embed(model, texts, lengths, prefix="", batch_tokens=batch_tokens, clock=RunClock(cpu()), **watched)


@pytest.mark.usefixtures("weights", "compiled_only")
@pytest.mark.parametrize("model", ["embedded/all-MiniLM-L6-v2", "embedded/bge-small-en-v1.5"])
def test_vectors_are_the_networks(model: str) -> None:
    """Mean and first-token pooling, blank and cut texts among them."""
    expected = vectors(f"bi-encoder:{model}?precision=fp32", TEXTS)
    found = vectors(f"bi-encoder:{model}", TEXTS)
    assert np.abs(found - expected).max() < VECTORS_APART["exact"]
    assert np.linalg.norm(found, axis=1) == pytest.approx(1.0, abs=1e-5)
    assert found.dtype == np.float32


@pytest.mark.usefixtures("weights", "compiled_only")
@pytest.mark.parametrize(("tier", "most"), [("exact", 1e-6), ("fast", 0.0)])
def test_a_vector_does_not_depend_on_the_texts_beside_it(tier: str, most: float) -> None:
    ranker_id = f"bi-encoder?tier={tier}"
    together = vectors(ranker_id, [*TEXTS, *reversed(TEXTS)])
    alone = np.concatenate([vectors(ranker_id, [text], batch_tokens=1) for text in TEXTS])
    assert np.abs(together[: len(TEXTS)] - alone).max() <= most
    assert np.abs(together[len(TEXTS) :] - alone[::-1]).max() <= most


@pytest.mark.usefixtures("weights", "compiled_only")
def test_the_fast_tier_is_near_and_says_what_it_is() -> None:
    documents = [Document(id=str(number), text=text) for number, text in enumerate(TEXTS)]
    exact, fast = (build_ranker(f"bi-encoder?tier={tier}").rank(QUERY, documents) for tier in ("exact", "fast"))
    assert [item.id for item in fast.items][:2] == [item.id for item in exact.items][:2] == ["0", "7"]
    for ranking in (exact, fast):
        assert ranking.provenance.backend in ("onnxruntime", "openvino", "torch")
        assert str(ranking.provenance.parameters["engine"]).startswith(ranking.provenance.backend)
        assert ranking.timing.precision == ranking.provenance.precision
    assert exact.provenance.precision == "fp32" and exact.provenance.backend != "torch"


@pytest.mark.usefixtures("weights", "compiled_only")
def test_explanations_are_the_networks_though_its_copy_is_gone() -> None:
    made = ranker("bi-encoder")
    network = made.reference.get().network
    assert {weight.device.type for weight in network[0].auto_model.parameters()} == {"meta"}
    document = Document(id="d", text=TEXTS[0])
    question, read = made.text_vectors(QUERY, document)
    assert read.sentence == pytest.approx(vectors("bi-encoder", [TEXTS[0]])[0], abs=1e-5)
    problem = made.gradient_problem(QUERY, document)
    with torch.no_grad():
        score = problem.score(problem.embeddings(torch.tensor([problem.ids])))
    assert float(score[0]) == pytest.approx(float(question.sentence @ read.sentence), abs=1e-5)


@pytest.mark.usefixtures("empty_cache", "compiled_only")
def test_float32_vectors_are_kept_together_and_others_apart(tmp_path: Path) -> None:
    folder = tiny_embedder(tmp_path / "tiny")
    models = [ranker(f"bi-encoder:{folder}{options}").reference.get() for options in ("", "?precision=fp32", "?tier=fast")]
    exact, network, fast = (EmbeddingCache(model, prefix="").path for model in models)
    assert exact == network != fast
    assert models[0].backend != models[1].backend == "torch"


@pytest.mark.usefixtures("empty_cache", "compiled_only")
def test_it_can_be_stopped_and_tells_how_far_it_is(tmp_path: Path) -> None:
    name = f"bi-encoder:{tiny_embedder(tmp_path / 'tiny')}"
    texts = ["paris is the capital", "milk", *["cheese is made of milk"] * 600]
    steps: list[Step] = []
    assert vectors(name, texts, progress=steps.append).shape == (602, 16)
    assert [step.done for step in steps] == sorted(step.done for step in steps)
    assert (steps[0].done, steps[-1].done, {step.total for step in steps}) == (0, 602, {602})
    cancel = threading.Event()
    with pytest.raises(Cancelled):
        vectors(name, texts, cancel=cancel, progress=lambda step: cancel.set() if step.done else None)


@pytest.mark.usefixtures("empty_cache")
def test_what_reads_more_than_the_last_states_stays_with_the_network(tmp_path: Path) -> None:
    name = f"bi-encoder:{tiny_embedder(tmp_path / 'tiny')}?precision=fp32"
    model = ranker(name).reference.get()
    loaded = Loaded(network=model.network, tokenizer=model.tokenizer, max_tokens=model.max_tokens, weights=())
    assert _can_be_compiled(loaded)
    model.tokenizer.padding_side = "left"
    assert not _can_be_compiled(loaded)
    model.tokenizer.padding_side = "right"
    model.network.append(CNN(in_word_embedding_dimension=16))
    assert not _can_be_compiled(loaded)
    POOL.clear()


@pytest.mark.usefixtures("weights")
def test_a_static_embedding_is_the_same_in_every_tier() -> None:
    exact, fast = (vectors(f"bi-encoder:embedded/wordllama-256?tier={tier}", TEXTS) for tier in ("exact", "fast"))
    assert np.array_equal(exact, fast)


@pytest.mark.usefixtures("empty_cache", "compiled_only")
def test_where_the_fast_tier_is_too_far_off_the_exact_one_computes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(VECTORS_APART, "fast", 1e-9)
    model = ranker(f"bi-encoder:{tiny_embedder(tmp_path / 'tiny')}?tier=fast").reference.get()
    assert model.precision == "fp32"
