"""The document's way through the rankers: rank, score, margins, and what each model read of it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from reranklab.explain.cut import Cut, find_cut
from reranklab.explain.rank_path import PathStage, rank_path
from reranklab.plots.labels import shorten
from reranklab.progress import CancelSignal, Progress
from reranklab.ui.board.data import format_score
from reranklab.ui.explain.cost import ranker_name
from reranklab.ui.explain.subject import Subject
from reranklab.ui.explain.work import computed
from reranklab.ui.page import say
from reranklab.ui.state import SessionState


def show_way(session: SessionState, subject: Subject) -> None:
    """A row for each ranker, and the document's text with what was cut off."""
    comparison = subject.comparison
    way = rank_path(subject.rankings, subject.document.id, pool=comparison.candidates.pool)
    say("note", " ".join([_pool_in_words(subject, way.pool), _grade_in_words(subject)]).strip())
    st.dataframe(
        [_row(subject, stage) for stage in way.stages],
        hide_index=True,
        width="stretch",
        placeholder="–",
        column_config={
            "Rank": st.column_config.TextColumn(width=75, alignment="right"),
            "Score": st.column_config.TextColumn(width=75, alignment="right"),
            "Scale": st.column_config.TextColumn(width=90),
            "Margin to the rank above": st.column_config.TextColumn(help="How much less it scores than the document above it."),
            "Margin to the rank below": st.column_config.TextColumn(help="How much more it scores than the document below it."),
            "Tokens read": st.column_config.TextColumn(width=150, alignment="right"),
        },
    )
    say("note", "Scores and margins of different scales cannot be compared. Ranks can.")
    for run in comparison.runs:
        if run.ranking is None:
            say("note", f"{ranker_name(subject, run.ranker)} gave no ranking. {run.message}".strip())
    _show_text(session, subject, way.stages)


def _row(subject: Subject, stage: PathStage) -> dict[str, Any]:
    return {
        "Ranker": ranker_name(subject, stage.ranker),
        "Rank": f"{stage.rank} of {stage.candidates}",
        "Score": format_score(stage.score, scale=stage.scale.name),
        "Scale": stage.scale.name,
        "Margin to the rank above": _margin(stage.margin_above, stage.above, end="it is the first"),
        "Margin to the rank below": _margin(stage.margin_below, stage.below, end="it is the last"),
        "Tokens read": stage.tokens_in_words,
        "Cut off": f"the last {stage.tokens_cut:,}" if stage.tokens_cut else "nothing",
    }


def _margin(margin: float | None, neighbour: str | None, *, end: str) -> str:
    if neighbour is None:
        return end
    if margin is None:
        return f"no score, {neighbour}"
    return f"tied with {neighbour}" if margin == 0 else f"{margin:.3g} to {neighbour}"


def _pool_in_words(subject: Subject, pool: int | None) -> str:
    place = next(place for place, document in enumerate(subject.documents, start=1) if document.id == subject.document.id)
    drawn = f" drawn from a collection of {pool:,}" if pool else ""
    return f"In the candidate pool: number {place:,} of {len(subject.documents):,} documents{drawn}."


def _grade_in_words(subject: Subject) -> str:
    judgements = subject.comparison.request.judgements
    if not judgements:
        return ""
    grade = judgements.get(subject.document.id)
    if grade is None:
        return "Nobody judged it for this query."
    return f"Judged {'relevant' if grade > 0 else 'not relevant'}, grade {grade}."


def _show_text(session: SessionState, subject: Subject, stages: tuple[PathStage, ...]) -> None:
    document = subject.document
    cut = [stage for stage in stages if stage.tokens_cut]
    with st.expander("Its text" + (f", and what {len(cut)} of {len(stages)} rankers did not read" if cut else "")):
        for stage in cut:
            _show_cut(session, subject, stage)
        if document.title:
            st.text(document.title)
        st.text(document.text)


def _show_cut(session: SessionState, subject: Subject, stage: PathStage) -> None:
    spec = subject.spec(stage.ranker)
    name = ranker_name(subject, stage.ranker)

    def compute(cancel: CancelSignal, progress: Progress) -> Cut:
        return find_cut(subject.build(spec), subject.document, used=stage.tokens_used, cancel=cancel, progress=progress)

    found = computed(session, subject.key("cut", spec.id), f"What {name} read", compute)
    if found is not None:
        what = f"“{shorten(found.after, 160)}”" if found.after else "nothing but white space"
        say("note", f"{name} read up to “{_end(found.before)}”. Cut off, {len(found.after):,} characters: {what}.")


def _end(text: str) -> str:
    return f"… {text.rstrip()[-60:]}" if len(text) > 60 else text
