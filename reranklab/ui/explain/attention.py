"""Where the models look: heads, words and passages."""

from __future__ import annotations

import streamlit as st

from reranklab.rankers.registry import RankerSpec
from reranklab.ui.explain.attention_pairs import show_pair_attention
from reranklab.ui.explain.attention_passages import show_passage_attention
from reranklab.ui.explain.cost import ranker_name
from reranklab.ui.explain.subject import Subject
from reranklab.ui.explain.word_similarity import show_word_similarity
from reranklab.ui.page import say
from reranklab.ui.state import View
from reranklab.ui.widgets import among, field

_SHOW = {
    "cross-encoder": show_pair_attention,
    "bi-encoder": show_word_similarity,
    "listwise-llm": show_passage_attention,
}


def show_attention(view: View, subject: Subject) -> None:
    """The choice of a ranker, and what can be seen of its attention."""
    specs = {spec.id: spec for spec in subject.specs if _can_be_seen(spec)}
    if not specs:
        say("info", "No ranker of this run lets its attention be read. Rank with a cross-encoder, a bi-encoder or a local LLM.")
        return
    reading = view.reading
    preferred = sorted(specs, key=lambda ranker: specs[ranker].family != "cross-encoder")
    reading.attention_of = among(reading.attention_of, specs, default=preferred[0])
    field(
        st.segmented_control, "Ranker", reading, "attention_of", options=list(specs), required=True,
        format_func=lambda ranker: ranker_name(subject, ranker), label_visibility="collapsed",
    )  # fmt: skip
    spec = specs[reading.attention_of]
    _SHOW[spec.family](view, subject, spec)


def _can_be_seen(spec: RankerSpec) -> bool:
    return spec.family in _SHOW and not spec.hosted
