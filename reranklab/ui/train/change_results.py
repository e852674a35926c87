"""What training changed, on the page: the verdicts first, then collections, scores, probes and queries."""

from __future__ import annotations

import json

import streamlit as st

from reranklab.errors import InputError
from reranklab.evaluate.differences import points_in_words
from reranklab.evaluate.drift import RankerThere
from reranklab.plots.before_after import draw_learned, draw_quality_time, draw_score_change
from reranklab.rankers.titles import ranker_titles
from reranklab.train.change.before_after import BeforeAfter, CollectionChange, QueryChange
from reranklab.train.change.before_after_record import before_after_record
from reranklab.train.change.probe_changes import ProbeChanges
from reranklab.ui import plain
from reranklab.ui.boundary import part
from reranklab.ui.escape import shorten
from reranklab.ui.figures import show_figure
from reranklab.ui.say import say
from reranklab.ui.train.state import ChangeState
from reranklab.ui.widgets import among, field

_TEXT = 140
_LISTED = 10


def show_change(state: ChangeState, change: BeforeAfter) -> None:
    """Everything that changed from one ranker to the other."""
    titles = ranker_titles((change.before, change.after))
    say("query", f"{titles[change.after]} against {titles[change.before]}")
    lost = any(each.difference.verdict == "worse" or _is_lost(each) for each in change.collections)
    say("warning" if lost else "info", "\n".join(change.sentences))
    show_figure(draw_learned(change, titles=titles), key="change_learned")
    _show_collections(change)
    part("The queries")(_show_queries)(state, change)
    part("Quality and time")(_show_times)(state, change)
    part("The scores")(_show_scores)(state, change)
    if change.probes is not None:
        part("The probes")(_show_probes)(change.probes)
    for each in change.collections:
        for note in each.notes:
            say("note", f"{each.name}: {note}")
    for note in change.notes:
        say("note", note)
    plain.download_button(
        "JSON", data=lambda: json.dumps(before_after_record(change), indent=2), file_name="before-after.json",
        mime="application/json", key="change_json", icon=":material/download:", on_click="ignore",
    )  # fmt: skip


def _show_collections(change: BeforeAfter) -> None:
    st.dataframe(
        [
            {
                "Collection": each.name,
                "Trained for": "yes" if each.own else "no",
                "Queries": each.difference.queries,
                "Before": each.before.mean.short,
                "After": each.after.mean.short,
                "Change": each.difference.short,
                "p (Holm)": f"{each.difference.p_holm:.4f}",
                "Verdict": each.difference.verdict,
            }
            for each in (*change.learned, *change.elsewhere)
        ],
        hide_index=True,
        width="stretch",
    )
    say(
        "note",
        f"{change.table.measure} with its 95 % interval, candidates {change.table.candidates}. Verdicts are corrected over all "
        f"collections; equivalent is within {points_in_words(change.table.margin)}.",
    )


def _show_queries(state: ChangeState, change: BeforeAfter) -> None:
    plain.subheader("Queries that changed most", anchor=False)
    names = [each.name for each in change.collections]
    state.listed = among(state.listed, names, default=names[0])
    if len(names) > 1:
        field(
            plain.segmented_control, "Collection", state, "listed", key="w_change_listed", options=names, required=True,
            label_visibility="collapsed",
        )  # fmt: skip
    each = next(each for each in change.collections if each.name == state.listed)
    listed = [query for query in each.queries if query in each.gains or query in each.losses][:_LISTED]
    if not listed:
        say("info", f"No query of {each.name} changed.")
        return
    picked = st.dataframe(
        [_query_row(query) for query in listed],
        hide_index=True,
        width="stretch",
        height="content",
        column_config={
            "Query": st.column_config.TextColumn(width="large"),
            "Change in points": st.column_config.NumberColumn(format="%+.1f"),
            **{name: st.column_config.NumberColumn(format="%.3f") for name in ("Before", "After")},
        },
        on_select="rerun",
        selection_mode="single-row",
        key=f"change_rows_{each.name}",
    )
    rows = picked["selection"]["rows"]
    chosen = listed[rows[0]] if rows and rows[0] < len(listed) else listed[0]
    with st.container(horizontal=True, vertical_alignment="center"):
        if plain.button("Open on Compare", key="open_changed", disabled=each.run is None) and each.run is not None:
            state.asked = (each.run, chosen.query_id)
            st.rerun()
        which = "The chosen query" if rows else "The first query; a click into a row chooses another"
        say("note", f"{which}: {shorten(chosen.text, limit=_TEXT)}")
    say("note", f"{len(each.gains):,} queries of {each.name} gained, {len(each.losses):,} lost, of {len(each.queries):,}.")


def _query_row(query: QueryChange) -> dict[str, object]:
    return {
        "Query": shorten(query.text, limit=_TEXT),
        "Change in points": 100 * query.change,
        "Before": query.before,
        "After": query.after,
        "Id": query.query_id,
    }


def _show_times(state: ChangeState, change: BeforeAfter) -> None:
    plain.subheader("Quality and time", anchor=False)
    each = next(each for each in change.collections if each.name == state.listed)
    try:
        drawing = draw_quality_time(each, titles=ranker_titles((change.before, change.after)))
    except InputError as error:
        say("info", str(error))
        return
    show_figure(drawing, key="change_times")
    say("note", each.times)


def _show_scores(state: ChangeState, change: BeforeAfter) -> None:
    plain.subheader("Do scores still mean the same?", anchor=False)
    drawn = [each for each in change.collections if not (_within(each.before) or _within(each.after))]
    if not drawn:
        say("info", "Scores of these rankers compare within one list only, so they have no threshold.")
        return
    names = [each.name for each in drawn]
    state.shown = among(state.shown, names, default=names[0])
    if len(names) > 1:
        field(
            plain.segmented_control, "Scores of", state, "shown", key="w_change_shown", options=names, required=True,
            label_visibility="collapsed",
        )  # fmt: skip
    show_figure(draw_score_change(next(each for each in drawn if each.name == state.shown)), key="change_scores")
    st.dataframe([_threshold_row(each) for each in drawn], hide_index=True, width="stretch")
    say(
        "note",
        f"Carried is the {change.table.criterion} that the best threshold before gives on the scores after; own is what one "
        "fitted there gives, on queries on which it was not fitted. Documents without a judgement count as not relevant.",
    )


def _threshold_row(each: CollectionChange) -> dict[str, str]:
    used = each.threshold
    return {
        "Collection": each.name,
        "Threshold before": "–" if each.before.threshold is None else f"{each.before.threshold.score:.3g}",
        "Threshold after": "–" if each.after.threshold is None else f"{each.after.threshold.score:.3g}",
        "Own": "–" if used is None else f"{used.own:.3f}",
        "Carried": "–" if used is None else f"{used.carried.value:.3f}",
        "Lost": "–" if used is None else f"{used.loss.mean:+.3f} [{used.loss.low:+.3f}, {used.loss.high:+.3f}]",
        "The old threshold": "–" if used is None else used.verdict,
    }


def _show_probes(probes: ProbeChanges) -> None:
    plain.subheader("Probes that changed", anchor=False)
    say("note", probes.sentence)
    st.dataframe(
        [
            {
                "Capability": each.capability,
                "Before": f"{each.before.passed} of {each.before.judged}",
                "After": f"{each.after.passed} of {each.after.judged}",
                "Change": "–" if each.difference is None else each.difference.short,
                "Verdict": "–" if each.difference is None else each.difference.verdict,
            }
            for each in probes.capabilities
        ],
        hide_index=True,
        width="stretch",
        height="content",
    )
    if probes.flips:
        with plain.expander(f"The {len(probes.flips):,} probes that only one of the two passes"):
            st.dataframe(
                [
                    {
                        "Now": flip.now,
                        "Capability": flip.after.probe.capability,
                        "Query": shorten(flip.after.probe.query.text, limit=_TEXT),
                        "Original": shorten(flip.after.probe.original.content, limit=_TEXT),
                        "Edited": shorten(flip.after.probe.edited.content, limit=_TEXT),
                    }
                    for flip in probes.flips
                ],
                hide_index=True,
                width="stretch",
            )
    for note in probes.report.notes:
        say("note", note)


def _is_lost(each: CollectionChange) -> bool:
    return each.threshold is not None and each.threshold.verdict == "lost"


def _within(there: RankerThere) -> bool:
    return there.pairs.scale.within_list
