"""The Compare page without a browser, with BM25 alone: models are not the point here."""

from __future__ import annotations

import json

import pytest

from reranklab.data import list_samples
from reranklab.rankers.catalogue import families, parse_ranker_id
from reranklab.ui.compare_state import CompareState
from reranklab.ui.inputs.sample import SampleState
from tests.app.drive import check, choose_source, open_app, open_page, order, rank, said, session_of

DOCUMENTS = "The tide tables list high water\nHigh water at noon\nBread and butter\n"


def paste(query: str, text: str):
    app = open_app()
    choose_source(app, "paste")
    app.text_input(key="w_paste_query").set_value(query)
    app.text_area(key="w_paste_text").set_value(text).run()
    check(app)
    return app


def test_the_first_session_offers_a_sample_and_ranks_it_with_one_click():
    app = open_app()
    assert session_of(app).of(CompareState).source == "sample"
    assert app.dataframe, "the candidates are shown before the first run"
    rank(app)
    comparison = session_of(app).comparison
    assert [run.state for run in comparison.runs] == ["finished"]
    assert len(order(app)) == len(comparison.documents) >= 10


def test_a_sample_says_what_was_measured_on_it_and_how_it_was_made():
    about = next(sample for sample in list_samples() if sample.name == "negation")
    told = [f"Measured: {about.finding}", f"Recipe: {about.recipe}", f"Second reading: {about.agreement}"]
    app = open_app(link={"source": "sample", "collection": "negation"})
    notes = said(app, "note")
    start = notes.index(f"{about.behaviour} {about.look_for}") + 1
    assert notes[start : start + 3] == told
    app.selectbox(key="w_collection").select("web-questions").run()
    check(app)
    assert not any(note.startswith(("Measured:", "Recipe:", "Second reading:")) for note in said(app, "note"))


def test_pasted_lines_are_ranked():
    app = paste("high water", DOCUMENTS)
    assert "3 documents, one per line." in said(app, "note")
    rank(app)
    # d1 and d2 hold both terms, d2 is shorter; d3 holds none.
    assert order(app) == ["d2", "d1", "d3"]


def test_the_detected_layout_can_be_corrected():
    app = paste("water", "First line\nsecond line\n\nAnother text\n")
    assert "2 documents, in blocks between blank lines." in said(app, "note")
    app.segmented_control(key="w_paste_mode").select("lines").run()
    assert "3 documents, one per line." in said(app, "note")


@pytest.mark.parametrize(
    ("query", "text", "message"),
    [
        ("", "one document", "The query is empty. Type at least one word."),
        ("  \t ", "one document", "The query is empty. Type at least one word."),
        ("query", "", "There are no documents to rank. Paste at least one."),
        ("query", "\n \n\t\n", "There are no documents to rank. Paste at least one."),
        (
            "query",
            "\n".join(f"document {number}" for number in range(1001)),
            "1,001 documents are more than the limit of 1,000 candidates. "
            "Rank a smaller list, for example the top of a first-stage search.",
        ),
    ],
)
def test_input_that_cannot_be_ranked_is_an_error_and_is_kept(query: str, text: str, message: str):
    app = paste(query, text)
    rank(app)
    assert said(app, "error") == [message]
    assert session_of(app).comparison is None
    assert app.text_area(key="w_paste_text").value == text
    app.text_input(key="w_paste_query").set_value("document")
    app.text_area(key="w_paste_text").set_value("a document").run()
    rank(app)
    assert said(app, "error") == []
    assert order(app) == ["d1"]


def test_no_ranker_is_an_error():
    app = open_app(only="none")
    rank(app)
    assert said(app, "error") == ["No ranker is on. Switch one on in the sidebar."]


def test_hostile_text_is_shown_as_it_is():
    text = "<script>alert(1)</script>\n# Not a heading **bold** :material/home: $x$ -> <b>\n\u202eright to left 🙂"
    app = paste("<img src=x onerror=alert(1)> bold", text)
    rank(app)
    # d1 holds "alert" and "1"; d2 holds "bold" and "x" and is longer; d3 holds none.
    assert order(app) == ["d1", "d2", "d3"]
    assert "<img src=x onerror=alert(1)> bold" in said(app, "query")
    assert not any("<script>" in element.value or "<img" in element.value for element in app.html)
    assert not any("script" in element.value for element in app.markdown)


def test_an_option_that_does_not_work_fails_in_its_own_column():
    app = open_app()
    app.text_input(key="w_option_0_k1").set_value("many").run()
    rank(app)
    (run,) = session_of(app).comparison.runs
    assert run.state == "failed"
    assert "k1" in run.message
    assert "many" in run.message


def test_a_family_can_run_twice_with_other_options():
    app = open_app()
    app.button(key="add_bm25").click().run()
    session_of(app).slots[-1].options["variant"] = "okapi"
    app.run()
    rank(app)
    assert [ranking.ranker for ranking in session_of(app).comparison.rankings] == ["bm25", "bm25?variant=okapi"]


def test_a_second_run_shows_the_cached_result_unless_measured_again():
    app = paste("cache", "a line about a cache\nanother line")
    rank(app)
    rank(app)
    assert session_of(app).comparison.rankings[0].timing.cached
    app.toggle(key="w_measure_again").set_value(True).run()
    rank(app)
    assert not session_of(app).comparison.rankings[0].timing.cached


def test_input_and_results_survive_a_page_switch():
    app = paste("high water", DOCUMENTS)
    rank(app)
    app.switch_page("pages/4_Models.py").run()
    check(app)
    app.switch_page("app.py").run()
    check(app)
    assert app.text_area(key="w_paste_text").value == DOCUMENTS
    assert app.text_input(key="w_paste_query").value == "high water"
    assert order(app) == ["d2", "d1", "d3"]


def test_every_section_of_the_results_is_drawn():
    app = open_app()
    app.button(key="add_bm25").click().run()
    session_of(app).slots[-1].options["analyser"] = "words"
    session_of(app).repeats = 3
    app.run()
    rank(app)
    shown = {
        "rank-flow": "Ranks of 12 documents at 2 rankers.",
        "scores": "Scores from first to last rank, each on its own scale: BM25",
        "agreement": "Kendall's tau between BM25 and ",
        "timing": "Median time per query, fastest first: ",
        "quality": "For this query alone: 12 judged documents, 3 of them relevant.",
        "downloads": "A TREC run holds one ranker, so there is one file each.",
    }
    for section in shown:
        session_of(app).of(CompareState).section = section
        app.run()
        check(app)
        notes = said(app, "note")
        assert [name for name, words in shown.items() if any(found.startswith(words) for found in notes)] == [section]
    assert {len(ranking.timing.runs) for ranking in session_of(app).comparison.rankings} == {3}
    session_of(app).of(CompareState).section = "provenance"
    app.run()
    check(app)
    assert [json.loads(code.value)["ranker"] for code in app.code] == ["bm25", "bm25?analyser=words"]


def test_a_link_opens_the_same_view_and_runs_it():
    link = {"source": "sample", "collection": "polysemy", "ranker": "bm25?k1=2", "runs": "2", "top": "10", "run": "1"}
    app = open_app(only="", link=link)
    session = session_of(app)
    assert (session.of(SampleState).collection, session.repeats, session.of(CompareState).rows) == ("polysemy", 2, 10)
    assert [ranking.ranker for ranking in session.comparison.rankings] == ["bm25?k1=2"]
    assert "run" not in app.query_params
    assert said(app, "warning") == []


def test_hostile_parameters_are_ignored_with_one_notice():
    app = open_app(only="", link={"k": "9" * 40, "device": "tpu", "ranker": "bm25?<script>", "source": "paste"})
    (notice,) = said(app, "warning")
    assert notice.startswith("Ignored in the link: ")
    assert session_of(app).device == "cpu"
    assert [slot.family for slot in session_of(app).slots] == ["bm25", "bi-encoder", "cross-encoder", "listwise-llm"]
    app.run()
    assert said(app, "warning") == []


def test_two_rankers_share_the_session_s_endpoint():
    app = open_app(only="none")
    session = session_of(app)
    for window in ("10", "20"):
        session.add_slot(parse_ranker_id(f"listwise-llm?method=chat&window={window}"))
    app.run()
    check(app)
    first, second = (f"w_endpoint_url_{slot.number}" for slot in session.slots[-2:])
    app.text_input(key=first).set_value("http://127.0.0.1:1/v1").run()
    check(app)
    assert app.text_input(key=second).value == session.endpoint("llm").url == "http://127.0.0.1:1/v1"


def test_what_many_calls_will_take_is_said_before_the_run() -> None:
    app = open_app(only="")
    session = session_of(app)
    for slot in session.slots:
        slot.on = slot.family == "bm25"
    session.add_slot(parse_ranker_id("listwise-llm?method=chat&passage_tokens=64&window=4&step=1"))
    app.run()
    check(app)
    (note,) = [text for text in said(app, "note") if "tokens read" in text]
    assert " calls, about " in note
    assert "$" in note
    assert "by the table of prices" in note


FIVE = ["bm25", "bm25?k1=2", "bm25?k1=3", "bm25?analyser=words", "bm25?variant=okapi"]


def test_rankers_to_show_are_chosen_where_there_are_many():
    app = open_page("app.py", {"source": ["sample"], "collection": ["polysemy"], "ranker": FIVE})
    rank(app)
    assert app.multiselect(key="w_shown").value == FIVE
    app.multiselect(key="w_shown").set_value(FIVE[1:3]).run()
    check(app)
    assert session_of(app).of(CompareState).hidden == {FIVE[0], *FIVE[3:]}
    assert app.query_params["hide"] == [FIVE[0], *FIVE[3:]]
    words = next(note for note in said(app, "note") if note.startswith("Ranks of 12 documents"))
    assert "at 2 rankers" in words
    app.multiselect(key="w_shown").set_value([]).run()
    check(app)
    assert "No ranker is shown. Choose some under Rankers shown." in said(app, "info")
    app.multiselect(key="w_shown").set_value(FIVE).run()
    assert "hide" not in app.query_params


def test_few_rankers_need_no_choice():
    app = open_page("app.py", {"source": ["sample"], "collection": ["polysemy"], "ranker": FIVE[:4]})
    rank(app)
    assert [each.key for each in app.multiselect] == []


def test_the_picker_says_what_each_family_does_and_costs():
    app = open_app()
    offers = said(app, "offer")
    assert len(offers) == len(families())
    assert offers[0] == "Counts shared terms, rare ones more. No model, no meaning.\nCost: no model."
    assert all(".\nCost: " in offer for offer in offers)
