"""What all figures share: no background and no text colour of their own, so that the page's theme shows through."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from reranklab.errors import InputError
from reranklab.types import Ranking

CLEAR = "rgba(0,0,0,0)"
GRID = "rgba(128,128,128,0.25)"


def frame(figure: go.Figure, *, title: str, height: int, **layout: Any) -> go.Figure:
    """Give the figure its title, its height in pixels and the shared look."""
    figure.update_layout(
        template="none",
        title={"text": title, "x": 0, "xref": "paper", "y": 1, "yref": "container", "yanchor": "top", "pad": {"t": 8}},
        height=height,
        paper_bgcolor=CLEAR,
        plot_bgcolor=CLEAR,
        hoverlabel={"align": "left"},
        **{"margin": {"l": 8, "r": 8, "t": 48, "b": 8}, **layout},
    )
    figure.update_xaxes(automargin=True, gridcolor=GRID, zerolinecolor=GRID)
    figure.update_yaxes(automargin=True, gridcolor=GRID, zerolinecolor=GRID)
    return figure


def check_drawable(rankings: Sequence[Ranking]) -> None:
    """Raise InputError where there is nothing to draw."""
    if not rankings:
        raise InputError("There are no rankings to draw. Run at least one ranker.")


def figure_page(figure: go.Figure, *, title: str, words: str) -> str:
    """The figure as an HTML page that needs nothing else, on white, with its description below."""
    shown = go.Figure(figure)
    shown.update_layout(template="plotly_white", paper_bgcolor="#FFFFFF", font={"color": "#1B2733"})
    drawing = shown.to_html(full_html=False, include_plotlyjs=True, config={"displaylogo": False})
    return (
        f'<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>{html.escape(title)}</title>'
        f'<body style="font-family: sans-serif; color: #1B2733">{drawing}<p>{html.escape(words)}</p></body></html>'
    )
