"""The choice among the measurements that are kept, and the one that is open."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import streamlit as st

from reranklab.errors import InputError, RerankLabError, StorageError
from reranklab.latency.forecast import Forecast, forecast
from reranklab.latency.kept import open_sweep, sweep_line
from reranklab.latency.sweep import Sweep
from reranklab.rankers.titles import ranker_title
from reranklab.store.sweeps import StoredSweep
from reranklab.ui import plain
from reranklab.ui.boundary import part
from reranklab.ui.latency.state import LatencyState
from reranklab.ui.resources import store
from reranklab.ui.say import say
from reranklab.ui.widgets import among, field


@dataclass(frozen=True, kw_only=True)
class OpenSweep:
    """The sweep that the page shows. `number` is its own in the store, below 0 for one that is not kept; `budget` is in ms."""

    number: int
    result: Sweep
    title: str
    budget: float | None

    @cached_property
    def told(self) -> Forecast | str:
        """What it foretells, or why it cannot."""
        try:
            return forecast(self.result)
        except InputError as error:
            return str(error)


@part("The measurements", failed=None)
def show_choice(state: LatencyState) -> OpenSweep | None:
    """The choice, newest first. None where nothing is measured yet, or the one chosen cannot be opened."""
    stored = _stored()
    names = {number: f"not kept · {ranker_title(each.ranker)}" for number, each in sorted(state.unkept.items())}
    names |= {each.id: _name(each) for each in reversed(stored)}
    if not names:
        if state.job is None:
            say(
                "info",
                "Nothing is measured yet. Choose numbers of documents and of tokens, and press Measure: each ranker of the "
                "sidebar is timed on lists of these sizes, and what was measured is kept.",
            )
        return None
    state.shown = among(state.shown, names, default=next(iter(names)))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        field(
            plain.selectbox, "Measurement", state, "shown", key="w_latency_shown", options=list(names),
            format_func=names.__getitem__, width="stretch",
        )  # fmt: skip
        _show_deletion(state)
    result = state.unkept.get(state.shown) or open_sweep(store(), state.shown)
    return OpenSweep(number=state.shown, result=result, title=ranker_title(result.ranker), budget=float(state.budget) or None)


def _stored() -> tuple[StoredSweep, ...]:
    try:
        return store().sweeps.all()
    except StorageError as error:
        say("warning", str(error))
        return ()


def _name(stored: StoredSweep) -> str:
    when = stored.measured[:16].replace("T", " ")
    return f"{stored.id} · {ranker_title(stored.ranker)} · {sweep_line(stored)} · {stored.facts.get('device')} · {when}"


def _show_deletion(state: LatencyState) -> None:
    with plain.popover("Delete"):
        say("note", "This measurement. Others stay.")
        if not plain.button("Delete it", key="latency_delete"):
            return
        try:
            if state.unkept.pop(state.shown, None) is None:
                store().sweeps.delete(state.shown)
        except RerankLabError as error:
            say("error", str(error))
        else:
            state.shown = 0
            st.rerun()
