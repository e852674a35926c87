"""A fresh server whose very first request is a deep link."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.hands import columns, order, ready

pytestmark = pytest.mark.browser


def test_a_link_to_a_view_opens_and_runs_it(page: Page, fresh_server: str):
    page.goto(f"{fresh_server}/?source=sample&collection=numbers-entities&ranker=bm25%3Fk1%3D2&runs=3&top=10&run=1")
    expect(columns(page)).to_have_count(1)
    assert len(order(columns(page).first)) == 10
    ready(page)
    expect(page.get_by_role("spinbutton", name="Runs of each ranker")).to_have_value("3")
    assert "collection=numbers-entities" in page.url
    assert "run=1" not in page.url


def test_a_link_to_another_page_opens_it(page: Page, fresh_server: str):
    page.goto(f"{fresh_server}/Models")
    expect(page.get_by_role("heading", name="Models")).to_be_visible()
    page.get_by_role("link", name="Compare").click()
    ready(page)
    expect(page.get_by_role("button", name="Rank 1")).to_be_visible()
