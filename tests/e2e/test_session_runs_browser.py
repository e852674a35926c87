"""Clicks close upon each other, and beside a part of the page that looks at a job again and again."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.conftest import run_server, window
from tests.e2e.settling import settled

pytestmark = pytest.mark.browser

HEAD = """
import time
import streamlit as st
from streamlit.starlette import App
from reranklab.ui.server import guards, serving
"""
TAIL = """
else:
    app = App(__file__, middleware=guards(), lifespan=serving)
"""
BESIDE = """
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
"""
BOXES = 150
QUICK = f"""
def more():
    time.sleep(0.01)
    st.session_state["told"] += 1

if __name__ == "__main__":
    st.session_state.setdefault("told", 0)
    st.text(f"{{st.session_state['told']}} told")
    for number in range({BOXES}):
        st.checkbox(f"Box {{number}}", on_change=more)
"""


def page_of(folder: Path, body: str) -> str:
    page_script = folder / "page.py"
    page_script.write_text(HEAD + body + TAIL, encoding="utf-8")
    return str(page_script)


@pytest.mark.parametrize("late", [False, True])
def test_what_a_click_changed_is_all_there_is(browser: Browser, tmp_path: Path, late: bool):
    """A look comes while the click's run goes on, and where the server hears of the run late, after its end as well."""
    if late:
        (tmp_path / "late").write_text("0.3")
    with run_server(tmp_path / "log", script=page_of(tmp_path, BESIDE)) as server, window(browser) as context:
        page = context.new_page()
        page.goto(server)
        rows = page.locator("[data-testid=stText]").filter(has_text="Row")
        expect(rows).to_have_count(6)
        for left in range(5, 0, -1):
            page.get_by_role("button", name="Fewer").click()
            expect(rows.first).to_have_text(f"Row 0 of {left}", timeout=20_000)
            settled(page)
            assert rows.all_inner_texts() == [f"Row {row} of {left}" for row in range(left)]


def test_of_quick_clicks_none_is_lost(browser: Browser, tmp_path: Path):
    with run_server(tmp_path / "log", script=page_of(tmp_path, QUICK)) as server, window(browser) as context:
        page = context.new_page()
        page.goto(server)
        boxes = page.locator("input[type=checkbox]")
        expect(boxes).to_have_count(BOXES)
        settled(page)
        boxes.evaluate_all(
            "async (boxes) => { for (const box of boxes) { box.click(); await new Promise((go) => setTimeout(go, 15)); } }"
        )
        settled(page)
        assert page.get_by_text(" told").inner_text() == f"{BOXES} told"
