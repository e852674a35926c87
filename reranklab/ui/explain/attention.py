"""Where the models look: heads, words and passages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from reranklab.rankers.family import Capability, RankerSpec
from reranklab.ui.explain.attention_pairs import show_pair_attention
from reranklab.ui.explain.attention_passages import show_passage_attention
from reranklab.ui.explain.cost import ranker_name
from reranklab.ui.explain.subject import Subject
from reranklab.ui.explain.word_similarity import show_word_similarity
from reranklab.ui.page import say
from reranklab.ui.state import SessionState
from reranklab.ui.widgets import among, field

_SHOW = {
    Capability.PAIR_ATTENTION: show_pair_attention,
    Capability.WORD_VECTORS: show_word_similarity,
    Capability.PASSAGE_ATTENTION: show_passage_attention,
}


@dataclass(slots=True, kw_only=True)
class AttentionState:
    """The ranker whose attention is shown."""

    ranker: str = ""


def show_attention(session: SessionState, subject: Subject) -> None:
    """The choice of a ranker, and what can be seen of its attention."""
    specs = {spec.id: spec for spec in subject.specs if _shown(spec) is not None}
    if not specs:
        say("info", "No ranker of this run lets its attention be read. Rank with a cross-encoder, a bi-encoder or a local LLM.")
        return
    attention = session.of(AttentionState)
    preferred = sorted(specs, key=lambda ranker: not specs[ranker].can(Capability.PAIR_ATTENTION))
    attention.ranker = among(attention.ranker, specs, default=preferred[0])
    field(
        st.segmented_control, "Ranker", attention, "ranker", key="w_attention_of", options=list(specs), required=True,
        format_func=lambda ranker: ranker_name(subject, ranker), label_visibility="collapsed",
    )  # fmt: skip
    spec = specs[attention.ranker]
    show = _shown(spec)
    if show is not None:
        show(session, subject, spec)


def _shown(spec: RankerSpec) -> Callable[[SessionState, Subject, RankerSpec], None] | None:
    return next((show for capability, show in _SHOW.items() if spec.can(capability)), None)
