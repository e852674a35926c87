"""The Latency page: what it measures, what it cannot, and what stays when it is stopped."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from reranklab.ui.latency.state import LatencyState
from reranklab.ui.resources import store
from tests.app.drive import check, open_page, said, session_of


def measure(app: AppTest, candidates: str, tokens: str) -> None:
    app.text_input(key="w_latency_tokens").set_value(tokens).run()
    begin(app, candidates)


def begin(app: AppTest, candidates: str, family: str = "bm25") -> None:
    session = session_of(app)
    for slot in session.slots:
        slot.on = slot.family == family
    app.text_input(key="w_latency_candidates").set_value(candidates).run()
    app.button(key="measure_latency").click().run()
    while (job := session_of(app).of(LatencyState).job) is not None:
        assert job.wait(120)
        app.run()
    check(app)


def section(app: AppTest, name: str) -> None:
    app.segmented_control(key="w_latency_section").select(name).run()
    check(app)


def test_lists_are_timed_and_the_budget_is_answered():
    app = open_page("pages/3_Latency.py")
    check(app)
    assert said(app, "info")[0].startswith("Nothing is measured yet.")
    measure(app, "5, 10, 20", "16, 64")
    assert not said(app, "error")
    (cells,) = (table.value for table in app.dataframe)
    assert len(cells) == 6 and list(cells["Runs"]) == [5] * 6
    assert all("?" in value for value in cells["p95"]), "five runs cannot bound the 95th percentile"

    def drawn() -> str:
        return next(note for note in said(app, "note") if note.startswith(("Medians of", "BM25 takes")))

    assert "published" not in drawn()
    app.checkbox(key="w_latency_overlaid").check().run()
    assert "ms-marco MiniLM-L-12: 104 ms (V100 GPU, 960 documents a second; lengths not stated), here " in drawn()
    app.segmented_control(key="w_latency_across").select("tokens").run()
    check(app)
    assert drawn().startswith("BM25 takes") and "4,096 tokens" in drawn() and "MiniLM" not in drawn()
    section(app, "law")
    coefficients, exponents = (table.value for table in app.dataframe)
    assert next(iter(coefficients["Coefficient"])) == "a, once a list" and len(exponents) == 2 + 3
    assert any("off by" in note for note in said(app, "note"))
    assert any("extrapolated" in note for note in said(app, "note")), "100 documents were not measured"
    app.number_input(key="w_latency_candidates_asked").set_value(10).run()
    app.number_input(key="w_latency_tokens_asked").set_value(32).run()
    assert not any("extrapolated" in note for note in said(app, "note"))
    assert [each.partition(":")[0] for each in said(app, "query")] == ["p50", "p95"]
    section(app, "budget")
    deepest, longest = (table.value for table in app.dataframe)
    assert list(deepest.columns) == ["Tokens of a document", "Documents, p50", "Documents, p95"]
    assert list(longest["Documents"]) == ["5", "10", "20", "100"]
    app.number_input(key="w_latency_budget").set_value(0).run()
    assert said(app, "info")[0].startswith("There is no budget.")
    section(app, "published")
    assert list(app.dataframe[0].value["Documents"])[-2:] == [1, 50]
    assert any("a purely quadratic law gives 256." in note for note in said(app, "note"))
    section(app, "start")
    assert len(app.dataframe) == 2 and any(" cores" in note for note in said(app, "note"))
    section(app, "times")
    measure(app, "5", "16")
    assert "too few" in said(app, "info")[0]


def test_what_was_measured_is_there_after_a_reload_until_it_is_deleted():
    app = open_page("pages/3_Latency.py")
    measure(app, "5, 10", "16")
    times = list(app.dataframe[0].value["p50"])
    again = open_page("pages/3_Latency.py", {"measurement": ["1"], "section": ["times"]})
    check(again)
    assert list(again.dataframe[0].value["p50"]) == times
    assert again.query_params["measurement"] in ("1", ["1"])
    again.button(key="latency_delete").click().run()
    check(again)
    assert not again.dataframe and said(again, "info")[0].startswith("Nothing is measured yet.")


def test_a_damaged_measurement_is_a_sentence_and_can_be_deleted():
    app = open_page("pages/3_Latency.py")
    measure(app, "5, 10", "16")
    with store().database.writing() as connection:
        connection.execute("UPDATE sweep SET record = x'00'")
    app.run()
    check(app)
    assert said(app, "error") == ["Measurement 1 is damaged and counts as absent. Measure again, and delete it."]
    app.button(key="latency_delete").click().run()
    assert not said(app, "error")


def test_documents_of_a_collection_as_they_are():
    app = open_page("pages/3_Latency.py")
    app.selectbox(key="w_latency_collection").set_value("negation").run()
    app.number_input(key="w_latency_queries").set_value(2).run()
    assert not [field for field in app.text_input if field.key == "w_latency_tokens"]
    session_of(app).of(LatencyState).cold = False
    begin(app, "5, 10")
    assert list(app.dataframe[0].value["Documents"]) == [5, 5, 10], "one query has fewer than 10 documents with its words"
    section(app, "start")
    assert said(app, "info") == ["The start and the memory were not measured. It was not asked for."]


def test_what_is_no_number_is_named_and_stays():
    app = open_page("pages/3_Latency.py")
    measure(app, "five", "16")
    assert said(app, "error") == ["Documents 'five' do not work. Write whole numbers with commas, such as 5, 10, 20."]
    assert app.text_input(key="w_latency_candidates").value == "five"
    for slot in session_of(app).slots:
        slot.on = False
    app.button(key="measure_latency").click().run()
    check(app)
    assert said(app, "error") == ["No ranker is on. Switch one on in the sidebar."]
