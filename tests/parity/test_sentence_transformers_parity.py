"""The same checkpoints through sentence-transformers give the same scores."""

import numpy as np
import pytest
import torch
from sentence_transformers import CrossEncoder, SentenceTransformer

from reranklab.engine.build import build_ranker
from reranklab.models.store import StoredModel
from reranklab.types import Document, Query, Ranking

PAIRS = [
    ("what is the capital of france", "Paris is the capital and most populous city of France."),
    ("what is the capital of france", "Berlin is the capital of Germany."),
    ("how long does the flu last", "Most people recover from influenza within one week; the cough can stay for two or more."),
    ("how long does the flu last", "A train from Lyon to Nice takes four and a half hours."),
    ("קוראים לו מה", "עיר הבירה של צרפת היא פריז"),
    ("emoji 🗼", "🇫🇷 🗼 Paris 👩‍👩‍👧‍👦 café"),
    ("wing flow", "wing"),
    ("price of a 2.5 kg bag (EUR)", "EUR 3,40 — per kilogram; 2.5 kg: EUR 8.50 (incl. 7 % VAT)"),
    ("an empty text", "."),
    ("boundary layer", "The boundary layer over a flat plate thickens with distance. " * 80),
]  # the last is truncated


def scores(ranking: Ranking) -> list[float]:
    return [item.score for item in sorted(ranking.items, key=lambda item: item.candidate)]


def test_cross_encoder_logits_are_those_of_sentence_transformers(weights: dict[str, StoredModel]) -> None:
    folder = weights["embedded/ms-marco-MiniLM-L12-v2"].folder
    reference = CrossEncoder(str(folder), device="cpu", max_length=512)
    expected = reference.predict(PAIRS, activation_fn=torch.nn.Identity(), show_progress_bar=False)
    ranker = build_ranker("cross-encoder")
    rankings = [ranker.rank(Query(text=query), [Document(id="d", text=text)]) for query, text in PAIRS]
    assert [ranking.items[0].truncated for ranking in rankings] == [False] * 9 + [True]
    assert [ranking.items[0].score for ranking in rankings] == pytest.approx(expected.tolist(), abs=1e-4)
    # The short documents of all pairs for one query, in one batch.
    query = PAIRS[0][0]
    expected = reference.predict(
        [(query, text) for _, text in PAIRS[:9]], activation_fn=torch.nn.Identity(), show_progress_bar=False
    )
    documents = [Document(id=str(number), text=text) for number, (_, text) in enumerate(PAIRS[:9])]
    assert scores(ranker.rank(Query(text=query), documents)) == pytest.approx(expected.tolist(), abs=1e-4)


@pytest.mark.parametrize("model", ["embedded/all-MiniLM-L6-v2", "embedded/bge-small-en-v1.5"])
def test_bi_encoder_cosines_are_those_of_sentence_transformers(weights: dict[str, StoredModel], model: str) -> None:
    stored = weights[model]
    reference = SentenceTransformer(str(stored.folder), device="cpu")
    texts = [text for _, text in PAIRS[-4:]]
    query = PAIRS[0][0]
    vectors = reference.encode(texts, normalize_embeddings=True, show_progress_bar=False)
    question = reference.encode([stored.entry.query_prefix + query], normalize_embeddings=True, show_progress_bar=False)[0]
    documents = [Document(id=str(number), text=text) for number, text in enumerate(texts)]
    ranking = build_ranker(f"bi-encoder:{model}").rank(Query(text=query), documents)
    assert scores(ranking) == pytest.approx((vectors @ question).tolist(), abs=1e-5)
    assert np.isfinite(vectors).all()
