"""Where the models look: heads, words and passages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from reranklab.explain.catalogue import find_analysis
from reranklab.explain.subject import Subject
from reranklab.rankers.family import Capability, RankerSpec
from reranklab.ui import plain
from reranklab.ui.explain.attention_pairs import show_pair_attention
from reranklab.ui.explain.attention_passages import show_passage_attention
from reranklab.ui.explain.word_similarity import show_word_similarity
from reranklab.ui.say import say
from reranklab.ui.state import SessionState
from reranklab.ui.widgets import among, field

_SHOW = {
    "attention-heads": show_pair_attention,
    "word-similarity": show_word_similarity,
    "passage-attention": show_passage_attention,
}
"""Analysis to what is shown for a ranker that can be asked for it."""


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
        plain.segmented_control, "Ranker", attention, "ranker", key="w_attention_of", options=list(specs), required=True,
        format_func=subject.titles.__getitem__, label_visibility="collapsed",
    )  # fmt: skip
    show = _shown(specs[attention.ranker])
    if show is not None:
        show(session, subject, attention.ranker)


def _shown(spec: RankerSpec) -> Callable[[SessionState, Subject, str], None] | None:
    fitting = (show for analysis, show in _SHOW.items() if find_analysis(analysis).fits(spec.capabilities))
    return next(fitting, None)
