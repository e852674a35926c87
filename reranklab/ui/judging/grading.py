"""Grading documents with the keyboard, kept as a collection."""

from __future__ import annotations

import streamlit as st

from reranklab.data.judged import export_judged, judged_names, read_judged
from reranklab.engine.comparison import Comparison
from reranklab.evaluate.judging import Conflict, JudgeAgreement, JudgingList, conflicts, judge_agreements
from reranklab.ui import plain
from reranklab.ui.board import show_board
from reranklab.ui.board.nameless import pool, pool_data
from reranklab.ui.boundary import part
from reranklab.ui.compare_state import CompareState
from reranklab.ui.escape import shorten
from reranklab.ui.judging.state import JudgeState
from reranklab.ui.say import say
from reranklab.ui.state import SessionState
from reranklab.ui.widgets import field, kept_text_or_choice

_KEYS = (
    "Click a document, then press 0 (not relevant), 1 (related), 2 (answers in part) or 3 (answers fully). Arrow keys move, T "
    "shows and hides the text, Backspace takes a grade back. The documents stand in an order that no ranker made, and other "
    "grades are not shown, so that neither sways yours."
)


@part("The judging")
def show_grading(session: SessionState, comparison: Comparison) -> None:
    """The pool of the rankings' first documents, each with a grade to give."""
    judge = session.of(JudgeState)
    _show_names(judge)
    if not judge.name.strip():
        say("info", "Give your name, so that your grades are told from those of others.")
        return
    task = JudgingList(
        collection=judge.collection,
        judge=judge.name,
        query=comparison.request.query,
        candidates=comparison.documents,
        source=comparison.request.label,
    )
    documents = pool(comparison, depth=session.of(CompareState).rows)
    grades = task.grades()
    say("note", _KEYS)
    show_board(
        pool_data(comparison, documents, grades=grades, judge=f"{judge.collection}\0{judge.name}"),
        key="board_judge",
        on_pick=lambda document_id: None,
        on_grade=task.grade,
    )
    done = sum(document.id in grades for document in documents)
    say("note", f"{done:,} of {len(documents):,} graded, each kept as soon as it is given.")
    if judge.collection.strip() in judged_names():
        _show_collection(judge.collection.strip())


def _show_names(judge: JudgeState) -> None:
    left, right = st.columns([1, 1], vertical_alignment="bottom")
    with left:
        field(plain.text_input, "Your name", judge, "name", key="judge_name", max_chars=40)
    with right:

        def store(name: str) -> None:
            judge.collection = name

        names = judged_names()
        kept_text_or_choice(
            "Collection",
            key="judge_collection",
            value=judge.collection,
            store=store,
            options=names if judge.collection in names else [*names, judge.collection],
            text_label="Name of the new collection",
        )


def _show_collection(name: str) -> None:
    """What the collection holds, and how far its judges agree: closed, so that nobody reads others' grades before judging."""
    judged = read_judged(name)
    counts = ", ".join(f"{judge} {sum(map(len, grades.values())):,}" for judge, grades in judged.judges.items())
    with st.container(horizontal=True, vertical_alignment="center"):
        queries = f"{len(judged.merged):,} {'query' if len(judged.merged) == 1 else 'queries'}"
        say("note", f"{name}: {queries}. Grades: {counts}.")
        plain.download_button(
            "Export as zip", data=lambda: export_judged(name), file_name=f"{name}.zip", mime="application/zip",
            on_click="ignore", icon=":material/download:", key="judge_export",
        )  # fmt: skip
    say("note", f"It is among the BEIR datasets of the input. In a terminal: reranklab evaluate --dataset {_quoted(name)}")
    with plain.expander("Agreement of the judges", key="judge_agreement", on_change="rerun") as box:
        if box.open:
            _show_agreement(judge_agreements(judged.judges), conflicts(judged))


def _quoted(name: str) -> str:
    return f"'{name}'" if " " in name else name


def _show_agreement(agreements: tuple[JudgeAgreement, ...], found: tuple[Conflict, ...]) -> None:
    if not agreements:
        say("info", "No document has been graded by two judges. Let another one grade the same query under another name.")
        return
    st.dataframe(
        [
            {
                "Judges": f"{each.first}, {each.second}",
                "Pairs": each.pairs,
                "Same grade": f"{each.same:.0%}",
                "Cohen's kappa": _number(each.kappa),
                "Weighted kappa": _number(each.weighted),
                "95 %": "–" if each.interval is None else f"{each.interval[0]:.2f} to {each.interval[1]:.2f}",
            }
            for each in agreements
        ],
        hide_index=True,
        width="content",
    )
    say(
        "note",
        "Kappa is 1 where all grades are the same and 0 where they agree as often as by chance. In the weighted one a "
        "disagreement weighs as the square of its distance; its interval is a bootstrap over queries.",
    )
    if not found:
        say("note", "There is no conflict.")
        return
    judges = list(dict.fromkeys(judge for each in found for judge in each.grades))
    st.dataframe(
        [
            {
                "Query": shorten(each.query, limit=120),
                "Document": each.document_id,
                **{judge: each.grades.get(judge) for judge in judges},
                "Counts as": each.merged,
            }
            for each in found
        ],
        hide_index=True,
        width="stretch",
    )
    say("note", "What counts is the median, the lower of two middle grades. A third judge settles it.")


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
