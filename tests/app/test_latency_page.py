"""The Latency page: what it measures, what it cannot, and what stays when it is stopped."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from reranklab.ui.latency.page import LatencyState
from tests.app.drive import check, open_page, said, session_of


def measure(app: AppTest, candidates: str, tokens: str) -> None:
    session = session_of(app)
    for slot in session.slots:
        slot.on = slot.family == "bm25"
    app.text_input(key="w_latency_candidates").set_value(candidates).run()
    app.text_input(key="w_latency_tokens").set_value(tokens).run()
    app.button(key="measure_latency").click().run()
    while (job := session_of(app).of(LatencyState).job) is not None:
        assert job.wait(120)
        app.run()
    check(app)


def test_lists_are_timed_and_the_budget_is_answered():
    app = open_page("pages/3_Latency.py")
    check(app)
    assert said(app, "info")[0].startswith("Nothing is measured yet.")
    measure(app, "5, 10, 20", "16, 64")
    assert not said(app, "error")
    deepest, longest, cells = (table.value for table in app.dataframe)
    assert list(deepest.columns) == ["Tokens", "Documents within 200 ms"]
    assert list(longest["Documents"]) == [5, 10, 20]
    assert len(cells) == 6 and list(cells["Runs"]) == [5] * 6
    assert all("?" in value for value in cells["p95"]), "five runs cannot bound the 95th percentile"
    assert any("off by" in note for note in said(app, "note"))
    measure(app, "5", "16")
    assert "1 cells are too few" in said(app, "info")[0] or "too few" in said(app, "info")[0]
    assert len(app.dataframe) == 1


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
