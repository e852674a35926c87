"""Published times beside this device, and the contradictions among them worked out by its law."""

from __future__ import annotations

import streamlit as st

from reranklab.latency.claims import answer_claim, published_claims
from reranklab.latency.contradictions import (
    LIST,
    LIST_MS,
    LONG,
    MEASURED,
    PAIR_MS,
    QUADRATIC,
    SHORT,
    growth_in_words,
    growths,
    pair_and_list,
    pair_in_words,
)
from reranklab.latency.forecast import Forecast
from reranklab.plots.labels import milliseconds
from reranklab.plots.latency_claims import claimed, draw_claims
from reranklab.ui import plain
from reranklab.ui.figures import show_figure
from reranklab.ui.latency.opened import OpenSweep
from reranklab.ui.latency.state import LatencyState
from reranklab.ui.say import say


def show_published(state: LatencyState, opened: OpenSweep) -> None:
    """The figure, the conditions of each claim, and the two contradictions."""
    told = opened.told
    if isinstance(told, str):
        say("info", told)
        return
    answers = [answer_claim(claim, told) for claim in published_claims()]
    show_figure(draw_claims(answers, ranker=opened.title), key="latency_claims")
    st.dataframe(
        [
            {
                "Published": answer.claim.name,
                "Documents": answer.claim.documents,
                "Tokens": "?" if answer.claim.tokens is None else f"{answer.claim.tokens:,}",
                "Time": claimed(answer.claim),
                "Here": milliseconds(answer.here.value) + (", cut" if answer.cut else ""),
                "Conditions": answer.claim.conditions,
                "Source": answer.claim.source,
            }
            for answer in answers
        ],
        hide_index=True,
        width="stretch",
    )
    shortest, longest = told.lengths
    say(
        "note",
        f"Where no length is stated, the time here is that of {told.usual:,.0f} tokens, and the line goes from {shortest:,.0f} "
        f"to {longest:,.0f} tokens. Cut: the ranker does not read documents of that length to their end.",
    )
    _show_contradictions(told)


def _show_contradictions(told: Forecast) -> None:
    plain.subheader(
        f"Documents {LONG // SHORT} times as long: {QUADRATIC} times the time, as by a quadratic law, or {MEASURED}?",
        anchor=False,
    )
    for each in growths(told):
        say("note", growth_in_words(each))
    if told.is_cut(LONG):
        say("note", f"It reads {told.room:,} tokens of a document at most; longer ones would take that if they were read.")
    low, high = LIST_MS
    plain.subheader(f"{PAIR_MS:g} ms a pair, or {low:g} to {high:g} ms for {LIST} documents?", anchor=False)
    say("note", pair_in_words(pair_and_list(told)))
