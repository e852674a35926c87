"""Which of many rankers the results show: on the board, and in the figures that have a column or a panel for each."""

from __future__ import annotations

from collections.abc import Sequence

from reranklab.engine.comparison import Comparison
from reranklab.types import Ranking
from reranklab.ui import plain
from reranklab.ui.board.data import WIDE
from reranklab.ui.compare_state import CompareState
from reranklab.ui.state import SessionState
from reranklab.ui.widgets import kept

NONE_SHOWN = "No ranker is shown. Choose some under Rankers shown."


def choose_shown(session: SessionState, comparison: Comparison) -> None:
    """A choice of rankers, where there are more than stand side by side in full, or some are hidden."""
    compare = session.of(CompareState)
    titles = comparison.titles
    shown = [ranker for ranker in titles if ranker not in compare.hidden]
    if len(titles) <= WIDE and len(shown) == len(titles):
        return

    def store(chosen: list[str]) -> None:
        compare.hidden = compare.hidden - frozenset(titles) | (frozenset(titles) - frozenset(chosen))

    with plain.popover(f"{len(shown)} of {len(titles)} rankers shown", icon=":material/view_column:", key="choose_shown"):
        kept(
            plain.multiselect,
            "Rankers shown",
            key="w_shown",
            value=shown,
            store=store,
            options=list(titles),
            format_func=titles.__getitem__,
            help=f"On the board, and in rank flow, scores and agreement. More than {WIDE} stand in narrow columns; a click on "
            "a document opens its scores.",
        )


def shown_rankings(session: SessionState, comparison: Comparison) -> Sequence[Ranking]:
    """The rankings of the rankers that are shown."""
    hidden = session.of(CompareState).hidden
    return [ranking for ranking in comparison.rankings if ranking.ranker not in hidden]
