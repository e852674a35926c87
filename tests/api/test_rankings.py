"""`rank` and `compare` in Python: the same numbers as the command line, and results that can be read and kept."""

import json
import math
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import reranklab as rl
from reranklab.errors import Cancelled, InputError, ModelError
from reranklab.export import CSV_COLUMNS
from reranklab.progress import Step
from reranklab.rankers import catalogue
from tests.contract.command import printed_json

TEXTS = ["Paris is the capital of France.", "Berlin is in Germany.", "France has Paris, and Paris has France."]
QUERY = "capital of france"


@pytest.fixture
def no_added_family(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "_added", {})


def broken(query: str, texts: Sequence[str]) -> list[float]:
    raise ModelError("The function is broken. Mend it.")


def untimed(record: Any) -> Any:
    """A record of rankings without what differs between two runs."""
    if isinstance(record, dict):
        return {key: untimed(value) for key, value in record.items() if key != "timing"}
    return [untimed(each) for each in record] if isinstance(record, list) else record


@pytest.mark.parametrize("rankers", [["bm25"], ["bm25?variant=plus&k1=2", "bm25?analyser=words"], ["chunked(bm25)?words=16"]])
def test_the_numbers_are_those_of_the_command_line(rankers: list[str], tmp_path: Path) -> None:
    file = tmp_path / "documents.txt"
    file.write_text("\n".join(TEXTS), encoding="utf-8")
    arguments = [part for ranker in rankers for part in ("--ranker", ranker)]
    printed = printed_json("rank", "--query", QUERY, "--documents", file, *arguments)
    assert untimed(rl.compare(QUERY, TEXTS, rankers).to_dict()) == untimed(printed)
    assert untimed(rl.compare(QUERY, rl.read_documents(file), rankers).to_dict()) == untimed(printed)


def test_rank_gives_the_documents_best_first() -> None:
    result = rl.rank(QUERY, TEXTS, "bm25")
    # "capital" and "france" are in d1; only "france", twice, in d3.
    assert [(item.rank, item.id) for item in result] == [(1, "d1"), (2, "d3"), (3, "d2")]
    assert [document.text for document in result.top(2)] == [TEXTS[0], TEXTS[2]]
    assert len(result) == 3
    assert result.ranking.timing.p50() > 0
    assert result.document("d2").text == TEXTS[1]
    with pytest.raises(InputError, match="no document 'd9' among the 3"):
        result.document("d9")
    with pytest.raises(InputError, match="depth 0"):
        result.top(0)


def test_repeats_are_measured() -> None:
    assert len(rl.rank(QUERY, TEXTS, "bm25", repeats=3).ranking.timing.runs) == 3
    with pytest.raises(InputError, match="0 runs"):
        rl.rank(QUERY, TEXTS, "bm25", repeats=0)


def test_documents_in_every_form_are_the_same_candidates() -> None:
    one = rl.Document(id="x", title="T", text="one")
    assert rl.rank("one", ["one", one], "bm25").documents == (rl.Document(id="d1", text="one"), one)
    assert rl.rank("one", {"a": "one", "b": one}, "bm25").documents == (rl.Document(id="a", text="one"), one)
    assert rl.rank("one", (text for text in ["one", "two"]), "bm25").documents[1] == rl.Document(id="d2", text="two")
    assert rl.rank(rl.Query(id="q7", text="one"), ["one"], "bm25").query.id == "q7"


def test_texts_are_cleaned_as_everywhere_and_it_is_noted() -> None:
    result = rl.rank("o\x00ne", ["one\x1b[31m", "two", "two"], "bm25")
    assert result.query.text == "o\ufffdne"
    assert result.documents[0].text == "one\ufffd[31m"
    assert result.notes == (
        "1 character that is not text was replaced by \ufffd (control characters and halves of surrogate pairs).",
        "Documents d2 and d3 have the same text.",
    )
    assert "\x1b" not in repr(result)


@pytest.mark.parametrize(
    ("query", "documents", "ranker", "words"),
    [
        ("", ["a"], "bm25", "The query is empty"),
        ("a", [], "bm25", "no documents"),
        ("a", "one text", "bm25", "read_documents"),
        ("a", 7, "bm25", "of the type int"),
        ("a", ["b", 7], "bm25", "Document 'd2' is of the type int"),
        (7, ["b"], "bm25", "A query of the type int"),
        ("a", ["b"], "nothing", "There is no ranker 'nothing'"),
        ("a", ["b"], 7, "A ranker of the type int"),
        ("a", ["b", rl.Document(id="d1", text="c")], "bm25", "Two documents have the id 'd1'"),
    ],
)
def test_what_cannot_be_ranked_is_said(query: object, documents: object, ranker: object, words: str) -> None:
    with pytest.raises(InputError, match=words):
        rl.rank(query, documents, ranker)  # type: ignore[arg-type]


def test_a_comparison_iterates_over_its_rankings_and_finds_them_by_id() -> None:
    result = rl.compare(QUERY, TEXTS, ["bm25", "bm25?b=0", "bm25"])
    assert [ranking.ranker for ranking in result] == ["bm25", "bm25?b=0"]
    assert result["bm25?b=0"] is result.rankings[1]
    assert result.titles == {"bm25": "BM25", "bm25?b=0": "BM25 (b=0)"}
    assert result.agreement()[0].tau == 1.0
    assert list(result.to_trec()) == ["bm25", "bm25?b=0"]
    with pytest.raises(InputError, match=r"no ranking by 'x'\. Choose one of: bm25, bm25"):
        result["x"]
    with pytest.raises(InputError, match="No ranker is named"):
        rl.compare(QUERY, TEXTS, [])


@pytest.mark.usefixtures("no_added_family")
def test_a_failure_costs_no_other_ranker_its_result() -> None:
    family = rl.scorer_family("broken", broken, title="Broken")
    result = rl.compare(QUERY, TEXTS, [family, "bm25"])
    assert [ranking.ranker for ranking in result] == ["bm25"]
    assert [(run.ranker, run.message) for run in result.failures] == [("broken", "The function is broken. Mend it.")]
    assert "Broken failed: The function is broken. Mend it." in repr(result)
    with pytest.raises(InputError, match="It failed: The function is broken"):
        result["broken"]
    with pytest.raises(ModelError, match="The function is broken"):
        rl.rank(QUERY, TEXTS, family)


def test_progress_is_told_and_cancel_is_obeyed() -> None:
    steps: list[Step] = []
    rl.rank(QUERY, TEXTS, "bm25", progress=steps.append)
    assert steps[-1].done == steps[-1].total == 3
    stop = threading.Event()
    stop.set()
    with pytest.raises(Cancelled):
        rl.rank(QUERY, TEXTS, "bm25", cancel=stop)


def test_figures_are_named_and_drawn() -> None:
    result = rl.compare(QUERY, TEXTS, ["bm25", "bm25?b=0"], judgements={"d1": 1})
    assert result.figures == ("rank-flow", "scores", "score-scatter", "agreement", "timing")
    drawn = {name: result.figure(name, selected="d3", top=2) for name in result.figures}
    assert all(len(drawing.figure.data) > 0 and drawing.words for drawing in drawn.values())
    assert "The first relevant document is d1 at rank 1 by BM25" in drawn["rank-flow"].words
    with pytest.raises(InputError, match=r"no figure 'flow'\. Choose one of: rank-flow, scores"):
        result.figure("flow")
    with pytest.raises(InputError, match="no document 'd9'"):
        result.figure("scores", selected="d9")
    assert rl.rank(QUERY, TEXTS, "bm25").figures == ("scores", "timing")


def test_a_data_frame_has_the_columns_of_the_csv_and_the_grades() -> None:
    frame = rl.compare(QUERY, TEXTS, ["bm25"], judgements={"d3": 2}).to_pandas()
    assert list(frame.columns) == [*CSV_COLUMNS, "document"]
    assert list(frame["document_id"]) == ["d1", "d3", "d2"]
    assert [None if math.isnan(grade) else grade for grade in frame["grade"]] == [None, 2, None]
    assert frame["document"][0] == TEXTS[0]


def test_a_ranking_is_kept_as_trec_csv_and_json() -> None:
    result = rl.rank(QUERY, TEXTS, "bm25")
    assert result.to_trec() == "q Q0 d1 1 3 bm25\nq Q0 d3 2 2 bm25\nq Q0 d2 3 1 bm25\n"
    assert result.to_csv().splitlines()[1].startswith("q,bm25,1,d1,")
    assert json.loads(result.to_json())["rankings"][0]["items"][0]["id"] == "d1"


def test_reprs_are_tables_with_the_scale() -> None:
    lines = repr(rl.rank(QUERY, TEXTS, "bm25")).splitlines()
    assert lines[0].startswith("BM25 on 'capital of france': 3 documents, ")
    assert lines[1].split() == ["rank", "BM25", "id", "text"]
    assert lines[2].split()[0] == "1"
    assert lines[2].endswith("d1  Paris is the capital of France.")
    compared = repr(rl.compare(QUERY, TEXTS, ["bm25", "bm25?b=0"])).splitlines()
    assert compared[1].split() == ["id", "BM25", "BM25", "(b=0)", "text"]
    assert compared[2].split()[:3] == ["d1", "1", "1"]
    long = repr(rl.rank("red", [f"red {number}" for number in range(25)], "bm25")).splitlines()
    assert (len(long), long[-1]) == (23, "5 more.")


def test_html_for_notebooks_is_escaped() -> None:
    attack = "<script>alert('x')</script>"
    result = rl.compare(attack, {attack: attack, "b": attack + "b"}, ["bm25", "bm25?b=0"])
    for shown in (result._repr_html_(), rl.rank(attack, {attack: attack}, "bm25")._repr_html_()):
        assert "<script" not in shown
        assert "&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt;" in shown


def test_read_documents_takes_a_path_or_a_text(tmp_path: Path) -> None:
    file = tmp_path / "d.csv"
    file.write_text("id,text,title\na,one,T\nb,two,U\n", encoding="utf-8")
    by_path = rl.read_documents(file)
    assert by_path.documents == (rl.Document(id="a", text="one", title="T"), rl.Document(id="b", text="two", title="U"))
    assert rl.read_documents(str(file)) == by_path
    assert rl.read_documents(file, text_column="title", id_column="text").documents[0] == rl.Document(id="one", text="T")
    assert [each.text for each in rl.read_documents("first\nsecond").documents] == ["first", "second"]
    assert [each.text for each in rl.read_documents("a\nb\n\nc", mode="blocks").documents] == ["a\nb", "c"]
    assert [each.text for each in rl.read_documents("x" * 5000).documents] == ["x" * 5000]
    with pytest.raises(InputError, match=r"missing\.csv cannot be read: No such file"):
        rl.read_documents(str(tmp_path / "missing.csv"))
    with pytest.raises(InputError, match="Columns are for files"):
        rl.read_documents("a text", text_column="text")


def test_notes_of_a_file_travel_with_the_result(tmp_path: Path) -> None:
    file = tmp_path / "d.txt"
    file.write_text("same\nsame\n", encoding="utf-8")
    assert rl.rank("same", rl.read_documents(file), "bm25").to_dict()["notes"] == ["Documents d1 and d2 have the same text."]
