"""Exports say what was evaluated, in each format, and nothing that stands in a document acts in them."""

import csv
import io
import json
import re
import zipfile
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reranklab.errors import InputError, StorageError
from reranklab.evaluate.differences import compare_results
from reranklab.evaluate.evaluated import Evaluated
from reranklab.evaluate.experiment import QueryError, summarise
from reranklab.evaluate.manifest import manifest
from reranklab.report.files import FORMATS, export_evaluation, export_files, save_evaluations
from tests.evaluate.make import make_ranking, run_times

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>&amp;\u2028"
MEASURES = ("nDCG@10", "RR")


def evaluation(*, ids: tuple[str, str] = ("a", "b"), query: str = "q1", dataset: str = "tiny") -> Evaluated:
    """Two rankers over three queries: the second fails on one, and one has no candidates."""
    first, second = ids
    qrels = {query: {first: 2, second: 0}, "q2": {first: 1}, "q3": {first: 1}}
    timed = {"runs": (run_times(4.0), run_times(6.0))}
    one = [make_ranking([first, second, "c"], query=query, **timed), make_ranking([second, first], query="q2", **timed)]
    two = [make_ranking([second, first, "c"], query=query, ranker="bm25?k1=2", scores=[0.1, 0.25, -1.0])]
    results = (
        summarise("bm25", 3, one, (), ["q3"], qrels, MEASURES),
        summarise("bm25?k1=2", 3, two, [QueryError(query="q2", message=HOSTILE)], ["q3"], qrels, MEASURES),
    )
    settings = {"dataset": dataset, "split": "test", "candidates": "bm25:3", "queries": 3, "sample": None, "device": "cpu"}
    return Evaluated(
        settings={**settings, "source": dataset, "documents": 3, "collection_sha256": "0" * 64},
        results=results,
        measures=MEASURES,
        qrels=qrels,
        differences=compare_results(results, MEASURES),
        notes=(HOSTILE,),
    )


def files(made: Evaluated, format_: str) -> dict[str, bytes]:
    return {file.name: file.content for file in export_files([made], format_, stem="x")}


def test_csv_has_a_row_for_each_query_and_one_for_each_document():
    made = files(evaluation(), "csv")
    assert list(made) == ["x.csv", "x.rankings.csv", "x.manifest.json"]
    rows = list(csv.DictReader(io.StringIO(made["x.csv"].decode(), newline="")))
    assert [(row["ranker"], row["query_id"], row["RR"], row["ms"], row["state"]) for row in rows] == [
        ("bm25", "q1", "1.0", "5.0", "ranked"),
        ("bm25", "q2", "0.5", "5.0", "ranked"),
        ("bm25", "q3", "0.0", "", "without candidates"),
        ("bm25?k1=2", "q1", "0.5", "4.0", "ranked"),
        ("bm25?k1=2", "q2", "", "", "failed"),
        ("bm25?k1=2", "q3", "0.0", "", "without candidates"),
    ]
    assert rows[4]["error"] == HOSTILE
    documents = list(csv.DictReader(io.StringIO(made["x.rankings.csv"].decode(), newline="")))
    assert len(documents) == 8
    assert [documents[6][name] for name in ("ranker", "rank", "document_id", "score", "grade")] == [
        "bm25?k1=2",
        "2",
        "a",
        "0.25",
        "2",
    ]
    assert json.loads(made["x.manifest.json"])["format"] == "reranklab-evaluation"


def test_queries_that_a_stopped_run_did_not_come_to_are_no_failures():
    made = evaluation()
    stopped = replace(made, results=(made.results[0], replace(made.results[1], errors=())))
    rows = list(csv.DictReader(io.StringIO(files(stopped, "csv")["x.csv"].decode(), newline="")))
    assert (rows[4]["state"], rows[4]["error"]) == ("not ranked yet", "")


def test_parquet_is_read_by_another_library_with_its_manifest():
    from pyarrow import parquet

    made = files(evaluation(), "parquet")
    queries = parquet.read_table(io.BytesIO(made["x.parquet"]))
    assert queries.column("nDCG@10").to_pylist()[0] == 1.0
    assert queries.column("RR").to_pylist() == [1.0, 0.5, 0.0, 0.5, None, 0.0]
    documents = parquet.read_table(io.BytesIO(made["x.rankings.parquet"]))
    assert documents.column("score").to_pylist()[5:] == [0.1, 0.25, -1.0]
    for table in (queries, documents):
        assert (
            json.loads(table.schema.metadata[b"reranklab"])["judgements_sha256"] == manifest(evaluation())["judgements_sha256"]
        )


def test_trec_runs_and_qrels_give_the_means_in_another_tool():
    import ir_measures

    made = files(evaluation(), "trec")
    assert list(made) == ["x.1-bm25.trec", "x.2-bm25-k1-2.trec", "x.qrels", "x.manifest.json"]
    qrels = list(ir_measures.read_trec_qrels(made["x.qrels"].decode()))
    run = list(ir_measures.read_trec_run(made["x.1-bm25.trec"].decode()))
    measure = ir_measures.parse_measure("nDCG@10")
    value = ir_measures.pytrec_eval.calc_aggregate([measure], qrels, run)[measure]
    assert value == pytest.approx(evaluation().results[0].metrics["nDCG@10"], abs=1e-12)


def test_json_is_what_the_command_prints_with_queries_and_manifest():
    record = json.loads(files(evaluation(), "json")["x.json"])
    assert {**evaluation().record(), "results": None} == {
        name: value for name, value in record.items() if name != "manifest"
    } | {"results": None}
    assert record["results"][0]["per_query"]["q2"]["RR"] == 0.5
    assert record["manifest"]["rankers"][0]["provenance"]["device"] == "cpu"


def test_several_collections_stand_beside_each_other():
    both = [evaluation(), evaluation(dataset="other")]
    record = json.loads(export_files(both, "json")[0].content)
    assert [each["dataset"] for each in record["collections"]] == ["tiny", "other"]
    csv_file, _, about = export_files(both, "csv")
    rows = csv.DictReader(io.StringIO(csv_file.content.decode(), newline=""))
    assert [row["dataset"] for row in rows] == ["tiny"] * 6 + ["other"] * 6
    assert len(json.loads(about.content)["collections"]) == 2
    names = [file.name for file in export_files(both, "trec")]
    assert names[3] == "evaluation.2-other.1-bm25.trec"


def test_a_download_is_one_file():
    file = export_evaluation(evaluation(), "csv")
    assert file.name == "evaluation-csv.zip"
    with zipfile.ZipFile(io.BytesIO(file.content)) as archive:
        assert archive.namelist() == ["evaluation.csv", "evaluation.rankings.csv", "evaluation.manifest.json"]
    assert export_evaluation(evaluation(), "json").name == "evaluation.json"


def test_what_cannot_be_exported_is_one_sentence(tmp_path: Path):
    with pytest.raises(InputError, match=r"no export as 'pdf'\. Choose one of: html, json"):
        export_files([evaluation()], "pdf")
    with pytest.raises(InputError, match="document id 'a b' is empty or holds whitespace"):
        export_files([evaluation(ids=("a b", "b"))], "trec")
    with pytest.raises(InputError, match=r"End the name in \.html"):
        save_evaluations([evaluation()], tmp_path / "x")
    with pytest.raises(InputError, match="There is no folder"):
        save_evaluations([evaluation()], tmp_path / "nowhere" / "x.csv")
    (tmp_path / "x.csv").mkdir()
    with pytest.raises(StorageError, match=r"something else is in the place of x\.csv"):
        save_evaluations([evaluation()], tmp_path / "x.csv")


class Outline(HTMLParser):
    """The elements of a page, their attributes that could act, and the content of its scripts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, ...]] = []
        self.scripts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, *sorted(name for name, _ in attrs)))
        if tag == "script":
            self.scripts.append("")

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1][0] == "script":
            self.scripts[-1] += data


def part(made: Evaluated) -> str:
    from reranklab.report.parts import collection_part

    return str(collection_part(made, manifest(made), number=1))


@settings(max_examples=20)
@given(text=st.text(max_size=30).map(lambda text: f"{text}{HOSTILE}") | st.just("<!--<script>"))
def test_no_text_becomes_an_element(text: str):
    usual = Outline(part(evaluation()))
    got = Outline(part(evaluation(ids=(text, f"{text}2"), query=f"{text}q", dataset=text)))
    assert got.tags == usual.tags
    assert json.loads(got.scripts[-1])["collection"]["name"] == text


def test_the_page_needs_nothing_else_and_lets_nothing_else_run():
    page = files(evaluation(), "html")["x.html"].decode()
    outline = Outline(page)
    assert not [tag for tag in outline.tags if set(tag) & {"src", "href", "link", "iframe", "onclick", "onerror"}]
    assert page.count("plotly.js v") == 1
    (policy,) = re.findall(r'content="(default-src [^"]+)"', page)
    assert "default-src &#39;none&#39;" in policy and "http" not in policy and policy.count("sha256-") == 2
    for words in (
        "Means",
        "Differences",
        "Quality and time",
        "What this evaluation cannot tell",
        "Depth",
        "Query by query",
        "To repeat it",
    ):
        assert f"<h3>{words}</h3>" in page
    assert "BM25 (k1=2) failed on query q2" in page


def test_every_format_is_made():
    assert [bool(export_evaluation(evaluation(), format_).content) for format_ in FORMATS] == [True] * 5
