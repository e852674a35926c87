"""A drift table on the page."""

from __future__ import annotations

import streamlit as st

from reranklab.evaluate.confidence import Interval
from reranklab.evaluate.differences import points_in_words, verdict_in_words
from reranklab.evaluate.drift import DriftTable, RankerThere
from reranklab.evaluate.thresholds import Transfer
from reranklab.plots.drift_differences import draw_drift
from reranklab.plots.drift_scores import draw_drift_scores
from reranklab.rankers.titles import ranker_titles
from reranklab.ui import plain
from reranklab.ui.boundary import part
from reranklab.ui.evaluate.drift_state import DriftState
from reranklab.ui.figures import show_figure
from reranklab.ui.say import say
from reranklab.ui.widgets import among, field


@part("The drift table")
def show_drift_table(state: DriftState, table: DriftTable) -> None:
    """Verdicts, differences, scores with thresholds, and what the tokenizers read."""
    titles = ranker_titles(table.rankers)
    for name, pair in table.differences:
        if pair.verdict in ("better", "worse"):
            sentence = verdict_in_words(pair, first=titles[pair.first], second=titles[pair.second])
            say("warning" if pair.verdict == "worse" else "info", f"On {name}, {sentence}")
    if table.differences and all(pair.verdict == "undecided" for _, pair in table.differences):
        say("info", f"So few queries can tell no ranker from {titles[table.baseline]} on any of these collections.")
    if table.differences:
        show_figure(draw_drift(table, titles=titles), key="drift_differences")
    _show_cells(table, titles)
    _show_scores(state, table, titles)
    _show_texts(table, titles)
    for part_ in table.collections:
        for note in part_.notes:
            say("note", f"{part_.name}: {note}")


def _show_cells(table: DriftTable, titles: dict[str, str]) -> None:
    others = [ranker for ranker in table.rankers if ranker != table.baseline]
    rows = []
    for each in table.collections:
        baseline = table.there(each.name, table.baseline)
        row = {
            "Collection": each.name,
            "Queries": f"{each.queries:,}",
            f"{titles[table.baseline]}, {table.measure}": "–" if baseline is None else baseline.mean.short,
        }
        for ranker in others:
            row[titles[ranker]] = _difference(table.there(each.name, ranker))
        rows.append(row)
    st.dataframe(rows, hide_index=True, width="stretch")
    stored = sum(each.stored for each in table.collections)
    say(
        "note",
        f"{table.measure} less that of {titles[table.baseline]} with its 95 % interval, candidates {table.candidates}. "
        f"Verdicts are corrected over all {len(table.differences)} cells; equivalent is within "
        f"{points_in_words(table.margin)}. {stored:,} rankings are from the store.",
    )


@part("The scores")
def _show_scores(state: DriftState, table: DriftTable, titles: dict[str, str]) -> None:
    plain.subheader("Do scores mean the same there?", anchor=False)
    ranked = {each.ranker for part_ in table.collections for each in part_.rankers if not each.pairs.scale.within_list}
    rankers = [ranker for ranker in table.rankers if ranker in ranked]
    if not rankers:
        say("info", "Scores of these rankers compare within one list only. Add a ranker with scores, such as a cross-encoder.")
        return
    names = [part_.name for part_ in table.collections]
    state.ranker = among(state.ranker, rankers, default=rankers[0])
    state.carried = among(state.carried, names, default=names[0])
    left, right = st.columns(2)
    with left:
        field(
            plain.selectbox, "Ranker", state, "ranker", key="w_drift_ranker", options=rankers,
            format_func=titles.__getitem__,
        )  # fmt: skip
    with right:
        field(
            plain.selectbox, "Threshold of", state, "carried", key="w_drift_carried", options=names,
            help="The dashed line on the other collections.",
        )  # fmt: skip
    show_figure(draw_drift_scores(table, state.ranker, carried=state.carried, titles=titles), key="drift_scores")
    carried = {each.target: each for each in table.transfers if each.ranker == state.ranker and each.source == state.carried}
    rows = []
    for name in names:
        there = table.there(name, state.ranker)
        if there is None:
            continue
        best, elsewhere = there.threshold, carried.get(name)
        rows.append(
            {
                "Collection": name,
                "AUC": _interval(there.pooled),
                "AUC within queries": _interval(there.within),
                "Best threshold": "–" if best is None else f"{best.score:.3g}",
                "Precision, recall": "–" if best is None else f"{best.precision:.2f}, {best.recall:.2f}",
                f"Own {table.criterion}": "–" if elsewhere is None else f"{elsewhere.own:.3f}",
                f"Carried {table.criterion}": "–" if elsewhere is None else f"{elsewhere.carried.value:.3f}",
                "Lost": "–" if elsewhere is None else _lost(elsewhere),
            }
        )
    st.dataframe(rows, hide_index=True, width="stretch")
    say(
        "note",
        "AUC is the chance that a relevant document scores above another one: of any queries, and within each query. Lost is "
        f"what the threshold of {state.carried} gives less than the collection's own, which is fitted on four fifths of its "
        "queries and used on the rest. Documents without a judgement count as not relevant.",
    )


def _show_texts(table: DriftTable, titles: dict[str, str]) -> None:
    plain.subheader("What the tokenizers read", anchor=False)
    rows = [
        {
            "Collection": part_.name,
            "Ranker": titles[each.ranker],
            "Documents": f"{each.texts.documents:,}",
            "Tokens, median": f"{each.texts.median:,.0f}",
            "95th percentile": f"{each.texts.p95:,.0f}",
            "Cut": f"{each.texts.truncated:.0%}",
            "Unknown characters": f"{each.texts.unknown:.2%}",
            "Tokens a word": "–" if each.texts.tokens_per_word is None else f"{each.texts.tokens_per_word:.2f}",
        }
        for part_ in table.collections
        for each in part_.rankers
    ]
    st.dataframe(rows, hide_index=True, width="stretch")


def _difference(there: RankerThere | None) -> str:
    if there is None or there.difference is None:
        return "–"
    pair = there.difference
    return f"{pair.short} {pair.verdict}"


def _lost(carried: Transfer) -> str:
    loss = carried.loss
    return f"{loss.mean:+.2f} [{loss.low:+.2f}, {loss.high:+.2f}] {carried.verdict}"


def _interval(interval: Interval | None) -> str:
    return "–" if interval is None else f"{interval.mean:.2f} [{interval.low:.2f}, {interval.high:.2f}]"
