"""What fine-tuning and distilling share on the page: the box of the form, the check, and the start."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import streamlit as st

from reranklab.engine.boundary import contained
from reranklab.errors import RerankLabError
from reranklab.progress import CancelSignal
from reranklab.ui import plain
from reranklab.ui.background import show_work, start
from reranklab.ui.jobs import Emit, Job
from reranklab.ui.resources import found_devices
from reranklab.ui.say import say
from reranklab.ui.state import SessionState
from reranklab.ui.train.state import TrainState
from reranklab.ui.train.work import Training, trainings
from reranklab.ui.widgets import among, field, kept


class Placed(Protocol):
    """Settings that name a device."""

    device: str


class Form(Protocol):
    """`done` is what the last check found, `job` the one at work."""

    open: bool
    name: str
    done: Any
    job: Job[Any] | None
    problem: str
    stopped: bool


def form_box(title: str, state: Form, *, key: str) -> Any:
    """A box that closes once a training is at work."""

    def store_open(is_open: bool) -> None:
        state.open = is_open

    return kept(plain.expander, title, key=key, value=state.open, store=store_open)


def show_device(state: Placed, *, key: str) -> None:
    """The devices to choose from, where there are several."""
    devices = {device.id: device.name for device in found_devices() if device.available}
    state.device = among(state.device, devices, default="cpu")
    if len(devices) > 1:
        field(
            plain.selectbox, "Device", state, "device", key=key, options=list(devices),
            format_func=lambda id_: f"{id_}: {devices[id_]}",
        )  # fmt: skip


def show_check(
    state: Form,
    work: Callable[[], Callable[[CancelSignal, Emit], Any]],
    find: Callable[[], Job[Any] | None],
    *,
    key: str,
    cancel: str,
    told: str,
) -> None:
    """The button that begins the check that `work` gives, and the check at work, found by `find`. `told` says what it does;
    `key` and `cancel` are the keys of the buttons."""
    busy = trainings().at_work()
    with st.container(horizontal=True, vertical_alignment="center"):
        if plain.button(
            "Check and estimate", type="secondary" if state.done is not None else "primary", key=key,
            disabled=state.job is not None or busy is not None,
        ):  # fmt: skip
            start(state, "The check", work)
        say("note", f"Wait for the end of {busy.name}: one is trained at a time." if busy is not None else told)
    show_work(state, find, "Checking", key=cancel, stopped="Stopped. Nothing was trained.")


def show_start(
    session: SessionState, state: Form, recipe: Callable[[], Any], begin: Callable[[], Training], *, key: str
) -> None:
    """The button that begins a training, where the settings, as `recipe` gives them, are still those of the check."""
    try:
        with contained("The settings"):
            stale = recipe() != state.done.recipe
    except RerankLabError as error:
        say("error", str(error))
        stale = True
    with st.container(horizontal=True, vertical_alignment="center"):
        pressed = plain.button("Start training", type="primary", key=key, disabled=stale or trainings().at_work() is not None)
        if stale:
            say("note", "The settings have changed since. Check again.")
    if pressed:
        train_state = session.of(TrainState)
        train_state.problem = ""
        try:
            with contained("The start of the training"):
                begun = begin()
        except RerankLabError as error:
            say("error", str(error))
            return
        train_state.follow, train_state.model = begun.number, begun.name
        state.done, state.open, state.name = None, False, ""
        st.rerun()
