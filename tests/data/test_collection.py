import gzip
import json
from pathlib import Path

import pytest

from reranklab.data import Collection, judged_candidates, list_splits, load_collection, sample_queries
from reranklab.errors import InputError
from reranklab.types import Query

SHARED = Path(__file__).parents[2] / "../shared/data"
CORPUS = [
    {"_id": "a", "title": "A", "text": "first"},
    {"_id": "b", "title": "", "text": "second"},
    {"_id": 3, "text": "third\0"},
    {"_id": "d", "title": None, "text": "fourth"},
]
QUERIES = [{"_id": "q2", "text": "two"}, {"_id": "q9", "text": "unjudged"}, {"_id": "q1", "text": "one", "metadata": {}}]
QRELS = "query-id\tcorpus-id\tscore\nq1\t3\t0\nq1\ta\t2\nq2\tb\t1\nq1\tb\t1\n"


def write(path: Path, *, corpus: object = CORPUS, queries: object = QUERIES, qrels: str = QRELS, split: str = "test") -> Path:
    for name, content in (("corpus", corpus), ("queries", queries)):
        lines = content if isinstance(content, str) else "".join(json.dumps(record) + "\n" for record in content)  # type: ignore[attr-defined]
        (path / f"{name}.jsonl").write_text(lines, encoding="utf-8")
    (path / "qrels").mkdir(exist_ok=True)
    (path / "qrels" / f"{split}.tsv").write_text(qrels, encoding="utf-8")
    return path


def refusal(path: Path, *, split: str = "test") -> str:
    with pytest.raises(InputError) as caught:
        load_collection(path, split=split)
    return str(caught.value)


def test_the_parts_and_their_order(tmp_path: Path) -> None:
    collection = load_collection(write(tmp_path))
    assert (collection.name, collection.split, collection.licence) == (tmp_path.name, "test", "")
    assert [(document.id, document.content) for document in collection.documents.values()] == [
        ("a", "A first"),
        ("b", "second"),
        ("3", "third\ufffd"),
        ("d", "fourth"),
    ]
    assert list(collection.queries.values()) == [Query(id="q2", text="two"), Query(id="q1", text="one")]
    assert collection.qrels == {"q2": {"b": 1}, "q1": {"3": 0, "a": 2, "b": 1}}
    assert [document.id for document in judged_candidates(collection, "q1")] == ["3", "a", "b"]
    assert collection.graded
    assert collection.notes == ()


def test_binary_judgements_are_not_graded(tmp_path: Path) -> None:
    assert not load_collection(write(tmp_path, qrels="q1\ta\t1\nq1\tb\t0\n")).graded


def test_the_header_of_the_judgements_may_be_missing(tmp_path: Path) -> None:
    assert load_collection(write(tmp_path, qrels="q1\ta\t-1\r\n\r\nq1\tb\t1")).qrels == {"q1": {"a": -1, "b": 1}}


def test_gzipped_files_read_the_same(tmp_path: Path) -> None:
    plain = load_collection(write(tmp_path))
    for name in ("corpus", "queries"):
        file = tmp_path / f"{name}.jsonl"
        (tmp_path / f"{name}.jsonl.gz").write_bytes(gzip.compress(file.read_bytes()))
        file.unlink()
    assert load_collection(tmp_path) == plain


def test_a_damaged_gzip_file_is_named(tmp_path: Path) -> None:
    packed = gzip.compress(json.dumps(CORPUS).encode())
    (write(tmp_path) / "corpus.jsonl").unlink()
    for damaged in (packed[:-12], b"not gzip", packed[:12] + b"\xff\xff\xff" + packed[15:]):
        (tmp_path / "corpus.jsonl.gz").write_bytes(damaged)
        assert "corpus.jsonl.gz cannot be read after line 0" in refusal(tmp_path)


def test_what_points_nowhere_is_left_out_and_counted(tmp_path: Path) -> None:
    qrels = "h\th\th\nq1\ta\t1\nq1\tgone\t2\nq2\tgone\t1\nnobody\ta\t1\n"
    collection = load_collection(write(tmp_path, qrels=qrels))
    assert collection.qrels == {"q1": {"a": 1}}
    assert list(collection.queries) == ["q1"]
    assert collection.notes == (
        "Left out 2 judgements of documents that are not in the corpus.",
        "Left out 1 judged queries that are not in the queries file.",
        "Left out 1 queries without a judged document in the corpus.",
    )


def test_the_later_of_two_grades_holds_in_the_place_of_the_first(tmp_path: Path) -> None:
    collection = load_collection(write(tmp_path, qrels="q1\ta\t1\nq1\tb\t0\nq1\ta\t2\n"))
    assert list(collection.qrels["q1"].items()) == [("a", 2), ("b", 0)]


def test_splits(tmp_path: Path) -> None:
    for split in ("train", "dev", "test"):
        write(tmp_path, split=split)
    assert list_splits(tmp_path) == ("test", "dev", "train")
    assert load_collection(tmp_path, split="dev").split == "dev"
    for split in ("best", "../qrels/test", ""):
        assert "Choose one of: test, dev, train" in refusal(tmp_path, split=split)


def test_folders_that_are_not_in_the_layout(tmp_path: Path) -> None:
    assert "There is no folder" in refusal(tmp_path / "absent")
    assert "corpus.jsonl is missing" in refusal(tmp_path)
    write(tmp_path)
    (tmp_path / "queries.jsonl").unlink()
    assert "queries.jsonl is missing" in refusal(tmp_path)
    write(tmp_path)
    (tmp_path / "qrels" / "test.tsv").unlink()
    assert "has no judgements. Add qrels/test.tsv" in refusal(tmp_path)


@pytest.mark.parametrize(
    ("corpus", "message"),
    [
        ('{"_id": "a", "text": "x"}\n{"_id": "b"\n', "Line 2 of corpus.jsonl is not valid JSON"),
        ('\n["a"]\n', "Line 2 of corpus.jsonl is not a JSON object"),
        ('{"text": "x"}\n', "Line 1 of corpus.jsonl has no text under the key '_id'"),
        ('{"_id": "a", "title": "x"}\n', "Line 1 of corpus.jsonl has no text under the key 'text'"),
        ('{"_id": "a", "text": ["x"]}\n', "under the key 'text'"),
        ('{"_id": true, "text": "x"}\n', "under the key '_id'"),
        ('{"_id": "a", "text": "x", "title": {}}\n', "under the key 'title'"),
        ('{"_id": "a", "text": "x"}\n{"_id": "a", "text": "y"}\n', "Line 2 of corpus.jsonl repeats the document id 'a'"),
        ('{"_id": 1, "text": "x"}\n{"_id": "1", "text": "y"}\n', "Line 2 of corpus.jsonl repeats the document id '1'"),
        ("[" * 100_000, "Line 1 of corpus.jsonl is not valid JSON in UTF-8 (RecursionError)"),
    ],
)
def test_broken_corpus_lines(tmp_path: Path, corpus: str, message: str) -> None:
    assert message in refusal(write(tmp_path, corpus=corpus))


def test_a_corpus_in_another_encoding(tmp_path: Path) -> None:
    (write(tmp_path) / "corpus.jsonl").write_bytes('{"_id": "a", "text": "café"}\n'.encode("latin-1"))
    assert "Line 1 of corpus.jsonl is not valid JSON in UTF-8 (UnicodeDecodeError)" in refusal(tmp_path)


def test_broken_queries(tmp_path: Path) -> None:
    assert "Line 2 of queries.jsonl repeats the query id 'q1'" in refusal(write(tmp_path, queries=[QUERIES[2]] * 2))
    assert "Line 1 of queries.jsonl has no text under the key 'text'" in refusal(write(tmp_path, queries=[{"_id": "q1"}]))


@pytest.mark.parametrize("line", ["q1\ta", "q1 a 1", "q1\t0\ta\t1", "q1\ta\thigh", "q1\ta\t1.5"])
def test_broken_judgements(tmp_path: Path, line: str) -> None:
    assert "Line 3 of qrels/test.tsv is not a query id" in refusal(write(tmp_path, qrels=f"q\td\ts\nq1\ta\t1\n{line}\n"))


def test_judgements_in_trec_format_are_refused_at_line_1(tmp_path: Path) -> None:
    assert "Line 1 of qrels/test.tsv" in refusal(write(tmp_path, qrels="q1 0 a 1\n"))


def test_candidates_of_an_unknown_query(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no judged query 'q9'"):
        judged_candidates(load_collection(write(tmp_path)), "q9")


def test_a_sample_is_fixed_by_its_seed_and_keeps_the_order() -> None:
    queries = {f"q{number}": Query(id=f"q{number}", text="x") for number in range(100)}
    collection = Collection(name="c", split="test", documents={}, queries=queries, qrels={})
    everything = list(queries.values())
    assert [query.id for query in sample_queries(collection, number=5, seed=0)] == ["q13", "q16", "q17", "q32", "q94"]
    ten = sample_queries(collection, number=10, seed=1)
    assert len(ten) == len(set(ten)) == 10
    assert list(ten) == [query for query in everything if query in ten]
    assert set(sample_queries(collection, number=4, seed=1)) < set(ten)
    assert ten != sample_queries(collection, number=10, seed=2)
    assert list(sample_queries(collection, number=None, seed=3)) == everything
    assert list(sample_queries(collection, number=1000, seed=3)) == everything
    for number in (0, -1):
        with pytest.raises(InputError, match="at least one"):
            sample_queries(collection, number=number, seed=1)


@pytest.mark.parametrize(
    ("name", "documents", "queries", "judgements"), [("scifact", 5183, 300, 339), ("cranfield", 1400, 225, 1837)]
)
def test_public_collections(name: str, documents: int, queries: int, judgements: int) -> None:
    if not (SHARED / name).is_dir():
        pytest.skip(f"the {name} collection is not on this machine")
    collection = load_collection(SHARED / name)
    assert len(collection.documents) == documents
    assert len(collection.queries) == queries
    assert sum(map(len, collection.qrels.values())) == judgements
    assert collection.notes == ()
