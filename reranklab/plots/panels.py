"""Figures of several panels, each with axes of its own: scores of different rankers are never on one axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from reranklab.plots.frame import frame

# Pixels: title and legend above all, the axis below each panel, a line of a heading.
_TITLE, _AXIS, _LINE = 60, 64, 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Panels:
    """A figure of empty panels. `cells` are Plotly's row and col of each panel; `top` is the margin above the first."""

    figure: go.Figure
    cells: tuple[dict[str, int], ...]
    height: int
    top: int

    def frame(self, title: str, **layout: Any) -> go.Figure:
        """The figure with its title and height, for when all is drawn."""
        margin = {"l": 8, "r": 8, "t": self.top, "b": 12}
        return frame(self.figure, title=title, height=self.height, margin=margin, **layout)


def panel_grid(headings: Sequence[str], *, columns: int, height: int) -> Panels:
    """A panel for each heading, `height` pixels high, in rows of up to `columns`."""
    across = min(len(headings), columns)
    return _panels(headings, columns=across, heights=[height] * -(-len(headings) // across))


def panel_column(headings: Sequence[str], *, heights: Sequence[int]) -> Panels:
    """Panels below each other, each of its own height in pixels."""
    return _panels(headings, columns=1, heights=heights)


def legend_above() -> dict[str, Any]:
    """A legend in a line, at the right of the title."""
    return {
        "orientation": "h",
        "traceorder": "normal",
        "x": 1,
        "xanchor": "right",
        "xref": "paper",
        "y": 1,
        "yanchor": "top",
        "yref": "container",
    }


def _panels(headings: Sequence[str], *, columns: int, heights: Sequence[int]) -> Panels:
    lines = max(heading.count("<br>") + 1 for heading in headings)
    gap = _AXIS + _LINE * lines
    total = sum(heights) + gap * (len(heights) - 1)
    figure = make_subplots(
        rows=len(heights),
        cols=columns,
        subplot_titles=list(headings),
        row_heights=list(heights),
        horizontal_spacing=0.09 if columns > 1 else 0,
        vertical_spacing=gap / total if len(heights) > 1 else 0,
    )
    figure.update_annotations(font_size=13)
    return Panels(
        figure=figure,
        cells=tuple({"row": index // columns + 1, "col": index % columns + 1} for index in range(len(headings))),
        height=total + _TITLE + _LINE * lines + _AXIS,
        top=_TITLE + _LINE * lines,
    )
