"""A real server and a real browser."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect, sync_playwright

from tests.e2e.settling import STATUS, WATCH

ROOT = Path(__file__).parents[2]
START_SECONDS = 120
expect.set_options(timeout=120_000)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def run_server(log: Path, *, script: str = "app.py") -> Iterator[str]:
    """The address of a fresh server of a script, which no request has reached but the health check."""
    with socket.socket() as first, socket.socket() as second:
        for free in (first, second):
            free.bind(("127.0.0.1", 0))
        port, status = first.getsockname()[1], second.getsockname()[1]
    serve = [sys.executable, "-m", "tests.e2e.serve", str(status)]
    command = [*serve, "run", script, "--server.port", str(port), "--server.headless", "true"]
    environment = {**os.environ, "RERANKLAB_DATA": str(log.with_name("data"))}  # never among what a user keeps
    with log.open("wb") as output:
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT)
        try:
            _wait(f"http://127.0.0.1:{port}/_stcore/health", server, log)
            STATUS[f"http://127.0.0.1:{port}"] = f"http://127.0.0.1:{status}"
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(timeout=30)


def _wait(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    pytest.fail(f"The server did not start:\n{log.read_text(errors='replace')[-2000:]}")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One server for the tests that do not need a fresh one."""
    with run_server(tmp_path_factory.mktemp("server") / "log") as address:
        yield address


@pytest.fixture
def fresh_server(tmp_path: Path) -> Iterator[str]:
    with run_server(tmp_path / "log") as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium from RERANKLAB_CHROMIUM or the search path. Its absence is a failure: these tests are to run."""
    path = os.environ.get("RERANKLAB_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        pytest.fail("There is no chromium here. Install it, or set RERANKLAB_CHROMIUM to its path.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    with window(browser) as context:
        yield context


@pytest.fixture
def page(context: BrowserContext, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page. Where its test fails, the report tells what stood on it."""
    page = context.new_page()
    lines: list[str] = []
    page.on("console", lambda message: lines.append(message.text))
    yield page
    if _failed(request.node):
        app = page.locator("[data-testid=stApp]")
        state = app.get_attribute("data-test-script-state") if app.count() else "no app"
        shown = page.locator("body").inner_text()
        focus = page.evaluate(_FOCUS)
        sys.stderr.write(f"\n{request.node.name}: {state} at {page.url}, focus on {focus}\n{shown}\n{lines[-20:]}\n")


_FOCUS = """() => {
  let each = document.activeElement;
  while (each?.shadowRoot?.activeElement) each = each.shadowRoot.activeElement;
  return each?.cloneNode().outerHTML;
}"""


_FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call":
        item.stash[_FAILED] = report.failed
    return report


def _failed(item: pytest.Item) -> bool:
    return item.stash.get(_FAILED, False)


@contextmanager
def window(browser: Browser) -> Iterator[BrowserContext]:
    """A window of its own, 1280 pixels wide. Fails the test where the page asks any other machine for anything."""
    strangers: list[str] = []

    def only_local(route: Route) -> None:
        if route.request.url.startswith(("http://127.0.0.1", "ws://127.0.0.1", "blob:", "data:")):
            route.continue_()
        else:
            strangers.append(route.request.url)
            route.abort()

    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(120_000)
    context.route("**/*", only_local)
    context.add_init_script(WATCH)
    yield context
    context.close()
    assert strangers == []
