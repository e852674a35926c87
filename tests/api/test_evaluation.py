"""`evaluate` and `load_dataset` in Python: the same means as the command line."""

from pathlib import Path

import pytest

import reranklab as rl
from reranklab.errors import DataUnavailableError, InputError
from tests.contract.command import printed_json

TIMES = {"ms_per_query", "ms_per_query_p95", "load_ms"}


def untimed(record: dict) -> dict:
    return {**record, "results": [{k: v for k, v in each.items() if k not in TIMES} for each in record["results"]]}


@pytest.mark.usefixtures("empty_cache")
@pytest.mark.parametrize("candidates", ["judged", "bm25:5"])
def test_the_means_are_those_of_the_command_line(candidates: str) -> None:
    rankers = ["bm25", "bm25?analyser=words"]
    printed = printed_json(
        "evaluate", "--dataset", "negation", "--candidates", candidates, "--queries", "4", "--seed", "3",
        "--metric", "nDCG@3", "--ranker", rankers[0], "--ranker", rankers[1],
    )  # fmt: skip
    found = rl.evaluate("negation", rankers, candidates=candidates, queries=4, seed=3, measures=["nDCG@3"])
    assert untimed(found.to_dict()) == untimed(printed)
    loaded = rl.evaluate(rl.load_dataset("negation"), rankers, candidates=candidates, queries=4, seed=3, measures="nDCG@3")
    assert untimed(loaded.to_dict()) == untimed(printed)


def small(folder: Path) -> Path:
    (folder / "qrels").mkdir(parents=True)
    (folder / "corpus.jsonl").write_text('{"_id": "a", "text": "red"}\n{"_id": "b", "text": "blue"}\n', encoding="utf-8")
    (folder / "queries.jsonl").write_text('{"_id": "1", "text": "red"}\n{"_id": "2", "text": "red"}\n', encoding="utf-8")
    qrels = "query-id\tcorpus-id\tscore\n1\ta\t1\n1\tb\t0\n2\tb\t1\n2\ta\t0\n"
    (folder / "qrels" / "test.tsv").write_text(qrels, encoding="utf-8")
    return folder


def test_means_by_hand(tmp_path: Path) -> None:
    found = rl.evaluate(small(tmp_path / "small"), ["bm25"], candidates="judged", measures=["RR", "P@1"])
    # BM25 puts a first for both queries: RR 1 for the first, 1/2 for the second.
    assert found["bm25"].metrics == {"RR": 0.75, "P@1": 0.5}
    assert found.collection.name == "small"
    assert [result.ranker for result in found] == ["bm25"]
    assert found.to_pandas().values.tolist() == [["bm25", "1", 1.0, 1.0], ["bm25", "2", 0.5, 0.0]]
    assert found.to_trec()["bm25"].splitlines()[0] == "1 Q0 a 1 2 bm25"
    assert repr(found).splitlines()[0] == "small (test), 2 queries, candidates judged. [95 % bootstrap interval]"
    assert "0.7500 [0.500, 1.000]" in repr(found)
    assert "0.7500 [0.500, 1.000]" in found._repr_html_()


def test_the_figure_shows_means_and_intervals(tmp_path: Path) -> None:
    found = rl.evaluate(small(tmp_path / "small"), ["bm25", "bm25?b=0"], candidates="judged", measures=["RR"])
    drawing = found.figure("measures")
    (points,) = drawing.figure.data
    assert points.x == (0.75, 0.75)
    assert (points.error_x.array, points.error_x.arrayminus) == ((0.25, 0.25), (0.25, 0.25))
    assert drawing.words == (
        "Means over queries with 95 % intervals. RR: BM25 0.750 (0.500 to 1.000), BM25 (b=0) 0.750 (0.500 to 1.000)."
    )
    with pytest.raises(InputError, match=r"no figure 'scores'\. Choose one of: measures"):
        found.figure("scores")


@pytest.mark.usefixtures("empty_cache")
def test_what_cannot_be_evaluated_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no measure 'nDCG@ten'"):
        rl.evaluate("negation", "bm25", measures="nDCG@ten")
    with pytest.raises(InputError, match="Candidates 'all' do not exist"):
        rl.evaluate("negation", "bm25", candidates="all")
    with pytest.raises(InputError, match="sample of 0 queries"):
        rl.evaluate("negation", "bm25", candidates="judged", queries=0)
    with pytest.raises(InputError, match=r"no result of 'x'\. Choose one of: bm25"):
        rl.evaluate(small(tmp_path / "small"), "bm25", candidates="judged")["x"]
    with pytest.raises(DataUnavailableError, match="scifact is not here yet"):
        rl.load_dataset("scifact")
