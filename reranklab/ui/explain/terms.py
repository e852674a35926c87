"""A score that is a sum over terms: each query term's part of it."""

from __future__ import annotations

import streamlit as st

from reranklab.explain.analyses.terms import TermSums, sum_in_words
from reranklab.explain.analysis import Finding
from reranklab.explain.catalogue import find_analysis
from reranklab.explain.lexical import TermContribution
from reranklab.explain.subject import Subject
from reranklab.plots.catalogue import draw_findings
from reranklab.ui.coloured import attribution_legend, attribution_segments, largest_share, show_coloured
from reranklab.ui.explain.asking import ask_for
from reranklab.ui.figures import draw
from reranklab.ui.say import say
from reranklab.ui.state import SessionState

_COLUMNS = {
    "Count": st.column_config.NumberColumn(help="How often the document holds the term."),
    "Documents": st.column_config.NumberColumn(help="How many documents hold it."),
    "Length": st.column_config.NumberColumn(help="Terms in this document."),
    "Contribution": st.column_config.NumberColumn(format="%.4f"),
}


def show_terms(session: SessionState, subject: Subject) -> list[Finding[TermSums]]:
    """For each such ranker of the run: the text, the terms of its score, and those of the top documents."""
    analysis = find_analysis("terms")
    findings: list[Finding[TermSums]] = []
    for spec in subject.specs:
        if not analysis.fits(spec.capabilities):
            continue
        finding = ask_for(session, subject, analysis, spec.id, name=f"Terms of {subject.titles[spec.id]}")
        if finding is not None:
            findings.append(finding)
            _show_one(subject, finding, number=len(findings))
    return findings


def _show_one(subject: Subject, finding: Finding[TermSums], *, number: int) -> None:
    sums = finding.result
    attribution = sums.attribution
    left, right = st.columns(2)
    with left:
        show_coloured(
            attribution_segments(attribution, largest=largest_share([attribution])),
            key=f"terms {finding.ranker}",
            legend=attribution_legend([attribution]),
            title=f"{subject.titles[finding.ranker]}: attribution for {attribution.document_id}",
        )
    with right:
        st.dataframe([_row(term) for term in sums.terms], hide_index=True, width="stretch", column_config=_COLUMNS)
        say("note", sum_in_words(sums))
        for warning in attribution.warnings:
            say("warning", warning)
    for drawing in draw_findings(subject, [finding]):
        draw(drawing, key=f"terms_{number}")


def _row(term: TermContribution) -> dict[str, str | int | float]:
    return {
        "Term": term.term,
        "Count": term.count,
        "Documents": term.document_frequency,
        "idf": round(term.idf, 3),
        "Length": term.length,
        "Contribution": round(term.contribution, 4),
    }
