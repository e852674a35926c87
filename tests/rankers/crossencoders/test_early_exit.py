"""The order by a model's input vectors: by hand, and of the embedded model."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from reranklab.engine.build import build_ranker
from reranklab.models.pool import POOL
from reranklab.models.store import StoredModel
from reranklab.rankers.crossencoders.early_exit import mean_best
from reranklab.types import MEAN_MAXSIM, Document, Query

RANKER = "cross-encoder?keep=2&prune=early-exit&tier=budgeted"


def test_the_mean_of_the_best_cosines_by_hand() -> None:
    """Along two axes and between them: (1, 0) finds cosines 0.6 and 1, (0, 1) finds 0.8 and 0."""
    query = np.array([[1, 0], [0, 1]], dtype=np.float32)
    between, along, none = np.array([[0.6, 0.8]]), np.array([[1.0, 0.0], [-1.0, 0.0]]), np.zeros((0, 2))
    documents = [each.astype(np.float32) for each in (between, along, np.concatenate([between, along]), none)]
    assert mean_best(query, documents) == pytest.approx([0.7, 0.5, 0.9, -1.0], abs=1e-6)
    assert mean_best(query[:0], documents) == [-1.0] * 4


@pytest.mark.usefixtures("weights")
def test_it_orders_in_the_place_of_words_and_says_so(weights: dict[str, StoredModel]) -> None:
    documents = [
        Document(id="cheese", text="Cheese is made of milk."),
        Document(id="empty", text=" "),
        Document(id="capital", text="The capital of France is Paris."),
        Document(id="cities", text="Paris and Lyon are cities."),
    ]
    ranking = build_ranker(RANKER).rank(Query(text="what is the capital of france"), documents)
    assert (ranking.items[0].id, ranking.items[-1].id) == ("capital", "empty")
    first, _ = ranking.stages
    assert (first.ranker, first.scale, first.candidates) == ("cross-encoder?prune=early-exit", MEAN_MAXSIM, 4)
    assert (first.provenance.backend, first.provenance.precision) == ("numpy", "fp32")
    assert ranking.details["kept"] == 2


@pytest.mark.usefixtures("weights")
def test_its_score_is_that_of_the_networks_own_embedding_layer(weights: dict[str, StoredModel]) -> None:
    model = build_ranker("cross-encoder?precision=fp32").reference.get()  # type: ignore[attr-defined]
    texts = "capital of france", "Paris is the capital of France."
    layer = model.network.get_input_embeddings()

    def unit(text: str) -> torch.Tensor:
        ids = model.tokenizer(text, add_special_tokens=False)["input_ids"]
        return torch.nn.functional.normalize(layer(torch.tensor(ids)).detach(), dim=1)

    asked, given = map(unit, texts)
    by_torch = float((asked @ given.T).max(dim=1).values.mean())
    first = build_ranker(RANKER)._first  # type: ignore[attr-defined]
    (item,) = first.rank(Query(text=texts[0]), [Document(id="d", text=texts[1])]).items
    assert item.score == pytest.approx(by_torch, abs=1e-6)
    assert by_torch == pytest.approx(1.0, abs=1e-6), "every word of the query is there, and no mark counts"
    POOL.clear()
