"""A local language model's attention: from the query to each passage of one prompt."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from reranklab.explain.passages import PassageMaps, passage_attention, passages_around
from reranklab.plots.head_attention import draw_head_attention
from reranklab.plots.listwise import draw_passage_attention
from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.family import RankerSpec
from reranklab.ui.explain.cost import duration, ranker_name
from reranklab.ui.explain.subject import Subject
from reranklab.ui.explain.work import computed
from reranklab.ui.figures import draw
from reranklab.ui.page import say
from reranklab.ui.state import SessionState
from reranklab.ui.widgets import field


@dataclass(slots=True, kw_only=True)
class PassageAttentionState:
    """Whether the heads are shown less the attention that the passage gets without the query."""

    calibrated: bool = True


def show_passage_attention(session: SessionState, subject: Subject, spec: RankerSpec) -> None:
    found = _maps(session, subject, spec)
    if found is None:
        return
    place = found.ids.index(subject.document.id) + 1
    say("note", f"One prompt of {len(found.ids)} passages in input order; {subject.document.id} is number {place}.")
    _show_bars(subject, found)
    _show_heads(session.of(PassageAttentionState), subject, found)
    say("note", "Attention says where the model looks. “Attribution” measures what moves the score.")


def _maps(session: SessionState, subject: Subject, spec: RankerSpec) -> PassageMaps | None:
    window = spec.integer("window", low=2, high=20)
    passages = passages_around(subject.documents, subject.document.id, window=window)
    ranking = subject.ranking(spec.id)
    time = ranking.timing.p50() * len(passages) / len(subject.documents)

    def compute(cancel: CancelSignal, progress: Progress) -> PassageMaps:
        return passage_attention(subject.build(spec), subject.query, passages, cancel=cancel, progress=progress)

    return computed(
        session, subject.key("passages", spec.id), f"Read the attention of {ranker_name(subject, spec.id)}", compute,
        at_once=False, cost=f"One prompt of {len(passages)} passages, read with the query and without, about {duration(time)}.",
    )  # fmt: skip


def _show_bars(subject: Subject, found: PassageMaps) -> None:
    """The mean over all layers and heads: the figure has calibration off, the pull of position, and calibration on."""
    series = {
        "query": [float(value) for value in found.query.mean(axis=(0, 1))],
        "no_query": [float(value) for value in found.no_query.mean(axis=(0, 1))],
        "difference": [float(value) for value in found.calibrated.mean(axis=(0, 1))],
    }
    draw(draw_passage_attention(found.ids, **series, selected=subject.document.id), key="attention_passages")


def _show_heads(shown: PassageAttentionState, subject: Subject, found: PassageMaps) -> None:
    field(
        st.toggle, "Calibrated", shown, "calibrated",
        help="Less the attention that the passage gets with “N/A” in place of the query: the pull of its position and length.",
    )  # fmt: skip
    values = found.of(subject.document.id, calibrated=shown.calibrated)
    name = "calibrated attention" if shown.calibrated else "attention"
    drawing = draw_head_attention(
        values, title=f"All heads, for {subject.document.id}", value_name=name, diverging=shown.calibrated
    )
    draw(drawing, key="attention_passage_heads")
