"""Where rankers stop being better than the baseline: their differences from it, collection by collection."""

from __future__ import annotations

from reranklab.errors import InputError
from reranklab.evaluate.differences import Verdict
from reranklab.evaluate.drift import DriftTable
from reranklab.plots.drawing import Drawing
from reranklab.plots.labels import Titles, label, titles_for, wrapped
from reranklab.plots.palette import GREY, GREY_BAND
from reranklab.plots.panels import legend_above, panel_grid
from reranklab.plots.verdicts import VERDICTS, verdict_points

_COLUMNS = 3
_ROW = 26
_NAME = 30


def draw_drift(table: DriftTable, *, titles: Titles | None = None) -> Drawing:
    """A panel a ranker, a row a collection: the difference from the baseline with its interval, marked by the verdict.

    The grey band is the margin within which differences count as none. A point carries its collection and ranker as customdata.
    Raises InputError for a table without cells.
    """
    if not table.differences:
        raise InputError("There is nothing to draw. Compare at least two rankers over a collection.")
    names = titles_for(table.rankers, titles)
    rankers = [ranker for ranker in table.rankers if any(pair.first == ranker for _, pair in table.differences)]
    rows = {part.name: row for row, part in enumerate(table.collections)}
    panels = panel_grid([wrapped(names[ranker]) for ranker in rankers], columns=_COLUMNS, height=_ROW * len(rows) + 30)
    ends = [end for _, pair in table.differences for end in (pair.interval.low, pair.interval.high, -pair.margin, pair.margin)]
    room = 0.05 * (max(ends) - min(ends))
    named: set[Verdict] = set()
    for ranker, cell in zip(rankers, panels.cells, strict=True):
        for verdict in VERDICTS:
            points = [
                (rows[name], name, pair) for name, pair in table.differences if pair.first == ranker and pair.verdict == verdict
            ]
            if points:
                panels.figure.add_trace(verdict_points(points, verdict, shown=verdict not in named), **cell)
                named.add(verdict)
        panels.figure.add_vrect(x0=-table.margin, x1=table.margin, fillcolor=GREY_BAND, line_width=0, layer="below", **cell)
        panels.figure.add_vline(x=0, line={"color": GREY, "width": 1}, layer="below", **cell)
        panels.figure.update_xaxes(
            title=f"{label(table.measure)} less {label(names[table.baseline])}",
            range=[min(ends) - room, max(ends) + room],
            fixedrange=True,
            **cell,
        )
        panels.figure.update_yaxes(
            tickvals=list(rows.values()),
            ticktext=[label(name, _NAME) for name in rows],
            showticklabels=cell["col"] == 1,
            range=[len(rows) - 0.5, -0.5],
            fixedrange=True,
            **cell,
        )
    figure = panels.frame("Difference by collection, 95 %", legend=legend_above(), hovermode="closest")
    return Drawing(figure=figure, words=_words(table, names))


def _words(table: DriftTable, names: Titles) -> str:
    cells = "; ".join(
        f"{names[pair.first]} on {name} {pair.difference:+.3f} ({pair.interval.low:+.3f} to {pair.interval.high:+.3f}), "
        f"{pair.verdict}"
        for name, pair in table.differences
    )
    return f"Mean {table.measure} less that of {names[table.baseline]}, with 95 % intervals: {cells}."
