"""The tools of the Evaluate page beside evaluation: stability of one ranker, and behaviour probes."""

from __future__ import annotations

import json
import time

from streamlit.testing.v1 import AppTest

from reranklab.progress import CancelSignal, check_cancel
from reranklab.types import Document
from reranklab.ui.evaluate.probes import Probed, ProbesState
from reranklab.ui.evaluate.stability import StabilityState
from reranklab.ui.explain.state import ExplainState
from reranklab.ui.jobs import Job
from tests.app.drive import check, open_page, said, session_of
from tests.contract.command import printed_json

PAGE = "pages/2_Evaluate.py"


def open_tool(tool: str) -> AppTest:
    """The tool, with BM25 alone."""
    app = open_page(PAGE, {"tool": [tool]})
    for slot in session_of(app).slots:
        slot.on = slot.family == "bm25"
    app.run()
    check(app)
    return app


def finish(app: AppTest, state: type[StabilityState] | type[ProbesState]) -> None:
    job = session_of(app).of(state).job
    assert job is None or job.wait(120)
    app.run()
    check(app)


def test_variants_are_compared_with_the_command_lines_numbers():
    app = open_tool("stability")
    assert said(app, "info")[0].startswith("Nothing is compared yet.")
    app.selectbox(key="w_stability_collection").select("negation").run()
    app.multiselect(key="w_stability_variants").set_value(["order:1", "white-space"]).run()
    app.text_input(key="w_stability_own").set_value("k1=2").run()
    app.button(key="compare_variants").click().run()
    finish(app, StabilityState)
    assert not said(app, "error")
    rows = app.dataframe[0].value
    assert list(rows["Variant"]) == ["order:1", "white-space", "k1=2"]
    variants = ("--variant", "order", "--variant", "white-space", "--variant", "k1=2")
    printed = printed_json("stability", "--dataset", "negation", "--candidates", "judged", "--ranker", "bm25", *variants)
    assert printed["stored"] == 4 * printed["queries"], "the page has kept them"
    assert list(rows["Largest difference of a score"]) == [each["score_difference"]["largest"] for each in printed["variants"]]
    assert len(app.dataframe[1].value) == 12
    app.segmented_control(key="w_stability_variant").select("k1=2").run()
    check(app)
    app.text_input(key="w_stability_own").set_value("nonsense").run()
    app.button(key="compare_variants").click().run()
    finish(app, StabilityState)
    assert any("There is no variant 'nonsense'" in message for message in said(app, "error"))


def test_probes_are_run_and_a_failure_opens_on_explain():
    app = open_tool("probes")
    assert said(app, "info")[0].startswith("Nothing is probed yet.")
    app.button(key="run_probes").click().run()
    finish(app, ProbesState)
    assert not said(app, "error")
    rates = app.dataframe[0].value
    assert rates.set_index("Capability")["BM25"]["word overlap"].startswith("0 of 10")
    app.selectbox(key="w_failures_capability").select("word overlap").run()
    check(app)
    assert len(app.dataframe[1].value) == 10
    app.button(key="explain_failure").click().run()
    check(app)
    session = session_of(app)
    comparison = session.comparison
    if session.pending is not None:
        assert session.pending.job.wait(60)
        comparison = session.pending.comparison()
    assert comparison is not None and comparison.request.query.id.startswith("word-overlap-")
    assert said(open_page(PAGE), "info")[0].startswith("No evaluation is stored yet."), "probes are no evaluation"
    assert [document.id for document in comparison.documents] == ["original", "edited", "unrelated"]
    assert (session.selected, session.of(ExplainState).section) == ("edited", "compare")
    (ranking,) = comparison.rankings
    scores = {item.id: item.score for item in ranking.items}
    assert scores["edited"] > scores["original"], "the failure is the same there"


def test_probes_of_a_collection_and_of_a_file_and_what_cannot_be_used():
    app = open_tool("probes")
    app.segmented_control(key="w_probes_source").select("generate:").run()
    app.selectbox(key="w_probes_collection").select("numbers-entities").run()
    app.number_input(key="w_probes_queries").set_value(3).run()
    app.button(key="run_probes").click().run()
    finish(app, ProbesState)
    assert "depth 200" in set(app.dataframe[0].value["Capability"])
    app.segmented_control(key="w_probes_source").select("saved").run()
    app.button(key="run_probes").click().run()
    finish(app, ProbesState)
    assert any("No saved probe says what it expects" in message for message in said(app, "error"))
    app.segmented_control(key="w_probes_source").select("file").run()
    app.button(key="run_probes").click().run()
    assert said(app, "error") == ["No file is chosen. Choose one of JSON lines."]
    line = {"id": "1", "capability": "*own*", "query": "red", "original": "red apples", "edited": "pears", "expected": "lower"}
    state = session_of(app).of(ProbesState)
    state.file_name, state.file = "own.jsonl", json.dumps(line).encode()
    app.button(key="run_probes").click().run()
    finish(app, ProbesState)
    assert state.done is not None and state.done.sets[0].probes[0].original == Document(id="original", text="red apples")
    assert any("failed none of these probes" in message for message in said(app, "info"))


def test_a_run_that_is_cancelled_says_that_it_goes_on_from_there():
    app = open_tool("probes")
    state = session_of(app).of(ProbesState)

    def work(cancel: CancelSignal, emit: object) -> Probed:
        while True:
            check_cancel(cancel)
            time.sleep(0.01)

    state.job = Job(work)
    app.run()
    state.job.cancel()
    finish(app, ProbesState)
    assert "Stopped. What was ranked is stored, and the next run goes on from there." in said(app, "note")
    assert not said(app, "error") and not app.button(key="run_probes").disabled
