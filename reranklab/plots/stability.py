"""How the order of the candidates changes a ranking: the spread of each document's rank, and the pull of positions."""

from __future__ import annotations

from collections.abc import Mapping

import plotly.graph_objects as go

from reranklab.errors import InputError
from reranklab.explain.shuffles import OrderStability
from reranklab.plots.frame import frame
from reranklab.plots.labels import label, shorten
from reranklab.plots.palette import BLUE, GREY, VERMILION

_NAMED = 3


def rank_spread_figure(stability: OrderStability, *, selected: str | None = None) -> go.Figure:
    """A row a document, the best mean rank on top: a dot at its mean rank, a line from its lowest to its highest.

    `selected` is marked. A dot carries its document id as customdata. Raises InputError for no trials.
    """
    spread = _sorted_spread(stability)
    documents = list(spread)
    means = [mean for _, mean, _ in spread.values()]
    chosen = [document == selected for document in documents]
    figure = go.Figure(
        go.Scatter(
            x=means,
            y=list(range(1, len(documents) + 1)),
            mode="markers",
            marker={
                "color": [VERMILION if is_chosen else BLUE for is_chosen in chosen],
                "symbol": ["diamond" if is_chosen else "circle" for is_chosen in chosen],
                "size": 9,
            },
            unselected={"marker": {"opacity": 1}},
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [high - mean for _, mean, high in spread.values()],
                "arrayminus": [mean - low for low, mean, _ in spread.values()],
                "color": GREY,
                "thickness": 2,
                "width": 4,
            },
            customdata=documents,
            hovertext=[
                f"<b>{label(document, 60)}</b><br>mean rank {mean:.1f}, from {low} to {high}"
                for document, (low, mean, high) in spread.items()
            ],
            hoverinfo="text",
        )
    )
    rows = len(documents)
    row = 24 if rows <= 30 else 18 if rows <= 60 else 15
    frame(
        figure,
        title=f"Ranks over {_trials(stability)}, {label(stability.ranker, 60)}",
        height=120 + max(row * rows, 60),
        hovermode="closest",
        margin={"l": 8, "r": 8, "t": 92, "b": 8},
    )
    figure.update_layout(title={"xref": "container", "pad": {"t": 8, "l": 8}})
    figure.update_xaxes(
        title={"text": "rank: mean, lowest and highest", "standoff": 8},
        side="top",
        range=[1 - 0.02 * rows - 0.2, 1.02 * rows + 0.2],
        tickvals=_rank_ticks(rows),
        zeroline=False,
        fixedrange=True,
    )
    names = [label(document) for document in documents]
    figure.update_yaxes(
        title={"text": "document", "standoff": 8},
        tickvals=list(range(1, rows + 1)),
        ticktext=[f"<b>{name}</b>" if is_chosen else name for name, is_chosen in zip(names, chosen, strict=True)],
        tickfont={"size": 12 if row > 15 else 10},
        range=[rows + 0.6, 0.4],
        showgrid=rows <= 60,
        zeroline=False,
        fixedrange=True,
    )
    return figure


def describe_rank_spread(stability: OrderStability) -> str:
    """The figure in words. Plain text, not escaped."""
    spread = _sorted_spread(stability)
    widths = {document: high - low for document, (low, _, high) in spread.items()}
    widest = [document for document in sorted(widths, key=lambda document: -widths[document])[:_NAMED] if widths[document]]
    named = ", ".join(f"{shorten(document)} from {spread[document][0]} to {spread[document][2]}" for document in widest)
    steady = sum(not width for width in widths.values())
    repairs = sum(trial.repairs for trial in stability.trials)
    windows = sorted({trial.window for trial in stability.trials if trial.window})
    plan = f" ({'window' if len(windows) == 1 else 'windows'} {', '.join(map(str, windows))})" if windows else ""
    replies = f" Repaired replies: {repairs}." if windows else ""
    return (
        f"Ranks of {len(spread)} documents over {_trials(stability)} of {stability.ranker}{plan}: "
        f"{steady} always at the same rank{f', widest {named}' if named else ''}.{replies}"
    )


def position_bias_figure(stability: OrderStability) -> go.Figure:
    """Start position across; up, how far the documents that started there end behind their mean rank, on average.

    Below the zero line a position is favoured. Raises InputError for no trials.
    """
    bias = _bias(stability)
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
        title=f"Position bias over {_trials(stability)}, {label(stability.ranker, 60)}",
        height=340,
        hovermode="closest",
        margin={"l": 8, "r": 8, "t": 56, "b": 8},
    )
    end = 1.15 * (max(map(abs, bias.values())) or 1)
    last = len(bias)
    figure.update_xaxes(
        title={"text": "start position in the list", "standoff": 8},
        range=[1 - 0.02 * last - 0.2, 1.02 * last + 0.2],
        tickvals=_rank_ticks(last),
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


def describe_position_bias(stability: OrderStability) -> str:
    """The figure in words. Plain text, not escaped."""
    bias = _bias(stability)
    if len(stability.trials) == 1:
        return f"One shuffled run of {stability.ranker} cannot show a position bias. Run more."
    best, worst = min(bias, key=bias.__getitem__), max(bias, key=bias.__getitem__)
    return (
        f"Position bias of {stability.ranker} over {_trials(stability)}: most favoured is start position {best} "
        f"({bias[best]:+.2f} ranks against the documents' means), least favoured is {worst} ({bias[worst]:+.2f})."
    )


def _check(stability: OrderStability) -> None:
    if not stability.trials or not stability.trials[0].end:
        raise InputError("There are no shuffled runs to draw. Run at least one on a list of documents.")


def _sorted_spread(stability: OrderStability) -> Mapping[str, tuple[int, float, int]]:
    _check(stability)
    return dict(sorted(stability.spread().items(), key=lambda entry: (entry[1][1], entry[1][0])))


def _bias(stability: OrderStability) -> dict[int, float]:
    _check(stability)
    return stability.position_bias()


def _trials(stability: OrderStability) -> str:
    count = len(stability.trials)
    return "1 shuffled run" if count == 1 else f"{count} shuffled runs"


def _rank_ticks(last: int) -> list[int]:
    """Rank 1, and steps of 1, 5, 10 or 20 behind it."""
    step = 1 if last <= 25 else 5 if last <= 60 else 10 if last <= 150 else 20
    return sorted({1, *range(step, last + 1, step)})
