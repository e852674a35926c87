"""The instruction box: who reads it, the columns it makes, what the address keeps of it, and the sample's own."""

import pytest
from streamlit.testing.v1 import AppTest

import reranklab as rl
from reranklab.rankers import catalogue
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.rankers.instructions import LONGEST
from reranklab.ui.compare_state import CompareState
from reranklab.ui.inputs.paste import PasteState
from reranklab.ui.links import Known, read_link, write_link
from reranklab.ui.state import SessionState, default_session
from reranklab.ui.steering import SteerState, steered_specs
from tests.app.drive import check, choose_source, open_app, order, rank, said, session_of
from tests.evaluate.obedient import obedient

KNOWN = Known(samples=["instructions"], datasets=[], devices=["cpu"])
BOX, OTHER = "w_steer_instruction", "w_steer_other"


@pytest.fixture(autouse=True)
def a_family_that_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "_added", {})
    rl.add_family(obedient())


def opened(ranker: str = "obedient", source: str = "paste") -> AppTest:
    """The page with BM25 and `ranker` on, over three pasted lines."""
    app = open_app()
    session = session_of(app)
    session.add_slot(parse_ranker_id(ranker))
    paste = session.of(PasteState)
    paste.query, paste.text = "apple", "a green apple\na red apple\none pear"
    app.run()
    choose_source(app, source)
    return app


def baseline(app: AppTest) -> str:
    return session_of(app).of(CompareState).baseline


def test_the_box_is_there_where_a_ranker_takes_an_instruction():
    app = open_app()
    assert BOX not in [each.key for each in app.text_input]
    app = opened()
    assert BOX in [each.key for each in app.text_input]
    assert "Read by Obedient. Without a place for one: BM25." in said(app, "note")


def test_with_and_without_stand_side_by_side_and_moves_count_from_without():
    app = opened()
    app.text_input(key=BOX).set_value("  one \n pear ").run()
    rank(app)
    comparison = session_of(app).comparison
    assert comparison is not None
    told = "obedient?instruction=one%20pear"
    assert [ranking.ranker for ranking in comparison.rankings] == ["bm25", "obedient", told]
    assert baseline(app) == "obedient"
    assert order(app, "obedient") == ["d1", "d2", "d3"] and order(app, told) == ["d3", "d1", "d2"]
    app.selectbox(key="w_baseline").select("bm25").run()
    rank(app)
    assert baseline(app) == "bm25", "what was chosen by hand stays"


def test_two_instructions_stand_side_by_side():
    app = opened()
    app.text_input(key=BOX).set_value("pear").run()
    app.selectbox(key="w_against").select("other").run()
    app.text_input(key=OTHER).set_value("red").run()
    rank(app)
    assert order(app, "obedient?instruction=red")[0] == "d2" and order(app, "obedient?instruction=pear")[0] == "d3"
    assert baseline(app) == "obedient?instruction=red"
    app.selectbox(key="w_against").select("alone").run()
    rank(app)
    comparison = session_of(app).comparison
    assert comparison is not None
    assert [ranking.ranker for ranking in comparison.rankings] == ["bm25", "obedient?instruction=pear"]


def test_a_ranker_with_an_instruction_of_its_own_keeps_it():
    app = opened("obedient?instruction=red")
    assert BOX not in [each.key for each in app.text_input]
    session = session_of(app)
    session.add_slot(parse_ranker_id("obedient"))
    session.of(SteerState).instruction = "pear"
    app.run()
    check(app)
    assert any("With one of its own: Obedient (instruction=red)." in note for note in said(app, "note"))
    rank(app)
    comparison = session.comparison
    assert comparison is not None
    ids = [ranking.ranker for ranking in comparison.rankings]
    assert ids == ["bm25", "obedient?instruction=red", "obedient", "obedient?instruction=pear"]


def test_a_query_of_the_sample_brings_its_two_instructions():
    app = opened(source="sample")
    app.selectbox(key="w_collection").select("instructions").run()
    app.button(key="take_instruction").click().run()
    check(app)
    steer = session_of(app).of(SteerState)
    assert steer.instruction.startswith("I grow a few plants at home.") and steer.other.startswith(
        "I run a commercial nursery."
    )
    assert steer.against == "other"
    assert app.text_input(key=BOX).value == steer.instruction
    again = default_session()
    again.add_slot(parse_ranker_id("obedient"))
    read_link(again, write_link(session_of(app)), KNOWN)
    assert again.notices == [] and again.of(SteerState) == steer
    assert write_link(again) == write_link(session_of(app))


def linked(session: SessionState) -> SessionState:
    again = default_session()
    read_link(again, write_link(session), KNOWN)
    return again


def test_the_address_keeps_it_beside_a_public_query_alone():
    session = default_session()
    session.add_slot(parse_ranker_id("obedient"))
    steer = session.of(SteerState)
    steer.instruction, steer.against, steer.other = "secret & 100 % <b>", "other", "more secrets"
    session.of(CompareState).source = "paste"
    assert "secret" not in str(write_link(session))
    session.of(CompareState).source = "sample"
    session.of(CompareState).baseline = steered_specs(session, session.specs())[-1].id
    again = linked(session)
    assert again.of(SteerState) == steer and again.notices == []
    assert again.of(CompareState).baseline == "obedient?instruction=secret%20%26%20100%20%25%20%3Cb%3E"


@pytest.mark.parametrize(
    ("link", "instruction"),
    [
        ({"instruction": ["x" * (LONGEST + 1)]}, ""),
        ({"instruction": ["two\nlines"]}, ""),
        ({"instruction": ["a", "b"]}, ""),
        ({"instruction": ["  good   one "], "against": ["everything"]}, "good one"),
    ],
)
def test_a_strangers_link_is_checked(link: dict[str, list[str]], instruction: str):
    session = default_session()
    read_link(session, link, KNOWN)
    assert session.of(SteerState) == SteerState(instruction=instruction)
    assert len(session.notices) == 1


def test_a_long_instruction_is_cut_and_its_column_has_no_place_in_the_address():
    session = default_session()
    session.add_slot(parse_ranker_id("obedient"))
    session.of(SteerState).instruction = "ä " * (LONGEST // 2)
    session.of(CompareState).baseline = steered_specs(session, session.specs())[-1].id
    link = write_link(session)
    assert "baseline" not in link and linked(session).notices == []


def test_a_ranker_whose_own_instruction_is_long_comes_back_from_its_link():
    session = default_session()
    session.add_slot(parse_ranker_id("obedient").with_options(instruction="ä " * 120))
    assert linked(session).specs() == session.specs()
