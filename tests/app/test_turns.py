"""What a person sees while other people's runs are before theirs."""

from __future__ import annotations

import html
import threading
import time
from contextlib import ExitStack

from streamlit.testing.v1 import AppTest

from reranklab.engine.turns import MAX_RUNS, TURNS
from reranklab.ui.compare_state import CompareState
from tests.app.drive import TIMEOUT, check, open_app, order, said, session_of


def bars(app: AppTest) -> list[str]:
    return [html.unescape(element.proto.text) for element in app.get("progress")]


def draw_until(app: AppTest, text: str) -> None:
    deadline = time.monotonic() + TIMEOUT
    while not any(text in bar for bar in bars(app)):
        assert time.monotonic() < deadline, bars(app)
        app.run()
    check(app)


def test_a_run_says_how_many_are_before_it_and_can_be_cancelled_while_it_waits():
    app, has_turn, go = open_app(), threading.Event(), threading.Event()
    session_of(app).of(CompareState).measure_again = True  # whatever this process measured before

    def work() -> None:
        with TURNS.take():
            has_turn.set()
            go.wait(TIMEOUT)

    other = threading.Thread(target=work, daemon=True)
    other.start()
    assert has_turn.wait(TIMEOUT)
    try:
        app.button(key="rank").click().run()
        draw_until(app, "Waiting: 1 run is before yours")
        app.button(key="cancel").click().run()
        assert session_of(app).pending is None or session_of(app).pending.job.wait(TIMEOUT)
        app.run()
        comparison = session_of(app).comparison
        assert [run.state for run in comparison.runs] == ["cancelled"]
        app.button(key="rank").click().run()
        draw_until(app, "Waiting: 1 run is before yours")
    finally:
        go.set()
        other.join(TIMEOUT)
    assert session_of(app).pending.job.wait(TIMEOUT)
    app.run()
    check(app)
    assert order(app)


def test_a_run_too_many_is_told_to_come_again():
    app = open_app()
    with ExitStack() as stack:
        for _ in range(MAX_RUNS):
            stack.enter_context(TURNS.admit())
        app.button(key="rank").click().run()
        check(app)
        assert said(app, "error") == ["33 runs are at work or waiting here, and no more fit. Try again in a minute."]
    app.button(key="rank").click().run()
    check(app)
    assert order(app)
