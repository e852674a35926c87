"""How far rankers follow: the figure, the table behind it, topic by topic, and the documents of a topic."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from reranklab.data.samples import sample_names
from reranklab.evaluate.confidence import Interval
from reranklab.evaluate.differences import Difference
from reranklab.evaluate.following import NONE, RIGHT, TOLD, WAYS, WRONG, FollowingReport, RankerFollowing, TopicResult
from reranklab.plots.following import draw_following
from reranklab.rankers.titles import ranker_titles
from reranklab.ui import plain
from reranklab.ui.compare_state import CompareState
from reranklab.ui.figures import show_figure
from reranklab.ui.inputs.sample import SampleState
from reranklab.ui.say import say
from reranklab.ui.state import SessionState
from reranklab.ui.steering import SteerState, as_instruction
from reranklab.ui.widgets import among, field

_LANDING = "app.py"


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """What a measurement gave, on which collection. `warnings` say what was not kept."""

    collection: str
    report: FollowingReport
    warnings: tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class _Shown:
    """The ranker and the topic that are looked at."""

    ranker: str = ""
    topic: str = ""


def show_followed(session: SessionState, followed: Followed) -> None:
    """Figure, table, and the topics of one ranker."""
    report = followed.report
    titles = ranker_titles(each.ranker for each in report.rankers)
    say("query", report.title)
    for warning in followed.warnings:
        say("warning", warning)
    for each in report.rankers:
        for error in each.errors[:1]:
            say("error", f"{titles[each.ranker]} failed on {error}")
    ranked = {each.ranker: each for each in report.rankers if each.topics}
    if not ranked:
        return
    show_figure(draw_following(report.rankers, measure=report.measure, titles=titles), key="following")
    st.dataframe(
        [_row(each, titles[each.ranker], report.measure) for each in report.rankers],
        hide_index=True,
        width="stretch",
        placeholder="–",
    )
    say(
        "note",
        "p-MRR: how far documents fall that the new instruction no longer asks for, from -1 (to the head of the list) over 0 "
        "(not moved) to 1. Right, wrong and none: the measure against an instruction's judgements where the ranker was told "
        "that instruction, the other one, or nothing. Intervals are over topics.",
    )
    for note in report.notes:
        say("note", note)
    _show_topics(session, followed, ranked, titles)


def _row(each: RankerFollowing, title: str, measure: str) -> dict[str, object]:
    return {
        "Ranker": title,
        "Told by": WAYS[each.way],
        "p-MRR": _interval(each.p_mrr),
        **{f"{measure}, {told}": round(mean.mean, 3) if (mean := each.means.get(told)) else None for told in TOLD},
        "Right less none": _difference(each.difference(RIGHT, NONE)),
        "Right less wrong": _difference(each.difference(RIGHT, WRONG)),
    }


def _interval(interval: Interval | None) -> str:
    return "–" if interval is None else f"{interval.mean:.3f} [{interval.low:.3f}, {interval.high:.3f}]"


def _difference(pair: Difference | None) -> str:
    if pair is None:
        return "–"
    return f"{pair.short}, {pair.verdict}"


def _show_topics(session: SessionState, followed: Followed, ranked: dict[str, RankerFollowing], titles: dict[str, str]) -> None:
    plain.subheader("Topic by topic", anchor=False)
    state, report = session.of(_Shown), followed.report
    state.ranker = among(state.ranker, ranked, default=next(iter(ranked)))
    field(
        plain.segmented_control, "Ranker", state, "ranker", key="w_following_ranker", options=list(ranked),
        format_func=titles.__getitem__, required=True, label_visibility="collapsed",
    )  # fmt: skip
    results = {each.topic.name: each for each in ranked[state.ranker].topics}
    rows = [
        {
            "Query": each.topic.text,
            "p-MRR": round(each.p_mrr, 3),
            **{f"{report.measure}, {told}": round(each.values[told], 3) for told in TOLD},
        }
        for each in results.values()
    ]
    st.dataframe(rows, hide_index=True, width="stretch")
    state.topic = among(state.topic, results, default=next(iter(results)))
    field(
        plain.selectbox, "Query", state, "topic", key="w_following_topic", options=list(results),
        format_func=lambda name: results[name].topic.text,
    )  # fmt: skip
    _show_documents(session, followed, results[state.topic])


def _show_documents(session: SessionState, followed: Followed, result: TopicResult) -> None:
    """Each candidate's grades and ranks, and the way to the same lists on Compare."""
    topic = result.topic
    for name, side in zip("AB", topic.sides, strict=True):
        say("note", f"{name}: {side.instruction}")
    first, second = (side.grades for side in topic.sides)
    moves = {move.document: move.p_mrr for moves in result.moves for move in moves}
    rows = [
        {
            "Document": each.title or each.text[:60],
            "Grade under A": first.get(each.id),
            "Grade under B": second.get(each.id),
            "Rank under A": result.ranks[0][each.id],
            "Rank under B": result.ranks[1][each.id],
            "Rank without": result.without[each.id],
            "p-MRR": round(moves[each.id], 3) if each.id in moves else None,
        }
        for each in topic.documents
    ]
    st.dataframe(rows, hide_index=True, width="stretch", placeholder="–")
    if followed.collection not in sample_names():
        return
    if plain.button("Compare the two lists", key="compare_following"):
        compare, chosen, steer = session.of(CompareState), session.of(SampleState), session.of(SteerState)
        compare.source, compare.input_open = "sample", True
        chosen.collection, chosen.query = followed.collection, topic.sides[0].query
        steer.instruction, steer.other = (as_instruction(side.instruction) for side in topic.sides)
        steer.against = "other"
        st.switch_page(_LANDING)
