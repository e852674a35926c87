"""Grading with the keyboard and comparing blind, in a real browser."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from reranklab.data.judged import read_judged
from reranklab.data.preferences import list_preferences
from tests.e2e.hands import columns, order
from tests.e2e.settling import settled

pytestmark = pytest.mark.browser

LINK = "?source=sample&collection=polysemy&ranker=bm25&ranker=bm25%3Fanalyser%3Dwords&run=1"


def open_view(page: Page, server: str, view: str) -> None:
    page.goto(f"{server}/{LINK}")
    expect(columns(page)).to_have_count(2)
    settled(page)
    page.get_by_role("radio", name=view).click()
    settled(page)


def name_oneself(page: Page, name: str) -> None:
    field = page.get_by_label("Your name")
    field.fill(name)
    field.press("Enter")
    settled(page)


def pressed(page: Page) -> list[str | None]:
    """The grade of each row, from top to bottom."""
    given = []
    for row in page.locator(".board .row").all():
        button = row.locator('.give[aria-pressed="true"]')
        given.append(button.text_content() if button.count() else None)
    return given


def test_grades_by_keyboard_are_kept_at_once(page: Page, fresh_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RERANKLAB_DATA", str(tmp_path / "data"))
    open_view(page, fresh_server, "Judge")
    expect(page.get_by_text("Give your name")).to_be_visible()
    name_oneself(page, "Anna")
    page.locator(".board .pick").first.click()
    for key in "302110030123":  # faster than the server answers
        page.keyboard.press(key)
    settled(page)
    assert pressed(page) == list("302110030123")
    expect(page.get_by_text("12 of 12 graded")).to_be_visible()
    ids = order(columns(page).first)
    ((query_id, kept),) = read_judged("my-judgements").judges["Anna"].items()
    assert kept == dict(zip(ids, map(int, "302110030123"), strict=True))

    page.keyboard.press("Backspace")  # the last row has the focus still
    page.keyboard.press("ArrowUp")
    page.keyboard.press("3")
    settled(page)
    assert pressed(page) == [*"3021100301", "3", None]
    assert read_judged("my-judgements").judges["Anna"][query_id] == dict(zip(ids, map(int, "30211003013"), strict=False))

    name_oneself(page, "Ben")
    assert pressed(page) == [None] * 12, "nobody sees another's grades"
    page.locator(".board .row").first.locator(".give").nth(1).click()
    settled(page)
    assert pressed(page)[0] == "1"
    page.get_by_text("Agreement of the judges").click()
    settled(page)
    expect(page.get_by_text("What counts is the median")).to_be_visible()

    open_view(page, fresh_server, "Judge")
    name_oneself(page, "Anna")
    assert pressed(page) == [*"3021100301", "3", None], "another session finds them again"


def test_names_are_secret_until_the_answer(page: Page, fresh_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RERANKLAB_DATA", str(tmp_path / "data"))
    page.goto(f"{fresh_server}/{LINK}")
    expect(columns(page)).to_have_count(2)
    settled(page)
    rankers = ("bm25", "bm25?analyser=words")
    lists = {ranker: order(column) for ranker, column in zip(rankers, columns(page).all(), strict=True)}
    page.get_by_role("radio", name="Blind comparison").click()
    settled(page)
    expect(page.get_by_role("button", name="List A is better")).to_be_visible()
    without_input = "[...document.querySelectorAll('[data-testid=stMain] [data-testid=stElementContainer]')]"
    without_input += ".filter(each => !each.closest('[data-testid=stExpander]')).map(each => each.outerHTML).join()"
    everything = page.evaluate(without_input) + page.locator(".board").evaluate("each => each.outerHTML")
    assert "List A is better" in everything and not re.search("bm25|analyser", everything, re.IGNORECASE)
    shown = [order(column) for column in columns(page).all()]
    assert sorted(shown) == sorted(lists.values())

    page.get_by_role("button", name="List A is better").click()
    settled(page)
    expect(columns(page).first.locator("h3")).to_have_text(re.compile("List A: BM25"))
    (kept,) = list_preferences().preferences
    assert lists[kept.winner] == shown[0]
    assert [lists[ranker] for ranker in kept.shown] == shown

    page.get_by_role("button", name="Next query").click()
    expect(page.get_by_role("button", name="List A is better")).to_be_visible()
    settled(page)
    page.locator(".board .pick").first.click()
    settled(page)
    page.get_by_role("button", name="The marked document is the best").click()
    settled(page)
    second = list_preferences().preferences[1]
    assert (second.choice, second.query.id == kept.query.id) == ("document", False)
    assert min(second.ranks.values()) == 1
