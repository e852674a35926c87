"""Cosine scores, and document embeddings kept on disk."""

import sqlite3
import threading
from pathlib import Path
from typing import cast

import numpy as np
import pytest

from reranklab.engine.build import build_ranker
from reranklab.errors import Cancelled, QueryTooLongError, RerankLabError
from reranklab.progress import Step
from reranklab.rankers.biencoder import INDEX_PART, BiEncoderRanker
from reranklab.types import COSINE, Document, Query
from tests.models.tiny import tiny_embedder

TEXTS = ["paris is the capital of france", "cheese is made of milk", "", "berlin"]
QUERY = Query(text="what is the capital of france")


def documents(*texts: str) -> list[Document]:
    return [Document(id=f"d{number}", text=text) for number, text in enumerate(texts)]


def ranker(text: str) -> BiEncoderRanker:
    return cast(BiEncoderRanker, build_ranker(text))


@pytest.fixture
def tiny(tmp_path: Path, empty_cache: Path) -> BiEncoderRanker:
    """A bi-encoder of random weights whose embeddings go into a cache of the test's own."""
    return ranker(f"bi-encoder:{tiny_embedder(tmp_path / 'tiny')}?documents=indexed")


def embeddings(cache: Path) -> Path:
    (file,) = (cache / "embeddings").glob("*.sqlite")
    return file


@pytest.mark.usefixtures("weights")
def test_scores_are_cosines() -> None:
    ranking = build_ranker("bi-encoder").rank(QUERY, documents("what is the capital of france", *TEXTS))
    assert ranking.scale == COSINE
    assert ranking.items[0].id == "d0"
    assert ranking.items[0].score == pytest.approx(1.0, abs=1e-5)
    assert all(-1.0001 <= item.score <= 1.0001 for item in ranking.items)


@pytest.mark.usefixtures("own_cache")
def test_indexed_documents_rank_as_embedded_ones_and_are_counted_once() -> None:
    embedded = build_ranker("bi-encoder").rank(QUERY, documents(*TEXTS))
    indexed = build_ranker("bi-encoder?documents=indexed")
    first, second = (indexed.rank(QUERY, documents(*TEXTS)) for _ in range(2))
    assert [item.id for item in first.items] == [item.id for item in embedded.items]
    assert [item.score for item in first.items] == pytest.approx([item.score for item in embedded.items], abs=1e-5)
    assert (first.details["documents_embedded_now"], second.details["documents_embedded_now"]) == (4, 0)
    assert [item.score for item in second.items] == [item.score for item in first.items]
    # Only the query is computed in a run: 6 words.
    assert first.timing.tokens == 6
    assert embedded.timing.tokens == 6 + 6 + 5 + 0 + 1


def test_what_is_indexed_is_not_computed_again(tiny: BiEncoderRanker) -> None:
    vectors, computed = tiny.index(TEXTS)
    assert (vectors.shape, computed) == ((4, 16), 4)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)
    again, computed = tiny.index(TEXTS)
    assert computed == 0
    assert np.array_equal(again, vectors)


def test_a_changed_text_is_computed_and_repeats_once(tiny: BiEncoderRanker) -> None:
    tiny.index(TEXTS)
    changed = [*TEXTS[:3], "berlin is a city", "berlin is a city", TEXTS[0]]
    vectors, computed = tiny.index(changed)
    assert computed == 1
    assert np.array_equal(vectors[3], vectors[4])
    assert np.array_equal(vectors[0], vectors[5])
    assert not np.array_equal(vectors[3], tiny.index(["berlin"])[0][0])


def test_two_models_do_not_share_embeddings(tmp_path: Path, empty_cache: Path) -> None:
    first, second = (
        ranker(f"bi-encoder:{tiny_embedder(tmp_path / name, seed=seed)}") for seed, name in enumerate(("one", "two"))
    )
    vectors, _ = first.index(TEXTS)
    others, computed = second.index(TEXTS)
    assert computed == 4
    assert not np.allclose(vectors, others)
    assert len(list((empty_cache / "embeddings").iterdir())) == 2


def test_an_interrupted_index_leaves_nothing_wrong_behind(tiny: BiEncoderRanker, empty_cache: Path) -> None:
    tiny.index(TEXTS[:2])
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        tiny.index(TEXTS, cancel=cancel)
    vectors, computed = tiny.index(TEXTS)
    assert computed == 2
    assert np.isfinite(vectors).all()
    with sqlite3.connect(embeddings(empty_cache)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    database.close()


def test_a_large_index_is_kept_part_by_part(tiny: BiEncoderRanker) -> None:
    texts = [f"{'paris ' * (number % 7)}{'milk ' * (number // 7)}" for number in range(2 * INDEX_PART + 10)]
    cancel, steps = threading.Event(), []

    def stop_in_the_third_part(step: Step) -> None:
        steps.append(step)
        if step.done >= 2 * INDEX_PART:
            cancel.set()

    with pytest.raises(Cancelled):
        tiny.index([*texts, "what is the wing"], cancel=cancel, progress=stop_in_the_third_part)
    assert [step.done for step in steps] == sorted(step.done for step in steps)
    assert {(step.total, step.unit) for step in steps} == {(2 * INDEX_PART + 11, "document")}
    cancel.clear()
    vectors, computed = tiny.index(texts)
    assert computed == 10
    assert vectors.shape == (2 * INDEX_PART + 10, 16)


def test_a_damaged_embedding_file_is_made_anew(tiny: BiEncoderRanker, empty_cache: Path) -> None:
    vectors, _ = tiny.index(TEXTS)
    embeddings(empty_cache).write_bytes(b"this is no database" * 100)
    again, computed = tiny.index(TEXTS)
    assert computed == 4
    assert np.array_equal(again, vectors)
    assert tiny.index(TEXTS)[1] == 0


def test_a_cache_that_cannot_be_written_is_named(tiny: BiEncoderRanker, empty_cache: Path) -> None:
    empty_cache.write_text("a file where the folder belongs")
    with pytest.raises(RerankLabError, match="set RERANKLAB_CACHE to another folder"):
        tiny.index(TEXTS)


def test_two_threads_index_the_same_texts(tiny: BiEncoderRanker) -> None:
    results: list[int] = []
    threads = [threading.Thread(target=lambda: results.append(len(tiny.index(TEXTS)[0]))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [4] * 4
    assert tiny.index(TEXTS)[1] == 0


@pytest.mark.usefixtures("weights")
def test_the_window_is_256_tokens_with_two_of_the_frame() -> None:
    model = build_ranker("bi-encoder")
    (item,) = model.rank(QUERY, documents("milk " * 300)).items
    assert (item.tokens_used, item.tokens_total) == (254, 300)
    assert model.rank(Query(text="milk " * 254), documents("milk")).items
    with pytest.raises(QueryTooLongError, match="255 tokens"):
        model.rank(Query(text="milk " * 255), documents("milk"))


def test_the_query_embedding_is_a_unit_vector(tiny: BiEncoderRanker) -> None:
    vector = tiny.embed_query("paris")
    assert vector.shape == (16,)
    assert np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-5)
