"""A model's attention at a glance: one cell for each of its heads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import plotly.graph_objects as go

from reranklab.plots.drawing import Drawing
from reranklab.plots.heatmap import colours, counted, lay_out_map, matrix_of, strongest_cells
from reranklab.plots.labels import label, shorten
from reranklab.plots.palette import VERMILION

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike


def draw_head_attention(
    shares: ArrayLike,
    *,
    title: str,
    value_name: str,
    selected: tuple[int, int] | None = None,
    diverging: bool = False,
) -> Drawing:
    """One cell a head: `shares` is (layers, heads), the first layer on top. Axes and texts count from 1.

    `selected` is a layer and a head, both from 0, outlined where there is such a head; a click on a cell gives the
    customdata "layer,head", both from 0. `diverging` is for signed values. Raises InputError for no heads.
    """
    values = matrix_of(shares, "There is no attention to draw. Choose a ranker that reads query and document together.")
    return Drawing(
        figure=_figure(values, title=title, value_name=value_name, selected=selected, diverging=diverging),
        words=_words(values, title=title, value_name=value_name, diverging=diverging),
    )


def _figure(values: np.ndarray, *, title: str, value_name: str, selected: tuple[int, int] | None, diverging: bool) -> go.Figure:
    layers, heads = values.shape
    row = 26 if layers <= 12 else 20 if layers <= 24 else 16
    height = 130 + max(row * layers, 60)
    figure = go.Figure(
        go.Heatmap(
            z=values,
            x=list(range(1, heads + 1)),
            y=list(range(1, layers + 1)),
            **colours(values, diverging=diverging, height=height),
            xgap=1,
            ygap=1,
            hoverinfo="skip",
        )
    )
    figure.add_trace(_targets(values, value_name))
    lay_out_map(figure, title=title, value_name=value_name, height=height)
    figure.update_layout(hovermode="closest", hoverdistance=-1)
    axis = {"showgrid": False, "zeroline": False, "fixedrange": True, "tickangle": 0}
    figure.update_xaxes(**axis, title="head", dtick=1 if heads <= 36 else 4, range=[0.4, heads + 0.6])
    figure.update_yaxes(**axis, title="layer", dtick=1 if layers <= 36 else 4, range=[layers + 0.6, 0.4])
    layer, head = selected or (-1, -1)
    if 0 <= layer < layers and 0 <= head < heads:
        corners = {"x0": head + 0.5, "x1": head + 1.5, "y0": layer + 0.5, "y1": layer + 1.5}
        # Two lines, so that one of them stands out from the cell whatever its colour.
        for line in ({"color": "white", "width": 6}, {"color": VERMILION, "width": 3}):
            figure.add_shape(type="rect", **corners, line=line)
    return figure


def _words(values: np.ndarray, *, title: str, value_name: str, diverging: bool) -> str:
    layers, heads = values.shape
    strongest = ", ".join(
        f"layer {row + 1} head {column + 1} ({values[row, column]:.3g})"
        for row, column in strongest_cells(values, diverging=diverging)
    )
    return (
        f"{shorten(title, 100)}: {shorten(value_name, 80)}, {counted(layers, 'layer')} of {counted(heads, 'head')}. "
        f"Mean {values.mean():.3g}, strongest at {strongest}."
    )


def _targets(values: np.ndarray, value_name: str) -> go.Scatter:
    """An invisible point in every cell: the nearest answers to mouse and click. Plotly selects no cells of a heatmap."""
    layers, heads = values.shape
    cells = [(layer, head) for layer in range(layers) for head in range(heads)]
    name = label(value_name, 60)
    return go.Scatter(
        x=[head + 1 for _, head in cells],
        y=[layer + 1 for layer, _ in cells],
        mode="markers",
        showlegend=False,
        marker={"opacity": 0, "size": 6},
        customdata=[f"{layer},{head}" for layer, head in cells],
        hovertext=[f"layer {layer + 1}, head {head + 1}<br>{name}: {values[layer, head]:.3g}" for layer, head in cells],
        hoverinfo="text",
    )
