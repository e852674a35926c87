"""Agreement between every two rankers as a heatmap."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import plotly.graph_objects as go

from reranklab.errors import InputError
from reranklab.evaluate.agreement import Agreement
from reranklab.plots.drawing import Drawing
from reranklab.plots.frame import frame
from reranklab.plots.labels import Titles, column_labels, label, titles_for, wrapped

Measure = Literal["tau", "overlap", "rbo"]


def draw_agreement(agreements: Sequence[Agreement], *, measure: Measure = "tau", titles: Titles | None = None) -> Drawing:
    """One measure of `agreement_table` for every pair, with the number in its cell; a ranker agrees with itself by 1.

    Raises InputError for an unknown measure or no pairs.
    """
    title, lowest = _title(agreements, measure)
    rankers = _rankers(agreements)
    names = titles_for(rankers, titles)
    return Drawing(
        figure=_figure(agreements, measure, rankers, names, title=title, lowest=lowest),
        words=_words(agreements, measure, names, title=title),
    )


def _figure(
    agreements: Sequence[Agreement], measure: Measure, rankers: Sequence[str], names: Titles, *, title: str, lowest: float
) -> go.Figure:
    values = {(row.first, row.second): float(getattr(row, measure)) for row in agreements}
    cells = [[1.0 if a == b else values.get((a, b), values.get((b, a))) for b in rankers] for a in rankers]
    figure = go.Figure(
        go.Heatmap(
            z=cells,
            zmin=lowest,
            zmax=1,
            colorscale="PuOr_r" if lowest < 0 else "Cividis",
            texttemplate="%{z:.2f}",
            textfont={"size": 14},
            xgap=2,
            ygap=2,
            hovertext=[[f"{label(names[a], 60)}<br>{label(names[b], 60)}" for b in rankers] for a in rankers],
            hovertemplate="%{hovertext}<br>%{z:.3f}<extra></extra>",
            colorbar={"title": {"text": title, "side": "right"}, "thickness": 14},
        )
    )
    frame(figure, title=f"Agreement: {title}", height=190 + 62 * len(rankers))
    ticks = {
        "tickvals": list(range(len(rankers))),
        "showgrid": False,
        "zeroline": False,
        "fixedrange": True,
    }
    figure.update_xaxes(**ticks, ticktext=column_labels([names[ranker] for ranker in rankers]), tickangle=0, title="ranker")
    figure.update_yaxes(**ticks, ticktext=[wrapped(names[ranker]) for ranker in rankers], title="ranker", autorange="reversed")
    return figure


def _words(agreements: Sequence[Agreement], measure: Measure, names: Titles, *, title: str) -> str:
    most = max(agreements, key=lambda row: getattr(row, measure))
    least = min(agreements, key=lambda row: getattr(row, measure))
    highest = f"between {names[most.first]} and {names[most.second]}"
    if len(agreements) == 1:
        return f"{title} {highest}: {getattr(most, measure):.2f}."
    lowest = f"between {names[least.first]} and {names[least.second]} ({getattr(least, measure):.2f})"
    return f"{title}: highest {highest} ({getattr(most, measure):.2f}), lowest {lowest}."


def _title(agreements: Sequence[Agreement], measure: str) -> tuple[str, float]:
    """The measure's name and its lowest possible value."""
    if measure not in get_args(Measure):
        raise InputError(f"There is no agreement measure {measure!r}. Choose one of: {', '.join(get_args(Measure))}.")
    if not agreements:
        raise InputError("There are no two rankings to compare. Run at least two rankers.")
    first = agreements[0]
    titles = {
        "tau": ("Kendall's tau", -1.0),
        "overlap": (f"top-{first.k} overlap", 0.0),
        "rbo": (f"rank-biased overlap (p = {first.p:g})", 0.0),
    }
    return titles[measure]


def _rankers(agreements: Sequence[Agreement]) -> list[str]:
    return list(dict.fromkeys(name for row in agreements for name in (row.first, row.second)))
