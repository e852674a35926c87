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


@pytest.mark.parametrize("content", [b" " * 11_000_000, (b" " * 999 + b"\n") * 11_000])
def test_a_gzip_file_that_grows_too_much_is_refused(tmp_path: Path, content: bytes) -> None:
    (write(tmp_path) / "corpus.jsonl").unlink()
    (tmp_path / "corpus.jsonl.gz").write_bytes(gzip.compress(content))
    assert "corpus.jsonl.gz is refused: it unpacks to more than 100 times its size" in refusal(tmp_path)


def test_a_line_without_end_is_not_read_into_memory(tmp_path: Path) -> None:
    with (write(tmp_path) / "corpus.jsonl").open("wb") as corpus:
        corpus.truncate(3 * 1024**3)
    assert "Line 1 of corpus.jsonl is longer than 64 MB" in refusal(tmp_path)


def test_judged_documents_that_are_absent_stay_in_the_judgements(tmp_path: Path) -> None:
    qrels = "h\th\th\nq1\ta\t1\nq1\tlost\t2\nq2\tlost\t1\nq2\tgone\t0\nnobody\ta\t1\n"
    collection = load_collection(write(tmp_path, qrels=qrels))
    assert collection.qrels == {"q2": {"lost": 1, "gone": 0}, "q1": {"a": 1, "lost": 2}}
    assert list(collection.queries) == ["q2", "q1"]
    assert (collection.absent("q1"), collection.absent("q2")) == (("lost",), ("lost", "gone"))
    assert [document.id for document in judged_candidates(collection, "q1")] == ["a"]
    assert judged_candidates(collection, "q2") == ()
    assert collection.notes == (
        "Left out 1 judged query that is not in the queries file: nobody.",
        "2 judged documents are not in the corpus: lost and gone. They cannot be ranked and count as missed in ideal DCG and "
        "recall, as in trec_eval.",
        "1 query has no judged document in the corpus: q2. Each scores 0 and stays in the mean.",
    )


def test_a_repeated_judgement_counts_once_and_is_noted(tmp_path: Path) -> None:
    collection = load_collection(write(tmp_path, qrels="q1\ta\t1\nq1\tb\t0\nq1\ta\t1\nq1\ta\t1.0\n"))
    assert collection.qrels == {"q1": {"a": 1, "b": 0}}
    assert collection.notes == ("qrels/test.tsv repeats 2 judgements; each counts once.",)


def test_contradicting_judgements_are_refused_by_name(tmp_path: Path) -> None:
    assert refusal(write(tmp_path, qrels="q1\ta\t1\nq1\tb\t0\nq2\ta\t1\nq1\ta\t2\nq1\ta\t1\n")) == (
        "qrels/test.tsv gives 1 pair of query and document several grades: query 'q1' with document 'a' (1, 2). "
        "Keep one line for each pair."
    )
    lines = "".join(f"q1\t{name}\t{grade}\n" for name in "abcdefg" for grade in (0, 1))
    message = refusal(write(tmp_path, qrels=lines))
    assert "gives 7 pairs of query" in message
    assert "query 'q1' with document 'e' (0, 1) and 2 more. Keep" in message
    assert "'f'" not in message


@pytest.mark.parametrize("first", ["query-id\tcorpus-id\tscore", "topic\tdocno\trel", "\t\t"])
def test_a_header_of_the_judgements_is_passed_over(tmp_path: Path, first: str) -> None:
    assert load_collection(write(tmp_path, qrels=f"{first}\nq1\ta\t1\n")).qrels == {"q1": {"a": 1}}


@pytest.mark.parametrize("first", ["q1\tx\thigh", "x\ta\t", "q9\tx\tone"])
def test_a_first_judgement_without_a_number_is_no_header(tmp_path: Path, first: str) -> None:
    query, document, grade = first.split("\t")
    message = refusal(write(tmp_path, qrels=f"{first}\nq1\tb\t1\n"))
    assert f"The first line of qrels/test.tsv judges query {query!r} and document {document!r} with {grade!r}" in message


@pytest.mark.parametrize("grade", ["1.5", "1,0", "1e0", "٣", "1_0", "--1", " "])
def test_a_grade_is_a_whole_number(tmp_path: Path, grade: str) -> None:
    assert "Line 2 of qrels/test.tsv is not a query id" in refusal(write(tmp_path, qrels=f"q1\ta\t1\nq1\tb\t{grade}\n"))


@pytest.mark.parametrize("mark", [" ", "\t", "  "])
def test_judgements_in_trec_form(tmp_path: Path, mark: str) -> None:
    rows = [("q1", "0", "a", "2"), ("q1", "Q0", "b", "0"), ("q2", "0", "3", "-1")]
    collection = load_collection(write(tmp_path, qrels="".join(mark.join(row) + "\n" for row in rows)))
    assert collection.qrels == {"q2": {"3": -1}, "q1": {"a": 2, "b": 0}}
    assert collection.notes == ("qrels/test.tsv is in TREC's form (query, unused, document, grade) and was read as such.",)


def test_a_broken_line_in_trec_form(tmp_path: Path) -> None:
    for line in ("q1 a 1", "q1 0 a high", "q1 0 a 1 0"):
        assert (
            "Line 2 of qrels/test.tsv is not a query id, 0, a document id and a whole number, separated by spaces"
            in refusal(write(tmp_path, qrels=f"q1 0 b 1\n{line}\n"))
        )


def test_hidden_files_and_backups_are_no_splits(tmp_path: Path) -> None:
    for name in ("._test", ".test", "~$test", "test~", ".hidden"):
        write(tmp_path, split=name, qrels="not judgements")
    write(tmp_path, split="dev")
    (tmp_path / "qrels" / "folder.tsv").mkdir()
    (tmp_path / "qrels" / "test.tsv~").write_text(QRELS)
    assert list_splits(tmp_path) == ("dev",)


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
        ("[" * 100_000, "Line 1 of corpus.jsonl is nested too deep"),
        ('{"_id": "a", "text": NaN}\n', "Line 1 of corpus.jsonl holds NaN, which is no JSON number"),
        ('{"_id": "a", "text": "x", "n": [-Infinity]}\n', "Line 1 of corpus.jsonl holds -Infinity"),
        ('{"_id": 1.5, "text": "x"}\n', "under the key '_id'"),
        ('{"_id": 3.0, "text": "x"}\n{"_id": "3", "text": "y"}\n', "Line 2 of corpus.jsonl repeats the document id '3'"),
    ],
)
def test_broken_corpus_lines(tmp_path: Path, corpus: str, message: str) -> None:
    assert message in refusal(write(tmp_path, corpus=corpus))


def test_a_corpus_in_another_encoding(tmp_path: Path) -> None:
    (write(tmp_path) / "corpus.jsonl").write_bytes('{"_id": "a", "text": "café"}\n'.encode("latin-1"))
    assert "Line 1 of corpus.jsonl is not UTF-8 (byte 26 of the line)" in refusal(tmp_path)


def test_broken_queries(tmp_path: Path) -> None:
    assert "Line 2 of queries.jsonl repeats the query id 'q1'" in refusal(write(tmp_path, queries=[QUERIES[2]] * 2))
    assert "Line 1 of queries.jsonl holds NaN" in refusal(write(tmp_path, queries='{"_id": "q1", "text": NaN}\n'))
    assert "Line 1 of queries.jsonl has no text under the key 'text'" in refusal(write(tmp_path, queries=[{"_id": "q1"}]))


@pytest.mark.parametrize("line", ["q1\ta", "q1 a 1", "q1\t0\ta\t1", "q1\ta\thigh", "q1\ta\t1.5"])
def test_broken_judgements(tmp_path: Path, line: str) -> None:
    assert "Line 3 of qrels/test.tsv is not a query id" in refusal(write(tmp_path, qrels=f"q\td\ts\nq1\ta\t1\n{line}\n"))


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
