"""What a tier costs in quality: beside its options and beside its times."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from reranklab.ui.resources import prepare, store
from tests.app.drive import check, open_page, said, session_of
from tests.app.test_latency_page import begin, section
from tests.evaluate.test_quality_cost import EXACT, FAST, keep

RIGHT = {"q1": "abc", "q2": "bac", "q3": "cab"}
STORED = "nDCG@10 against Cross-encoder in points [95 % interval]: -12.3 ["


@pytest.fixture(autouse=True)
def own_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RERANKLAB_DATA", str(tmp_path))


def quality(app: AppTest) -> list[str]:
    return [note for note in said(app, "note") if "costs in quality" in note or note.startswith("nDCG@10 against")]


def test_beside_the_options_once_the_first_page_stands() -> None:
    keep(store(), {EXACT: RIGHT})
    app = open_page("app.py", {"ranker": ["bm25", FAST, EXACT]})
    prepare().join()
    app.run()
    check(app)
    (line,) = quality(app)
    assert line.startswith(
        "What this costs in quality is not measured yet. Evaluate it on the Evaluate page beside Cross-encoder"
    )
    keep(store(), {FAST: {**RIGHT, "q2": "abc"}})
    (line,) = quality(app.run())
    assert line.startswith(STORED) and ", 3 queries of made (bm25:3), " in line


@pytest.mark.usefixtures("weights")
def test_beside_the_times() -> None:
    keep(store(), {EXACT: RIGHT, FAST: {**RIGHT, "q2": "abc"}})
    app = open_page("pages/3_Latency.py")
    app.text_input(key="w_latency_tokens").set_value("8").run()
    app.number_input(key="w_latency_repeats").set_value(1).run()
    app.checkbox(key="w_latency_cold").uncheck().run()
    (slot,) = (slot for slot in session_of(app).slots if slot.family == EXACT)
    slot.options["tier"] = "fast"
    begin(app, "2", EXACT)
    section(app, "times")
    slot.options.clear()
    (line,) = quality(app.run())
    assert line.startswith(STORED)
    begin(app, "2", "bm25")
    assert quality(app) == []
