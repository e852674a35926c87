"""A text that reaches the server when its field's page has been left."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.drive import check


@pytest.fixture
def app() -> AppTest:
    def script() -> None:
        import streamlit as st

        from reranklab.ui import plain
        from reranklab.ui.typed import keep_typed
        from reranklab.ui.widgets import kept

        keep_typed("Models")
        held = st.session_state.setdefault("held", {"name": "", "runs": 1, "margin": 0.5})
        kept(plain.text_input, "Name", key="w name", value=held["name"], store=lambda text: held.update(name=text))
        kept(
            plain.number_input, "Runs", key="runs", value=held["runs"], store=lambda number: held.update(runs=number),
            min_value=1, max_value=9,
        )  # fmt: skip
        kept(plain.number_input, "Margin", key="margin", value=held["margin"], store=lambda number: held.update(margin=number))

    return AppTest.from_function(script).run()


def test_a_text_is_stored_by_its_field_and_page(app: AppTest):
    fields = app.session_state["reranklab_typed"].fields
    assert set(fields) == {("Models", "w-name"), ("Models", "runs"), ("Models", "margin")}
    fields["Models", "w-name"]("tide")
    fields["Models", "runs"]("9")
    fields["Models", "margin"]("1.5")
    app.run()
    check(app)
    assert app.session_state["held"] == {"name": "tide", "runs": 9, "margin": 1.5}
    assert (app.text_input[0].value, app.number_input[0].value, app.number_input[1].value) == ("tide", 9, 1.5)


@pytest.mark.parametrize("text", ["", "ten", "1.5", "0", "10"])
def test_what_the_field_would_not_take_is_left_out(app: AppTest, text: str):
    app.session_state["reranklab_typed"].fields["Models", "runs"](text)
    assert app.session_state["held"]["runs"] == 1
