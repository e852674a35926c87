"""The scores of relevant and other documents, collection by collection, and where a threshold falls in each."""

from __future__ import annotations

from reranklab.errors import InputError
from reranklab.evaluate.drift import DriftTable, RankerThere
from reranklab.plots.drawing import Drawing
from reranklab.plots.labels import Titles, label, titles_for
from reranklab.plots.palette import VERMILION
from reranklab.plots.panels import legend_above, panel_column
from reranklab.plots.score_shares import score_edges, score_steps

_PANEL = 84


def draw_drift_scores(table: DriftTable, ranker: str, *, carried: str | None = None, titles: Titles | None = None) -> Drawing:
    """A panel a collection, all with one axis of scores: the share of the relevant documents in each of 50 intervals, and of
    the others. The solid line is the collection's best threshold, the dashed one that of the collection `carried`.

    Raises InputError where the ranker ranked no collection, or its scores compare within one list only.
    """
    there = {part.name: each for part in table.collections for each in part.rankers if each.ranker == ranker}
    if not there:
        raise InputError(f"{ranker} ranked none of the collections. Choose another ranker.")
    scale = next(iter(there.values())).pairs.scale
    if scale.within_list:
        raise InputError(f"Scores of {ranker} ({scale.name}) compare within one list only, so they have no distribution.")
    name = titles_for(table.rankers, titles)[ranker]
    edges = score_edges([each.pairs for each in there.values()])
    panels = panel_column([label(collection, 60) for collection in there], heights=[_PANEL] * len(there))
    elsewhere = there[carried].threshold if carried in there else None
    for number, ((collection, each), cell) in enumerate(zip(there.items(), panels.cells, strict=True)):
        for steps in score_steps(each.pairs, edges, shown=number == 0):
            panels.figure.add_trace(steps, **cell)
        if each.threshold is not None:
            panels.figure.add_vline(x=each.threshold.score, line={"color": VERMILION, "width": 2}, **cell)
        if elsewhere is not None and collection != carried:
            panels.figure.add_vline(x=elsewhere.score, line={"color": VERMILION, "width": 2, "dash": "dash"}, **cell)
        last = number == len(there) - 1
        panels.figure.update_xaxes(
            title=f"score ({label(scale.name)})" if last else None,
            range=[float(edges[0]), float(edges[-1])],
            fixedrange=True,
            **cell,
        )
        panels.figure.update_yaxes(title="%" if number == 0 else None, rangemode="tozero", nticks=4, fixedrange=True, **cell)
    figure = panels.frame(f"Scores of {label(name, 40)} by collection", legend=legend_above(), hovermode="x")
    return Drawing(figure=figure, words=_words(name, there, carried if elsewhere is not None else None))


def _words(name: str, there: dict[str, RankerThere], carried: str | None) -> str:
    parts = []
    for collection, each in there.items():
        auc = "" if each.pooled is None else f"AUC {each.pooled.mean:.2f}"
        best = "no threshold" if each.threshold is None else f"best threshold {each.threshold.score:.3g}"
        parts.append(f"{collection}: {', '.join(part for part in (auc, best) if part)}")
    text = f"Scores of relevant and other documents of {name}. {'; '.join(parts)}."
    return text if carried is None else f"{text} The dashed line is the threshold of {carried}."
