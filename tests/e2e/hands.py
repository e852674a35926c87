"""What a person does on the Compare page."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.e2e.settling import settled

FAMILIES = ("BM25", "Bi-encoder", "Cross-encoder", "Listwise LLM")
LONG = 420_000
"""Milliseconds that a run of real models may take on a small, busy machine."""

TEN = """A solar panel turns sunlight into direct current.
An inverter turns direct current into the alternating current of a house.
Panels lose about half a percent of their output a year.
The roof should face south in the northern hemisphere.
Snow on the panels stops them until it slides off.
Batteries keep the surplus of the day for the night.
A wind turbine needs a steady wind of four metres a second.
Feed-in tariffs pay for electricity given to the grid.
Heat pumps use electricity to move heat into a house.
Bread rises because yeast makes carbon dioxide."""


def open_compare(page: Page, server: str, *, only: str = "") -> None:
    """The Compare page, with one ranker switched on ("" keeps all)."""
    page.goto(server)
    ready(page)
    for family in FAMILIES:
        box = page.get_by_role("checkbox", name=family, exact=True)
        if only and family != only and box.is_checked():
            page.locator("[data-testid=stCheckbox]", has_text=family).locator("label").first.click()
            expect(box).not_to_be_checked()
            settled(page)


def ready(page: Page) -> None:
    """The last thing on the page is there."""
    expect(page.get_by_text("Runs of each ranker")).to_be_visible()
    settled(page)


def paste(page: Page, query: str, documents: str) -> None:
    """Type into the two fields. Every source has a field named Query: only Paste has the other one."""
    page.get_by_role("radio", name="Paste").click()
    field = page.get_by_label("Documents", exact=True)
    expect(field).to_be_visible()
    settled(page)
    page.get_by_label("Query", exact=True).fill(query)
    field.fill(documents)
    field.blur()
    settled(page)
    expect(page.get_by_role("button", name=re.compile(r"^Rank [\d,]+ documents?$"))).to_be_enabled()


def press_rank(page: Page) -> None:
    page.get_by_role("button", name=re.compile(r"^Rank( [\d,]+ documents?)?$")).click()


def rank(page: Page) -> None:
    """Rank and wait for the results."""
    press_rank(page)
    expect(page.get_by_text(re.compile("Click a document|Selected:"))).to_be_visible(timeout=LONG)
    settled(page)


def columns(page: Page) -> Locator:
    return page.locator(".board .column")


def order(column: Locator) -> list[str]:
    """Document ids of a column from top to bottom. Rows have no inner text before the browser first draws them."""
    return column.locator(".row .id").all_text_contents()


def open_section(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name).click()
    settled(page)
