"""Whether a position in the list given is favoured: where documents end that started there."""

from __future__ import annotations

from collections.abc import Mapping

import plotly.graph_objects as go

from reranklab.explain.shuffles import OrderStability
from reranklab.plots.drawing import Drawing
from reranklab.plots.frame import frame
from reranklab.plots.labels import Titles, label, titles_for
from reranklab.plots.palette import BLUE, GREY
from reranklab.plots.shuffled import check_shuffled, rank_ticks, trials_in_words


def draw_position_bias(stability: OrderStability, *, titles: Titles | None = None) -> Drawing:
    """Start position across; up, how far the documents that started there end behind their mean rank, on average.

    Below the zero line a position is favoured. Raises InputError for no trials.
    """
    check_shuffled(stability)
    name = titles_for([stability.ranker], titles)[stability.ranker]
    bias = stability.position_bias()
    return Drawing(figure=_figure(stability, name, bias), words=_words(stability, name, bias))


def _figure(stability: OrderStability, name: str, bias: Mapping[int, float]) -> go.Figure:
    figure = go.Figure(
        go.Scatter(
            x=list(bias),
            y=list(bias.values()),
            mode="lines+markers",
            line={"color": BLUE, "width": 2},
            marker={"color": BLUE, "size": 7 if len(bias) <= 50 else 4},
            hovertext=[f"start position {position}<br>{value:+.2f} ranks" for position, value in bias.items()],
            hoverinfo="text",
        )
    )
    frame(
        figure,
        title=f"Position bias over {trials_in_words(stability)}, {label(name, 60)}",
        height=340,
        hovermode="closest",
        margin={"l": 8, "r": 8, "t": 56, "b": 8},
    )
    end = 1.15 * (max(map(abs, bias.values())) or 1)
    last = len(bias)
    figure.update_xaxes(
        title={"text": "start position in the list", "standoff": 8},
        range=[1 - 0.02 * last - 0.2, 1.02 * last + 0.2],
        tickvals=rank_ticks(last),
        showgrid=False,
        zeroline=False,
        fixedrange=True,
    )
    figure.update_yaxes(
        title={"text": "rank less the document's mean rank<br>(below 0: favoured)", "standoff": 8},
        range=[-end, end],
        zerolinecolor=GREY,
        zerolinewidth=2,
        fixedrange=True,
    )
    return figure


def _words(stability: OrderStability, name: str, bias: Mapping[int, float]) -> str:
    if len(stability.trials) == 1:
        return f"One shuffled run of {name} cannot show a position bias. Run more."
    best, worst = min(bias, key=lambda position: bias[position]), max(bias, key=lambda position: bias[position])
    return (
        f"Position bias of {name} over {trials_in_words(stability)}: most favoured is start position {best} "
        f"({bias[best]:+.2f} ranks against the documents' means), least favoured is {worst} ({bias[worst]:+.2f})."
    )
