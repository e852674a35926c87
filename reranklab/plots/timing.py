"""Where the time goes: stages of a run by ranker, fastest first."""

from __future__ import annotations

import math
from collections.abc import Sequence

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from reranklab.plots.drawing import Drawing
from reranklab.plots.frame import check_drawable, frame
from reranklab.plots.labels import Titles, milliseconds, titles_for, wrapped
from reranklab.plots.palette import GREY, LOAD_COLOUR, QUEUE_COLOUR, STAGE_COLOURS
from reranklab.types import Ranking, Timing

_SHORTEST = 1e-3
_SYMBOLS = {"tokenise": "circle", "transfer": "diamond", "compute": "square", "post-process": "triangle-up", "other": "x"}


def draw_timing(rankings: Sequence[Ranking], *, log: bool = False, titles: Titles | None = None) -> Drawing:
    """Median times in ms/query: the stages of a run, and apart from them the cold load and the time in the queue.

    Linear: stacked bars that end at the total. Log: a mark for each stage and the total, since a stack on a log axis
    has no meaning. With several runs a whisker reaches from p50 to p95. Cached results are hatched and say so.
    Raises InputError for no rankings.
    """
    check_drawable(rankings)
    ordered = sorted(rankings, key=lambda ranking: ranking.timing.p50())
    given = titles_for((ranking.ranker for ranking in rankings), titles)
    return Drawing(figure=_figure(ordered, given, log=log), words=_words(ordered, given))


def _figure(ordered: Sequence[Ranking], titles: Titles, *, log: bool) -> go.Figure:
    names = [_name(ranking, titles) for ranking in ordered]
    stages = [stage_times(ranking.timing) for ranking in ordered]
    figure = make_subplots(
        rows=1,
        cols=3,
        shared_yaxes=True,
        column_widths=[0.64, 0.18, 0.18],
        horizontal_spacing=0.03,
        subplot_titles=["by stage", "load, once", "queue"],
    )
    hatching = ["/" if ranking.timing.cached else "" for ranking in ordered]
    for stage, colour in STAGE_COLOURS.items():
        values = [times[stage] for times in stages]
        if stage == "transfer" and not any(values):
            continue
        figure.add_trace(_marks(stage, values, names) if log else _bars(stage, values, names, colour, hatching), row=1, col=1)
    figure.add_trace(_totals(ordered, names, log=log), row=1, col=1)
    loads = [ranking.timing.load for ranking in ordered]
    figure.add_trace(_side_bars("load", loads, names, LOAD_COLOUR, hatching), row=1, col=2)
    figure.add_trace(
        _side_bars("queue", [ranking.timing.p50("queue") for ranking in ordered], names, QUEUE_COLOUR, hatching), row=1, col=3
    )
    _lay_out(figure, ordered, names, log=log)
    return figure


def stage_times(timing: Timing) -> dict[str, float]:
    """Medians over the runs in ms; "other" is what the median total exceeds the stages by: Python between them."""
    times = {
        "tokenise": timing.p50("tokenise"),
        "transfer": timing.p50("transfer"),
        "compute": timing.p50("compute"),
        "post-process": timing.p50("postprocess"),
    }
    times["other"] = max(0.0, timing.p50() - sum(times.values()))
    return times


def _words(ordered: Sequence[Ranking], titles: Titles) -> str:
    totals = ", ".join(
        f"{titles[ranking.ranker]} {milliseconds(ranking.timing.p50())}{' (cached)' if ranking.timing.cached else ''}"
        for ranking in ordered
    )
    return f"Median time per query, fastest first: {totals}."


def _name(ranking: Ranking, titles: Titles) -> str:
    return wrapped(titles[ranking.ranker]) + ("<br><i>cached</i>" if ranking.timing.cached else "")


def _bars(stage: str, values: Sequence[float], names: Sequence[str], colour: str, hatching: Sequence[str]) -> go.Bar:
    return go.Bar(
        x=list(values),
        y=list(range(len(names))),
        orientation="h",
        name=stage,
        marker={"color": colour, "pattern": {"shape": list(hatching), "fillmode": "overlay"}},
        hovertext=[f"{name}<br>{stage}: {milliseconds(value)}" for name, value in zip(names, values, strict=True)],
        hoverinfo="text",
    )


def _marks(stage: str, values: Sequence[float], names: Sequence[str]) -> go.Scatter:
    kept = [(position, value) for position, value in enumerate(values) if value > 0]
    return go.Scatter(
        x=[value for _, value in kept],
        y=[position for position, _ in kept],
        mode="markers",
        name=stage,
        marker={"color": STAGE_COLOURS[stage], "size": 12, "symbol": _SYMBOLS[stage]},
        hovertext=[f"{names[position]}<br>{stage}: {milliseconds(value)}" for position, value in kept],
        hoverinfo="text",
    )


def _totals(ordered: Sequence[Ranking], names: Sequence[str], *, log: bool) -> go.Scatter:
    timings = [ranking.timing for ranking in ordered]
    return go.Scatter(
        x=[timing.p50() for timing in timings],
        y=list(range(len(timings))),
        mode="markers",
        name="total",
        showlegend=log,
        marker={"symbol": "line-ns", "size": 18, "color": GREY, "line": {"width": 3, "color": GREY}},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [timing.p95() - timing.p50() for timing in timings],
            "arrayminus": [0] * len(timings),
            "color": GREY,
            "thickness": 2,
            "width": 6,
            "visible": any(len(timing.runs) > 1 for timing in timings),
        },
        hovertext=[f"{name}<br>total: {_total_text(timing)}" for name, timing in zip(names, timings, strict=True)],
        hoverinfo="text",
    )


def _side_bars(what: str, values: Sequence[float | None], names: Sequence[str], colour: str, hatching: Sequence[str]) -> go.Bar:
    texts = ["none" if value is None else milliseconds(value) for value in values]
    return go.Bar(
        x=[value or 0 for value in values],
        y=list(range(len(names))),
        orientation="h",
        name=what,
        showlegend=False,
        marker={"color": colour, "pattern": {"shape": list(hatching), "fillmode": "overlay"}},
        text=texts,
        textposition="outside",
        cliponaxis=False,
        hovertext=[f"{name}<br>{what}: {text}" for name, text in zip(names, texts, strict=True)],
        hoverinfo="text",
    )


def _total_text(timing: Timing) -> str:
    """Two lines: the median, then the spread or that there is none."""
    runs = len(timing.runs)
    spread = "1 run" if runs == 1 else f"p95 {milliseconds(timing.p95())}, {runs} runs"
    return f"{milliseconds(timing.p50())}<br>{spread}"


def _lay_out(figure: go.Figure, ordered: Sequence[Ranking], names: Sequence[str], *, log: bool) -> None:
    frame(
        figure,
        title="Time per query",
        height=170 + 58 * len(ordered),
        barmode="stack",
        bargap=0.45,
        margin={"l": 8, "r": 8, "t": 80, "b": 8},
        legend={
            "traceorder": "normal",
            "orientation": "h",
            "x": 1,
            "xanchor": "right",
            "xref": "paper",
            "y": 1,
            "yanchor": "top",
            "yref": "container",
        },
    )
    figure.update_yaxes(
        tickvals=list(range(len(names))),
        range=[len(names) - 0.4, -0.6],
        showgrid=False,
        zeroline=False,
        fixedrange=True,
    )
    figure.update_yaxes(ticktext=names, title="ranker", row=1, col=1)
    ends = [max(ranking.timing.p95(), _SHORTEST) for ranking in ordered]
    shortest = min(
        (value for ranking in ordered for value in stage_times(ranking.timing).values() if value > 0), default=_SHORTEST
    )
    # The label after the longest bar takes a third of the panel.
    first, last = (math.log10(shortest / 2), math.log10(max(ends))) if log else (0.0, max(ends))
    limits = [first, last + 0.5 * (last - first)]
    figure.update_xaxes(
        title="time (ms/query), log scale" if log else "time (ms/query)",
        type="log" if log else "linear",
        dtick=1 if log else None,
        range=limits,
        tickformat=",",
        row=1,
        col=1,
    )
    figure.update_annotations(font_size=13)
    for position, (ranking, end) in enumerate(zip(ordered, ends, strict=True)):
        figure.add_annotation(
            x=math.log10(end) if log else end,
            y=position,
            text=_total_text(ranking.timing),
            showarrow=False,
            xanchor="left",
            align="left",
            xshift=10,
            row=1,
            col=1,
        )
    loads = [ranking.timing.load or 0 for ranking in ordered]
    queues = [ranking.timing.p50("queue") for ranking in ordered]
    for column, values, unit in ((2, loads, "ms"), (3, queues, "ms/query")):
        figure.update_xaxes(
            title=f"time ({unit})", range=[0, 1.9 * max(*values, 1)], nticks=4, tickformat=",", row=1, col=column
        )
