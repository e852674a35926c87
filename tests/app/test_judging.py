"""The views of a run in which people judge it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from reranklab.data.judged import set_grades
from reranklab.data.preferences import list_preferences
from reranklab.evaluate.judging import JudgingList
from reranklab.evaluate.preferences import blind_order
from reranklab.ui.judging.state import BlindState
from tests.app.drive import check, choose_source, open_app, open_page, order, rank, said, session_of

TWO = ["bm25", "bm25?analyser=words"]


def blocks(block: Any) -> Any:
    for child in getattr(block, "children", {}).values():
        yield child
        yield from blocks(child)


def board_of(app: AppTest) -> dict[str, Any]:
    """What the page's board was given."""
    (found,) = (
        each.proto for each in blocks(app._tree) if getattr(each, "type", "") == "bidi_component" and "board" in each.proto.id
    )
    data: dict[str, Any] = json.loads(found.json or found.mixed.json)
    return data


def ranked(view: str, *, rankers: list[str] = TWO) -> AppTest:
    app = open_page("app.py", {"source": ["sample"], "collection": ["polysemy"], "ranker": rankers})
    rank(app)
    app.segmented_control(key="w_view").select(view).run()
    check(app)
    return app


def test_the_pool_is_in_no_ranker_s_order_and_shows_the_judge_s_own_grades_alone():
    app = ranked("judge")
    assert any("Give your name" in each for each in said(app, "info"))
    app.text_input(key="judge_name").set_value("Anna").run()
    board = board_of(app)
    (column,) = board["columns"]
    ids = [row["id"] for row in column["rows"]]
    comparison = session_of(app).comparison
    assert comparison is not None
    assert sorted(ids) == sorted(document.id for document in comparison.documents)
    assert ids not in [order(app, ranker) for ranker in TWO]
    assert not board["judged"] and {each["grade"] for each in board["documents"].values()} == {None}
    assert board["judging"]["grades"] == {}
    task = {"collection": "my-judgements", "query": comparison.request.query, "candidates": comparison.documents}
    JudgingList(judge="Anna", **task).grade({ids[0]: 3, ids[1]: 0})
    JudgingList(judge="Ben", **task).grade({ids[0]: 1})
    app.run()
    check(app)
    assert board_of(app)["judging"]["grades"] == {ids[0]: 3, ids[1]: 0}
    assert any(each.startswith("2 of 12 graded") for each in said(app, "note"))
    assert any("my-judgements: 1 query. Grades: Anna 2, Ben 1." in each for each in said(app, "note"))


def test_a_name_that_cannot_be_used_is_a_sentence():
    app = ranked("judge", rankers=["bm25"])
    app.text_input(key="judge_name").set_value("../Anna").run()
    check(app)
    assert any(each.startswith("A judge cannot be called '../Anna'") for each in said(app, "error"))


def test_a_judged_collection_is_among_the_sources_as_it_is_now():
    app = ranked("rankings", rankers=["bm25"])
    comparison = session_of(app).comparison
    assert comparison is not None
    task = JudgingList(
        collection="mine", judge="Anna", query=comparison.request.query, candidates=comparison.documents, source="here"
    )
    best = order(app)[0]
    task.grade({best: 2})
    choose_source(app, "beir")
    app.selectbox(key="w_dataset").select("mine").run()
    check(app)
    assert "mine (judged here)" in app.selectbox(key="w_dataset").options
    rank(app)
    assert board_of(app)["documents"][best]["grade"] == 2
    task.grade({best: 3})
    app.run()
    rank(app)
    assert board_of(app)["documents"][best]["grade"] == 3
    assert "mine" not in str(dict(app.query_params)), "no address names what is kept here"


def test_blind_lists_have_no_names_before_the_answer():
    app = ranked("blind")
    board = board_of(app)
    assert [column["title"] for column in board["columns"]] == ["List A", "List B"]
    assert [column["id"] for column in board["columns"]] == ["A", "B"]
    for column in board["columns"]:
        assert not {"time", "scale", "timeHelp", "cached"} & column.keys() and not column["model"] and not column["colour"]
    assert not any(ranker in json.dumps(board) for ranker in ("bm25", "BM25", "analyser"))
    shown = [[row["id"] for row in column["rows"]] for column in board["columns"]]
    app.text_input(key="judge_name").set_value("Anna").run()
    app.button(key="blind_B").click().run()
    check(app)
    (kept,) = list_preferences().preferences
    assert (kept.person, kept.choice, kept.depth) == ("Anna", "list", 20)
    assert [order(app, ranker) for ranker in kept.shown] == shown and order(app, kept.winner) == shown[1]
    assert [column["title"] for column in board_of(app)["columns"]] != ["List A", "List B"]
    assert any(each.startswith("You preferred BM25") for each in said(app, "info"))
    before = session_of(app).of(BlindState).number
    app.button(key="blind_next").click().run()
    while session_of(app).pending is not None:
        app.run()
    check(app)
    assert session_of(app).of(BlindState).number != before
    assert [column["title"] for column in board_of(app)["columns"]] == ["List A", "List B"]


def test_each_run_draws_a_seed_that_gives_its_order():
    app = ranked("blind")
    blind, seeds = session_of(app).of(BlindState), set()
    for _ in range(3):
        rank(app)
        seeds.add(blind.seed)
        assert blind.order == blind_order(TWO, seed=blind.seed)
    assert len(seeds) == 3


def test_one_list_alone_cannot_be_compared():
    app = ranked("blind", rankers=["bm25"])
    assert any("needs the lists of two rankers or more" in each for each in said(app, "info"))


def test_an_id_of_two_texts_stays_two_documents():
    """As where two lists are pasted, each of d1, d2, ..."""
    app = open_app(only="bm25", link={"source": "paste"})
    for text in ("the tide\nthe bread", "the wind\nthe bread"):
        app.text_input(key="w_paste_query").set_value(f"about {text}").run()
        app.text_area(key="w_paste_text").set_value(text).run()
        rank(app)
        comparison = session_of(app).comparison
        assert comparison is not None
        set_grades(
            "mine",
            judge="Anna",
            query=comparison.request.query,
            candidates=comparison.documents,
            grades={"d1": 1},
        )
    app.segmented_control(key="w_view").select("judge").run()
    app.text_input(key="judge_name").set_value("Anna").run()
    app.selectbox(key="judge_collection").select("mine").run()
    check(app)
    assert board_of(app)["judging"]["grades"] == {"d1": 1}


@pytest.mark.parametrize("view", ["judge", "blind"])
def test_a_document_full_of_markup_stays_text(view: str):
    app = open_app(only="bm25", link={"source": "paste"})
    app.text_input(key="w_paste_query").set_value("<b>*x*</b>").run()
    app.text_area(key="w_paste_text").set_value("<script>x</script>\n**x**").run()
    rank(app)
    app.segmented_control(key="w_view").select(view).run()
    check(app)
