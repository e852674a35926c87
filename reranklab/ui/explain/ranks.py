"""Ranks and margins of the document by each ranker, and what each model read of it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from reranklab.explain.analyse import analyse
from reranklab.explain.analyses.ranks import grade_in_words, lost_in_words, margin_in_words, passage_in_words, pool_in_words
from reranklab.explain.catalogue import find_analysis
from reranklab.explain.rank_path import PathStage
from reranklab.explain.subject import Subject
from reranklab.ui import plain
from reranklab.ui.board.data import format_score
from reranklab.ui.explain.asking import ask_for
from reranklab.ui.explain.download import show_download
from reranklab.ui.say import say
from reranklab.ui.state import SessionState


def show_ranks(session: SessionState, subject: Subject) -> None:
    """A row for each ranker, and the document's text with what was cut off."""
    findings = [analyse(find_analysis("ranks"), subject, ranking.ranker) for ranking in subject.rankings]
    stages = [finding.result for finding in findings]
    say("note", f"{pool_in_words(subject)} {grade_in_words(subject)}".strip())
    st.dataframe(
        [_row(subject, stage) for stage in stages],
        hide_index=True,
        width="stretch",
        placeholder="–",
        column_config={
            "Ranker": st.column_config.TextColumn(width=210),
            "Rank": st.column_config.TextColumn(width=75, alignment="right"),
            "Score": st.column_config.TextColumn(width=75, alignment="right"),
            "Scale": st.column_config.TextColumn(width=90),
            "Margin to the rank above": st.column_config.TextColumn(help="How much less it scores than the document above it."),
            "Margin to the rank below": st.column_config.TextColumn(help="How much more it scores than the document below it."),
            "Tokens read": st.column_config.TextColumn(width=150, alignment="right"),
        },
    )
    say("note", "Scores and margins of different scales cannot be compared. Ranks can.")
    for stage in stages:
        for told in filter(None, [passage_in_words(subject, stage), lost_in_words(subject, stage)]):
            say("note", told)
    for run in subject.comparison.runs:
        if run.ranking is None:
            say("note", f"{subject.titles[run.ranker]} gave no ranking. {run.message}".strip())
    _show_text(session, subject, stages)
    show_download(subject, findings, name="ranks")


def _row(subject: Subject, stage: PathStage) -> dict[str, Any]:
    return {
        "Ranker": subject.titles[stage.ranker],
        "Rank": f"{stage.rank} of {stage.candidates}",
        "Score": format_score(stage.score, scale=stage.scale.name),
        "Scale": stage.scale.name,
        "Margin to the rank above": margin_in_words(stage.margin_above, stage.above, end="it is the first"),
        "Margin to the rank below": margin_in_words(stage.margin_below, stage.below, end="it is the last"),
        "Tokens read": stage.tokens_in_words,
        "Cut off": f"the last {stage.tokens_cut:,}" if stage.tokens_cut else "nothing",
    }


def _show_text(session: SessionState, subject: Subject, stages: list[PathStage]) -> None:
    document = subject.document
    cut = [stage for stage in stages if stage.tokens_cut]
    with plain.expander("Document text" + (f", and what {len(cut)} of {len(stages)} rankers did not read" if cut else "")):
        for stage in cut:
            _show_cut(session, subject, stage)
        if document.title:
            st.text(document.title)
        st.text(document.text)


def _show_cut(session: SessionState, subject: Subject, stage: PathStage) -> None:
    analysis = find_analysis("cut")
    name = subject.titles[stage.ranker]
    if not analysis.fits(subject.spec(stage.ranker).capabilities):
        say("note", f"{name} cut off the last {stage.tokens_cut:,} tokens. Its tokenizer is not here to show where.")
        return
    finding = ask_for(session, subject, analysis, stage.ranker, name=f"What {name} read")
    if finding is not None:
        for line in analysis.words(subject, finding):
            say("note", line)
