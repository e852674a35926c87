"""The board: rankers side by side, a Streamlit component without a build step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from reranklab.ui.board.data import baseline_choices, baseline_ranking, board_data
from reranklab.ui.boundary import followed
from reranklab.ui.components import component

__all__ = ["baseline_choices", "baseline_ranking", "board_data", "show_board"]


def show_board(
    data: dict[str, Any],
    *,
    key: str,
    on_pick: Callable[[str], None],
    on_explain: Callable[[str], None] | None = None,
    on_grade: Callable[[dict[str, int | None]], None] | None = None,
) -> None:
    """Draw the board of `data` (see `board_data`). `on_pick` gets the id of a document that was clicked, `on_explain` the id
    of one whose rank is to be explained; without it there is no button for that. A board with `judging` gives `on_grade` grades
    by document id, None for one that was taken back: the new one, and those that it has not been shown in return yet."""

    @followed("The click")
    def tell(trigger: str, follow: Callable[[str], None] | None) -> None:
        document_id = st.session_state[key].get(trigger)
        if isinstance(document_id, str) and follow is not None:
            follow(document_id)

    @followed("The grade")
    def graded() -> None:
        given = st.session_state[key].get("grade")
        if isinstance(given, Mapping) and on_grade is not None:
            on_grade({str(document_id): grade if grade is None else int(grade) for document_id, grade in given.items()})

    component("board")(
        key=key,
        data={**data, "explainable": on_explain is not None},
        on_pick_change=lambda: tell("pick", on_pick),
        on_explain_change=lambda: tell("explain", on_explain),
        on_grade_change=graded,
    )
