"""What was typed is kept, whatever key or click its field is left with."""

from __future__ import annotations

import json
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.hands import paste, press_rank, ready
from tests.e2e.settling import STATUS, settled

pytestmark = pytest.mark.browser

RANKERS = "ranker=bm25&ranker=cross-encoder%3Asomeone%2Felse&ranker=listwise-llm%3Fmethod%3Dchat"
OPTIONS = {0: ("k1",), 2: ("Hub id or folder",), 3: ("Address", "Model at that address", "Key", "Window")}
"""Fields in the popovers of the rankers."""
LEAVES = ("Tab", "Shift+Tab", "Enter", "Escape", "a click elsewhere")
LOSING = ("Tab", "Escape")
"""Those by which Streamlit alone loses a text, and so those to try with every field."""
PAGE = ("Query", "Documents", "Runs of each ranker")


@contextmanager
def silent_endpoint() -> Iterator[tuple[str, list[str]]]:
    """A chat endpoint that takes calls and does not answer before its end, and the keys that it was given."""
    keys: list[str] = []
    end = threading.Event()

    class Silent(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            keys.append(self.headers["Authorization"])
            end.wait(60)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Silent)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", keys
    end.set()
    server.shutdown()
    server.server_close()


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
    expect(field(page, label)).not_to_have_count(2)  # while a page is drawn again, its former elements may stand beside the new
    if not field(page, label).is_visible():
        page.keyboard.press("Escape")
        page.get_by_role("button", name="Options").nth(slot).click()
        expect(field(page, label)).to_be_visible()


def visit(page: Page, name: str) -> None:
    """Another page; a click on its link right away, which takes no longer than a tap."""
    page.get_by_role("link", name=name, exact=True).click()
    expect(page).to_have_title(f"{name} · RerankLab")


def held(server: str) -> dict[str, Any]:
    """What the server has of it."""
    with urllib.request.urlopen(f"{STATUS[server]}/typed", timeout=60) as answer:
        found: dict[str, Any] = json.load(answer)
    return found


def test_every_field_of_compare_keeps_its_text_however_it_is_left(page: Page, server: str):
    page.goto(f"{server}/?source=paste&{RANKERS}")
    ready(page)
    typed: dict[str, str] = {}
    for number, leave in enumerate(LEAVES, start=2):
        options = OPTIONS if leave in LOSING else {0: ("k1",), 3: ("Key",)}
        typed |= {label: f"{label[:3]}{number}" for labels in (PAGE, *options.values()) for label in labels}
        typed["Runs of each ranker"] = str(number)
        for slot, labels in options.items():
            for label in labels:
                open_options(page, slot, label)
                write(page, label, typed[label], leave)
        page.keyboard.press("Escape")
        for label in PAGE:
            write(page, label, typed[label], leave)
        settled(page)
        assert held(server) == {
            "query": typed["Query"],
            "text": typed["Documents"],
            "runs": number,
            "slots": {
                "bm25": {"model": "", "k1": typed["k1"]},
                "bi-encoder": {"model": ""},
                "cross-encoder": {"model": typed["Hub id or folder"]},
                "listwise-llm": {"model": "", "method": "chat", "window": typed["Window"]},
            },
            "endpoint": {"url": typed["Address"], "model": typed["Model at that address"], "key": typed["Key"]},
        }, leave
    visit(page, "Models")
    visit(page, "Compare")
    ready(page)
    shown = {label: field(page, label).input_value() for label in PAGE}
    for slot, labels in OPTIONS.items():
        for label in labels:
            open_options(page, slot, label)
            shown[label] = field(page, label).input_value()
    assert shown == typed


def test_what_is_being_typed_survives_the_page_drawn_again_around_it(page: Page, server: str):
    page.goto(f"{server}/?source=paste&unknown=1&{RANKERS}")
    ready(page)
    expect(page.get_by_text("Ignored in the link: unknown.")).to_be_visible()
    field(page, "Query").fill("tide")
    field(page, "Documents").click()  # takes the query over, and with that the notice goes, which stood above
    page.keyboard.type("high water", delay=60)
    expect(page.get_by_text("Ignored in the link: unknown.")).to_have_count(0)
    page.keyboard.type(" at noon")
    page.keyboard.press("Tab")
    settled(page)
    assert field(page, "Documents").input_value() == "high water at noon"
    expect(page.get_by_role("button", name="Rank 1 document")).to_be_visible()


def test_the_key_reaches_the_endpoint_and_typing_goes_on_beside_the_run(page: Page, server: str):
    with silent_endpoint() as (address, keys):
        page.goto(f"{server}/?source=paste&ranker=bm25&ranker=listwise-llm%3Fmethod%3Dchat")
        ready(page)
        paste(page, "tide", "high water at noon\nbread")
        open_options(page, 3, "Key")
        for label, text in (("Address", f"{address}/v1"), ("Model at that address", "m"), ("Key", "sk-typed")):
            write(page, label, text, "Tab")
        page.keyboard.press("Escape")
        press_rank(page)
        expect(page.get_by_role("button", name="Cancel")).to_be_visible()
        open_options(page, 0, "k1")
        field(page, "k1").click()
        page.keyboard.press("Control+a")
        page.keyboard.type("1.234567", delay=200)  # the run is drawn again twice a second
        page.keyboard.press("Tab")
        page.keyboard.press("Escape")
        visit(page, "Models")
        visit(page, "Compare")
        ready(page)
        open_options(page, 0, "k1")
        assert field(page, "k1").input_value() == "1.234567"
        page.keyboard.press("Escape")
        page.get_by_role("button", name="Cancel").click()
    assert keys[:1] == ["Bearer sk-typed"]


def test_the_fields_of_explain_and_models_keep_their_text(page: Page, server: str):
    page.goto(f"{server}/Explain?source=sample&collection=hard-negatives&ranker=bm25&section=what-if")
    expect(field(page, "Text")).to_be_visible()
    settled(page)
    page.get_by_label("One change").click()
    page.get_by_role("option", name="Cut at a number of tokens").click()
    expect(field(page, "Tokens")).to_be_visible()
    settled(page)
    for label, leave in (("Title", "Escape"), ("Query", "Tab"), ("Text", "Shift+Tab")):
        write(page, label, f"{label} typed", leave)
    write(page, "Tokens", "77", "Escape")
    expect(field(page, "Note")).to_be_visible()
    settled(page)
    write(page, "Note", "Note typed", "a click elsewhere")
    visit(page, "Models")
    field(page, "Hub id or folder").fill("someone/else")
    page.go_back()
    expect(page).to_have_title("Explain · RerankLab")
    expect(field(page, "Note")).to_be_visible()
    settled(page)
    kept = {label: field(page, label).input_value() for label in ("Query", "Title", "Text", "Note", "Tokens")}
    assert kept == {label: f"{label} typed" for label in ("Query", "Title", "Text", "Note")} | {"Tokens": "77"}
    visit(page, "Models")
    expect(field(page, "Hub id or folder")).to_have_value("someone/else")


def test_a_field_that_has_the_focus_keeps_its_text_on_the_way_forward(page: Page, server: str):
    page.goto(f"{server}/?source=paste&{RANKERS}")
    ready(page)
    visit(page, "Models")
    settled(page)
    typed = {"Query": "tide", "Documents": "high water\nat noon", "Runs of each ranker": "3"}
    for label, text in typed.items():
        page.go_back()
        ready(page)
        field(page, label).fill(text)
        page.go_forward()
        expect(page).to_have_title("Models · RerankLab")
        settled(page)
    visit(page, "Compare")
    ready(page)
    assert {label: field(page, label).input_value() for label in typed} == typed
