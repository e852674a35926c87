"""The scores of relevant and other documents, as shares in equal intervals of one axis."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import plotly.graph_objects as go

from reranklab.evaluate.confidence import Values
from reranklab.evaluate.separation import ScoredPairs
from reranklab.plots.palette import BLUE, GREY

_BINS = 50
_KINDS = (("relevant", True, BLUE, "rgba(0,114,178,0.25)"), ("not relevant", False, GREY, "rgba(140,140,140,0.25)"))


def score_edges(every: Sequence[ScoredPairs]) -> Values:
    """The ends of 50 intervals that hold all scores."""
    scores = np.concatenate([pairs.scores for pairs in every])
    if not np.ptp(scores):
        return np.array([scores[0] - 1, scores[0] + 1])
    return np.linspace(scores.min(), scores.max(), _BINS + 1)


def score_steps(pairs: ScoredPairs, edges: Values, *, shown: bool) -> Iterator[go.Scatter]:
    """The share of the relevant documents in each interval, in percent, and of the others; `shown` in the legend."""
    for kind, relevant, colour, fill in _KINDS:
        shares = _shares(pairs.scores[pairs.relevant == relevant], edges)
        yield _steps(shares, edges, kind, colour, fill, shown=shown)


def _shares(scores: Values, edges: Values) -> Values:
    """In percent."""
    counts, _ = np.histogram(scores, bins=edges)
    found: Values = 100 * counts / max(scores.size, 1)
    return found


def _steps(shares: Values, edges: Values, kind: str, colour: str, fill: str, *, shown: bool) -> go.Scatter:
    return go.Scatter(
        x=edges.tolist(),
        y=[*shares.tolist(), 0.0],
        mode="lines",
        line={"shape": "hv", "color": colour, "width": 1.5, "dash": "solid" if kind == "relevant" else "dot"},
        fill="tozeroy",
        fillcolor=fill,
        name=kind,
        legendgroup=kind,
        showlegend=shown,
        hovertemplate=f"{kind}: %{{y:.1f}} %<extra></extra>",
    )
