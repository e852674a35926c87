"""Cosine scores, and document embeddings kept on disk."""

import shutil
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import cast

import numpy as np
import pytest

from reranklab.engine.build import build_ranker
from reranklab.engine.measure import measure
from reranklab.errors import Cancelled, QueryTooLongError
from reranklab.progress import Step
from reranklab.rankers.vectors.apart import INDEX_PART
from reranklab.rankers.vectors.biencoder import BiEncoderRanker
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
    first, again = tiny.index(TEXTS), tiny.index(TEXTS)
    assert (first.vectors.shape, first.computed, again.computed) == ((4, 16), 4, 0)
    assert np.linalg.norm(first.vectors, axis=1) == pytest.approx(1.0, abs=1e-5)
    assert np.array_equal(again.vectors, first.vectors)


def test_a_changed_text_is_computed_and_repeats_once(tiny: BiEncoderRanker) -> None:
    tiny.index(TEXTS)
    changed = [*TEXTS[:3], "berlin is a city", "berlin is a city", TEXTS[0]]
    found = tiny.index(changed)
    assert found.computed == 1
    assert np.array_equal(found.vectors[3], found.vectors[4])
    assert np.array_equal(found.vectors[0], found.vectors[5])
    assert not np.array_equal(found.vectors[3], tiny.index(["berlin"]).vectors[0])


def test_two_models_do_not_share_embeddings(tmp_path: Path, empty_cache: Path) -> None:
    first, second = (
        ranker(f"bi-encoder:{tiny_embedder(tmp_path / name, seed=seed)}") for seed, name in enumerate(("one", "two"))
    )
    one, other = first.index(TEXTS), second.index(TEXTS)
    assert other.computed == 4
    assert not np.allclose(one.vectors, other.vectors)
    assert len(list((empty_cache / "embeddings").iterdir())) == 2


def test_an_interrupted_index_leaves_nothing_wrong_behind(tiny: BiEncoderRanker, empty_cache: Path) -> None:
    tiny.index(TEXTS[:2])
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        tiny.index(TEXTS, cancel=cancel)
    found = tiny.index(TEXTS)
    assert found.computed == 2
    assert np.isfinite(found.vectors).all()
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
    found = tiny.index(texts)
    assert found.computed == 10
    assert found.vectors.shape == (2 * INDEX_PART + 10, 16)


OF_AN_EARLIER_VERSION = """
CREATE TABLE embedding (text BLOB PRIMARY KEY, vector BLOB NOT NULL);
INSERT INTO embedding VALUES (x'00', x'00');
"""


def damage(file: Path, how: str) -> None:
    content = file.read_bytes()
    match how:
        case "cut":
            file.write_bytes(content[: len(content) // 2])
        case "zeroed":
            file.write_bytes(bytes(len(content)))
        case "zeroed in the middle":
            half = len(content) // 2
            file.write_bytes(content[:half] + bytes(len(content) - half))
        case "random":
            file.write_bytes(np.random.default_rng(0).bytes(len(content)))
        case "empty":
            file.write_bytes(b"")
        case "a folder":
            file.unlink()
            (file / "inside").mkdir(parents=True)
        case "an earlier version":
            file.unlink()
            with closing(sqlite3.connect(file)) as database:
                database.executescript(OF_AN_EARLIER_VERSION)
        case "another table":
            file.unlink()
            with closing(sqlite3.connect(file)) as database:
                database.executescript("CREATE TABLE embedding (x TEXT); PRAGMA user_version = 2")


@pytest.mark.parametrize(
    "how",
    ["cut", "zeroed", "zeroed in the middle", "random", "empty", "a folder", "an earlier version", "another table"],
)
def test_a_damaged_embedding_file_is_made_anew(tiny: BiEncoderRanker, empty_cache: Path, how: str) -> None:
    expected = tiny.index(TEXTS).vectors
    damage(embeddings(empty_cache), how)
    again = tiny.index(TEXTS)
    assert (again.computed, len(again.notes)) == (4, 1)
    assert "computed again" in again.notes[0]
    assert np.array_equal(again.vectors, expected)
    assert tiny.index(TEXTS).computed == 0


def test_one_damaged_vector_is_computed_anew(tiny: BiEncoderRanker, empty_cache: Path) -> None:
    expected = tiny.index(TEXTS).vectors
    with closing(sqlite3.connect(embeddings(empty_cache))) as database, database:
        database.execute("UPDATE embedding SET vector = zeroblob(64) WHERE rowid = 2")
        database.execute("UPDATE embedding SET vector = 1.5 WHERE rowid = 3")
    again = tiny.index(TEXTS)
    assert again.computed == 2
    assert again.notes == ("2 of the stored embeddings were damaged and were computed again.",)
    assert again.vectors == pytest.approx(expected, abs=1e-6)
    assert tiny.index(TEXTS).computed == 0


def test_damage_that_the_warm_up_finds_is_told_too(tiny: BiEncoderRanker, empty_cache: Path) -> None:
    tiny.index(TEXTS)
    damage(embeddings(empty_cache), "zeroed")
    warnings = measure(tiny, QUERY, documents(*TEXTS)).warnings
    assert "The stored embeddings were damaged or of an earlier version and were computed again." in warnings


def test_a_cache_that_cannot_be_written_is_named_and_the_vectors_are_used(tiny: BiEncoderRanker, empty_cache: Path) -> None:
    expected = tiny.index(TEXTS).vectors
    shutil.rmtree(empty_cache)
    empty_cache.write_text("a file where the folder belongs")
    found = tiny.index(TEXTS)
    assert np.array_equal(found.vectors, expected)
    assert found.notes == (
        f"The embeddings cannot be stored in {empty_cache / 'embeddings'}: {empty_cache} is a file, not a folder. "
        "Move it away, or set RERANKLAB_CACHE to another folder. This time they are used from memory.",
    )


def test_two_threads_index_the_same_texts(tiny: BiEncoderRanker) -> None:
    results: list[int] = []
    threads = [threading.Thread(target=lambda: results.append(len(tiny.index(TEXTS).vectors))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [4] * 4
    assert tiny.index(TEXTS).computed == 0


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
