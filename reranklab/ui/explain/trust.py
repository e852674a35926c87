"""How far an explanation can be trusted: its words are deleted, and the score watched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from reranklab.explain.attention import AttentionMap, attention_map
from reranklab.explain.attention_attribution import attention_attribution
from reranklab.explain.attribution import Attribution
from reranklab.explain.faithfulness import FRACTIONS, RANDOM_ORDERS, DeletionCurve, deletion_curve
from reranklab.plots.deletion import draw_deletion
from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.rankers.family import Capability, RankerSpec
from reranklab.types import Ranking
from reranklab.ui.explain.cost import in_words, ranker_name, rescoring_time, runs_at_once
from reranklab.ui.explain.subject import Subject
from reranklab.ui.explain.work import computed
from reranklab.ui.figures import draw
from reranklab.ui.page import say
from reranklab.ui.state import SessionState
from reranklab.ui.widgets import among, kept

_VARIANTS = (len(FRACTIONS) - 2) * (RANDOM_ORDERS + 2) + 2
"""The document as it is, nothing of it, and what is between in each order."""


@dataclass(slots=True, kw_only=True)
class FaithfulnessState:
    """The ranker whose attribution is tested."""

    ranker: str = ""


def show_trust(
    session: SessionState, subject: Subject, attributions: Sequence[Attribution], *, method: str
) -> list[DeletionCurve]:
    """The deletion curve of one ranker's attribution, for a cross-encoder beside that of its attention. What it shows."""
    st.subheader("How far can this be trusted?", anchor=False)
    tested = session.of(FaithfulnessState)
    rankers = [attribution.ranker for attribution in attributions]
    chosen = among(tested.ranker, rankers, default=_preferred(attributions))

    def store(ranker: str) -> None:
        tested.ranker = ranker

    if len(rankers) > 1:
        kept(
            st.segmented_control, "Ranker", key="w_trusted", value=chosen, store=store, options=rankers, required=True,
            format_func=lambda ranker: ranker_name(subject, ranker),
        )  # fmt: skip
    ranking = subject.ranking(chosen)
    attribution = next(attribution for attribution in attributions if attribution.ranker == chosen)
    curves = [_curve(session, subject, ranking, attribution, f"{method} {attribution.method}")]
    spec = subject.spec(ranking.ranker)
    if spec.can(Capability.PAIR_ATTENTION):
        attention = _attention(session, subject, ranking, spec)
        if attention is not None:
            curves.append(_curve(session, subject, ranking, attention, "attention"))
    shown = [curve for curve in curves if curve is not None]
    if shown:
        draw(draw_deletion(shown, titles=subject.titles), key="deletion")
    for curve in shown:
        say("note", _in_words(curve))
    return shown


def _preferred(attributions: Sequence[Attribution]) -> str:
    """One whose attention can be tested beside the explanation, where there is one."""
    return min(attributions, key=lambda found: not parse_ranker_id(found.ranker).can(Capability.PAIR_ATTENTION)).ranker


def _in_words(curve: DeletionCurve) -> str:
    score = curve.deletion_score
    if curve.method == "attention" and score < 0.05:
        meaning = "the words it attends to most matter no more to the score than any others, so this attention explains nothing"
    elif score <= 0:
        meaning = "deleting the words it names lowers the score no sooner than deleting any others"
    else:
        meaning = f"the score falls sooner than in random order, by {score:.0%} of its whole range on average"
    return f"{curve.method.capitalize()}, deletion score {score:+.2f}: {meaning}."


def _curve(
    session: SessionState, subject: Subject, ranking: Ranking, attribution: Attribution, method: str
) -> DeletionCurve | None:
    spec = subject.spec(ranking.ranker)
    halved = _VARIANTS // 2  # on average, half of the words are left
    variants = halved if spec.can(Capability.POINTWISE) else _VARIANTS
    time = rescoring_time(subject, ranking, variants)

    def compute(cancel: CancelSignal, progress: Progress) -> DeletionCurve:
        return deletion_curve(
            subject.build(spec), subject.query, subject.documents, attribution, cancel=cancel, progress=progress
        )

    return computed(
        session, subject.key("deletion", method, ranking.ranker), f"Delete words by {attribution.method}", compute,
        at_once=runs_at_once(subject, ranking, variants), cost=in_words(subject, ranking, _VARIANTS, time),
    )  # fmt: skip


def _attention(session: SessionState, subject: Subject, ranking: Ranking, spec: RankerSpec) -> Attribution | None:
    def compute(cancel: CancelSignal, progress: Progress) -> AttentionMap:
        return attention_map(subject.build(spec), subject.query, subject.document, cancel=cancel, progress=progress)

    found = computed(session, subject.key("map", ranking.ranker, "mean", None, None), "Attention", compute)
    return None if found is None else attention_attribution(found, document_id=subject.document.id, ranking=ranking)
