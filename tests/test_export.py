import csv
import io
import json

import pytest

from reranklab.errors import InputError
from reranklab.export import CSV_COLUMNS, to_csv, to_dict, to_json, to_trec_run, to_trec_runs
from reranklab.types import COSINE, Document
from tests.evaluate.make import make_ranking, run_times


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_trec_run():
    rankings = [make_ranking("ba", query="q1", scores=[0.5, 0.5]), make_ranking("c", query="q2")]
    assert to_trec_run(rankings) == "q1 Q0 b 1 2 bm25\nq1 Q0 a 2 1 bm25\nq2 Q0 c 1 1 bm25\n"


def test_trec_run_holds_one_ranker():
    rankings = [make_ranking("ab", ranker="bm25"), make_ranking("ba", ranker="cross-encoder:a b")]
    with pytest.raises(InputError, match="one ranker, not bm25 and cross-encoder"):
        to_trec_run(rankings)
    assert to_trec_runs(rankings) == {
        "bm25": "q Q0 a 1 2 bm25\nq Q0 b 2 1 bm25\n",
        "cross-encoder:a b": "q Q0 b 1 2 cross-encoder:a_b\nq Q0 a 2 1 cross-encoder:a_b\n",
    }
    with pytest.raises(InputError, match="Two rankings are of the query 'q'"):
        to_trec_run([rankings[0], rankings[0]])


@pytest.mark.parametrize("bad", ["two words", "a\nb", "", "\u00a0", "\0"])
def test_trec_run_refuses_ids_with_whitespace(bad):
    with pytest.raises(InputError, match="document id"):
        to_trec_run([make_ranking([bad])])
    with pytest.raises(InputError, match="query id"):
        to_trec_run([make_ranking("a", query=bad)])


def test_csv():
    ranking = make_ranking("ba", scores=[0.75, -0.5], scale=COSINE)
    table = rows(to_csv([ranking], qrels={"q": {"a": 0}}))
    assert tuple(table[0]) == CSV_COLUMNS
    assert list(table[1].values()) == ["q", "bm25", "2", "a", "-0.5", "cosine", "7", "9", "0.0", "0"]
    assert table[0]["grade"] == ""


def test_csv_with_texts():
    documents = [Document(id="a", title="A title", text='two\nlines, "quoted"')]
    assert rows(to_csv([make_ranking("a")], documents))[0]["document"] == 'A title two\nlines, "quoted"'


@pytest.mark.parametrize("formula", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", " =1+1", "＝1"])
def test_csv_disarms_formulas(formula):
    table = rows(to_csv([make_ranking([formula], query=formula)], [Document(id=formula, text=formula)]))
    assert table[0]["document_id"] == table[0]["query_id"] == table[0]["document"] == "'" + formula


@pytest.mark.parametrize("harmless", ["-17", "+3.5", "a=b", "plain"])
def test_csv_leaves_other_ids_alone(harmless):
    assert rows(to_csv([make_ranking([harmless])]))[0]["document_id"] == harmless


def test_json_shape():
    runs = [run_times(total, queue=queue) for total, queue in ((10, 1), (20, 2), (30, 6))]
    ranking = make_ranking("ba", runs=runs, load=120.0, warnings=("careful",), parameters={"k1": 1.2}, details={"calls": 3})
    document = json.loads(to_json([ranking]))
    assert (document["query"], document["notes"]) == ("what is what", [])
    assert json.loads(to_json([ranking], notes=["read as text"]))["notes"] == ["read as text"]
    (entry,) = document["rankings"]
    assert list(entry) == ["ranker", "provenance", "items", "timing", "matched", "warnings", "scale", "details", "stages"]
    assert entry["items"][0] == {
        "id": "b", "rank": 1, "score": 2.0, "tokens_used": 7, "tokens_total": 9, "unknown_share": 0.0, "passage": None,
    }  # fmt: skip
    assert entry["timing"] == {
        "load": 120, "queue": 2, "tokenise": 1, "transfer": 0, "compute": 2, "postprocess": 0.5, "total": 20,
        "total_p95": 29, "runs": 3, "warmup": "none", "documents_per_second": 100, "tokens_per_second": 900, "device": "cpu",
        "measured_at": "2026-01-02T03:04:05+00:00", "cached": False,
    }  # fmt: skip
    assert entry["provenance"]["parameters"] == {"k1": 1.2}
    assert entry["provenance"]["versions"] == {"numpy": "2.0"}
    assert (entry["warnings"], entry["scale"]["name"], entry["details"]) == (["careful"], "BM25", {"calls": 3})
    assert entry["matched"] is None
    assert json.loads(to_json([make_ranking("ba", matched=1)]))["rankings"][0]["matched"] == 1


def test_json_keeps_addresses_and_keys_out():
    ranking = make_ranking(
        "a",
        parameters={"base_url": "example.org", "api_key": "sk-1", "served_by": "http://example.org/v1", "max_tokens": 12},
        details={"endpoint": "https://example.org", "calls": 1},
    )
    text = to_json([ranking])
    assert "example.org" not in text
    assert "sk-1" not in text
    (entry,) = to_dict([ranking])["rankings"]
    assert (entry["provenance"]["parameters"], entry["details"]) == ({"max_tokens": 12}, {"calls": 1})


def test_json_is_of_one_query():
    with pytest.raises(InputError, match="no rankings"):
        to_json([])
    with pytest.raises(InputError, match="different queries"):
        to_json([make_ranking("a", query="q1"), make_ranking("a", query="q2")])
