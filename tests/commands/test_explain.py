"""`reranklab explain`: every analysis of the catalogue, with numbers of the engine."""

from __future__ import annotations

import json
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from reranklab.cli import main
from reranklab.explain import catalogue

TEXT = (
    "Paris is the capital of France. It lies on the Seine.\n\nBerlin is the capital of Germany.\n\nCheese is made in France.\n"
)


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    path = tmp_path / "documents.txt"
    path.write_text(TEXT, encoding="utf-8")
    return path


def explain(path: Path, *arguments: str, document: str = "d1") -> int:
    fixed = ["explain", "--query", "capital of france", "--documents", str(path), "--document", document, "--ranker", "bm25"]
    return main([*fixed, *arguments])


def answer(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def test_the_methods_are_listed_without_anything_else(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["explain", "--method", "list"])
    assert ended.value.code == 0
    out = capsys.readouterr().out
    starts = [line.partition(":")[0] for line in out.splitlines() if not line.startswith(" ")]
    assert starts == list(catalogue.analyses())
    assert "    unit: What is left out. One of: sentence, term. Default: sentence." in out


def test_methods_share_a_record_until_one_of_their_kind_is_there(documents: Path, capsys: pytest.CaptureFixture[str]) -> None:
    methods = ["--method", "leave-one-out", "--method", "terms", "--method", "stability", "--parameter", "shuffles=3"]
    assert explain(documents, *methods, "--faithfulness", "--unit", "term") == 0
    first, second = answer(capsys)["explanations"]
    assert first["attribution"]["analysis"] == "leave-one-out"
    assert first["attribution"]["parameters"] == {"unit": "term"}
    assert first["deletion"]["parameters"] == {"of": "leave-one-out", "settings": "unit=term"}
    assert second["attribution"]["analysis"] == "terms"
    assert second["deletion"]["parameters"] == {"of": "terms", "settings": ""}
    assert second["stability"]["parameters"]["shuffles"] == "3"
    assert len(second["stability"]["trials"]) == 3
    assert sum(term["contribution"] for term in second["attribution"]["terms"]) == pytest.approx(second["score"])
    assert first["rank"] == second["rank"] == 1


def test_numbers_are_those_of_rank(documents: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rank", "--query", "capital of france", "--documents", str(documents), "--ranker", "bm25"]) == 0
    (ranking,) = answer(capsys)["rankings"]
    assert explain(documents, "--method", "scores", "--method", "ranks", document="d3") == 0
    (explanation,) = answer(capsys)["explanations"]
    scores = [(item["id"], item["rank"], item["score"]) for item in ranking["items"]]
    assert [tuple(item.values()) for item in explanation["scores"]["scores"]] == scores
    assert (explanation["ranks"]["rank"], explanation["ranks"]["score"]) == (explanation["rank"], explanation["score"])
    assert ("d3", explanation["rank"], explanation["score"]) in scores


def test_a_document_is_asked_for_only_where_a_method_needs_one(documents: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fixed = ["explain", "--query", "cheese", "--documents", str(documents), "--ranker", "bm25"]
    assert main([*fixed, "--method", "scores", "--method", "stability"]) == 0
    given = answer(capsys)
    assert given["document"]["id"] == "d3"
    assert given["explanations"][0]["scores"]["scores"][0]["id"] == "d3"
    assert main([*fixed, "--method", "scores", "--method", "terms"]) == 2
    assert "No document is named for terms. Add --document ID." in capsys.readouterr().err


def test_an_edit_is_ranked_again(documents: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert explain(documents, "--edit", "remove-sentence=2", "--edit", "cut=3") == 0
    (explanation,) = answer(capsys)["explanations"]
    record = explanation["what-if"]
    assert record["steps"] == ["sentence 2: removed", "cut behind token 3"]
    assert record["document"]["text"] == "Paris is the"
    assert (record["before"]["rank"], record["after"]["rank"]) == (1, 3)
    assert "attribution" not in explanation, "an edit without a method asks for nothing else"


def test_the_neighbour_is_compared_where_no_other_is_named(documents: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert explain(documents, "--method", "compare", "--format", "table") == 0
    out = capsys.readouterr().out
    assert out.startswith("bm25: rank 1 of 3, BM25 0.")
    assert "A is d1, B is d2." in out
    assert "BM25: A is above B, ranks 1 and 2. Margin +" in out


def test_one_method_that_cannot_be_asked_costs_no_other(documents: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert explain(documents, "--method", "attention-map", "--method", "ranks") == 2
    captured = capsys.readouterr()
    (explanation,) = json.loads(captured.out)["explanations"]
    assert explanation["ranks"]["rank"] == 1
    assert captured.err.startswith("reranklab: bm25: bm25 does not let attention between query and document be read.")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--method", "magic"], "There is no analysis 'magic'. Choose one of: ranks, "),
        (["--parameter", "shuffles"], "--parameter shuffles does not work. Write NAME=VALUE."),
        (["--parameter", "shuffles=3"], "None of the methods leave-one-out has a parameter 'shuffles'."),
        (
            ["--method", "attention-map", "--parameter", "view=all"],
            "view=all does not exist. Choose one of: mean, head, rollout.",
        ),
        (["--against", "d1"], "Choose two documents: 'd1' was given twice."),
        (["--against", "d9"], "There is no document 'd9' among the 3 candidates."),
    ],
)
def test_what_cannot_be_asked(documents: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str) -> None:
    assert explain(documents, *arguments) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.out == ""


def test_an_analysis_of_another_package_is_a_method(
    documents: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    point = EntryPoint(name="length", value="tests.explain.invented:ANALYSIS", group=catalogue.GROUP)
    monkeypatch.setattr(catalogue, "entry_points", lambda *, group: (point,))
    catalogue.discover.cache_clear()
    try:
        assert explain(documents, "--method", "length", "--parameter", "of=characters") == 0
        (explanation,) = answer(capsys)["explanations"]
        assert explanation["length"] == {"analysis": "length", "parameters": {"of": "characters"}, "length": 53}
        assert explain(documents, "--method", "length", "--format", "table") == 0
        assert "BM25 got 11 words <b>of text</b>." in capsys.readouterr().out
    finally:
        catalogue.discover.cache_clear()
