"""The rank flow: one column a ranker, one line a document, rank 1 on top."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from reranklab.evaluate.agreement import check_same_candidates
from reranklab.plots.drawing import Drawing
from reranklab.plots.flow_axes import Rows, lay_out_flow
from reranklab.plots.frame import check_drawable
from reranklab.plots.labels import Titles, label, placement, shorten, titles_for
from reranklab.plots.palette import DOCUMENT_COLOURS, FADED, GRADE_STYLES, SELECTED, GradeStyle, grade_style
from reranklab.types import Ranking

_MANY = 50

Grades = Mapping[str, int]


def draw_rank_flow(
    rankings: Sequence[Ranking],
    *,
    grades: Grades | None = None,
    selected: str | None = None,
    top: int | None = None,
    titles: Titles | None = None,
) -> Drawing:
    """A bump chart of rankings of the same candidates, in the order given.

    `grades` (document id to grade) styles the lines. Relevant documents and the `selected` one lead: their lines are
    thick and on top, and the others recede; where none leads, all lines are alike. `top` keeps the documents within the
    top n of any ranker, and the selected one; their ranks beyond n share a narrow band. Every point carries its document
    id as customdata. Raises InputError for no rankings or different candidates.
    """
    check_drawable(rankings)
    check_same_candidates(rankings)
    names = titles_for((ranking.ranker for ranking in rankings), titles)
    chosen = selected if selected in rankings[0].rank_of() else None
    return Drawing(
        figure=_figure(rankings, names, grades=grades, selected=chosen, top=top),
        words=_words(rankings, names, grades=grades, selected=chosen),
    )


def _figure(
    rankings: Sequence[Ranking], names: Titles, *, grades: Grades | None, selected: str | None, top: int | None
) -> go.Figure:
    total = len(rankings[0].items)
    rows = Rows(depth=total if top is None else max(1, min(top, total)), total=total)
    ranks = [ranking.rank_of() for ranking in rankings]
    shown = [item.id for item in rankings[0].items if item.id == selected or any(rank[item.id] <= rows.depth for rank in ranks)]
    styles = {document: None if grades is None else grade_style(grades.get(document)) for document in shown}
    leading = [document for document, style in styles.items() if document == selected or (style and style.relevant)]
    hover = _hover_texts(rankings, names)
    figure = go.Figure()
    figure.add_traces([_legend_entry(style) for style in GRADE_STYLES if style in styles.values()])
    if selected is not None:
        figure.add_trace(_selected_entry(selected, styles[selected]))
    lines = {
        document: _line(
            document,
            heights=[rows.height(rank[document]) for rank in ranks],
            text=hover[document],
            style=styles[document],
            colour=SELECTED if document == selected else DOCUMENT_COLOURS[position % len(DOCUMENT_COLOURS)],
            width=1.2 if len(shown) > _MANY else 2,
        )
        for position, document in enumerate(shown)
    }
    for document, line in lines.items():
        if document == selected:
            _select(line)
        elif document in leading:
            line.update(line_width=3.5, marker_size=10)
        elif leading:
            line.update(opacity=FADED, line_width=1, marker_size=6)
    # The line drawn last lies on top: the higher grades, then the selected document.
    drawn = sorted(shown, key=lambda document: (document == selected, -1 if grades is None else grades.get(document, -1)))
    figure.add_traces([lines[document] for document in drawn])
    # The right axis shows only where a trace uses it.
    figure.add_trace(go.Scatter(x=[None], y=[None], yaxis="y2", showlegend=False, hoverinfo="skip"))
    lay_out_flow(figure, rankings, names, rows, leading=leading, selected=selected)
    return figure


def _words(rankings: Sequence[Ranking], names: Titles, *, grades: Grades | None, selected: str | None) -> str:
    firsts = ", ".join(f"{shorten(ranking.items[0].id)} at {names[ranking.ranker]}" for ranking in rankings)
    text = f"Ranks of {len(rankings[0].items)} documents at {len(rankings)} rankers. First are {firsts}."
    relevant = {document for document, grade in (grades or {}).items() if grade > 0}
    bests = [next((item for item in ranking.items if item.id in relevant), None) for ranking in rankings]
    relevant_ranks = ", ".join(
        f"{shorten(best.id)} at rank {best.rank} by {names[ranking.ranker]}"
        for ranking, best in zip(rankings, bests, strict=True)
        if best is not None
    )
    if relevant_ranks:
        text += f" The first relevant document is {relevant_ranks}."
    if selected is not None:
        ranks = ", ".join(f"{ranking.rank_of()[selected]} at {names[ranking.ranker]}" for ranking in rankings)
        text += f" The selected document {shorten(selected)} is ranked {ranks}."
    return text


def _hover_texts(rankings: Sequence[Ranking], names: Titles) -> dict[str, str]:
    texts = {item.id: f"<b>{label(item.id, 60)}</b>" for item in rankings[0].items}
    for ranking in rankings:
        name = label(names[ranking.ranker], 60)
        for item in ranking.items:
            texts[item.id] += f"<br>{name}: {placement(item, ranking.scale)}"
    return texts


def _legend_entry(style: GradeStyle) -> go.Scatter:
    return go.Scatter(
        x=[None],
        y=[None],
        mode="lines+markers",
        name=style.name,
        legendgroup=style.name,
        line={"color": style.colour, "dash": style.dash, "width": 3.5 if style.relevant else 1},
        marker={"symbol": style.symbol, "size": 9},
        hoverinfo="skip",
    )


def _selected_entry(document: str, style: GradeStyle | None) -> go.Scatter:
    entry = go.Scatter(
        x=[None],
        y=[None],
        mode="lines+markers",
        name=f"selected: {label(document, 14)}",
        line={"dash": style.dash if style else "solid"},
        marker={"symbol": style.symbol if style else "circle", "color": style.colour if style else SELECTED},
        hoverinfo="skip",
    )
    return _select(entry)


def _line(
    document: str, *, heights: Sequence[float], text: str, style: GradeStyle | None, colour: str, width: float
) -> go.Scatter:
    shade = style.colour if style else colour
    return go.Scatter(
        x=list(range(len(heights))),
        y=list(heights),
        mode="lines+markers",
        name=label(document),
        legendgroup=style.name if style else None,
        showlegend=False,
        opacity=1,
        line={"color": shade, "dash": style.dash if style else "solid", "width": width},
        marker={"symbol": style.symbol if style else "circle", "size": 8, "color": shade},
        # Streamlit marks a clicked point by fading all others, which `selected` already does, and for the whole line.
        unselected={"marker": {"opacity": 1}},
        customdata=[document] * len(heights),
        hovertext=text,
        hoverinfo="text",
    )


def _select(line: go.Scatter) -> go.Scatter:
    """The look of the selected document; its markers keep the style of its grade."""
    return line.update(line_width=5, line_color=SELECTED, marker_size=13)
