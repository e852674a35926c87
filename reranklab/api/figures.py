"""Figures of results by name. Plotly is imported when one is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from reranklab.errors import InputError
from reranklab.extras import PLOTS

if TYPE_CHECKING:
    from reranklab.engine.comparison import Comparison
    from reranklab.plots.drawing import Drawing


class Draw(Protocol):
    """One figure of a comparison. `selected` is the id of a document to follow; `top` keeps the first ranks."""

    def __call__(self, comparison: Comparison, *, selected: str | None, top: int | None) -> Drawing: ...


def check_figure(name: str, names: tuple[str, ...]) -> None:
    """Raise InputError, naming the figures, for an unknown name, and MissingPackageError where none can be drawn."""
    if name not in names:
        raise InputError(f"There is no figure {name!r}. Choose one of: {', '.join(names) or 'none, there is nothing to draw'}.")
    PLOTS.check("A figure")


def figure_names(comparison: Comparison) -> tuple[str, ...]:
    """The figures that this comparison has: some are about two rankers or more."""
    return tuple(name for name, (least, _) in _FIGURES.items() if len(comparison.rankings) >= least)


def draw_comparison(comparison: Comparison, name: str, *, selected: str | None, top: int | None) -> Drawing:
    """Raises as `check_figure` does, and InputError for a document that is no candidate."""
    check_figure(name, figure_names(comparison))
    if selected is not None and selected not in {document.id for document in comparison.documents}:
        raise InputError(f"There is no document {selected!r} among the {len(comparison.documents):,} candidates.")
    return _FIGURES[name][1](comparison, selected=selected, top=top)


def _rank_flow(comparison: Comparison, *, selected: str | None, top: int | None) -> Drawing:
    from reranklab.plots.rank_flow import draw_rank_flow

    return draw_rank_flow(
        comparison.rankings,
        grades=comparison.request.judgements or None,
        selected=selected,
        top=top,
        titles=comparison.titles,
    )


def _scores(comparison: Comparison, *, selected: str | None, top: int | None) -> Drawing:
    from reranklab.plots.scores import draw_scores

    return draw_scores(comparison.rankings, selected=selected, titles=comparison.titles)


def _scatter(comparison: Comparison, *, selected: str | None, top: int | None) -> Drawing:
    from reranklab.plots.score_scatter import draw_score_scatter

    first, second = comparison.rankings[:2]
    leading = [ranking.items[0].id for ranking in (first, second)]
    return draw_score_scatter(
        first,
        second,
        labelled=[selected, *leading] if selected is not None else leading,
        grades=comparison.request.judgements or None,
        titles=comparison.titles,
    )


def _agreement(comparison: Comparison, *, selected: str | None, top: int | None) -> Drawing:
    from reranklab.evaluate.agreement import agreement_table
    from reranklab.plots.agreement import draw_agreement

    return draw_agreement(agreement_table(comparison.rankings, k=top or 10), titles=comparison.titles)


def _timing(comparison: Comparison, *, selected: str | None, top: int | None) -> Drawing:
    from reranklab.plots.timing import draw_timing

    return draw_timing(comparison.rankings, titles=comparison.titles)


_FIGURES: Mapping[str, tuple[int, Draw]] = {
    "rank-flow": (2, _rank_flow),
    "scores": (1, _scores),
    "score-scatter": (2, _scatter),
    "agreement": (2, _agreement),
    "timing": (1, _timing),
}
"""Name to the number of rankings that it takes, and how it is drawn."""
