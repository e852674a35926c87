"""The instruction tool of the Evaluate page: the command line's numbers, the documents of a topic, and the way to Compare."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

import reranklab as rl
from reranklab.rankers import catalogue
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.ui.compare_state import CompareState
from reranklab.ui.evaluate.following import FollowingState
from reranklab.ui.inputs.sample import SampleState
from reranklab.ui.steering import SteerState
from tests.app.drive import check, open_page, said, session_of
from tests.contract.command import printed_json
from tests.evaluate.obedient import obedient


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setattr(catalogue, "_added", {})
    rl.add_family(obedient())
    app = open_page("pages/2_Evaluate.py", {"tool": ["following"]})
    session = session_of(app)
    for slot in session.slots:
        slot.on = slot.family == "bm25"
    session.add_slot(parse_ranker_id("obedient"))
    app.run()
    check(app)
    return app


def finish(app: AppTest) -> None:
    app.button(key="start_following").click().run()
    job = session_of(app).of(FollowingState).job
    assert job is None or job.wait(120)
    app.run()
    check(app)


def test_the_page_gives_the_commands_numbers_and_opens_a_topic_on_compare(app: AppTest):
    assert said(app, "info")[0].startswith("Nothing is measured yet.")
    assert list(app.selectbox(key="w_following_collection").options) == ["Instructions"]
    finish(app)
    assert not said(app, "error")
    printed = printed_json("follow", "--ranker", "bm25", "--ranker", "obedient")
    assert [each["stored"] for each in printed["results"]] == [24, 24], "the page has kept them"
    rows, topics, documents = (frame.value for frame in app.dataframe)
    assert list(rows["Told by"]) == ["behind the query", "its instruction option"]
    for shown, each in zip(rows["p-MRR"], printed["results"], strict=True):
        low, high = each["p_mrr"]["interval"]
        assert shown == f"{each['p_mrr']['mean']:.3f} [{low:.3f}, {high:.3f}]"
    assert len(topics) == 8 and len(documents) == 10
    app.segmented_control(key="w_following_ranker").select("obedient").run()
    app.selectbox(key="w_following_topic").select("ins-q2-a / ins-q2-b").run()
    check(app)
    moves = printed["results"][1]["per_topic"][1]["moves"]["ins-q2-b"]
    shown = app.dataframe[2].value
    fell = shown[(shown["Grade under A"] > 0) & (shown["Grade under B"] == 0)]
    assert sorted(fell["Rank under B"]) == sorted(move["rank_not_asked_for"] for move in moves)
    app.button(key="compare_following").click().run()
    check(app)
    session = session_of(app)
    assert (session.of(CompareState).source, session.of(SampleState).query) == ("sample", "ins-q2-a")
    assert session.of(SteerState).other.startswith("I go on foot in winter.")


def test_what_cannot_be_told_is_a_sentence(app: AppTest):
    app.text_input(key="w_following_measure").set_value("nonsense").run()
    app.button(key="start_following").click().run()
    assert any("There is no measure 'nonsense'" in message for message in said(app, "error"))
    app.text_input(key="w_following_measure").set_value("RR").run()

    def broken(query: str, texts: object) -> list[float]:
        return []

    rl.add_family(rl.scorer_family("broken", broken))
    for slot in session_of(app).slots:
        slot.on = False
    session_of(app).add_slot(parse_ranker_id("broken"))
    finish(app)
    assert said(app, "error") == [
        "broken failed on ins-q1-a / ins-q1-b: broken gave 0 scores for 10 texts. Return one score a text."
    ]
