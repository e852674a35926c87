"""From a document on the Compare page to what an edit does to it, in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.hands import LONG, columns
from tests.e2e.settling import settled

pytestmark = pytest.mark.browser

RANKERS = ("BM25", "Bi-encoder", "Cross-encoder")
EXPECTATION = "Should fall"


def ranked_again(page: Page, computed: str) -> None:
    """Every ranker has a row with the edit, the pointwise ones with `computed`. A slow machine has to be asked for them."""
    rows = page.locator(".rl-moves tbody tr")
    for name in RANKERS:
        asked = page.get_by_role("button", name=f"Rank again: {name}")
        row = rows.filter(has_text=name).filter(has_text=re.compile("computed"))
        expect(asked.or_(row).first).to_be_visible(timeout=LONG)
        if asked.is_visible():
            asked.click()
    for name in RANKERS[1:]:
        expect(rows.filter(has_text=name)).to_contain_text(computed, timeout=LONG)
    expect(rows).to_have_count(len(RANKERS))
    settled(page)


def test_an_odd_document_is_explained_edited_and_kept_as_a_probe(page: Page, server: str):
    page.goto(
        f"{server}/?source=sample&collection=hard-negatives-adversarial&ranker=bm25&ranker=bi-encoder&ranker=cross-encoder&run=1"
    )
    expect(page.get_by_text(re.compile("Click a document"))).to_be_visible(timeout=LONG)
    settled(page)
    row = columns(page).nth(2).locator(".row").nth(1)
    name = row.locator(".id").text_content()
    row.locator(".explain").click()
    expect(page.get_by_role("heading", name="Why is this document here?")).to_be_visible()
    expect(page.get_by_role("combobox", name=re.compile("^Document"))).to_have_value(re.compile(f"^{name}: "))

    page.get_by_role("radio", name="What if").click()
    settled(page)
    text = page.get_by_label("Text", exact=True)
    expect(text).not_to_have_value("")
    original = text.input_value()
    page.get_by_label("One change").click()
    page.get_by_role("option", name="Remove a sentence").click()
    settled(page)
    page.get_by_role("button", name="Apply").click()
    ranked_again(page, "1 computed, 10 reused")
    expect(text).not_to_have_value(original)
    assert 0 < len(text.input_value()) < len(original)
    changes = page.locator(".rl-moves tbody tr td:nth-child(4)").all_inner_texts()
    assert all(re.fullmatch(r"[+-][\d.]+", change) for change in changes), changes
    moves = page.locator(".rl-moves tbody tr td:nth-child(7)").all_inner_texts()
    assert any(re.fullmatch(r"[▲▼] \d+", moved) for moved in moves), moves
    expect(page.locator(".rl-diff del")).to_be_visible()

    page.get_by_role("radio", name=EXPECTATION).click()
    settled(page)
    page.get_by_role("button", name="Save probe").click()
    probe = page.locator(".rl-probes tbody tr").first
    expect(probe).to_contain_text(name)
    expect(probe).to_contain_text(EXPECTATION)
    expect(probe.locator("b")).to_have_count(len(RANKERS))
    for verdict in probe.locator("b").all():
        expect(verdict).to_have_text(re.compile("^(not )?met$"))

    page.get_by_role("button", name="Undo").click()
    expect(text).to_have_value(original)
    expect(page.locator(".rl-diff")).to_have_count(0)
    expect(probe).to_contain_text(name)


def test_its_address_opens_the_same_explanation_in_another_window(page: Page, server: str):
    link = "source=sample&collection=hard-negatives&ranker=bm25&section=compare&unit=term"
    page.goto(f"{server}/Explain?{link}")
    chosen = page.get_by_role("combobox", name=re.compile("^Document"))
    expect(chosen).to_have_value(re.compile(r"\S"))
    settled(page)
    chosen.click()
    page.get_by_role("option").nth(3).click()
    settled(page)
    name = chosen.input_value()
    expect(page).to_have_url(re.compile(f"doc={re.escape(name.partition(':')[0])}"))
    expect(page).to_have_url(re.compile("other="))
    other = page.get_by_role("combobox", name=re.compile("B is")).input_value()

    again = page.context.new_page()
    again.goto(page.url)
    expect(again.get_by_role("combobox", name=re.compile("^Document"))).to_have_value(name)
    expect(again.get_by_role("combobox", name=re.compile("B is"))).to_have_value(other)
    expect(again.get_by_role("radio", name="Compare two documents")).to_be_checked()
    expect(again.get_by_role("radio", name="Terms")).to_be_checked()
    settled(again)
    assert again.url == page.url
    again.close()
