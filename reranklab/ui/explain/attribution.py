"""What each part of the document adds to its score, ranker by ranker, and how faithful that is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from reranklab.explain.analysis import Analysis, Finding
from reranklab.explain.attribution import Attribution
from reranklab.explain.attribution_words import remarks
from reranklab.explain.catalogue import find_analysis
from reranklab.explain.subject import Subject
from reranklab.plots.catalogue import draw_findings
from reranklab.types import RANK_ONLY, Ranking
from reranklab.ui import plain
from reranklab.ui.coloured import attribution_legend, attribution_segments, largest_share, show_coloured
from reranklab.ui.explain.asking import ask_for, is_pending
from reranklab.ui.explain.download import show_download
from reranklab.ui.explain.faithfulness import show_faithfulness
from reranklab.ui.explain.terms import show_terms
from reranklab.ui.figures import draw
from reranklab.ui.say import say
from reranklab.ui.state import SessionState
from reranklab.ui.widgets import among
from reranklab.ui.widgets import field as widget_field


@dataclass(frozen=True, slots=True, kw_only=True)
class _Method:
    """An analysis with parameters. `label` and `about` are for people, the analysis's own where they are empty."""

    analysis_id: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    label: str = ""
    about: str = ""

    @property
    def analysis(self) -> Analysis[Any]:
        return find_analysis(self.analysis_id)


METHODS: Mapping[str, _Method] = {
    "leave-one-out-sentence": _Method(
        analysis_id="leave-one-out",
        parameters={"unit": "sentence"},
        label="Leave out sentences",
        about="Each sentence is left out in turn: its value is the score as it is, less the score without it.",
    ),
    "leave-one-out-term": _Method(
        analysis_id="leave-one-out",
        parameters={"unit": "term"},
        label="Leave out terms",
        about="Each word is left out in turn, wherever it stands: its value is the score less the score without it.",
    ),
    "integrated-gradients": _Method(analysis_id="integrated-gradients"),
    "terms": _Method(analysis_id="terms"),
}


@dataclass(slots=True, kw_only=True)
class AttributionState:
    """The id of the method; empty before the first choice."""

    method: str = ""


def show_attribution(session: SessionState, subject: Subject) -> None:
    shown = session.of(AttributionState)
    methods = {id_: each for id_, each in METHODS.items() if any(map(each.analysis.fits, _capabilities(subject)))}
    shown.method = among(shown.method, methods, default=next(iter(methods)))
    widget_field(
        plain.segmented_control, "Method", shown, "method", options=list(methods), required=True, label_visibility="collapsed",
        format_func=lambda id_: methods[id_].label or methods[id_].analysis.title,
    )  # fmt: skip
    method = methods[shown.method]
    say("note", method.about or method.analysis.summary)
    findings = show_terms(session, subject) if method.analysis_id == "terms" else _show_texts(session, subject, method)
    if findings and not _pending(session, subject, method):
        tests = show_faithfulness(session, subject, findings)
        show_download(subject, [*findings, *tests], name="attribution")


def _capabilities(subject: Subject) -> list[frozenset[Any]]:
    return [spec.capabilities for spec in subject.specs]


def _pending(session: SessionState, subject: Subject, method: _Method) -> bool:
    """Whether an attribution is still being computed: testing the others would only slow it down."""
    return any(is_pending(session, subject, method.analysis, ranking.ranker, method.parameters) for ranking in subject.rankings)


def _show_texts(session: SessionState, subject: Subject, method: _Method) -> list[Finding[Attribution]]:
    """The document in colours for each ranker, on one scale, and the bars of all. The attributions that there are."""
    analysis = method.analysis
    able = [ranking for spec, ranking in zip(subject.specs, subject.rankings, strict=True) if analysis.fits(spec.capabilities)]
    unable = [subject.titles[ranking.ranker] for ranking in subject.rankings if ranking not in able]
    findings: dict[str, Finding[Attribution]] = {}
    containers = []
    for first in range(0, len(able), 2):
        for ranking, column in zip(able[first : first + 2], st.columns(2 if len(able) > 1 else 1), strict=False):
            with column:
                container = st.container(border=True, height="stretch")
            containers.append((ranking, container))
            with container:
                say("note", _heading(subject, ranking))
                name = f"{method.label or analysis.title}: {subject.titles[ranking.ranker]}"
                finding = ask_for(session, subject, analysis, ranking.ranker, method.parameters, name=name)
            if finding is not None:
                findings[ranking.ranker] = finding
    shown = [finding.result for finding in findings.values()]
    for ranking, container in containers:
        if ranking.ranker in findings:
            with container:
                _show_one(subject, findings[ranking.ranker].result, shown)
    if unable:
        lacking = ", ".join(sorted(analysis.needs))
        say("note", f"{' and '.join(unable)}: no {lacking}. Leaving out sentences or terms works for every ranker.")
    for drawing in draw_findings(subject, list(findings.values())):
        draw(drawing, key="attribution")
    return list(findings.values())


def _heading(subject: Subject, ranking: Ranking) -> str:
    item = subject.item(ranking)
    score = "" if ranking.scale == RANK_ONLY else f", {ranking.scale.name} {item.score:.4g}"
    return f"{subject.titles[ranking.ranker]}: rank {item.rank}{score}"


def _show_one(subject: Subject, attribution: Attribution, shown: list[Attribution]) -> None:
    show_coloured(
        attribution_segments(attribution, largest=largest_share(shown)),
        key=f"coloured {attribution.ranker}",
        legend=attribution_legend(shown),
        title=f"{subject.titles[attribution.ranker]}: attribution for {attribution.document_id}",
    )
    for line in remarks(attribution):
        say("warning" if line in attribution.warnings else "note", line)
