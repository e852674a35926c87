"""The tool for drift on the Evaluate page: from the choice to the verdicts, and what is said where something is missing."""

from __future__ import annotations

import time

from streamlit.testing.v1 import AppTest

from reranklab.data.samples import load_sample
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.ui.evaluate.drift_state import DriftState
from tests.app.drive import TIMEOUT, check, open_page, said, session_of


def open_tool() -> AppTest:
    """The tool with two rankers that need no weights."""
    app = open_page("pages/2_Evaluate.py", {"tool": ["drift"]})
    check(app)
    session = session_of(app)
    for slot in session.slots:
        slot.on = slot.family == "bm25"
    session.add_slot(parse_ranker_id("bm25?k1=0&b=0"))
    app.run()
    check(app)
    return app


def press(app: AppTest, key: str) -> DriftState:
    """Press a button and wait for the end of the work."""
    app.button(key=key).click().run()
    state = session_of(app).of(DriftState)
    deadline = time.monotonic() + TIMEOUT
    while any(job is not None and job.running for job in (state.table, state.warning)) and time.monotonic() < deadline:
        for job in (state.table, state.warning):
            if job is not None:
                job.wait(TIMEOUT)
    app.run()
    check(app)
    return state


def test_collections_from_the_choice_to_the_table():
    app = open_tool()
    assert any("Choose two or more collections" in text for text in said(app, "info"))
    press(app, "drift_start")
    assert any("Drift needs two collections or more" in text for text in said(app, "error"))
    app.multiselect(key="w_drift_collections").set_value(["negation", "arguments"]).run()
    app.selectbox(key="w_drift_rule").set_value(True).run()
    state = press(app, "drift_start")
    assert state.table is not None and state.table.error is None
    cells, scores, texts = (element.value for element in app.dataframe[:3])
    assert cells["Collection"].tolist() == ["negation", "arguments"]
    table = state.table.result
    for row, (_, pair) in enumerate(table.differences):
        assert (
            cells.iloc[row, -1].startswith(f"{pair.difference:+.3f} [{pair.interval.low:+.3f}")
            and pair.verdict in cells.iloc[row, -1]
        )
    assert len(scores) == 2 and len(texts) == 4
    app.selectbox(key="w_drift_carried").set_value("arguments").run()
    check(app)
    lost = app.dataframe[1].value.set_index("Collection")["Lost"]
    assert lost["arguments"] == "–" and lost["negation"] != "–", "a threshold is carried from the chosen collection"


def test_queries_of_a_file_against_a_collection():
    app = open_tool()
    app.segmented_control(key="w_drift_part").select("queries").run()
    check(app)
    press(app, "drift_queries_start")
    assert any("There is no file of reference queries" in text for text in said(app, "error"))
    state = session_of(app).of(DriftState)
    texts = [query.text for query in load_sample("negation").queries.values()]
    state.reference.name, state.reference.content = "last <b>.txt", "\n".join(texts).encode()
    app.selectbox(key="w_drift_new").set_value("arguments").run()
    press(app, "drift_queries_start")
    assert any(text.startswith("arguments has drifted from last <b>.txt, at 5% false alarms") for text in said(app, "warning"))
    assert app.dataframe[0].value["Signal"].tolist() == ["words of the queries", "length of the queries"]
    app.selectbox(key="w_drift_corpus").set_value("negation").run()
    app.selectbox(key="w_drift_new").set_value("negation").run()
    press(app, "drift_queries_start")
    assert any(text.startswith("No drift of negation from last <b>.txt is found") for text in said(app, "info"))
    assert "scores of bm25" in app.dataframe[0].value["Signal"].tolist()
