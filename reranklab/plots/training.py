"""How a training goes: the loss of its steps, and the score of the held-back lists."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from reranklab.errors import InputError
from reranklab.plots.drawing import Drawing
from reranklab.plots.palette import BLUE, GREEN, GREY
from reranklab.plots.panels import panel_column
from reranklab.train.held_back import MEASURE
from reranklab.train.history import Course, HeldBackScore

_LOSS, _SCORE = 120, 130
_ROOM = 0.1
_SMOOTH = 20
"""A loss is smoothed over this part of the steps so far."""


def draw_training(course: Course, *, steps: int) -> Drawing:
    """The loss of each step with its running mean, above the held-back scores with their 95 % intervals; both over all `steps`.

    The dashed line is the score of the untrained model, the diamond the best score. Raises InputError before the first step.
    """
    if not course.losses:
        raise InputError("There is nothing to draw before the first step.")
    scored = bool(course.scores)
    headings = ["Loss of each step", *([f"{MEASURE} of the held-back lists, 95 %"] if scored else [])]
    panels = panel_column(headings, heights=[_LOSS, *([_SCORE] if scored else [])])
    figure, last = panels.figure, course.losses[-1].step
    end = max(steps, last)
    places, losses = [each.step for each in course.losses], [each.loss for each in course.losses]
    hover = "step %{x}: %{y:.4f}<extra></extra>"
    figure.add_trace(_line(places, losses, colour=GREY, width=1, hover=hover), **panels.cells[0])
    smooth = _running_mean(losses, max(len(losses) // _SMOOTH, 1))
    figure.add_trace(_line(places, smooth, colour=BLUE, width=2, hover=hover), **panels.cells[0])
    if scored:
        _draw_scores(figure, course, panels.cells[1])
    for number, cell in enumerate(panels.cells):
        title = "step" if number == len(panels.cells) - 1 else None
        figure.update_xaxes(range=[-0.02 * end, 1.02 * end], title=title, fixedrange=True, **cell)
        figure.update_yaxes(fixedrange=True, nticks=5, **cell)
    figure.update_yaxes(rangemode="tozero", **panels.cells[0])
    framed = panels.frame(f"Step {last:,} of {end:,}", showlegend=False, hovermode="closest")
    return Drawing(figure=framed, words=_words(course, end))


def _draw_scores(figure: go.Figure, course: Course, cell: dict[str, int]) -> None:
    scores, best = sorted(course.scores, key=lambda each: each.step), course.best
    figure.add_trace(
        go.Scatter(
            x=[each.step for each in scores],
            y=[each.score.mean for each in scores],
            error_y={
                "array": [each.score.high - each.score.mean for each in scores],
                "arrayminus": [each.score.mean - each.score.low for each in scores],
                "color": GREY,
                "thickness": 1.5,
            },
            mode="lines+markers",
            line={"color": BLUE, "width": 2},
            marker={
                "size": [12 if each == best else 7 for each in scores],
                "symbol": ["diamond" if each == best else "circle" for each in scores],
                "color": [GREEN if each == best else BLUE for each in scores],
            },
            hovertemplate="step %{x}: %{y:.4f}<extra></extra>",
        ),
        **cell,
    )
    ends = [end for each in scores for end in (each.score.low, each.score.high)]
    figure.update_yaxes(range=[max(min(ends) - _ROOM, 0), min(max(ends) + _ROOM, 1 + _ROOM / 2)], **cell)
    if course.before is not None:
        figure.add_hline(y=course.before.score.mean, line={"color": GREY, "width": 1, "dash": "dash"}, layer="below", **cell)


def _line(places: list[int], values: list[float], *, colour: str, width: int, hover: str) -> go.Scatter:
    mode = "lines" if len(places) > 1 else "markers"
    line = {"color": colour, "width": width}
    return go.Scatter(x=places, y=values, mode=mode, line=line, marker={"color": colour}, hovertemplate=hover)


def _running_mean(values: list[float], width: int) -> list[float]:
    """The mean of each value and those before it, up to `width`."""
    sums = np.concatenate([[0.0], np.cumsum(values)])
    starts = np.maximum(np.arange(1, len(values) + 1) - width, 0)
    found: list[float] = ((sums[1:] - sums[starts]) / (np.arange(1, len(values) + 1) - starts)).tolist()
    return found


def _words(course: Course, steps: int) -> str:
    few = max(len(course.losses) // 10, 1)
    first, last = (sum(each.loss for each in part) / few for part in (course.losses[:few], course.losses[-few:]))
    told = f"{course.losses[-1].step:,} of {steps:,} steps; the loss went from {first:.3f} to {last:.3f}."
    if course.before is not None:
        told += f" {MEASURE} of the held-back lists: {_told(course.before)} untrained"
        told += f", at best {_told(course.best)} after step {course.best.step:,}." if course.best is not None else "."
    return told


def _told(each: HeldBackScore) -> str:
    return f"{each.score.mean:.3f} ({each.score.low:.3f} to {each.score.high:.3f})"
