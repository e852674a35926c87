"""The Train page in a real browser: check, start, cancel, resume in another window, see what changed, open a changed query."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from reranklab.train.kept import begun_trainings, trained_rankers
from tests.e2e.conftest import window
from tests.e2e.hands import LONG, columns
from tests.e2e.settling import settled
from tests.models.tiny import tiny_classifier

pytestmark = pytest.mark.browser


def choose(page: Page, box: str, option: str) -> None:
    page.get_by_role("combobox", name=box, exact=True).click()
    page.get_by_role("option", name=option, exact=True).click()
    settled(page)


def fill(page: Page, label: str, value: str) -> None:
    field = page.get_by_label(label, exact=True)
    field.fill(value)
    field.press("Enter")
    settled(page)


def begin(page: Page, server: str, base: str, hold: Path) -> None:
    """Check a training of many quick steps, start it, and cancel it on its way: the file `hold` keeps it from its end."""
    page.goto(f"{server}/Train")
    expect(page.get_by_role("button", name="Check and estimate")).to_be_visible()
    settled(page)
    choose(page, "Collection", "Negation and quantifiers")
    choose(page, "Base model", "Another…")
    fill(page, "Its id", base)
    fill(page, "Name", "mine")
    page.get_by_text("More settings").click()
    settled(page)
    choose(page, "What is trained", "The last layers")
    rounds = {"Layers from the end": "1", "Tokens read of a text": "64", "Rounds": "100", "Lists of a step": "1"}
    for label, value in {**rounds, "Documents of a list": "2", "Patience": "1000", "Learning rate": "0.03"}.items():
        fill(page, label, value)
    expect(page.get_by_role("button", name="Start training")).to_have_count(0)
    page.get_by_role("button", name="Check and estimate").click()
    expect(page.get_by_role("button", name="Start training")).to_be_enabled(timeout=LONG)
    expect(page.get_by_text("No leak: no training query is asked by negation (test)")).to_be_visible()
    expect(page.get_by_text(re.compile("mine: about .* of memory"))).to_be_visible()
    settled(page)
    hold.touch()
    page.get_by_role("button", name="Start training").click()
    expect(page.get_by_text(re.compile(r"training mine, step [\d,]+ of 700"))).to_be_visible(timeout=LONG)
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("button", name="Stopping…")).to_be_visible()
    hold.unlink()
    expect(page.get_by_role("button", name="Resume")).to_be_enabled(timeout=LONG)


def test_from_a_sample_to_a_changed_query(browser: Browser, fresh_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RERANKLAB_DATA", str(tmp_path / "data"))  # the server's own
    with window(browser) as first:
        begin(first.new_page(), fresh_server, f"cross-encoder:{tiny_classifier(tmp_path / 'base')}", tmp_path / "hold")
    with window(browser) as second:
        page = second.new_page()
        page.goto(f"{fresh_server}/Train")
        expect(page.get_by_role("button", name="Resume")).to_be_enabled()
        settled(page)
        (begun,) = begun_trainings()
        assert 0 < begun.step < begun.steps == 700
        page.get_by_role("button", name="Resume").click()
        expect(page.get_by_role("button", name="Use in Compare")).to_be_visible(timeout=LONG)
        settled(page)
        (model,) = trained_rankers().rankers
        assert [each.step for each in model.course.losses] == list(range(1, begun.steps + 1))

        page.get_by_role("button", name="Before and after").click()
        expect(page.get_by_role("button", name="Compare", exact=True)).to_be_visible()
        settled(page)
        page.get_by_text("More settings").click()
        settled(page)
        page.locator("[data-testid=stCheckbox]", has_text="Behaviour probes").locator("label").first.click()
        settled(page)
        page.get_by_role("button", name="Compare", exact=True).click()
        expect(page.get_by_role("heading", name="Queries that changed most")).to_be_visible(timeout=LONG)
        settled(page)
        expect(page.get_by_text("Learned, on the training set's own collection")).to_be_visible()
        page.get_by_role("button", name="Open on Compare").click()
        expect(columns(page)).to_have_count(3, timeout=LONG)
        settled(page)
        expect(columns(page).first.get_by_role("heading")).to_have_text("Ideal order")
