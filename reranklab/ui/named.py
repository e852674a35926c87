"""Rankers that are saved under a name: in the sidebar, and as a table with a way to forget one."""

from __future__ import annotations

import streamlit as st

from reranklab.errors import InputError
from reranklab.operator import Lock, is_locked
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.rankers.family import RankerSpec
from reranklab.rankers.named import NamedRanker, delete_named, named_rankers
from reranklab.rankers.titles import ranker_title
from reranklab.ui import plain
from reranklab.ui.address import is_public
from reranklab.ui.boundary import part
from reranklab.ui.say import say
from reranklab.ui.state import SessionState


def offer_named(session: SessionState) -> None:
    """A button for each saved ranker that adds it to the sidebar."""
    known = named_rankers()
    if not known.rankers and not known.damaged:
        return
    plain.caption("Saved under a name.")
    for named in known.rankers.values():
        try:
            spec = parse_ranker_id(named.id)
        except InputError as error:
            say("warning", str(error))
            continue
        if not _is_shown(spec):
            continue
        if plain.button(named.name, key=f"add_named_{named.name}", help=ranker_title(spec.id), width="stretch"):
            session.add_slot(spec)
            st.rerun()
    for sentence in known.damaged:
        say("warning", sentence)


@part("The saved rankers")
def show_named(session: SessionState) -> None:
    """What each name stands for and where it came from. Drawn only where there is one."""
    known = named_rankers()
    rankers = {name: named for name, named in known.rankers.items() if _is_shown_text(named)}
    if not rankers and not known.damaged:
        return
    plain.header("Rankers under a name", anchor=False, help="tuned:NAME stands wherever a ranker id does.")
    for sentence in known.damaged:
        say("warning", sentence)
    if not rankers:
        return
    st.dataframe([_row(named) for named in rankers.values()], hide_index=True, width="stretch", placeholder="–")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = plain.selectbox("Forget a name", list(rankers), index=None, placeholder="Choose one", key="named_chosen")
        if plain.button("Forget it", key="named_delete", disabled=chosen is None) and chosen is not None:
            delete_named(chosen)
            st.rerun()


def _row(named: NamedRanker) -> dict[str, object]:
    origin = named.origin
    measure = origin.get("metric")
    return {
        "Name": named.id,
        "Stands for": named.ranker,
        "Tuned on": origin.get("collection"),
        "Budget in ms": origin.get("budget_ms"),
        "Held out": f"{measure} {origin.get('held_out')}" if measure else None,
        "p95 in ms": origin.get("held_out_p95_ms"),
        "Saved": named.created_at[:10],
    }


def _is_shown_text(named: NamedRanker) -> bool:
    """One that does not work here is shown, so that it can be forgotten."""
    try:
        return _is_shown(parse_ranker_id(named.id))
    except InputError:
        return True


def _is_shown(spec: RankerSpec) -> bool:
    """No path of the machine is told where files are locked."""
    return is_public(spec) or not is_locked(Lock.LOCAL_FILES)
