"""What in the document counted, ranker by ranker, and how far that can be trusted."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from reranklab.data.spans import UnitKind, units_of
from reranklab.explain.attribution import Attribution
from reranklab.explain.gradients import STEPS, integrated_gradients
from reranklab.explain.leave_one_out import MAX_UNITS, leave_one_out
from reranklab.explain.record import attribution_record, curve_record
from reranklab.plots.attribution import draw_attribution
from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.family import Capability
from reranklab.types import RANK_ONLY, Ranking
from reranklab.ui.coloured import attribution_legend, attribution_segments, largest_share, show_coloured
from reranklab.ui.explain.cost import duration, in_words, ranker_name, rescoring_time, runs_at_once
from reranklab.ui.explain.keep import show_json
from reranklab.ui.explain.subject import Subject
from reranklab.ui.explain.terms import show_terms
from reranklab.ui.explain.trust import show_trust
from reranklab.ui.explain.work import Computations, computed
from reranklab.ui.figures import draw
from reranklab.ui.page import say
from reranklab.ui.state import SessionState
from reranklab.ui.widgets import among, field

_UNITS: dict[str, UnitKind] = {"sentences": "sentence", "terms": "term"}
METHODS = {
    "sentences": "Leave out sentences",
    "terms": "Leave out terms",
    "gradients": "Integrated gradients",
    "bm25-terms": "BM25 terms",
}
_ABOUT = {
    "sentences": "Each sentence is left out in turn: its value is the score as it is, less the score without it.",
    "terms": "Each word is left out in turn, wherever it stands: its value is the score less the score without it.",
    "gradients": "The score is taken apart over the words, on the way from a document of masked tokens to the real one.",
    "bm25-terms": "BM25 is a sum over the query's terms. These are its exact parts.",
}
_FORWARD_AND_BACK = 3
"""An integrated-gradients step in passes of the ranker."""


@dataclass(slots=True, kw_only=True)
class AttributionState:
    """The id of the method; empty before the first choice."""

    method: str = ""


def show_attribution(session: SessionState, subject: Subject) -> None:
    shown = session.of(AttributionState)
    methods = [method for method in METHODS if method != "bm25-terms" or _has(subject, Capability.TERMS)]
    shown.method = among(shown.method, methods, default=methods[0])
    field(
        st.segmented_control, "Method", shown, "method",
        options=methods, format_func=METHODS.__getitem__, required=True, label_visibility="collapsed",
    )  # fmt: skip
    say("note", _ABOUT[shown.method])
    found = show_terms(session, subject) if shown.method == "bm25-terms" else _show_texts(session, subject, shown.method)
    if found and not _pending(session, subject, shown.method):
        curves = show_trust(session, subject, found, method=shown.method)
        records = [attribution_record(attribution) for attribution in found] + [curve_record(curve) for curve in curves]
        show_json(subject, records, name="what-counted")


def _has(subject: Subject, capability: Capability) -> bool:
    return any(spec.can(capability) for spec in subject.specs)


def _pending(session: SessionState, subject: Subject, method: str) -> bool:
    """Whether an explanation is still being computed: what it can be trusted with would only slow it down."""
    jobs = (session.of(Computations).jobs.get(subject.key(method, ranking.ranker)) for ranking in subject.rankings)
    return any(job is not None and job.running for job in jobs)


def _show_texts(session: SessionState, subject: Subject, method: str) -> list[Attribution]:
    """The document in colours for each ranker, on one scale, and the bars of all. The attributions that there are."""
    able = [
        ranking
        for spec, ranking in zip(subject.specs, subject.rankings, strict=True)
        if method in _UNITS or spec.can(Capability.GRADIENTS)
    ]
    unable = [ranker_name(subject, ranking.ranker) for ranking in subject.rankings if ranking not in able]
    found: dict[str, Attribution] = {}
    places = []
    for first in range(0, len(able), 2):
        for ranking, column in zip(able[first : first + 2], st.columns(2 if len(able) > 1 else 1), strict=False):
            with column:
                place = st.container(border=True, height="stretch")
            places.append((ranking, place))
            with place:
                say("note", _heading(subject, ranking))
                attribution = _compute(session, subject, ranking, method)
            if attribution is not None:
                found[ranking.ranker] = attribution
    shown = list(found.values())
    for ranking, place in places:
        if ranking.ranker in found:
            with place:
                _show_one(subject, found[ranking.ranker], shown)
    if unable:
        say("note", f"{' and '.join(unable)}: no gradients. Leaving out sentences or terms works for every ranker.")
    if shown:
        draw(draw_attribution(shown, titles=subject.titles), key="attribution")
    return shown


def _heading(subject: Subject, ranking: Ranking) -> str:
    item = next(item for item in ranking.items if item.id == subject.document.id)
    score = "" if ranking.scale == RANK_ONLY else f", {ranking.scale.name} {item.score:.4g}"
    return f"{ranker_name(subject, ranking.ranker)}: rank {item.rank}{score}"


def _show_one(subject: Subject, attribution: Attribution, shown: list[Attribution]) -> None:
    if not any(attribution.values):
        say("note", "No part of the text changes this score.")
    segments = attribution_segments(attribution, largest=largest_share(shown))
    name = ranker_name(subject, attribution.ranker)
    show_coloured(
        segments,
        key=f"coloured {attribution.ranker}",
        legend=attribution_legend(shown),
        title=f"{name}: what counted in {attribution.document_id}",
    )
    if attribution.gap is not None:
        say("note", f"Completeness gap {attribution.gap:.1%}: how far the values miss the score change they should add up to.")
    for warning in attribution.warnings:
        say("warning", warning)


def _compute(session: SessionState, subject: Subject, ranking: Ranking, method: str) -> Attribution | None:
    spec = subject.spec(ranking.ranker)
    name = ranker_name(subject, ranking.ranker)
    if method == "gradients":
        passes = _FORWARD_AND_BACK * STEPS
        time = rescoring_time(subject, ranking, passes)

        def take_apart(cancel: CancelSignal, progress: Progress) -> Attribution:
            return integrated_gradients(subject.build(spec), subject.query, subject.document, cancel=cancel, progress=progress)

        return computed(
            session, subject.key(method, ranking.ranker), f"Integrated gradients of {name}", take_apart,
            at_once=runs_at_once(subject, ranking, passes), cost=f"{STEPS} steps forward and back, about {duration(time)}.",
        )  # fmt: skip
    unit = _UNITS[method]
    variants = min(len(units_of(subject.document.content, unit, title=subject.document.title)), MAX_UNITS) + 1
    time = rescoring_time(subject, ranking, variants)

    def leave_out(cancel: CancelSignal, progress: Progress) -> Attribution:
        return leave_one_out(
            subject.build(spec), subject.query, subject.documents, subject.document.id,
            unit=unit, reference=ranking, cancel=cancel, progress=progress,
        )  # fmt: skip

    return computed(
        session, subject.key(method, ranking.ranker), f"{METHODS[method]} for {name}", leave_out,
        at_once=runs_at_once(subject, ranking, variants), cost=in_words(subject, ranking, variants, time),
    )  # fmt: skip
