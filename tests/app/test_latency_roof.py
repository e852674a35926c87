"""The section of the Latency page on the roof."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from reranklab.ui.latency.roof import RoofState
from tests.app.drive import check, open_page, said, session_of
from tests.app.test_latency_page import begin, measure, section


def press(app: AppTest) -> None:
    section(app, "roof")
    app.button(key="measure_roof").click().run()
    while (job := session_of(app).of(RoofState).job) is not None:
        assert job.wait(120)
        app.run()
    check(app)


def test_a_ranker_without_a_model_has_no_roof() -> None:
    app = open_page("pages/3_Latency.py")
    measure(app, "5, 10", "16")
    press(app)
    assert "its operations are not counted" in said(app, "error")[0]


@pytest.mark.usefixtures("weights")
def test_a_cross_encoder_stands_under_the_peaks_of_the_libraries() -> None:
    app = open_page("pages/3_Latency.py")
    app.text_input(key="w_latency_tokens").set_value("8").run()
    app.number_input(key="w_latency_repeats").set_value(1).run()
    app.checkbox(key="w_latency_cold").uncheck().run()
    begin(app, "2", "cross-encoder")
    press(app)
    assert any("of the best peak" in each for each in said(app, "query"))
    assert any("of the tokens that it computes are padding" in each for each in said(app, "note"))
    (table,) = (each.value for each in app.dataframe)
    assert {"torch", "numpy", "onnxruntime", "openvino"} <= set(table["Library"])
    assert list(table[""]).count("the roof of this ranker") == 1
