"""The signals of a drift warning beside what chance gives."""

from __future__ import annotations

import plotly.graph_objects as go

from reranklab.errors import InputError
from reranklab.evaluate.drift_warning import DriftWarning, Signal
from reranklab.plots.drawing import Drawing
from reranklab.plots.frame import frame
from reranklab.plots.labels import label
from reranklab.plots.palette import GREY, GREY_BAND, VERMILION

_ROW = 34


def draw_drift_signals(warning: DriftWarning) -> Drawing:
    """A row a signal: its distance, in units of what 5 % of random divisions of the queries exceed. The grey band is chance.

    Raises InputError for a warning without signals.
    """
    if not warning.signals:
        raise InputError("There is no signal to draw. Give queries with words.")
    signals = warning.signals
    ratios = [_ratio(signal) for signal in signals]
    figure = go.Figure(
        go.Bar(
            x=ratios,
            y=list(range(len(signals))),
            orientation="h",
            width=0.6,
            marker={
                "color": [VERMILION if signal.drifted else GREY for signal in signals],
                "pattern": {"shape": ["/" if signal.drifted else "" for signal in signals], "fillmode": "overlay"},
            },
            text=["drifted" if signal.drifted else "" for signal in signals],
            textposition="outside",
            cliponaxis=False,
            hovertext=[
                f"<b>{label(signal.title, 60)}</b><br>{signal.distance:.3g} {label(signal.unit, 40)}"
                f"<br>chance {signal.chance:.3g}, p {signal.p_holm:.3f} (Holm)"
                for signal in signals
            ],
            hoverinfo="text",
        )
    )
    figure.add_vrect(x0=0, x1=1, fillcolor=GREY_BAND, line_width=0, layer="below")
    frame(figure, title="Distance from the reference", height=110 + _ROW * len(signals), showlegend=False, hovermode="closest")
    figure.update_xaxes(title="distance, 1 is what chance exceeds in 5 %", range=[0, 1.15 * max(*ratios, 1.2)], fixedrange=True)
    figure.update_yaxes(
        tickvals=list(range(len(signals))),
        ticktext=[label(signal.title, 60) for signal in signals],
        range=[len(signals) - 0.5, -0.5],
        fixedrange=True,
    )
    return Drawing(figure=figure, words=_words(warning))


def _ratio(signal: Signal) -> float:
    return signal.distance / signal.chance if signal.chance > 0 else 0.0


def _words(warning: DriftWarning) -> str:
    parts = [f"{signal.title} {_ratio(signal):.2f}{' (drifted)' if signal.drifted else ''}" for signal in warning.signals]
    return f"{warning.sentence} Distances, where 1 is what chance exceeds in 5 %: {'; '.join(parts)}."
