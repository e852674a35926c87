"""The section What if: an edit, what it moves, the way back, and probes."""

from __future__ import annotations

import time

import pytest
from streamlit.testing.v1 import AppTest

from reranklab.data.probes import list_probes, probes_file
from reranklab.explain.edits import BY_HAND
from reranklab.ui.explain.state import ExplainState
from reranklab.ui.explain.what_if import WhatIfState
from reranklab.ui.explain.work import Computations
from tests.app.drive import check, open_app, rank, said, session_of

pytestmark = pytest.mark.slow


def settle(app: AppTest) -> None:
    """Wait for what the page computes, and draw it. A computation may end between two looks: only a run that begins no other
    shows all of it."""
    deadline, seen = time.monotonic() + 120, None
    while (jobs := tuple(session_of(app).of(Computations).jobs.values())) != seen and time.monotonic() < deadline:
        for job in jobs:
            job.wait(120)
        seen = jobs
        app.run()
    check(app)


def open_section(name: str, *, families: tuple[str, ...] = ("bm25", "cross-encoder")) -> AppTest:
    app = open_app(only="", link={"source": "sample", "collection": "hard-negatives-adversarial"})
    for slot in session_of(app).slots:
        slot.on = slot.family in families
    rank(app)
    session_of(app).of(ExplainState).section = name
    app.switch_page("pages/1_Explain.py").run()
    settle(app)
    return app


def text_of(app: AppTest) -> str:
    return app.text_area(key="w_what_if_text").value


def table(app: AppTest) -> str:
    return next(element.value for element in app.html if "rl-moves" in element.value)


@pytest.mark.usefixtures("weights")
def test_an_edit_is_scored_again_alone_and_can_be_undone_and_saved():
    app = open_section("what-if")
    original = text_of(app)
    assert table(app).count(">11 computed, 0 reused") == 2
    app.selectbox(key="what_if_edit").select("remove-sentence").run()
    app.button(key="what_if_apply").click().run()
    settle(app)
    assert len(text_of(app)) < len(original)
    assert ">1 computed, 10 reused" in table(app)  # the cross-encoder; BM25 reads the list as a whole
    assert ">11 computed, 0 reused" in table(app)
    assert any("<del>" in element.value for element in app.html)

    app.segmented_control(key="probe_expectation").select("lower").run()
    app.button(key="probe_save").click().run()
    check(app)
    (probe,) = list_probes().probes
    assert (probe.edit, probe.expectation) == ("remove-sentence", "lower")
    assert probe.original.text == original
    assert probe.edited.text == text_of(app)
    assert set(probe.scores) == {"bm25", "cross-encoder"}
    ranking = session_of(app).comparison.rankings[1]
    (item,) = (item for item in ranking.items if item.id == probe.original.id)
    assert probe.scores["cross-encoder"].before == pytest.approx(item.score, abs=1e-4)
    assert app.button(key="probe_save").disabled

    app.button(key="what_if_undo").click().run()
    settle(app)
    assert text_of(app) == original
    assert app.button(key="what_if_undo").disabled
    app.button(key="probe_delete").click().run()
    check(app)
    assert list_probes().probes == ()


@pytest.mark.usefixtures("weights")
def test_what_is_typed_is_a_step_and_a_new_query_computes_all_again():
    app = open_section("what-if", families=("cross-encoder",))
    app.text_area(key="w_what_if_query").set_value("snapshot").run()
    settle(app)
    assert "11 computed, 0 reused" in table(app)
    assert "A probe keeps an edit of the document. Only the query was changed." in said(app, "note")
    app.text_area(key="w_what_if_text").set_value("<b>nothing</b> & more").run()
    settle(app)
    assert "1 computed, 10 reused" in table(app)
    assert any("&lt;b&gt;" in element.value and "<b>nothing" not in element.value for element in app.html)
    app.button(key="probe_save").click().run()
    (probe,) = list_probes().probes
    assert (probe.query.text, probe.edit) == ("snapshot", BY_HAND)
    app.text_area(key="w_what_if_query").set_value(" ").run()
    check(app)
    assert "The query is empty. Type at least one word." in said(app, "error")
    app.button(key="what_if_reset").click().run()
    settle(app)
    assert session_of(app).of(WhatIfState).edits[session_of(app).selected].changed is False


def test_a_cut_counts_the_tokens_of_a_model_and_words_without_one():
    app = open_section("what-if", families=("bm25",))
    app.selectbox(key="what_if_edit").select("cut").run()
    assert "Tokens counted in words: no ranker of the run has a tokenizer here." in said(app, "note")
    app.number_input(key="what_if_tokens").set_value(30).run()
    app.button(key="what_if_apply").click().run()
    settle(app)
    history = session_of(app).of(WhatIfState).edits[session_of(app).selected]
    assert len(history.edited.content.replace("-", " ").split()) <= 30
    app.number_input(key="what_if_tokens").set_value(3000).run()
    app.button(key="what_if_apply").click().run()
    (message,) = said(app, "error")
    assert "nothing to cut at 3,000" in message


def test_a_damaged_line_is_named():
    probes_file().parent.mkdir(parents=True)
    probes_file().write_text("not a probe\n")
    app = open_section("what-if", families=("bm25",))
    (warning,) = said(app, "warning")
    assert warning.startswith("Line 1 of ")


def test_each_document_has_its_own_history():
    app = open_section("what-if", families=("bm25",))
    session = session_of(app)
    first, second = (item.id for item in session.comparison.rankings[0].items[:2])
    assert session.selected == first
    app.text_area(key="w_what_if_text").set_value("one").run()
    app.selectbox(key="w_explained").select(second).run()
    assert text_of(app) != "one"
    app.selectbox(key="w_explained").select(first).run()
    assert text_of(app) == "one"
    settle(app)
