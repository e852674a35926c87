"""What was typed is kept, whatever key or click its field is left with."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.hands import ready

pytestmark = pytest.mark.browser

RANKERS = "ranker=bm25&ranker=cross-encoder%3Asomeone%2Felse&ranker=listwise-llm%3Fmethod%3Dchat"
OPTIONS = {0: ("k1",), 2: ("Hub id or folder",), 3: ("Address", "Model at that address", "Key", "Window")}
"""Fields in the popovers of the rankers."""
PAGE = ("Query", "Documents", "Runs of each ranker")


def field(page: Page, label: str) -> Locator:
    return page.get_by_label(label, exact=True)


def write(page: Page, label: str, text: str, leave: str) -> None:
    """Type as a person does, and leave the field."""
    field(page, label).click()
    page.keyboard.press("Control+a")
    page.keyboard.type(text)
    if leave == "a click elsewhere":
        page.get_by_text("Model at that address" if label == "Key" else "RerankLab").first.click(force=True)
    elif leave == "Enter" and label in ("Documents", "Text"):
        page.keyboard.press("Control+Enter")
    else:
        page.keyboard.press(leave)


def open_options(page: Page, slot: int, label: str) -> None:
    if not field(page, label).is_visible():
        page.keyboard.press("Escape")
        page.get_by_role("button", name="Options").nth(slot).click()
        expect(field(page, label)).to_be_visible()


def visit(page: Page, name: str) -> None:
    """Another page; a click on its link right away, which takes no longer than a tap."""
    page.get_by_role("link", name=name, exact=True).click()
    expect(page).to_have_title(f"{name} · RerankLab")


@pytest.mark.parametrize("leave", ["Tab", "Shift+Tab", "Enter", "Escape", "a click elsewhere"])
def test_every_field_of_compare_keeps_its_text(page: Page, server: str, leave: str):
    page.goto(f"{server}/?source=paste&{RANKERS}")
    ready(page)
    typed = {label: f"{label} typed" for label in ("Query", "Documents")} | {"Runs of each ranker": "7", "k1": "1.7"}
    typed |= {label: f"typed-{number}" for number, label in enumerate([*OPTIONS[2], *OPTIONS[3]])}
    for slot, labels in OPTIONS.items():
        for label in labels:
            open_options(page, slot, label)
            write(page, label, typed[label], leave)
    page.keyboard.press("Escape")
    for label in PAGE:
        write(page, label, typed[label], leave)
    visit(page, "Models")
    visit(page, "Compare")
    ready(page)
    kept = {label: field(page, label).input_value() for label in PAGE}
    for slot, labels in OPTIONS.items():
        for label in labels:
            open_options(page, slot, label)
            kept[label] = field(page, label).input_value()
    assert kept == typed
