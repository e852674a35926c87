"""`reranklab judgements`, and a judged collection in `reranklab evaluate`."""

from __future__ import annotations

from pathlib import Path

import pytest

from reranklab.data.beir import load_dataset
from reranklab.data.judged import set_grades
from reranklab.data.preferences import Preference, preferences_file, save_preference
from reranklab.types import Document, Query
from tests.contract.command import printed_json, run_command

DOCUMENTS = [Document(id=f"d{n}", text=f"the tide of day {n}") for n in range(3)]


@pytest.fixture
def judged() -> None:
    for judge, grades in {"Anna": [3, 0, 1], "Ben": [2, 0, 1]}.items():
        set_grades(
            "tides",
            judge=judge,
            query=Query(text="tide of day 0"),
            candidates=DOCUMENTS,
            grades={document.id: grade for document, grade in zip(DOCUMENTS, grades, strict=True)},
        )


def test_nothing_is_judged_yet():
    assert run_command("judgements", "list")[1] == "Nothing has been judged yet. Compare has a view for it.\n"
    assert printed_json("judgements", "list") == []
    status, _, told = run_command("judgements", "agreement", "tides")
    assert status == 2 and "There is no judged collection 'tides'." in told


@pytest.mark.usefixtures("judged")
def test_listed_exported_agreed_evaluated_deleted(tmp_path: Path):
    (listed,) = printed_json("judgements", "list")
    assert (listed["queries"], listed["pairs"], listed["judges"]) == (1, 3, {"Anna": 3, "Ben": 3})
    out = tmp_path / "tides.zip"
    assert run_command("judgements", "export", "tides", "--output", str(out))[0] == 0
    assert load_dataset(out).qrels == {"q": {"d0": 2, "d1": 0, "d2": 1}}
    assert "There is a file" in run_command("judgements", "export", "tides", "--output", str(out))[2]
    record = printed_json("judgements", "agreement", "tides")
    assert record["agreement"][0]["pairs"] == 3 and record["agreement"][0]["same"] == pytest.approx(2 / 3)
    assert [conflict["grades"] for conflict in record["conflicts"]] == [{"Anna": 3, "Ben": 2}]
    status, table, _ = run_command("judgements", "agreement", "tides")
    assert status == 0 and "Anna, Ben" in table and "counts as" in table
    evaluated = printed_json("evaluate", "--dataset", "tides", "--candidates", "judged", "--ranker", "bm25")
    assert (evaluated["dataset"], evaluated["queries"]) == ("tides", 1)
    assert printed_json("evaluate", "--dataset", listed["folder"], "--split", "Ben", "--ranker", "bm25")["split"] == "Ben"
    assert run_command("judgements", "delete", "tides")[1] == "Deleted tides.\n"
    assert printed_json("judgements", "list") == []


def test_preferences_are_wins_and_strengths():
    assert "Nothing has been compared blind yet" in run_command("judgements", "preferences")[1]
    for winner in ("x", "x", "y"):
        kept = Preference(
            person="Anna",
            query=Query(text="tide"),
            source="",
            shown=("x", "y"),
            seed=0,
            depth=10,
            choice="list",
            winner=winner,
        )
        save_preference(kept)
    with preferences_file().open("a") as file:
        file.write("not one\n")
    record = printed_json("judgements", "preferences")
    assert [(pair["first"], pair["wins"], pair["losses"]) for pair in record["pairs"]] == [("x", 2, 1)]
    assert [each["ranker"] for each in record["strengths"]] == ["x", "y"]
    status, table, told = run_command("judgements", "preferences")
    assert status == 0 and "3 blind comparisons by 1 person" in table and "0.67 [0.21, 0.94]" in table
    assert "Line 4 of" in told
