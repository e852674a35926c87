"""Hostile text from a link, a paste and an upload, on every page: the browser asks nobody for anything and runs nothing."""

from __future__ import annotations

import json
import random
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from tests.e2e.conftest import run_server, window
from tests.e2e.hands import LONG, columns, open_section, paste, press_rank, ready
from tests.e2e.settling import settled

pytestmark = pytest.mark.browser


@contextmanager
def stranger() -> Iterator[tuple[str, list[str]]]:
    """The address of a server that nobody should ask for anything, and what it was asked for."""
    asked: list[str] = []

    class Counting(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Nothing: `asked` has it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Counting)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()


def hostile(host: str) -> list[str]:
    """Texts that ask for `host` or run a script where anything reads them as Markdown, HTML or TeX."""
    run = "window.hacked=1"
    return [
        f"![i]({host}/markdown.png)",
        f'<img src="{host}/html.png" onerror="{run}">',
        f"<script>{run}</script><svg onload={run}>",
        f"[link](javascript:{run}) [l]({host}/l) <{host}/auto> {host}/bare www.example.org a@example.org",
        f'<a href="{host}/a">a</a><iframe src="{host}/f"></iframe><style>@import url({host}/s);</style>',
        f":red[![i]({host}/directive.png)] :material/home: :smile: $\\includegraphics{{{host}/tex.png}}$ **b** `c`",
        f"| a |\n|---|\n| ![i]({host}/table.png) |\n\n# heading\n\n- list\n\n---",
        f"[x]: {host}/reference\n![x]",
    ]


def upload_of(texts: list[str]) -> dict[str, object]:
    """A file whose name, ids, titles and texts are hostile, ids and titles also long and without a space."""
    ids = [*texts, "i" * 64, "x" * 200]
    rows = [{"id": id_, "title": texts[number % 7] + "T" * 90, "text": f"tide {id_} tables"} for number, id_ in enumerate(ids)]
    lines = "\n".join(map(json.dumps, rows))
    return {"name": f"{texts[0].replace('/', ':')}.jsonl", "mimeType": "application/json", "buffer": lines.encode()}


COVERED = """buttons => buttons.filter(button => {
  button.scrollIntoView({ block: "center", inline: "center" });
  const box = button.getBoundingClientRect();
  return button.getRootNode().elementFromPoint(box.x + box.width / 2, box.y + box.height / 2) !== button;
}).map(button => button.getAttribute("aria-label"))"""
"""The buttons that a click in their middle does not reach."""


def is_reachable(page: Page) -> None:
    """Every row of the board can be opened and explained, whatever its id, and nothing is wider than its place."""
    for width in (900, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        buttons = page.locator(".board :is(.explain, .toggle)")
        assert buttons.count() == 2 * page.locator(".board .row").count() > 20
        assert buttons.evaluate_all(COVERED) == []
        assert (
            columns(page).evaluate_all("columns => columns.filter(each => each.scrollWidth > each.clientWidth + 1).length") == 0
        )
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    buttons.last.click(trial=True)


def test_a_hostile_link_paste_and_upload_reach_nobody(page: Page, server: str):
    with stranger() as (host, asked):
        strangers: list[str] = []

        def watch(request: Request) -> None:
            if not request.url.startswith((server, "blob:", "data:")):
                strangers.append(request.url)

        page.on("request", watch)
        texts = hostile(host)
        query = texts[1]

        # A link: options, models, inner rankers, names of collections, datasets, queries, documents and parameters.
        rankers = ["bm25", f"bm25?k1={texts[0]}", f"cross-encoder?instruction={texts[0]}", f"cross-encoder:{texts[1]}"]
        rankers += [f"listwise-llm:o/{texts[3]}?method=chat", f"chunked(bm25?b={texts[4]})", f"bm25?k1={texts[5]}"]
        names = ("source", "collection", "dataset", "split", "query", "doc", "baseline", "device", texts[0], texts[1])
        link = [("ranker", ranker) for ranker in rankers] + [(name, texts[number % 7]) for number, name in enumerate(names)]
        for path in ("", "Explain"):
            page.goto(f"{server}/{path}?{urlencode(link, quote_via=quote)}")
            settled(page)
        page.goto(f"{server}/?{urlencode([*link[:-10], ('source', 'paste')], quote_via=quote)}")
        ready(page)
        expect(page.locator(".rl-slot", has_text=texts[0][:30]).first).to_be_visible()

        # A paste, looked at before it is ranked.
        paste(page, query, "\n".join(text.replace("\n", " ") for text in texts))

        # An upload, ranked, looked at in every section, and explained.
        page.goto(f"{server}/?{urlencode([('source', 'upload'), *((('ranker', ranker)) for ranker in rankers[:3])])}")
        ready(page)
        page.locator("input[type=file]").set_input_files(files=[upload_of(texts)])  # type: ignore[list-item]
        settled(page)
        page.get_by_label("Query", exact=True).fill(f"tide {query}")
        page.keyboard.press("Tab")
        settled(page)
        press_rank(page)
        expect(page.get_by_text(re.compile("Click a document"))).to_be_visible(timeout=LONG)
        settled(page)
        is_reachable(page)
        page.locator(".board .toggle").first.click()
        page.locator(".board .pick").first.click()
        settled(page)
        for section in ("Scores", "Agreement", "Timing", "Provenance", "Downloads"):
            open_section(page, section)
        page.locator(".board .explain").first.click()
        expect(page.get_by_role("heading", name="Why is this document here?")).to_be_visible()
        for section in ("Attribution", "Compare two documents", "Scores", "Stability", "What if"):
            page.get_by_role("radio", name=section).click()
            settled(page)
        page.get_by_label("Text", exact=True).fill(texts[2])
        page.keyboard.press("Tab")
        settled(page)
        page.get_by_label("Note", exact=True).fill(texts[0])
        page.keyboard.press("Tab")
        settled(page)
        page.get_by_role("button", name="Save probe").click()
        expect(page.locator(".rl-probes")).to_be_visible()

        # Names typed on the other pages.
        page.get_by_role("link", name="Models").click()
        page.get_by_label("Hub id or folder", exact=True).fill(texts[0])
        page.get_by_role("button", name="Add to Compare").click()
        expect(page.get_by_role("alert")).to_contain_text(texts[0])

        assert page.evaluate("window.hacked") is None
        assert page.locator(f"[src*='{host}'], [href*='{host}']").count() == 0
    assert (asked, strangers) == ([], [])


PARTS = [
    "![i](http://127.0.0.1/p.png)", "[x](http://127.0.0.1)", "http://127.0.0.1/x", "www.example.org", "a@example.org",
    ":red[x]", ":material/home:", ":smile:", ":+1:", ":streamlit:", ":blue-badge[x]", "$x^2$", "$$x$$", "->", "<-", "<->", "--",
    ">=", "<=", "~=", "1. a", "2) b", "- a", "+ a", "* a", "# a", "> a", "| a | b |", "---", "===", "`c`", "```", "~~s~~",
    "**b**", "_i_", "__b__", "<b>h</b>", "<!-- c -->", "&amp;", "&#42;", "\\*", "[^1]", "[^1]: x", "{a=b}", "^", ":", "::",
    ":::a", "a_b", "a-b", "C#", "R & D", "é", "日本", "🙂", "word", "0", " ", " ",
]  # fmt: skip
"""What Markdown, and Streamlit's kind of it, reads as something else."""
MANY = 300


def mixtures() -> list[str]:
    dice = random.Random(8)
    return [*PARTS, *("".join(dice.choices(PARTS, k=dice.randrange(2, 6))).strip() for _ in range(MANY - len(PARTS)))]


def script() -> str:
    """A page of labels, options and bodies, each with a text of its own."""
    return f"""
from reranklab.ui import plain
from tests.e2e.test_hostile_browser import mixtures
for number, text in enumerate(mixtures()):
    if number % 3 == 0:
        plain.markdown(text)
    elif number % 3 == 1:
        plain.button(text, key=str(number), help=text)
    else:
        plain.checkbox(text, key=str(number))
plain.segmented_control("Options", mixtures()[:{MANY // 6}])
"""


def test_labels_and_bodies_read_as_they_were_given(browser: Browser, tmp_path: Path):
    page_script = tmp_path / "page.py"
    page_script.write_text(script(), encoding="utf-8")
    with run_server(tmp_path / "log", script=str(page_script)) as server, window(browser) as context:
        page = context.new_page()
        page.goto(server)
        expect(page.locator("[data-testid=stButtonGroup] button")).to_have_count(MANY // 6)
        settled(page)
        kinds = ", ".join(f"[data-testid={name}]" for name in ("stMarkdown", "stButton", "stCheckbox"))
        boxes = page.locator(f"{kinds}, [data-testid=stButtonGroup] button")
        text_of = "box => box.querySelector('[data-testid=stMarkdownContainer]')?.textContent ?? ''"
        texts = boxes.evaluate_all(f"boxes => boxes.map({text_of})")
        given = mixtures()
        assert [_bare(text) for text in texts] == [_bare(text) for text in [*given, *given[: MANY // 6]]]
        assert (
            page.locator(
                "[data-testid=stMain] :is(a, img, svg.katex, .katex, em, strong, del, code, table, blockquote, h1)"
            ).count()
            == 0
        )


def _bare(text: str) -> str:
    return "".join(text.replace("\u200b", "").split())
