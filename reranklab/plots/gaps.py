"""How far each score lies above the next one, and which neighbours are nearly tied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

import plotly.graph_objects as go

from reranklab.errors import InputError
from reranklab.plots.drawing import Drawing
from reranklab.plots.frame import check_drawable
from reranklab.plots.labels import Titles, label, titles_for, wrapped
from reranklab.plots.palette import BLUE, VERMILION
from reranklab.plots.panels import legend_above, panel_grid
from reranklab.types import RANK_ONLY, Ranking

_PANEL = 200
_MANY = 60

Near = Mapping[str, AbstractSet[int]]


def draw_gaps(rankings: Sequence[Ranking], *, near: Near | None = None, titles: Titles | None = None) -> Drawing:
    """One panel a ranker: at each rank the score there less the score at the next rank.

    `near` holds, by ranker id, the ranks that are nearly tied with the next one: these bars are hatched, marked and of
    another colour. Rankers without scores are left out, and named in the words. A bar carries the id of its upper
    document as customdata. Raises InputError where no ranker has scores.
    """
    drawn, left_out = _sorted_out(rankings)
    names = titles_for((ranking.ranker for ranking in rankings), titles)
    return Drawing(figure=_figure(drawn, names, near), words=_words(drawn, left_out, names, near))


def _figure(drawn: Sequence[Ranking], names: Titles, near: Near | None) -> go.Figure:
    many = len(drawn[0].items) > _MANY
    panels = panel_grid([wrapped(names[ranking.ranker]) for ranking in drawn], columns=1 if many else 2, height=_PANEL)
    gaps = [_gaps(ranking) for ranking in drawn]
    tied = [_near_ranks(ranking, near) for ranking in drawn]
    marked_first = next((panel for panel, ranks in enumerate(tied) if ranks), None)
    for panel, (ranking, values, ranks) in enumerate(zip(drawn, gaps, tied, strict=True)):
        cell = panels.cells[panel]
        panels.figure.add_trace(_bars(ranking, names, values, ranks), **cell)
        if ranks:
            mark = _marks(values, ranks, size=6 if many else 10).update(showlegend=panel == marked_first)
            panels.figure.add_trace(mark, **cell)
        last = max(len(values), 1)
        panels.figure.update_xaxes(
            title={"text": "rank", "standoff": 6},
            range=[0.3, last + 0.7],
            dtick=1 if last <= 10 else None,
            showgrid=False,
            fixedrange=True,
            **cell,
        )
        panels.figure.update_yaxes(
            title=f"gap to the next ({label(ranking.scale.name)})",
            range=[0, 1.15 * max(values, default=0) or 1],
            fixedrange=True,
            **cell,
        )
    return panels.frame("Gap to the next document", legend=legend_above(), bargap=0.15, hovermode="closest")


def _words(drawn: Sequence[Ranking], left_out: Sequence[Ranking], names: Titles, near: Near | None) -> str:
    parts = []
    for ranking in drawn:
        values = _gaps(ranking)
        ranks = _near_ranks(ranking, near)
        text = f"{names[ranking.ranker]} has one document"
        if values:
            widest = max(range(len(values)), key=values.__getitem__)
            text = f"{names[ranking.ranker]} widest below rank {widest + 1} ({values[widest]:.3g} {ranking.scale.name})"
        if near is not None and values:
            text += f", near-ties below {_listed(ranks)}" if ranks else ", no near-ties"
        parts.append(text)
    words = f"Gaps between neighbours: {'; '.join(parts)}."
    if left_out:
        words += f" Left out, since they have no scores: {', '.join(names[ranking.ranker] for ranking in left_out)}."
    return words


def _listed(ranks: Sequence[int]) -> str:
    shown = ", ".join(map(str, ranks[:10]))
    return f"{'rank' if len(ranks) == 1 else 'ranks'} {shown}{f' and {len(ranks) - 10} more' if len(ranks) > 10 else ''}"


def _sorted_out(rankings: Sequence[Ranking]) -> tuple[list[Ranking], list[Ranking]]:
    check_drawable(rankings)
    drawn = [ranking for ranking in rankings if ranking.scale != RANK_ONLY]
    if not drawn:
        raise InputError("None of these rankers gives scores. Add one that does.")
    return drawn, [ranking for ranking in rankings if ranking.scale == RANK_ONLY]


def _gaps(ranking: Ranking) -> list[float]:
    return [upper.score - lower.score for upper, lower in zip(ranking.items, ranking.items[1:], strict=False)]


def _near_ranks(ranking: Ranking, near: Near | None) -> list[int]:
    return sorted(rank for rank in (near or {}).get(ranking.ranker, ()) if 1 <= rank < len(ranking.items))


def _bars(ranking: Ranking, names: Titles, values: Sequence[float], near: Sequence[int]) -> go.Bar:
    ranks = range(1, len(values) + 1)
    return go.Bar(
        x=list(ranks),
        y=list(values),
        name=label(names[ranking.ranker]),
        showlegend=False,
        marker={
            "color": [VERMILION if rank in near else BLUE for rank in ranks],
            "pattern": {"shape": ["/" if rank in near else "" for rank in ranks], "fillmode": "overlay"},
        },
        unselected={"marker": {"opacity": 1}},
        customdata=[item.id for item in ranking.items[:-1]],
        hovertext=[
            f"{upper.rank}: {label(upper.id, 40)}<br>{lower.rank}: {label(lower.id, 40)}"
            f"<br>gap {value:.4g} ({label(ranking.scale.name)}){'<br>near-tie' if upper.rank in near else ''}"
            for upper, lower, value in zip(ranking.items, ranking.items[1:], values, strict=False)
        ],
        hoverinfo="text",
    )


def _marks(values: Sequence[float], near: Sequence[int], *, size: int) -> go.Scatter:
    """A triangle above each near-tie: its bar may be too low to be seen."""
    above = 0.05 * max(values) or 0.05
    return go.Scatter(
        x=list(near),
        y=[values[rank - 1] + above for rank in near],
        mode="markers",
        name="near-tie",
        legendgroup="near-tie",
        marker={"symbol": "triangle-down", "size": size, "color": VERMILION},
        hoverinfo="skip",
    )
