"""rank-bm25, bm25s and this project's ranker and index give the same scores, and the published quality on SciFact."""

from pathlib import Path

import bm25s
import ir_measures
import numpy as np
import pytest
from rank_bm25 import BM25Okapi

from reranklab.data.collection import Collection, load_collection
from reranklab.data.index import CorpusIndex, bm25_candidates, open_index
from reranklab.rankers.bm25 import Bm25Options, Bm25Ranker
from reranklab.types import Document, Query
from tests.rankers.make import bm25_ranker

SHARED = Path(__file__).parents[2] / "../shared/data"
WORDS = [f"w{n}" for n in range(60)]


def random_texts(seed: int) -> list[list[str]]:
    """40 documents of 5 to 60 words, common words far more frequent than rare ones."""
    generator = np.random.default_rng(seed)
    weights = 1 / np.arange(1, len(WORDS) + 1)
    sizes = generator.integers(5, 61, size=40)
    return [list(generator.choice(WORDS, size=size, p=weights / weights.sum())) for size in sizes]


def bm25s_scores(
    texts: list[list[str]], query: list[str], *, method: str, idf_method: str | None, k1: float, b: float
) -> np.ndarray:
    model = bm25s.BM25(method=method, idf_method=idf_method, k1=k1, b=b, dtype="float64", backend="numpy")
    model.index(texts, show_progress=False)
    return model.get_scores(query)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("k1", "b"), [(1.2, 0.75), (0.9, 0.4), (2.0, 1.0)])
def test_okapi_without_a_floor_is_bm25s_atire_with_robertsons_idf(seed: int, k1: float, b: float) -> None:
    texts, query = random_texts(seed), ["w0", "w7", "w7", "w30", "w59"]
    expected = bm25s_scores(texts, query, method="atire", idf_method="robertson", k1=k1, b=b)
    assert BM25Okapi(texts, k1=k1, b=b, epsilon=0).get_scores(query) == pytest.approx(expected, abs=1e-6)
    ranker = bm25_ranker(variant="okapi", k1=k1, b=b, analyser="words")
    assert ranker_scores(ranker, texts, query) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("k1", "b"), [(1.2, 0.75), (0.9, 0.4), (2.0, 1.0)])
def test_the_lucene_variant_is_bm25s_lucene_times_k1_plus_1(seed: int, k1: float, b: float) -> None:
    texts, query = random_texts(seed), ["w0", "w7", "w7", "w30", "w59"]
    expected = bm25s_scores(texts, query, method="lucene", idf_method=None, k1=k1, b=b) * (k1 + 1)
    ranker = bm25_ranker(k1=k1, b=b, analyser="words")
    found = ranker_scores(ranker, texts, query)
    assert found == pytest.approx(expected, abs=1e-6)
    assert np.argsort(-found, kind="stable").tolist() == np.argsort(-expected, kind="stable").tolist()


def ranker_scores(ranker: Bm25Ranker, texts: list[list[str]], query: list[str]) -> np.ndarray:
    documents = [Document(id=str(n), text=" ".join(words)) for n, words in enumerate(texts)]
    items = ranker.rank(Query(text=" ".join(query)), documents).items
    return np.array([item.score for item in sorted(items, key=lambda item: item.candidate)])


def opened(name: str, cache: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Collection, CorpusIndex]:
    if not (SHARED / name).is_dir():
        pytest.skip(f"the {name} collection is not beside the project")
    monkeypatch.setenv("RERANKLAB_CACHE", str(cache))
    collection = load_collection(SHARED / name)
    options = Bm25Options()
    return collection, open_index(collection, analyser=options.analyser, k1=options.k1, b=options.b)


def corpus_search_ndcg(collection: Collection, index: CorpusIndex) -> float:
    qrels = [
        ir_measures.Qrel(query_id, document_id, grade)
        for query_id, judged in collection.qrels.items()
        for document_id, grade in judged.items()
    ]
    run = [
        ir_measures.ScoredDoc(query.id, document_id, -rank)
        for query in collection.queries.values()
        for rank, (document_id, _) in enumerate(index.search(query.text, k=100))
    ]
    measure = ir_measures.parse_measure("nDCG@10")
    return float(ir_measures.calc_aggregate([measure], qrels, run)[measure])


@pytest.mark.measurement
def test_scifact(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    collection, index = opened("scifact", tmp_path, monkeypatch)
    assert len(collection.queries) == 300
    assert 0.66 <= corpus_search_ndcg(collection, index) <= 0.70
    # With the collection's statistics the ranker orders candidates as the search does. Ties are in corpus order.
    ranker = bm25_ranker(index.statistics)
    position = {document_id: place for place, document_id in enumerate(collection.documents)}
    for query in list(collection.queries.values())[::10]:
        best = bm25_candidates(collection, index, query, k=100)
        ranking = ranker.rank(query, sorted(best, key=lambda document: position[document.id]))
        assert [item.id for item in ranking.items] == [document.id for document in best]


@pytest.mark.measurement
def test_cranfield(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    collection, index = opened("cranfield", tmp_path, monkeypatch)
    assert corpus_search_ndcg(collection, index) == pytest.approx(0.3747, abs=0.0005)
