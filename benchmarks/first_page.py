"""How long the app's first page takes to paint, against a Streamlit page with a title and nothing else.

    python -m benchmarks.first_page --rounds 6 --loads 3

In each round either page has a fresh server, the order is shuffled, and a browser without a cache loads it several times. The
first load of a server begins as soon as it answers, and is told apart: it runs the page's script for the first time. Later ones
begin when the server rests. Times are the browser's, from the beginning of the navigation until after the frame in which a
thing stands on the page. Processor time is the server's, from the beginning of the load until the title is there.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser

from benchmarks.served import ROOT, Served, chromium, ratio, serve

EMPTY = 'import streamlit as st\n\nst.title("Empty")\n'
TITLE, BUTTON, LAST = "h1", "[data-testid=stMain] button[kind=primary]", "[data-testid=stNumberInput] input"
_WATCH = """
window.seen = {};
const look = () => {
  for (const mark of MARKS) {
    if (mark in window.seen || !document.querySelector(mark)) continue;
    window.seen[mark] = null;
    requestAnimationFrame(() => setTimeout(() => { window.seen[mark] = performance.now(); }));
  }
};
new MutationObserver(look).observe(document, { childList: true, subtree: true });
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Milliseconds to each mark, and the server's processor seconds."""

    marks: dict[str, float]
    processor: float


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--loads", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    draw = random.Random(options.seed)
    loads: dict[str, list[list[Load]]] = {"empty": [], "Compare": []}
    starts: dict[str, list[float]] = {"empty": [], "Compare": []}
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        empty = Path(folder) / "empty.py"
        empty.write_text(EMPTY, encoding="utf-8")
        pages = {"empty": (empty, (TITLE,)), "Compare": (ROOT / "app.py", (TITLE, BUTTON, LAST))}
        for number in range(options.rounds):
            for name in draw.sample(sorted(pages), len(pages)):
                script, marks = pages[name]
                with serve(script) as served:
                    starts[name].append(served.started)
                    loads[name].append([_load(browser, served, marks, first=place == 0) for place in range(options.loads)])
            sys.stderr.write(f"round {number + 1} of {options.rounds}\n")
    _report(loads, starts)


def _load(browser: Browser, served: Served, marks: Sequence[str], *, first: bool) -> Load:
    if not first:
        served.rest()
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.add_init_script(_WATCH.replace("MARKS", str(list(marks))))
    page = context.new_page()
    begun = served.processor_seconds()
    page.goto(served.address, wait_until="commit")
    page.wait_for_function("(mark) => window.seen?.[mark]", arg=marks[0], timeout=120_000)
    used = served.processor_seconds() - begun
    page.wait_for_function("(marks) => marks.every((mark) => window.seen[mark])", arg=list(marks), timeout=120_000)
    seen = page.evaluate("window.seen")
    context.close()
    return Load(marks=seen, processor=used)


def _report(loads: dict[str, list[list[Load]]], starts: dict[str, list[float]]) -> None:
    _say(f"load average {os.getloadavg()[0]:.1f} at the end")
    _say(f"start of the server: Compare less empty, ratio {ratio(starts['Compare'], starts['empty'])}")
    for label, chosen in (("first load", slice(0, 1)), ("later loads", slice(1, None))):
        empty = [load for loaded in loads["empty"] for load in loaded[chosen]]
        compare = [load for loaded in loads["Compare"] for load in loaded[chosen]]
        if not empty:
            continue
        base = [load.marks[TITLE] for load in empty]
        _say(f"{label}, {len(base)} pairs: the empty page's title after {statistics.median(base):,.0f} ms (median)")
        for name, mark in (("title", TITLE), ("Rank button", BUTTON), ("last widget", LAST)):
            times = [load.marks[mark] for load in compare]
            _say(f"  Compare's {name}: {statistics.median(times):,.0f} ms, ratio {ratio(times, base)}")
        processor = [load.processor for load in compare]
        _say(f"  processor seconds until the title: {statistics.median(processor):.2f}, ", end="")
        _say(f"empty {statistics.median(load.processor for load in empty):.2f}")


def _say(line: str, end: str = "\n") -> None:
    sys.stdout.write(f"{line}{end}")


if __name__ == "__main__":
    main()
