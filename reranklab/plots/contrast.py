"""Which parts of two documents make the margin between them, ranker by ranker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from reranklab.errors import InputError
from reranklab.explain.attribution import Attribution
from reranklab.explain.contrast import Contrast
from reranklab.plots.drawing import Drawing
from reranklab.plots.labels import Titles, label, shorten, titles_for
from reranklab.plots.palette import DOCUMENT_A, DOCUMENT_B
from reranklab.plots.panels import legend_above, panel_column
from reranklab.plots.share_bars import (
    frame_bars,
    lay_out_bars,
    panel_height,
    part_name,
    part_text,
    share_bars,
    share_range,
    strongest,
)
from reranklab.types import RANK_ONLY

_PARTS = 8
_BETWEEN = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class _Side:
    """One document of a contrast: its strongest parts, and their shares of all change in both, positive where for A."""

    letter: str
    attribution: Attribution
    parts: tuple[int, ...]
    shares: tuple[float, ...]

    @property
    def name(self) -> str:
        return f"{self.letter}: {label(self.attribution.document_id)}"


def draw_contrast(contrasts: Sequence[Contrast], *, titles: Titles | None = None) -> Drawing:
    """One panel a ranker: what in A and what in B makes the margin between them, up to 8 parts of each in reading order.

    Bars to the right are for A: parts of A that raise A, and parts of B (hatched) that lower B. Lengths are shares of all
    change measured in both documents. Raises InputError for none.
    """
    if not contrasts:
        raise InputError("There is no margin to draw. Choose two documents and at least one ranker.")
    names = titles_for((contrast.ranker for contrast in contrasts), titles)
    return Drawing(figure=_figure(contrasts, names), words=_words(contrasts, names))


def _figure(contrasts: Sequence[Contrast], titles: Titles) -> go.Figure:
    sides = [_sides(contrast) for contrast in contrasts]
    panels = panel_column(
        [_heading(contrast, titles) for contrast in contrasts],
        heights=[panel_height(len(above.parts) + len(below.parts) + _BETWEEN) for above, below in sides],
    )
    ends = share_range([share for both in sides for side in both for share in side.shares])
    for panel, both in enumerate(sides):
        names: list[str] = []
        rows: list[float] = []
        for side, first in zip(both, (0, len(both[0].parts) + _BETWEEN), strict=True):
            own_rows = [first + position for position in range(len(side.parts))]
            bars = share_bars(side.shares, own_rows, _hover(side), **_style(side.letter))
            bars.update(name=side.name, legendgroup=side.letter, showlegend=panel == 0)
            panels.figure.add_trace(bars, **panels.cells[panel])
            names += [part_name(side.attribution, part, before=f"{side.letter}: ") for part in side.parts]
            rows += own_rows
        axis = "← for B   |   share of all score change in both (%)   |   for A →"
        lay_out_bars(panels, panel, names=names, rows=rows, ends=ends, axis=axis)
    return frame_bars(panels, "Attribution of the margin between A and B", legend=legend_above())


def _words(contrasts: Sequence[Contrast], titles: Titles) -> str:
    ids = shorten(contrasts[0].above.document_id), shorten(contrasts[0].below.document_id)
    return f"A is {ids[0]} and B is {ids[1]}. {'; '.join(_in_words(contrast, titles) for contrast in contrasts)}."


def _in_words(contrast: Contrast, titles: Titles) -> str:
    text = f"{titles[contrast.ranker]} ranks A {contrast.rank_above} and B {contrast.rank_below}{_margin(contrast)}"
    bars = [
        (share, side.attribution.units[part].label, side.letter)
        for side in _sides(contrast)
        for part, share in zip(side.parts, side.shares, strict=True)
    ]
    share, part, letter = max(bars, key=lambda bar: abs(bar[0]), default=(0.0, "", ""))
    if not share:
        return f"{text}, and no part changes a score"
    return f"{text}, most from “{shorten(part, 40)}” in {letter} ({_for(share)})"


def _sides(contrast: Contrast) -> tuple[_Side, _Side]:
    total = sum(abs(value) for side in (contrast.above, contrast.below) for value in side.values)

    def side(letter: str, attribution: Attribution, sign: int) -> _Side:
        parts = strongest(attribution.values, _PARTS)
        shares = tuple(sign * attribution.values[part] / total if total else 0.0 for part in parts)
        return _Side(letter=letter, attribution=attribution, parts=tuple(parts), shares=shares)

    return side("A", contrast.above, 1), side("B", contrast.below, -1)


def _heading(contrast: Contrast, titles: Titles) -> str:
    ranks = f"A rank {contrast.rank_above}, B rank {contrast.rank_below}"
    return f"{label(titles[contrast.ranker], 60)}<br>{contrast.above.method}: {ranks}{label(_margin(contrast), 60)}"


def _margin(contrast: Contrast) -> str:
    return "" if contrast.scale == RANK_ONLY else f", margin {contrast.margin:+.3g} ({contrast.scale.name})"


def _hover(side: _Side) -> list[str]:
    return [
        f"{side.letter}: {part_text(side.attribution, part)}<br>{_for(share)}, of all change in both"
        for part, share in zip(side.parts, side.shares, strict=True)
    ]


def _for(share: float) -> str:
    return f"{100 * abs(share):.1f}% for {'A' if share >= 0 else 'B'}"


def _style(letter: str) -> dict[str, str]:
    return {"colour": DOCUMENT_A, "hatch": ""} if letter == "A" else {"colour": DOCUMENT_B, "hatch": "/"}
