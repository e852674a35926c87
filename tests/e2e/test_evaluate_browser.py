"""The Evaluate page in a real browser: begin, close, find again, open a query, judge it, take the report along."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from reranklab.data.judged import read_judged
from tests.e2e.conftest import window
from tests.e2e.hands import LONG, columns
from tests.e2e.settling import settled

pytestmark = pytest.mark.browser

RANKERS = ("BM25", "Bi-encoder", "Cross-encoder")


def begin(page: Page, server: str) -> None:
    """Evaluate the negation sample with three rankers, and see it at work."""
    page.goto(f"{server}/Evaluate")
    expect(page.get_by_text("Runs of each ranker")).to_be_visible()
    settled(page)
    page.locator("[data-testid=stCheckbox]", has_text="Listwise LLM").locator("label").first.click()
    settled(page)
    field = page.get_by_label("Collections", exact=True)
    field.fill("negation")
    page.get_by_role("option", name="Negation and quantifiers", exact=True).click()
    page.keyboard.press("Escape")
    settled(page)
    page.get_by_role("combobox", name="Candidates").click()
    page.get_by_role("option", name="Judged documents").click()
    settled(page)
    page.get_by_role("button", name="Evaluate", exact=True).click()
    expect(page.get_by_role("button", name="Cancel")).to_be_visible()


def find_again(page: Page, server: str) -> None:
    """Another window, and the end of the run in it."""
    page.goto(f"{server}/Evaluate")
    expect(page.get_by_text(re.compile("^12 queries cannot tell|^BM25 is"))).to_be_visible(timeout=LONG)
    settled(page)


def judge_two(page: Page) -> None:
    page.get_by_role("radio", name="Judge").click()
    settled(page)
    page.get_by_label("Your name").fill("Anna")
    page.get_by_label("Your name").press("Enter")
    settled(page)
    page.locator(".board .pick").first.click()
    for grade in "30":
        page.keyboard.press(grade)
    settled(page)


def test_from_a_sample_to_a_report(browser: Browser, fresh_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RERANKLAB_DATA", str(tmp_path / "data"))  # the server's own
    with window(browser) as first:
        begin(first.new_page(), fresh_server)
    with window(browser) as second:
        page = second.new_page()
        find_again(page, fresh_server)
        address = page.url
        page.get_by_role("radio", name="Query by query").click()
        settled(page)
        page.get_by_text("Only where it hurts").click()
        settled(page)
        page.get_by_role("button", name="Open on Compare").click()
        expect(columns(page)).to_have_count(1 + len(RANKERS), timeout=LONG)
        settled(page)
        expect(columns(page).first.get_by_role("heading")).to_have_text("Ideal order")
        assert "collection=negation" in page.url
        judge_two(page)
        (kept,) = read_judged("my-judgements").judges["Anna"].values()
        assert sorted(kept.values()) == [0, 3]

        page.goto(address)
        page.get_by_role("radio", name="Export").click()
        settled(page)
        with page.expect_download() as told:
            page.get_by_role("button", name=re.compile("Report as HTML")).click()
        report = tmp_path / "report.html"
        told.value.save_as(report)
    offline = browser.new_context(offline=True)
    page = offline.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(report.as_uri())
    page.locator(".plot .main-svg").first.wait_for()
    assert asked == [report.as_uri()]
    for ranker in RANKERS:
        expect(page.get_by_role("cell", name=ranker, exact=True).first).to_be_visible()
    offline.close()
