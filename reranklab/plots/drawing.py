"""A figure with its text alternative: whoever shows the one shows the other."""

from __future__ import annotations

from dataclasses import dataclass

import plotly.graph_objects as go

from reranklab.plots.markup import without_foreign_markup


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """`words` say what the figure shows, as plain text that is not escaped. The figure has no markup but our own."""

    figure: go.Figure
    words: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "figure", without_foreign_markup(self.figure))
