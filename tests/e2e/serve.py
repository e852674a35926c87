"""Streamlit's server, made to tell how far it is. Usage: python -m tests.e2e.serve PORT run app.py ...

Every heartbeat is answered once more, by a message for the page's parent: a run that begins throws the usual answer away.
PORT tells whether every session is settled: nothing runs, nothing is queued, and every message has been sent. PORT/typed
gives what the fields of the open session's Compare page hold, as the server has it.

A training waits, from its third step on, while there is a file "hold" beside the data folder. A file "late" there has the
seconds after which the server hears of what a run says.
"""

from __future__ import annotations

import dataclasses
import json
import os
import sys
import threading
import time
import weakref
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from streamlit import runtime
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.app_session import AppSession
from streamlit.web.cli import main

from reranklab.train.history import Course
from reranklab.ui.inputs.paste import PasteState
from reranklab.ui.state import SessionState
from reranklab.ui.train.work import Live

_sessions: weakref.WeakSet[AppSession] = weakref.WeakSet()
_make = AppSession.__init__
_answer = AppSession._handle_app_heartbeat_request
_see = Live.see
_call_soon = AppSession._call_soon_on_event_loop


def _make_tracked(session: AppSession, *arguments: Any, **options: Any) -> None:
    _make(session, *arguments, **options)
    session.track_settling()
    _sessions.add(session)


def _answer_heartbeat(session: AppSession) -> None:
    _answer(session)
    message = ForwardMsg()
    message.parent_message.message = "heartbeat"
    session._enqueue_forward_msg(message)


def _see_and_hold(live: Live, course: Course) -> None:
    _see(live, course)
    while len(course.losses) > 2 and _beside_data("hold").exists():
        time.sleep(0.02)


def _call_late(session: AppSession, callback: Callable[[], None]) -> None:
    late = _beside_data("late")
    if late.exists():
        _call_soon(session, lambda: _later(session, float(late.read_text()), callback))
    else:
        _call_soon(session, callback)


def _later(session: AppSession, seconds: float, callback: Callable[[], None]) -> None:
    session._event_loop.call_later(seconds, callback)


def _beside_data(name: str) -> Path:
    return Path(os.environ["RERANKLAB_DATA"]).with_name(name)


def _typed(session: SessionState) -> dict[str, Any]:
    pasted = session.of(PasteState)
    slots = {slot.family: {"model": slot.model, **slot.options} for slot in session.slots}
    return {
        "query": pasted.query, "text": pasted.text, "runs": session.repeats, "slots": slots,
        "endpoint": dataclasses.asdict(session.endpoint("llm")),
    }  # fmt: skip


class _Status(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        active = [session for session in list(_sessions) if runtime.get_instance().is_active_session(session.id)]
        self.send_response(200 if all(session.is_settled for session in active) else 503)
        self.end_headers()
        if self.path == "/typed" and active:
            self.wfile.write(json.dumps(_typed(active[-1].session_state["reranklab"])).encode())

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Nothing: the log is the app's."""


if __name__ == "__main__":
    AppSession.__init__ = _make_tracked  # type: ignore[method-assign]
    AppSession._handle_app_heartbeat_request = _answer_heartbeat  # type: ignore[method-assign]
    AppSession._call_soon_on_event_loop = _call_late  # type: ignore[method-assign]
    Live.see = _see_and_hold  # type: ignore[method-assign]
    answering = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), _Status)
    threading.Thread(target=answering.serve_forever, daemon=True).start()
    main(sys.argv[2:], prog_name="streamlit")
