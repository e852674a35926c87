"""How far the order of the candidates moves each document: its ranks over shuffled runs."""

from __future__ import annotations

from collections.abc import Mapping

import plotly.graph_objects as go

from reranklab.explain.shuffles import OrderStability
from reranklab.plots.drawing import Drawing
from reranklab.plots.frame import frame
from reranklab.plots.labels import Titles, label, shorten, titles_for
from reranklab.plots.palette import BLUE, GREY, VERMILION
from reranklab.plots.shuffled import check_shuffled, rank_ticks, trials_in_words

_NAMED = 3

Spread = Mapping[str, tuple[int, float, int]]
"""Document id to its lowest, mean and highest rank, the best mean first."""


def draw_rank_spread(stability: OrderStability, *, selected: str | None = None, titles: Titles | None = None) -> Drawing:
    """A row a document, the best mean rank on top: a dot at its mean rank, a line from its lowest to its highest.

    `selected` is marked. A dot carries its document id as customdata. Raises InputError for no trials.
    """
    check_shuffled(stability)
    name = titles_for([stability.ranker], titles)[stability.ranker]
    spread = dict(sorted(stability.spread().items(), key=lambda entry: (entry[1][1], entry[1][0])))
    return Drawing(figure=_figure(stability, name, spread, selected), words=_words(stability, name, spread))


def _figure(stability: OrderStability, name: str, spread: Spread, selected: str | None) -> go.Figure:
    documents = list(spread)
    means = [mean for _, mean, _ in spread.values()]
    chosen = [document == selected for document in documents]
    figure = go.Figure(
        go.Scatter(
            x=means,
            y=list(range(1, len(documents) + 1)),
            mode="markers",
            marker={
                "color": [VERMILION if is_chosen else BLUE for is_chosen in chosen],
                "symbol": ["diamond" if is_chosen else "circle" for is_chosen in chosen],
                "size": 9,
            },
            unselected={"marker": {"opacity": 1}},
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [high - mean for _, mean, high in spread.values()],
                "arrayminus": [mean - low for low, mean, _ in spread.values()],
                "color": GREY,
                "thickness": 2,
                "width": 4,
            },
            customdata=documents,
            hovertext=[
                f"<b>{label(document, 60)}</b><br>mean rank {mean:.1f}, from {low} to {high}"
                for document, (low, mean, high) in spread.items()
            ],
            hoverinfo="text",
        )
    )
    rows = len(documents)
    row = 24 if rows <= 30 else 18 if rows <= 60 else 15
    frame(
        figure,
        title=f"Ranks over {trials_in_words(stability)}, {label(name, 60)}",
        height=120 + max(row * rows, 60),
        hovermode="closest",
        margin={"l": 8, "r": 8, "t": 92, "b": 8},
    )
    figure.update_layout(title={"xref": "container", "pad": {"t": 8, "l": 8}})
    figure.update_xaxes(
        title={"text": "rank: mean, lowest and highest", "standoff": 8},
        side="top",
        range=[1 - 0.02 * rows - 0.2, 1.02 * rows + 0.2],
        tickvals=rank_ticks(rows),
        zeroline=False,
        fixedrange=True,
    )
    names = [label(document) for document in documents]
    figure.update_yaxes(
        title={"text": "document", "standoff": 8},
        tickvals=list(range(1, rows + 1)),
        ticktext=[f"<b>{each}</b>" if is_chosen else each for each, is_chosen in zip(names, chosen, strict=True)],
        tickfont={"size": 12 if row > 15 else 10},
        range=[rows + 0.6, 0.4],
        showgrid=rows <= 60,
        zeroline=False,
        fixedrange=True,
    )
    return figure


def _words(stability: OrderStability, name: str, spread: Spread) -> str:
    widths = {document: high - low for document, (low, _, high) in spread.items()}
    widest = [document for document in sorted(widths, key=lambda document: -widths[document])[:_NAMED] if widths[document]]
    named = ", ".join(f"{shorten(document)} from {spread[document][0]} to {spread[document][2]}" for document in widest)
    steady = sum(not width for width in widths.values())
    repairs = sum(trial.repairs for trial in stability.trials)
    windows = sorted({trial.window for trial in stability.trials if trial.window})
    plan = f" ({'window' if len(windows) == 1 else 'windows'} {', '.join(map(str, windows))})" if windows else ""
    replies = f" Repaired replies: {repairs}." if windows else ""
    return (
        f"Ranks of {len(spread)} documents over {trials_in_words(stability)} of {name}{plan}: "
        f"{steady} always at the same rank{f', widest {named}' if named else ''}.{replies}"
    )
