"""The report in a browser without a network: figures are drawn, in the colours of the reader's theme, and nothing is asked."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from reranklab.report.files import save_evaluations
from tests.report.test_files import evaluation

pytestmark = pytest.mark.browser


def watch(page: Page) -> list[str]:
    """What goes wrong on the page, and what it asks for."""
    seen: list[str] = []
    page.on("console", lambda message: seen.append(message.text))
    page.on("pageerror", lambda error: seen.append(str(error)))
    page.on("request", lambda request: seen.append(request.url))
    return seen


def test_a_report_opens_offline_in_light_and_dark(browser: Browser, tmp_path: Path):
    (path,) = save_evaluations([evaluation(), evaluation(dataset="other")], tmp_path / "report.html")
    backgrounds = []
    for scheme in ("light", "dark"):
        context = browser.new_context(color_scheme=scheme, offline=True)
        page = context.new_page()
        seen = watch(page)
        page.goto(path.as_uri())
        expect(page.locator(".plot > .plot-container")).to_have_count(10)
        assert page.locator(".plot").count() == 10
        backgrounds.append(page.locator(".main-svg").first.evaluate("svg => svg.style.background"))
        assert seen == [path.as_uri()]
        context.close()
    assert backgrounds == ["rgb(255, 255, 255)", "rgb(18, 23, 29)"]
