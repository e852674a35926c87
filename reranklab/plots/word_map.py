"""Words by words: attention or similarity between each query word and each document word."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import plotly.graph_objects as go

from reranklab.errors import InputError
from reranklab.plots.drawing import Drawing
from reranklab.plots.heatmap import colours, counted, lay_out_map, matrix_of, strongest_cells
from reranklab.plots.labels import label, shorten
from reranklab.plots.palette import SELECTED

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike

_LABEL = 18


def draw_word_map(
    values: ArrayLike,
    *,
    rows: Sequence[str],
    columns: Sequence[str],
    title: str,
    value_name: str,
    diverging: bool = False,
    row_name: str = "query word",
    column_name: str = "document word",
    marked: Sequence[int] = (),
) -> Drawing:
    """One cell for each query word (`rows`) and document word (`columns`): `values` is (rows, columns).

    Words are placed by position, so that a word may occur twice; as many are named as fit, and zooming in names more. A
    cell's x and y are the positions of its words, from 0, as strings. `diverging` is for signed values. `marked` outlines one
    cell in each row, that of its column. Raises InputError for no words, or names that do not fit the values.
    """
    matrix = _word_matrix(values, rows, columns)
    axes = row_name, column_name
    figure = _figure(matrix, rows, columns, axes, title=title, value_name=value_name, diverging=diverging)
    if marked:
        figure.add_trace(_outlines(marked, rows=len(rows), columns=len(columns)))
    return Drawing(
        figure=figure,
        words=_words(matrix, rows, columns, axes, title=title, value_name=value_name, diverging=diverging),
    )


def _figure(
    matrix: np.ndarray,
    rows: Sequence[str],
    columns: Sequence[str],
    axes: tuple[str, str],
    *,
    title: str,
    value_name: str,
    diverging: bool,
) -> go.Figure:
    hover = f"%{{y}} · %{{x}}<br>{label(value_name, 60)}: %{{z:.3g}}<extra></extra>"
    few = max(matrix.shape) <= 60
    below = 50 + (7 * min(max(len(word) for word in columns), _LABEL) if len(columns) > 8 else 10)
    height = 80 + below + min(max(22 * len(rows), 60), 900)
    figure = go.Figure(
        go.Heatmap(
            z=matrix,
            x=[str(position) for position in range(len(columns))],
            y=[str(position) for position in range(len(rows))],
            **colours(matrix, diverging=diverging, height=height),
            xgap=1 if few else 0,
            ygap=1 if few else 0,
            hovertemplate=hover,
        )
    )
    lay_out_map(figure, title=title, value_name=value_name, height=height)
    # A category axis names as many words as fit its length in pixels; the names stand for the positions, in hover texts too.
    axis: dict[str, Any] = {"type": "category", "showgrid": False, "zeroline": False, "automargin": True}
    figure.update_xaxes(
        **axis,
        title={"text": axes[1], "standoff": 8},
        tickangle=-90 if len(columns) > 8 else 0,
        labelalias=_names(columns),
    )
    figure.update_yaxes(**axis, title={"text": axes[0], "standoff": 8}, autorange="reversed", labelalias=_names(rows))
    return figure


def _outlines(marked: Sequence[int], *, rows: int, columns: int) -> go.Scatter:
    """A square around one cell of each row, in a colour that stands out from the scale on light and dark."""
    size = max(6, min(18, 700 // max(columns, 1), 700 // max(rows, 1)))
    return go.Scatter(
        x=[str(column) for column in marked],
        y=[str(row) for row in range(len(marked))],
        mode="markers",
        marker={"symbol": "square-open", "size": size, "color": SELECTED, "line": {"width": 2}},
        hoverinfo="skip",
        showlegend=False,
    )


def _words(
    matrix: np.ndarray,
    rows: Sequence[str],
    columns: Sequence[str],
    axes: tuple[str, str],
    *,
    title: str,
    value_name: str,
    diverging: bool,
) -> str:
    strongest = ", ".join(
        f"{shorten(rows[row])} with {shorten(columns[column])} ({matrix[row, column]:.3g})"
        for row, column in strongest_cells(matrix, diverging=diverging)
    )
    return (
        f"{shorten(title, 100)}: {shorten(value_name, 80)}, "
        f"{counted(len(rows), axes[0])} by {counted(len(columns), axes[1])}. "
        f"Strongest: {strongest}."
    )


def _word_matrix(values: ArrayLike, rows: Sequence[str], columns: Sequence[str]) -> np.ndarray:
    matrix = matrix_of(values, "There are no words to draw. Choose a query and a document that have some.")
    if matrix.shape != (len(rows), len(columns)):
        raise InputError(f"The map has {matrix.shape[0]} by {matrix.shape[1]} values for {len(rows)} by {len(columns)} words.")
    return matrix


def _names(words: Sequence[str]) -> dict[str, str]:
    return {str(position): label(word, _LABEL) for position, word in enumerate(words)}
