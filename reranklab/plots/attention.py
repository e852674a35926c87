"""Attention as heatmaps: all heads at a glance, and query words by document words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import plotly.graph_objects as go

from reranklab.errors import InputError
from reranklab.plots.frame import frame
from reranklab.plots.labels import label, shorten
from reranklab.plots.palette import SHARE_SCALE, SIGNED_SCALE, VERMILION

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike

_STRONGEST = 3
_LABEL = 18
# Pixels from the top of the figure to the colour bar and to the plot.
_BAR, _TOP = 34, 76


def attention_overview_figure(
    shares: ArrayLike,
    *,
    title: str,
    value_name: str,
    selected: tuple[int, int] | None = None,
    diverging: bool = False,
) -> go.Figure:
    """One cell a head: `shares` is (layers, heads), the first layer on top. Axes and texts count from 1.

    `selected` is a layer and a head, both from 0, outlined where there is such a head; a click on a cell gives the
    customdata "layer,head", both from 0. `diverging` is for signed values. Raises InputError for no heads.
    """
    values = _matrix(shares, "There is no attention to draw. Choose a ranker that reads query and document together.")
    layers, heads = values.shape
    row = 26 if layers <= 12 else 20 if layers <= 24 else 16
    height = 130 + max(row * layers, 60)
    figure = go.Figure(
        go.Heatmap(
            z=values,
            x=list(range(1, heads + 1)),
            y=list(range(1, layers + 1)),
            **_colours(values, diverging=diverging, height=height),
            xgap=1,
            ygap=1,
            hoverinfo="skip",
        )
    )
    figure.add_trace(_targets(values, value_name))
    _lay_out(figure, title=title, value_name=value_name, height=height)
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


def describe_attention_overview(shares: ArrayLike, *, value_name: str, diverging: bool = False) -> str:
    """The figure in words. Plain text, not escaped."""
    values = _matrix(shares, "There is no attention to describe.")
    layers, heads = values.shape
    strongest = ", ".join(
        f"layer {row + 1} head {column + 1} ({values[row, column]:.3g})"
        for row, column in _strongest(values, diverging=diverging)
    )
    return (
        f"{shorten(value_name, 80)} over {_count(layers, 'layer')} of {_count(heads, 'head')}: mean {values.mean():.3g}, "
        f"strongest at {strongest}."
    )


def word_map_figure(
    values: ArrayLike,
    *,
    rows: Sequence[str],
    columns: Sequence[str],
    title: str,
    value_name: str,
    diverging: bool = False,
    row_name: str = "query word",
    column_name: str = "document word",
) -> go.Figure:
    """One cell for each query word (`rows`) and document word (`columns`): `values` is (rows, columns).

    Words are placed by position, so that a word may occur twice; as many are named as fit, and zooming in names more. A
    cell's x and y are the positions of its words, from 0, as strings. `diverging` is for signed values. Raises InputError
    for no words, or names that do not fit the values.
    """
    matrix = _word_matrix(values, rows, columns)
    hover = f"%{{y}} · %{{x}}<br>{label(value_name, 60)}: %{{z:.3g}}<extra></extra>"
    few = max(matrix.shape) <= 60
    below = 50 + (7 * min(max(len(word) for word in columns), _LABEL) if len(columns) > 8 else 10)
    height = 80 + below + min(max(22 * len(rows), 60), 900)
    figure = go.Figure(
        go.Heatmap(
            z=matrix,
            x=[str(position) for position in range(len(columns))],
            y=[str(position) for position in range(len(rows))],
            **_colours(matrix, diverging=diverging, height=height),
            xgap=1 if few else 0,
            ygap=1 if few else 0,
            hovertemplate=hover,
        )
    )
    _lay_out(figure, title=title, value_name=value_name, height=height)
    # A category axis names as many words as fit its length in pixels; the names stand for the positions, in hover texts too.
    axis: dict[str, Any] = {"type": "category", "showgrid": False, "zeroline": False, "automargin": True}
    figure.update_xaxes(
        **axis,
        title={"text": column_name, "standoff": 8},
        tickangle=-90 if len(columns) > 8 else 0,
        labelalias=_names(columns),
    )
    figure.update_yaxes(**axis, title={"text": row_name, "standoff": 8}, autorange="reversed", labelalias=_names(rows))
    return figure


def describe_word_map(
    values: ArrayLike,
    *,
    rows: Sequence[str],
    columns: Sequence[str],
    value_name: str,
    diverging: bool = False,
    row_name: str = "query word",
    column_name: str = "document word",
) -> str:
    """The figure in words. Plain text, not escaped."""
    matrix = _word_matrix(values, rows, columns)
    strongest = ", ".join(
        f"{shorten(rows[row])} with {shorten(columns[column])} ({matrix[row, column]:.3g})"
        for row, column in _strongest(matrix, diverging=diverging)
    )
    return (
        f"{shorten(value_name, 80)} of {_count(len(rows), row_name)} by {_count(len(columns), column_name)}. "
        f"Strongest: {strongest}."
    )


def _matrix(values: ArrayLike, refusal: str) -> np.ndarray:
    import numpy as np

    matrix = np.asarray(values, dtype=np.float32)
    if matrix.ndim != 2 or matrix.size == 0:
        raise InputError(refusal)
    return matrix


def _word_matrix(values: ArrayLike, rows: Sequence[str], columns: Sequence[str]) -> np.ndarray:
    matrix = _matrix(values, "There are no words to draw. Choose a query and a document that have some.")
    if matrix.shape != (len(rows), len(columns)):
        raise InputError(f"The map has {matrix.shape[0]} by {matrix.shape[1]} values for {len(rows)} by {len(columns)} words.")
    return matrix


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


def _names(words: Sequence[str]) -> dict[str, str]:
    return {str(position): label(word, _LABEL) for position, word in enumerate(words)}


def _strongest(values: np.ndarray, *, diverging: bool) -> list[tuple[int, int]]:
    import numpy as np

    sizes = np.abs(values) if diverging else values
    order = np.argsort(-sizes, axis=None, kind="stable")[:_STRONGEST]
    return [(int(cell) // values.shape[1], int(cell) % values.shape[1]) for cell in order]


def _count(number: int, name: str) -> str:
    return f"{number} {name}{'' if number == 1 else 's'}"


def _colours(values: np.ndarray, *, diverging: bool, height: int) -> dict[str, Any]:
    """The scale and its bar, which lies between title and plot: beside a map of one row it would be a dot."""
    largest = float(abs(values).max() if diverging else values.max()) or 1.0
    return {
        "zmin": -largest if diverging else min(0.0, float(values.min())),
        "zmax": largest,
        "colorscale": [list(stop) for stop in SIGNED_SCALE] if diverging else SHARE_SCALE,
        "colorbar": {
            "orientation": "h",
            "len": 0.4,
            "x": 1,
            "xanchor": "right",
            "xpad": 0,
            "y": 1 - _BAR / height,
            "yref": "container",
            "yanchor": "top",
            "ypad": 0,
            "thickness": 10,
            "nticks": 6,
        },
    }


def _lay_out(figure: go.Figure, *, title: str, value_name: str, height: int) -> None:
    frame(figure, title=label(title, 100), height=height, margin={"l": 8, "r": 8, "t": _TOP, "b": 8})
    # Plotly places a bar's own title by the height of the plot: over the bar where the plot is low.
    figure.add_annotation(
        text=label(value_name, 60),
        xref="paper", x=0.6, xanchor="right", xshift=-10,
        yref="paper", y=1, yanchor="middle", yshift=_TOP - _BAR - 5,
        showarrow=False,
    )  # fmt: skip
