"""A click beside a part of the page that looks at a job again and again."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.conftest import run_server, window
from tests.e2e.settling import settled

pytestmark = pytest.mark.browser

SCRIPT = """
import time
import streamlit as st
from streamlit.starlette import App
from reranklab.ui.server import guards, serving

@st.fragment(run_every=0.5)
def look():
    st.text("Looking")

@st.fragment
def fewer():
    rows = st.session_state.setdefault("rows", 6)
    if st.button("Fewer"):
        rows = st.session_state["rows"] = rows - 1
    for row in range(rows):
        st.text(f"Row {row} of {rows}")
    time.sleep(0.7)

if __name__ == "__main__":
    look()
    fewer()
else:
    app = App(__file__, middleware=guards(), lifespan=serving)
"""


@pytest.mark.parametrize("late", [False, True])
def test_what_a_click_changed_is_all_there_is(browser: Browser, tmp_path: Path, late: bool):
    """A look comes while the click's run goes on, and where the server hears of the run late, after its end as well."""
    page_script = tmp_path / "page.py"
    page_script.write_text(SCRIPT, encoding="utf-8")
    if late:
        (tmp_path / "late").write_text("0.3")
    with run_server(tmp_path / "log", script=str(page_script)) as server, window(browser) as context:
        page = context.new_page()
        page.goto(server)
        rows = page.locator("[data-testid=stText]").filter(has_text="Row")
        expect(rows).to_have_count(6)
        for left in range(5, 0, -1):
            page.get_by_role("button", name="Fewer").click()
            expect(rows.first).to_have_text(f"Row 0 of {left}", timeout=20_000)
            settled(page)
            assert rows.all_inner_texts() == [f"Row {row} of {left}" for row in range(left)]
