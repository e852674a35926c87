"""What training changed: gained and lost by collection, and the scores before and after."""

from __future__ import annotations

from reranklab.errors import InputError
from reranklab.evaluate.drift import RankerThere
from reranklab.evaluate.pareto import Offer
from reranklab.plots.drawing import Drawing
from reranklab.plots.labels import Titles, label, titles_for
from reranklab.plots.palette import GREY, GREY_BAND, VERMILION
from reranklab.plots.panels import legend_above, panel_column
from reranklab.plots.pareto import draw_pareto
from reranklab.plots.score_shares import score_edges, score_steps
from reranklab.plots.verdicts import VERDICTS, verdict_points
from reranklab.train.change.before_after import BeforeAfter, CollectionChange

_ROW = 26
_NAME = 40
_PANEL = 110
_LEARNED, _ELSEWHERE = "Learned: the training set's collection", "Kept or forgotten: other collections"


def draw_learned(change: BeforeAfter, *, titles: Titles | None = None) -> Drawing:
    """The difference of each collection with its 95 % interval, the training set's own above the others, on one axis.

    The grey band is the margin within which differences count as none. A point carries its collection as customdata. Raises
    InputError for a change without collections.
    """
    groups = [(_LEARNED, change.learned), (_ELSEWHERE if change.learned else "Collections", change.elsewhere)]
    groups = [(heading, group) for heading, group in groups if group]
    if not groups:
        raise InputError("There is nothing to draw. Compare the two rankers over a collection.")
    names = titles_for((change.before, change.after), titles)
    panels = panel_column([heading for heading, _ in groups], heights=[_ROW * len(group) + 24 for _, group in groups])
    margin, pairs = change.table.margin, [each.difference for each in change.collections]
    ends = [end for pair in pairs for end in (pair.interval.low, pair.interval.high, -margin, margin)]
    room = 0.05 * (max(ends) - min(ends))
    named = set()
    for number, ((_, group), cell) in enumerate(zip(groups, panels.cells, strict=True)):
        for verdict in VERDICTS:
            points = [(row, each.name, each.difference) for row, each in enumerate(group) if each.difference.verdict == verdict]
            if points:
                panels.figure.add_trace(verdict_points(points, verdict, shown=verdict not in named), **cell)
                named.add(verdict)
        panels.figure.add_vrect(x0=-margin, x1=margin, fillcolor=GREY_BAND, line_width=0, layer="below", **cell)
        panels.figure.add_vline(x=0, line={"color": GREY, "width": 1}, layer="below", **cell)
        panels.figure.update_xaxes(
            title=f"{label(change.table.measure)} after less before" if number == len(groups) - 1 else None,
            range=[min(ends) - room, max(ends) + room],
            fixedrange=True,
            **cell,
        )
        panels.figure.update_yaxes(
            tickvals=list(range(len(group))),
            ticktext=[label(each.name, _NAME) for each in group],
            range=[len(group) - 0.5, -0.5],
            fixedrange=True,
            **cell,
        )
    figure = panels.frame("What training changed, 95 %", legend=legend_above(), hovermode="closest")
    told = "; ".join(
        f"{each.name} {each.difference.difference:+.3f} ({each.difference.interval.low:+.3f} to "
        f"{each.difference.interval.high:+.3f}), {each.difference.verdict}"
        for _, group in groups
        for each in group
    )
    words = f"{change.table.measure} of {names[change.after]} less that of {names[change.before]}, with 95 % intervals: {told}."
    return Drawing(figure=figure, words=words)


def draw_quality_time(change: CollectionChange, *, titles: Titles | None = None) -> Drawing:
    """Mean and median time of a query, before and after. Raises InputError where a time is not known."""
    both = (change.before, change.after)
    offers = {each.ranker: Offer(quality=each.mean, ms=each.timing.p50) for each in both if each.timing is not None}
    if len(offers) < len(both):
        raise InputError(f"The times on {change.name} are not known. Compute anew.")
    return draw_pareto(offers, measure=change.difference.measure, titles=titles)


def draw_score_change(change: CollectionChange) -> Drawing:
    """Before above after: the scores of relevant and other documents of one collection, on one axis where both have one scale.

    The solid line is the best threshold of these scores, the dashed one that of the scores before. Raises InputError where
    scores compare within one list only.
    """
    both = (change.before, change.after)
    if any(each.pairs.scale.within_list for each in both):
        raise InputError("These scores compare within one list only, so they have no distribution to draw.")
    shared = change.before.pairs.scale == change.after.pairs.scale
    panels = panel_column(["Before", "After"], heights=[_PANEL, _PANEL])
    for number, (each, cell) in enumerate(zip(both, panels.cells, strict=True)):
        edges = score_edges([one.pairs for one in both] if shared else [each.pairs])
        for steps in score_steps(each.pairs, edges, shown=number == 0):
            panels.figure.add_trace(steps, **cell)
        if each.threshold is not None:
            panels.figure.add_vline(x=each.threshold.score, line={"color": VERMILION, "width": 2}, **cell)
        if number and change.threshold is not None:
            old = change.threshold.carried.score
            panels.figure.add_vline(x=old, line={"color": VERMILION, "width": 2, "dash": "dash"}, **cell)
        panels.figure.update_xaxes(
            title=f"score ({label(each.pairs.scale.name)})" if number or not shared else None,
            range=[float(edges[0]), float(edges[-1])],
            fixedrange=True,
            **cell,
        )
        panels.figure.update_yaxes(title="%", rangemode="tozero", nticks=4, fixedrange=True, **cell)
    figure = panels.frame(f"Scores on {label(change.name, 40)}", legend=legend_above(), hovermode="x")
    return Drawing(figure=figure, words=_score_words(change))


def _score_words(change: CollectionChange) -> str:
    told = f"Before: {_told(change.before)}. After: {_told(change.after)}."
    text = f"Scores of relevant and other documents of {change.name}. {told}"
    if change.threshold is None:
        return text
    carried = change.threshold
    return (
        f"{text} The dashed line is the threshold of before: on the scores after it gives {carried.carried.criterion} "
        f"{carried.carried.value:.3f}, where a threshold of their own gives {carried.own:.3f}."
    )


def _told(there: RankerThere) -> str:
    auc = "no AUC" if there.pooled is None else f"AUC {there.pooled.mean:.2f}"
    best = "no threshold" if there.threshold is None else f"best threshold {there.threshold.score:.3g}"
    return f"{auc}, {best}"
