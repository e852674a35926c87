"""The Compare page in a real browser."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import window
from tests.e2e.hands import (
    FAMILIES,
    LONG,
    TEN,
    columns,
    open_compare,
    open_section,
    order,
    paste,
    press_rank,
    rank,
    ready,
)
from tests.e2e.settling import settled

pytestmark = pytest.mark.browser


def test_ten_pasted_documents_through_all_four_rankers(page: Page, server: str):
    open_compare(page, server)
    paste(page, "how does a solar panel make electricity for a house", TEN)
    expect(page.get_by_text("10 documents, one per line.")).to_be_visible()
    rank(page)
    expect(columns(page)).to_have_count(4)
    for column, family in zip(columns(page).all(), FAMILIES, strict=True):
        expect(column.locator("h3")).to_have_text(family)
        expect(column.locator(".time")).to_have_text(re.compile(r"^[\d,.]+ (ms|s)"))
        assert sorted(order(column), key=lambda name: int(name[1:])) == [f"d{number}" for number in range(1, 11)]
    open_section(page, "Rank flow")
    expect(page.locator(".js-plotly-plot .scatterlayer .trace").first).to_be_visible()
    open_section(page, "Timing")
    expect(page.get_by_text(re.compile("Median time per query, fastest first: BM25"))).to_be_visible()
    expect(page.locator(".js-plotly-plot .barlayer .trace").first).to_be_visible()


def test_input_and_results_are_there_after_another_page(page: Page, server: str):
    open_compare(page, server, only="BM25")
    paste(page, "solar panel", TEN)
    rank(page)
    before = order(columns(page).first)
    page.get_by_role("link", name="Models").click()
    expect(page.get_by_role("heading", name="Models")).to_be_visible()
    page.get_by_role("link", name="Compare").click()
    ready(page)
    assert order(columns(page).first) == before
    page.get_by_text("Change the input").click()
    settled(page)
    expect(page.get_by_label("Documents", exact=True)).to_have_value(TEN)
    expect(page.get_by_label("Query", exact=True)).to_have_value("solar panel")
    assert "solar" not in page.url


def test_a_page_switch_straight_after_typing_loses_nothing(page: Page, server: str):
    open_compare(page, server, only="BM25")
    page.get_by_role("radio", name="Paste").click()
    settled(page)
    page.get_by_label("Documents", exact=True).fill("one line\nanother line")
    page.get_by_role("link", name="Datasets").click(delay=80)  # as long as a finger stays down
    expect(page.get_by_role("heading", name="BEIR")).to_be_visible()
    page.get_by_role("link", name="Compare").click()
    ready(page)
    expect(page.get_by_label("Documents", exact=True)).to_have_value("one line\nanother line")


def test_a_click_follows_a_document_through_all_rankers(page: Page, server: str):
    page.goto(f"{server}/?source=sample&collection=polysemy&ranker=bm25&ranker=bm25%3Fanalyser%3Dwords&run=1")
    expect(columns(page)).to_have_count(2)
    settled(page)
    first = columns(page).first.locator(".row").first
    name = first.locator(".id").text_content()
    first.hover()
    expect(page.locator(".board .row.hot")).to_have_count(2)
    first.locator(".pick").click()
    expect(page.get_by_text(f"Selected: {name}.")).to_be_visible()
    expect(page.locator(".board .row.selected")).to_have_count(2)
    settled(page)
    assert f"doc={name}" in page.url
    first.locator(".toggle").click()
    expect(first.locator(".full mark").first).to_be_visible()
    first.locator(".pick").click()
    expect(page.locator(".board .row.selected")).to_have_count(0)


EIGHT = ["", "?k1=2", "?k1=3", "?b=0.1", "?b=1", "?analyser=words", "?variant=okapi", "?k1=4"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_eight_rankers_stand_side_by_side(browser: Browser, server: str, scheme: str):
    link = "&".join(f"ranker={quote('bm25' + option)}" for option in EIGHT)
    with window(browser) as context:
        page = context.new_page()
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.goto(f"{server}/?source=sample&collection=polysemy&{link}&run=1")
        expect(columns(page)).to_have_count(8)
        settled(page)
        board = page.locator(".board")
        assert board.evaluate("board => board.scrollWidth <= board.clientWidth"), "nothing is cut off at 1280 pixels"
        assert columns(page).last.bounding_box()["x"] + columns(page).last.bounding_box()["width"] <= 1280  # type: ignore[index]
        marks = page.locator(".board .swatch").evaluate_all("all => all.map((each) => each.className)")
        assert len(set(marks)) == 8
        row = columns(page).nth(2).locator(".row").first
        expect(row.locator(".score")).to_be_hidden()
        row.locator(".pick").click()
        expect(page.locator(".board .row.selected .score:visible")).to_have_count(8)
        expect(row.locator(".score")).to_have_text(re.compile(r"^BM25 [\d.]+$"))
        settled(page)
        row.locator(".toggle").click()
        text = page.locator(".board .reader .full")
        expect(text).to_be_visible()
        assert text.bounding_box()["width"] > 800  # type: ignore[index]
        page.get_by_text("8 of 8 rankers shown").click()
        page.get_by_role("combobox", name="Rankers shown").press("Backspace")
        expect(columns(page)).to_have_count(7)
        settled(page)
        assert f"hide={quote('bm25' + EIGHT[-1], safe='')}" in page.url


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_two_hundred_documents_fit(browser: Browser, server: str, scheme: str):
    text = "\n".join(f"Document number {number} on tides and harbours, wharf {number % 7}." for number in range(200))
    with window(browser) as context:
        page = context.new_page()
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        open_compare(page, server, only="BM25")
        paste(page, "wharf 3 harbours", text)
        rank(page)
        assert len(order(columns(page).first)) == 20
        expect(page.get_by_text("180 more not shown")).to_be_attached()
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_long_listwise_run_can_be_stopped(page: Page, server: str):
    small_windows = "method%3Dpermutation%26window%3D5%26step%3D2%26passage_tokens%3D16"
    page.goto(f"{server}/?ranker=bm25&ranker=listwise-llm%3F{small_windows}")
    ready(page)
    paste(page, "tides", "\n".join(f"{TEN.splitlines()[number % 10]} Note {number}. " * 8 for number in range(300)))
    press_rank(page)
    expect(page.get_by_text(re.compile(r"Listwise LLM .*: .*window \d+ of \d+"))).to_be_visible(timeout=LONG)
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text(re.compile("Click a document"))).to_be_visible(timeout=LONG)
    expect(columns(page).nth(0).locator(".row").first).to_be_visible()
    expect(columns(page).nth(1).get_by_text("stopped", exact=True)).to_be_visible()


def test_a_broken_csv_is_a_useful_error(page: Page, server: str):
    open_compare(page, server, only="BM25")
    page.get_by_role("radio", name="Upload").click()
    settled(page)
    broken = {"name": "broken.csv", "mimeType": "text/csv", "buffer": b'id,text\n1,"never closed\n2,two\n'}
    page.locator("input[type=file]").set_input_files(files=[broken])  # type: ignore[list-item]
    expect(page.get_by_role("alert")).to_contain_text("line 2 of broken.csv opens a double quote that is never closed")


def test_two_windows_do_not_disturb_each_other(browser: Browser, server: str):
    with window(browser) as left, window(browser) as right:
        pages = [left.new_page(), right.new_page()]
        for page, word in zip(pages, ("alpha", "beta"), strict=True):
            open_compare(page, server, only="BM25")
            paste(page, word, f"nothing here\n{word} is in this one")
        for page in pages:
            press_rank(page)
        for page, word in zip(pages, ("alpha", "beta"), strict=True):
            expect(page.locator(".board .snippet").first).to_have_text(f"{word} is in this one")
            expect(page.locator(".rl-query")).to_have_text(word)


def test_markup_in_documents_and_query_is_shown_and_never_runs(page: Page, server: str):
    script = "<script>window.hacked = 1</script>"
    image = '<img src=x onerror="window.hacked = 1">'
    open_compare(page, server, only="BM25")
    paste(
        page,
        f"{image} **bold** :material/home: $x^2$",
        f"{script}\n{image} bold\n**bold** [link](javascript:alert(1)) `code` -> $x$",
    )
    rank(page)
    expect(page.locator(".rl-query")).to_have_text(f"{image} **bold** :material/home: $x^2$")
    for text in (script, f"{image} bold", "**bold** [link](javascript:alert(1)) `code` -> $x$"):
        expect(page.locator(".board .snippet").get_by_text(text, exact=True)).to_be_visible()
    page.locator(".board .toggle").first.click()
    page.locator(".board .pick").first.click()
    settled(page)
    for section in ("Scores", "Timing", "Provenance", "Downloads"):
        open_section(page, section)
    assert page.evaluate("window.hacked") is None
    assert page.locator("img[src=x]").count() == 0
