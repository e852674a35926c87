"""A long batch can be stopped on its way, and looking at the signal changes no score."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import torch

from reranklab.engine.build import build_ranker
from reranklab.errors import Cancelled
from reranklab.models import interrupt
from reranklab.models.interrupt import interruptible
from reranklab.models.loaded import LoadedModel
from reranklab.progress import Step
from reranklab.rankers.family import Ranker
from reranklab.types import Document, Query
from tests.models.tiny import tiny_causal, tiny_classifier, tiny_embedder

QUERY = Query(text="what is paris")
DOCUMENTS = [Document(id=f"d{n}", text=f"{'paris ' * (n % 4)}is the capital {'of france ' * (n % 7)}") for n in range(12)]
RANKERS: dict[str, Callable[[Path], Path]] = {
    "cross-encoder:{}?precision=fp32": tiny_classifier,
    "bi-encoder:{}?precision=fp32": tiny_embedder,
    "bi-encoder:{}?documents=indexed&precision=fp32": tiny_embedder,
    "listwise-llm:{}?heads=all&passage_tokens=16": tiny_causal,
    "listwise-llm:{}?heads=all&method=first-token&passage_tokens=16": tiny_causal,
    "listwise-llm:{}?heads=all&method=permutation&passage_tokens=16": tiny_causal,
}


class Signal:
    """Set from the look number `after` on; None: never."""

    def __init__(self, after: int | None = None) -> None:
        self.looks = 0
        self._after = after

    def is_set(self) -> bool:
        self.looks += 1
        return self._after is not None and self.looks > self._after


@pytest.fixture(params=RANKERS)
def ranker(request: pytest.FixtureRequest, tmp_path: Path, empty_cache: Path) -> Ranker:
    return build_ranker(request.param.format(RANKERS[request.param](tmp_path / "model")))


def scores(ranker: Ranker, signal: Signal | None) -> list[tuple[str, float]]:
    return [(item.id, item.score) for item in ranker.rank(QUERY, DOCUMENTS, cancel=signal).items]


def looks(ranker: Ranker) -> int:
    signal = Signal()
    scores(ranker, signal)
    return signal.looks


@pytest.fixture
def without_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Embeddings that are computed in every run, also where they are indexed."""
    monkeypatch.setattr("reranklab.rankers.vectors.embedding_cache.EmbeddingCache.read", lambda *_: {})


@pytest.mark.usefixtures("without_disk")
def test_looking_changes_no_score_and_stopping_leaves_nothing_behind(ranker: Ranker, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = scores(ranker, None)
    outside = looks(ranker)
    with monkeypatch.context() as patch:
        patch.setattr(interrupt, "PIECE", 1)
        patch.setattr(interrupt, "_WORTH_A_LOOK", 1)
        within = looks(ranker)
        assert within > outside + 10, "the parts of a forward pass are looked at"
        assert scores(ranker, Signal()) == expected
        for after in range(0, within, 1 + within // 12):
            signal = Signal(after)
            with pytest.raises(Cancelled):
                ranker.rank(QUERY, DOCUMENTS, cancel=signal)
            assert signal.looks == after + 1, "the first look that finds it set ends the work"
        assert scores(ranker, Signal()) == expected
    assert looks(ranker) == outside, "no hook is left"


def model_of(network: torch.nn.Module, *, device: str = "cpu", backend: str = "torch") -> LoadedModel:
    return cast(LoadedModel, SimpleNamespace(network=network, device=SimpleNamespace(id=device), backend=backend))


def block(width: int) -> torch.nn.Module:
    return torch.nn.Sequential(torch.nn.Linear(width, width, bias=False), torch.nn.Linear(width, width, bias=False))


class Layers(torch.nn.Module):
    """An embedding, two blocks in a list, and a head."""

    def __init__(self) -> None:
        super().__init__()
        self.words = torch.nn.Embedding(1000, 100)
        self.blocks = torch.nn.ModuleList([block(100), block(100)])
        self.head = torch.nn.Linear(100, 1, bias=False)

    def forward(self, ids: torch.Tensor) -> Any:
        values = self.words(ids)
        for each in self.blocks:
            values = each(values)
        return self.head(values)


def looked(network: torch.nn.Module, *, tokens: int, **settings: str) -> int:
    signal = Signal()
    with interruptible(model_of(network, **settings), signal, tokens=tokens):
        network(torch.zeros(1, 3, dtype=torch.long))
    return signal.looks


@pytest.mark.parametrize(
    ("piece", "expected"),
    [
        (50_000, 0),  # 40,100 weights are multiplied with: all of it is one piece
        (30_000, 2),  # a list is never called, its blocks of 20,000 are, and the head is too small
        (15_000, 4),  # the four layers of 10,000
        (5_000, 4),  # which have no parts
    ],
)
def test_parts_are_as_large_as_allowed(monkeypatch: pytest.MonkeyPatch, piece: int, expected: int) -> None:
    network = Layers()
    for tokens in (1, 10):
        monkeypatch.setattr(interrupt, "PIECE", piece * tokens)
        monkeypatch.setattr(interrupt, "_WORTH_A_LOOK", 1_000 * tokens)
        assert looked(network, tokens=tokens) == expected


@pytest.mark.parametrize("settings", [{"device": "cuda:0"}, {"backend": "onnxruntime"}])
def test_where_nobody_waits_nobody_looks(monkeypatch: pytest.MonkeyPatch, settings: dict[str, str]) -> None:
    monkeypatch.setattr(interrupt, "PIECE", 1)
    assert looked(Layers(), tokens=10, **settings) == 0


def test_a_model_that_is_let_go_of_is_freed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interrupt, "PIECE", 1)
    gc.collect()
    before = len(interrupt._weights)
    network = Layers()
    looked(network, tokens=10)
    assert len(interrupt._weights) > before
    del network
    gc.collect()
    assert len(interrupt._weights) == before


@pytest.mark.usefixtures("weights")
@pytest.mark.parametrize("ranker_id", ["cross-encoder?precision=fp32", "bi-encoder?precision=fp32", "listwise-llm"])
def test_the_embedded_models_are_stopped_inside_of_a_batch(ranker_id: str) -> None:
    ranker = build_ranker(ranker_id)
    ranker.load()
    documents = [Document(id=f"d{n}", text=f"{n} the wing of an aircraft in a flow " * 40) for n in range(20)]
    signal, steps = Signal(4), list[Step]()
    with pytest.raises(Cancelled):
        ranker.rank(QUERY, documents, cancel=signal, progress=steps.append)
    assert [step.done for step in steps] == [0], "the first batch was not finished"
    assert signal.looks == 5
    assert not any(module._forward_pre_hooks for module in cast(Any, ranker).reference.get().network.modules())
