"""The sections Scores and Stability."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from reranklab.ui.explain.scores import ScoresState
from tests.app.drive import check, said, session_of
from tests.app.test_explain_what_if import open_section, settle


def show(app: AppTest, name: str) -> None:
    app.segmented_control(key="w_score_view").select(name).run()
    settle(app)


def start(app: AppTest, words: str) -> None:
    (button,) = (button for button in app.button if button.label == words)
    button.click().run()
    settle(app)


@pytest.mark.usefixtures("weights")
def test_the_scores_of_the_list():
    app = open_section("scores")
    assert any(note.startswith("Scores, each ranker on its own scale: BM25") for note in said(app, "note"))
    app.toggle(key="w_as_probability").set_value(True).run()
    check(app)
    assert any(note.endswith("no probabilities: BM25.") for note in said(app, "note"))

    show(app, "gaps")
    rows = app.dataframe[0].value
    assert set(rows["Ranker"]) <= {"BM25", "Cross-encoder"}
    assert rows["Changes places"].isna().all()
    assert "BM25: no other setting to check." in said(app, "note")
    start(app, "Check Cross-encoder")
    (message,) = said(app, "info")
    assert message.startswith("Cross-encoder: under fast tier, int8, bf16, one text at a time, ")
    rows = app.dataframe[0].value
    assert rows[rows["Ranker"] == "Cross-encoder"]["Changes places"].notna().all()

    show(app, "scatter")
    assert session_of(app).of(ScoresState).scatter == ("bm25", "cross-encoder")
    app.selectbox(key="w_scatter_first").select("cross-encoder").run()
    check(app)
    assert session_of(app).of(ScoresState).scatter == ("cross-encoder", "bm25")
    assert any(note.startswith("Scores of 11 documents: Cross-encoder on the x axis") for note in said(app, "note"))


def test_one_ranker_has_nothing_to_be_held_against():
    app = open_section("scores", families=("bm25",))
    show(app, "scatter")
    assert said(app, "info") == ["Two rankers are needed for this. Switch another one on and rank again."]


def test_a_ranker_that_scores_alone_does_not_depend_on_the_order():
    app = open_section("stability", families=("bm25",))
    assert any(note.startswith("The scores of this ranker do not depend on the order") for note in said(app, "note"))
    start(app, "Shuffle and rank")
    session = session_of(app)
    (message,) = said(app, "info")
    assert message == f"{session.selected} is at rank 1 in all 5 runs. In the order of the input it was at 1."
    other = session.comparison.rankings[0].items[1].id
    app.selectbox(key="w_explained").select(other).run()
    check(app)
    (message,) = said(app, "info")
    assert message.startswith(f"{other} is at rank 2 in all 5 runs."), "another document needs no other runs"
