"""Which parts of a document move its score, ranker by ranker."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from reranklab.errors import InputError
from reranklab.explain.attribution import Attribution
from reranklab.plots.drawing import Drawing
from reranklab.plots.labels import Titles, escape, label, shorten, titles_for
from reranklab.plots.palette import LOWERS, RAISES
from reranklab.plots.panels import panel_column
from reranklab.plots.share_bars import (
    frame_bars,
    lay_out_bars,
    panel_height,
    part_name,
    part_text,
    percent,
    share_bars,
    share_range,
    strongest,
)
from reranklab.types import RANK_ONLY

_PARTS = 12


def draw_attribution(attributions: Sequence[Attribution], *, titles: Titles | None = None) -> Drawing:
    """One panel an attribution: bars for the 12 parts with the largest shares, in reading order, all on one range.

    A share is signed, and relative to all change that the attribution measured; blue raises the score, vermilion lowers it.
    Raises InputError for none.
    """
    if not attributions:
        raise InputError("There are no attributions to draw. Choose a document and at least one ranker.")
    names = titles_for((attribution.ranker for attribution in attributions), titles)
    return Drawing(figure=_figure(attributions, names), words=_words(attributions, names))


def _figure(attributions: Sequence[Attribution], names: Titles) -> go.Figure:
    kept = [strongest(attribution.shares, _PARTS) for attribution in attributions]
    panels = panel_column(
        [_heading(attribution, names, len(parts)) for attribution, parts in zip(attributions, kept, strict=True)],
        heights=[panel_height(len(parts)) for parts in kept],
    )
    ends = share_range([share for attribution in attributions for share in attribution.shares])
    for panel, (attribution, parts) in enumerate(zip(attributions, kept, strict=True)):
        shares = [attribution.shares[part] for part in parts]
        bars = share_bars(
            shares,
            range(len(parts)),
            [part_text(attribution, part) for part in parts],
            colour=[RAISES if share >= 0 else LOWERS for share in shares],
        )
        panels.figure.add_trace(bars, **panels.cells[panel])
        lay_out_bars(
            panels,
            panel,
            names=[part_name(attribution, part) for part in parts],
            rows=range(len(parts)),
            ends=ends,
            axis=_axis(attribution),
        )
    return frame_bars(panels, f"Attribution for {label(attributions[0].document_id, 40)}", showlegend=False)


def _words(attributions: Sequence[Attribution], names: Titles) -> str:
    largest = "; ".join(
        f"{names[attribution.ranker]} ({attribution.method}, of all {_what(attribution)}): {_largest(attribution)}"
        for attribution in attributions
    )
    return f"Attribution for {shorten(attributions[0].document_id, 40)}, the largest shares among its parts. {largest}."


def _largest(attribution: Attribution) -> str:
    shares = attribution.shares
    if not any(shares):
        return "no part changes it"
    largest = sorted(strongest(shares, 2), key=lambda part: -abs(shares[part]))
    return " and ".join(f"“{shorten(attribution.units[part].label, 40)}” {percent(shares[part])}" for part in largest)


def _heading(attribution: Attribution, names: Titles, shown: int) -> str:
    parts: list[str] = [attribution.method]
    if attribution.scale != RANK_ONLY:
        parts.append(f"score {attribution.base:.4g} ({attribution.scale.name})")
    if attribution.gap is not None:
        parts.append(f"completeness gap {100 * attribution.gap:.1f}%")
    if shown < len(attribution.units):
        parts.append(f"{shown} of {len(attribution.units)} parts")
    return f"{label(names[attribution.ranker], 60)}<br>{escape(', '.join(parts))}"


def _what(attribution: Attribution) -> str:
    return "attention" if attribution.method == "attention" else "score change"


def _axis(attribution: Attribution) -> str:
    name = f"share of all {_what(attribution)} (%)"
    return name if attribution.method == "attention" else f"{name}, above 0 raises the score"
