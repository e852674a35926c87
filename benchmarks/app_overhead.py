"""What a ranking costs more inside the running app than on the command line: quiet, and while other sessions click.

    python -m benchmarks.app_overhead --pairs 12 --ranker cross-encoder --ranker "cross-encoder?precision=int8"

The app is a server with a browser on it that presses Rank. The command line is a process that does the same run by the same
engine. Both stay open; in each pair each ranks the same list once, in shuffled order. In half of the pairs, drawn by chance,
two more browser sessions click twice a second each. On the command line's turn they click too, on the same server. So the ratio
of a busy pair is what sharing the process with those sessions costs, apart from what their browsers take of the machine.

Milliseconds are those that the ranking reports. Processor time is of the whole process from the start to the end of the
ranker, with its warm-up: in the app it holds the pages that are drawn meanwhile.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import Page, expect

from benchmarks.served import ROOT, chromium, ratio, serve

Reply = Mapping[str, Mapping[str, float]]
"""Ranker to milliseconds and processor seconds."""


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ranker", action="append")
    parser.add_argument("--collection", default="novel-facts")
    parser.add_argument("--pairs", type=int, default=12)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--role", choices=["measure", "line", "clicks"], default="measure", help=argparse.SUPPRESS)
    parser.add_argument("--address", default="", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    expect.set_options(timeout=120_000)
    options.ranker = options.ranker or ["cross-encoder"]
    {"measure": _measure, "line": _rank_on_lines, "clicks": _click_on_lines}[options.role](options)


def _measure(options: argparse.Namespace) -> None:
    draw = random.Random(options.seed)
    states = draw.sample([False, True] * (options.pairs // 2), options.pairs // 2 * 2)
    found: dict[bool, list[tuple[Reply, Reply]]] = {False: [], True: []}
    with (
        tempfile.TemporaryDirectory() as folder,
        serve("app.py", command=("-m", "benchmarks.app_server", f"{folder}/log")) as served,
        _helper(options, "line") as line,
        _helper(options, "clicks", address=served.address) as clicks,
        chromium() as browser,
    ):
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        rankers = [("ranker", each) for each in options.ranker]
        page.goto(f"{served.address}/?{urlencode([('source', 'sample'), ('collection', options.collection), *rankers])}")
        page.get_by_text("Measure again").click()
        contenders = {"app": lambda: _press(page, Path(folder) / "log"), "line": lambda: _ask(line, "rank")}
        for contender in contenders.values():
            contender()
        served.rest()
        for number, busy in enumerate(states, start=1):
            _ask(clicks, "click" if busy else "stop")
            replies = {name: contenders[name]() for name in draw.sample(sorted(contenders), 2)}
            found[busy].append((replies["app"], replies["line"]))
            took = [f"{name} {sum(each['ms'] for each in reply.values()):,.0f} ms" for name, reply in replies.items()]
            sys.stderr.write(f"pair {number} of {len(states)}, {'busy' if busy else 'quiet'}: {', '.join(took)}\n")
    sys.stdout.write(f"load average {os.getloadavg()[0]:.1f} at the end, {os.cpu_count()} cores\n")
    for ranker in found[False][0][0]:
        for busy, pairs in found.items():
            app, line_ = ([reply[ranker] for reply in side] for side in zip(*pairs, strict=True))
            wall = [each["ms"] for each in app], [each["ms"] for each in line_]
            used = [each["processor"] for each in app], [each["processor"] for each in line_]
            sys.stdout.write(
                f"{ranker}, {'busy' if busy else 'quiet'}, {len(pairs)} pairs: app {statistics.median(wall[0]):,.0f} ms, line "
                f"{statistics.median(wall[1]):,.0f} ms, ratio {ratio(*wall)}; processor time {ratio(*used)}\n"
            )


def _press(page: Page, log: Path) -> Reply:
    before = log.read_text(encoding="utf-8").count("\n") if log.exists() else 0
    page.locator("[data-testid=stMain] button[kind=primary]").click()
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        lines = log.read_text(encoding="utf-8").splitlines(keepends=True) if log.exists() else []
        if len(lines) > before and lines[-1].endswith("\n"):
            expect(page.get_by_text("Click a document")).to_be_visible()
            expect(page.locator("[data-testid=stApp][data-test-script-state=notRunning]")).to_be_visible()
            reply: Reply = json.loads(lines[-1])
            return reply
        page.wait_for_timeout(50)
    sys.exit("The app did not rank.")


@contextmanager
def _helper(options: argparse.Namespace, role: str, address: str = "") -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "benchmarks.app_overhead", "--role", role, "--address", address]
    command += ["--collection", options.collection, *(word for each in options.ranker for word in ("--ranker", each))]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.wait(timeout=60)


def _ask(process: subprocess.Popen[str], what: str) -> Any:
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(f"{what}\n")
    process.stdin.flush()
    return json.loads(process.stdout.readline())


def _rank_on_lines(options: argparse.Namespace) -> None:
    """The command line's run, again for every line."""
    from benchmarks.app_server import measured
    from reranklab.data.collection import judged_candidates
    from reranklab.data.samples import load_sample
    from reranklab.engine.request import RunSettings, listed
    from reranklab.engine.run import run
    from reranklab.rankers.catalogue import parse_ranker_id

    collection = load_sample(options.collection)
    query = next(iter(collection.queries))
    request = listed(collection.queries[query], judged_candidates(collection, query))
    settings = RunSettings(specs=tuple(map(parse_ranker_id, options.ranker)), device="cpu", repeats=1)
    for _ in sys.stdin:
        sys.stdout.write(json.dumps(measured(run, request, settings, emit=lambda event: None)) + "\n")
        sys.stdout.flush()


def _click_on_lines(options: argparse.Namespace) -> None:
    """Two sessions that click after the line "click", until the line "stop"."""
    import threading

    busy, ended, ready = threading.Event(), threading.Event(), threading.Barrier(3)
    for number in range(2):
        threading.Thread(target=_click, args=(options.address, number, busy, ended, ready), daemon=True).start()
    ready.wait()
    for line in sys.stdin:
        (busy.set if line.strip() == "click" else busy.clear)()
        time.sleep(2.0)
        sys.stdout.write("{}\n")
        sys.stdout.flush()
    ended.set()


def _click(address: str, number: int, busy: Any, ended: Any, ready: Any) -> None:
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(f"{address}/?source=sample")
        choices = [page.get_by_role("radio", name=name) for name in ("Paste", "Sample")]
        expect(choices[1]).to_be_visible()
        ready.wait()
        while not ended.is_set():
            if busy.is_set():
                number += 1
                choices[number % 2].click()
            page.wait_for_timeout(500)


if __name__ == "__main__":
    main()
