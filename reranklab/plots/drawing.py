"""A figure with its text alternative: whoever shows the one shows the other."""

from __future__ import annotations

from dataclasses import dataclass

import plotly.graph_objects as go


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """`words` say what the figure shows, as plain text that is not escaped."""

    figure: go.Figure
    words: str
