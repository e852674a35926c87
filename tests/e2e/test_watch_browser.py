"""The Watch page in a real browser: from the sample log's alert to a collection of its requests."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.settling import settled

pytestmark = pytest.mark.browser


def test_the_alert_of_the_sample_log_opens_as_a_collection(page: Page, fresh_server: str) -> None:
    page.goto(f"{fresh_server}/Watch")
    expect(page.get_by_role("heading", name="1. Longer documents")).to_be_visible()
    settled(page)
    page.get_by_role("button", name="Open its requests as a collection").click()
    expect(page.get_by_text("Collection longer-documents-2025-09-14")).to_be_visible()
    settled(page)
    page.get_by_role("button", name="Evaluate", exact=True).click()
    expect(page.get_by_role("button", name="Compare queries")).to_be_visible()
    settled(page)
    chosen = page.get_by_role("combobox", name="New queries")
    expect(chosen).to_have_value("longer-documents-2025-09-14 (not judged)")
