"""Helpers that drive pages without a browser."""

from __future__ import annotations

import html
import re
import time
from pathlib import Path
from typing import cast

from streamlit.testing.v1 import AppTest

from reranklab.ui.state import SessionState

ROOT = Path(__file__).parents[2]
TIMEOUT = 120


def open_app(*, only: str = "bm25", link: dict[str, str] | None = None) -> AppTest:
    """The Compare page after its first run, with one family switched on ("" keeps all)."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=TIMEOUT)
    for name, value in (link or {}).items():
        app.query_params[name] = value
    app.run()
    check(app)
    if only:
        for slot in session_of(app).slots:
            slot.on = slot.family == only
        app.run()
    return app


def open_page(path: str, link: dict[str, list[str]] | None = None) -> AppTest:
    """A page after the first run of a session of its own, opened at a link. Looks at nothing."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=TIMEOUT)
    if path != "app.py":
        app.switch_page(path)
    for name, values in (link or {}).items():
        app.query_params[name] = values
    return app.run()


def session_of(app: AppTest) -> SessionState:
    return cast(SessionState, app.session_state["reranklab"])


def choose_source(app: AppTest, source: str) -> None:
    app.segmented_control(key="w_source").select(source).run()
    check(app)


def rank(app: AppTest) -> None:
    """Press the button and wait for the end of the run."""
    app.button(key="rank").click().run()
    deadline = time.monotonic() + TIMEOUT
    while (pending := session_of(app).pending) is not None and time.monotonic() < deadline:
        pending.job.wait(TIMEOUT)
        app.run()
    check(app)


def order(app: AppTest, ranker: str = "bm25") -> list[str]:
    """Document ids in the ranker's order."""
    comparison = session_of(app).comparison
    assert comparison is not None
    (ranking,) = (ranking for ranking in comparison.rankings if ranking.ranker == ranker)
    return [item.id for item in ranking.items]


def said(app: AppTest, kind: str) -> list[str]:
    """Messages of a kind ("error", "warning", "info", "note"), as a reader sees them."""
    found = [re.match(rf'<div class="[^"]*rl-{kind}"[^>]*>(.*)</div>$', element.value, re.DOTALL) for element in app.html]
    return [html.unescape(match[1]) for match in found if match]


def check(app: AppTest) -> None:
    assert not app.exception, [element.value for element in app.exception]
