"""The runs of a session, one upon the other, without a loss between them.

A page that looks at a job asks for a run of one fragment twice a second, and a person clicks at any time. Where such a request
comes close to another run, Streamlit 1.67 loses something of that run, in three ways:

- A request that finds the run over, but its last messages not taken yet, gets a new runner, and the messages of the old one are
  ignored: a click does nothing, or only half of it is drawn. Here the request waits for them.
- The start of a fragment's run turns another fragment's "finished", where it is not sent yet, into "ended early", after which
  the browser keeps what that run took off the page. Here it stays "finished" for the fragments that do not start again.
- A request ends the run before it wherever that reads the session's state. Where that is in a widget's callback, which stores
  what was typed or chosen, the change counts as told and never is. Here the run ends after its callbacks.

The configuration has fast reruns off for the same reason: with them two runs of a session change its widgets at once.
"""

from __future__ import annotations

import threading
from typing import Any
from weakref import WeakKeyDictionary

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.app_session import AppSession, AppSessionState
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.scriptrunner import RerunData, ScriptRunner, ScriptRunnerEvent
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequests
from streamlit.runtime.state import SessionState

_create_now = AppSession._create_scriptrunner
_take = AppSession._handle_scriptrunner_event_on_event_loop
_clear = ForwardMsgQueue.clear
_call = SessionState._call_callbacks
_look_for_requests = ScriptRunner._maybe_handle_execution_control_request
_calling = threading.local()
_waiting: WeakKeyDictionary[AppSession, ScriptRequests] = WeakKeyDictionary()


def lose_no_message() -> None:
    """From now on no session of this process loses what a run had to say to a run that follows close upon it."""
    AppSession._create_scriptrunner = _create  # type: ignore[assignment, method-assign]
    AppSession._handle_scriptrunner_event_on_event_loop = _take_and_go_on  # type: ignore[assignment, method-assign]
    ForwardMsgQueue.clear = _clear_but_finished  # type: ignore[assignment, method-assign]
    SessionState._call_callbacks = _call_to_the_end  # type: ignore[assignment, method-assign]
    ScriptRunner._maybe_handle_execution_control_request = _look_but_in_callbacks  # type: ignore[assignment, method-assign]


def _create(session: AppSession, request: RerunData) -> None:
    """Requests that wait are joined as those are that come while a script runs."""
    _waiting.setdefault(session, ScriptRequests()).request_rerun(request)
    if session._scriptrunner is None:
        _begin(session)


def _begin(session: AppSession) -> None:
    waiting = _waiting.pop(session, None)
    if waiting is not None:
        _create_now(session, waiting.on_scriptrunner_ready().rerun_data)


def _take_and_go_on(session: AppSession, sender: Any, event: ScriptRunnerEvent, *rest: Any, **more: Any) -> None:
    _take(session, sender, event, *rest, **more)
    if (
        event is ScriptRunnerEvent.SHUTDOWN
        and session._scriptrunner is None
        and session._state is not AppSessionState.SHUTDOWN_REQUESTED
    ):
        _begin(session)


def _clear_but_finished(
    queue: ForwardMsgQueue, retain_lifecycle_msgs: bool = False, fragment_ids_this_run: list[str] | None = None
) -> None:
    starting = fragment_ids_this_run or ()
    finished = [each for each in queue._queue if each.script_finished == ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY]
    _clear(queue, retain_lifecycle_msgs, fragment_ids_this_run)
    for message in finished if starting else ():
        run = message.metadata.run
        others = [fragment for fragment in run.fragment_ids if fragment not in starting]
        if others:
            message.script_finished = ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY
            run.fragment_ids[:] = others


def _call_to_the_end(state: SessionState, **replayed: Any) -> None:
    _calling.now = True
    try:
        _call(state, **replayed)
    finally:
        _calling.now = False


def _look_but_in_callbacks(runner: ScriptRunner) -> None:
    if not getattr(_calling, "now", False):
        _look_for_requests(runner)
