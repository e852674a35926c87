"""Lists without names: which is better?"""

from __future__ import annotations

import secrets

import streamlit as st

from reranklab.data.preferences import Choice, Preference, list_preferences, preferences_file, save_preference
from reranklab.engine.comparison import Comparison
from reranklab.evaluate.preferences import PairWins, Preferred, blind_order, preferred
from reranklab.rankers.titles import ranker_titles
from reranklab.types import Ranking
from reranklab.ui import plain
from reranklab.ui.board import show_board
from reranklab.ui.board.nameless import LETTERS, blind_data
from reranklab.ui.boundary import part
from reranklab.ui.compare_state import CompareState
from reranklab.ui.inputs import choose_query, linked_input, next_query
from reranklab.ui.judging.state import BlindState, JudgeState
from reranklab.ui.run import start
from reranklab.ui.say import say
from reranklab.ui.state import SessionState
from reranklab.ui.widgets import field

_SEEDS = 2**31


@part("The blind comparison")
def show_blind(session: SessionState, comparison: Comparison) -> None:
    """The rankers' lists in random order, the question, and after the answer their names."""
    if not 2 <= len(comparison.rankings) <= len(LETTERS):
        say(
            "info",
            "A blind comparison needs the lists of two rankers or more. Switch on another in the sidebar, and rank.",
        )
        return
    blind = session.of(BlindState)
    _begin(blind, comparison)
    by_id = {ranking.ranker: ranking for ranking in comparison.rankings}
    rankings = [by_id[ranker] for ranker in blind.order]
    depth = session.of(CompareState).rows
    titles = [f"List {letter}" for letter, _ in zip(LETTERS, rankings, strict=False)]
    if blind.answer is not None:
        titles = [f"{title}: {comparison.titles[ranker]}" for title, ranker in zip(titles, blind.order, strict=True)]

    def mark(document_id: str) -> None:
        blind.document = "" if blind.document == document_id else document_id

    if blind.answer is None:
        _ask(session, comparison, rankings)
    else:
        _show_answer(session, comparison, blind.answer)
    data = blind_data(comparison, rankings, titles=titles, depth=depth, selected=blind.document)
    show_board(data, key="board_blind", on_pick=mark)
    _show_results()


def _begin(blind: BlindState, comparison: Comparison) -> None:
    """A new order for each run: one that was seen with names is no secret any more."""
    rankers = [ranking.ranker for ranking in comparison.rankings]
    if blind.number == comparison.number and sorted(blind.order) == sorted(rankers):
        return
    blind.number, blind.seed = comparison.number, secrets.randbelow(_SEEDS)
    blind.order = blind_order(rankers, seed=blind.seed)
    blind.document, blind.answer = "", None


def _ask(session: SessionState, comparison: Comparison, rankings: list[Ranking]) -> None:
    blind, judge = session.of(BlindState), session.of(JudgeState)
    depth = session.of(CompareState).rows

    def answer(choice: Choice, winner: str = "") -> None:
        chosen = blind.document if choice == "document" else ""
        kept = Preference(
            person=judge.name.strip(),
            query=comparison.request.query,
            source=comparison.request.label,
            shown=blind.order,
            seed=blind.seed,
            depth=depth,
            choice=choice,
            winner=winner,
            document=chosen,
            ranks={ranking.ranker: ranking.rank_of()[chosen] for ranking in rankings} if chosen else {},
        )
        save_preference(kept)
        blind.answer = kept

    with st.container(horizontal=True, vertical_alignment="bottom"):
        field(plain.text_input, "Your name", judge, "name", key="judge_name", max_chars=40, width=160)
        for letter, ranking in zip(LETTERS, rankings, strict=False):
            plain.button(
                f"List {letter} is best" if len(rankings) > 2 else f"List {letter} is better",
                key=f"blind_{letter}", on_click=answer, args=("list", ranking.ranker),
            )  # fmt: skip
        plain.button("No difference", key="blind_none", on_click=answer, args=("none",))
        plain.button(
            "The marked document is the best", key="blind_document", on_click=answer, args=("document",),
            disabled=not blind.document, help="Click a document to mark it. The list that has it highest wins.",
        )  # fmt: skip
    if len({tuple(item.id for item in ranking.items[: depth or None]) for ranking in rankings}) == 1:
        say("note", "The lists are the same as far as they are shown.")
    say("note", "Names, scores and times come after the answer. The order of the lists is random.")


def _show_answer(session: SessionState, comparison: Comparison, answer: Preference) -> None:
    letters = dict(zip(answer.shown, LETTERS, strict=False))
    titles = comparison.titles
    names = ", ".join(f"{letter} is {titles[ranker]}" for ranker, letter in letters.items())
    if answer.choice == "list":
        said = f"You preferred {titles[answer.winner]}."
    elif answer.choice == "document":
        ranks = ", ".join(f"{titles[ranker]} {answer.ranks[ranker]}" for ranker in answer.shown)
        said = f"Ranks of {answer.document}: {ranks}."
    else:
        said = "You saw no difference."
    with st.container(horizontal=True, vertical_alignment="center"):
        say("info", f"{said} {names}.")
        following = next_query(session, comparison.request.query)
        if following and plain.button("Next query", key="blind_next", type="primary"):
            choose_query(session, following)
            start(session, linked_input(session), comparison.settings.specs)
            st.rerun()


def _show_results() -> None:
    kept = list_preferences()
    if not kept.preferences:
        return
    found = preferred(kept.preferences)
    with plain.expander(f"Results of {found.comparisons:,} blind comparisons", key="blind_results"):
        _show_wins(found)
        if kept.damaged:
            say("warning", f"{len(kept.damaged):,} lines of {preferences_file().name} could not be read and were passed over.")


def _show_wins(found: Preferred) -> None:
    titles = ranker_titles(sorted({ranker for pair in found.pairs for ranker in (pair.first, pair.second)}))
    if found.strengths:
        st.dataframe(
            [
                {
                    "Ranker": titles[each.ranker],
                    "Chance against the average": round(each.chance, 3),
                    "95 %": f"{each.low:.2f} to {each.high:.2f}",
                }
                for each in found.strengths
            ],
            hide_index=True,
            width="content",
        )
    for note in found.notes:
        say("note", note)
    st.dataframe([_row(pair, titles) for pair in found.pairs], hide_index=True, width="content")
    people = "1 person" if found.people == 1 else f"{found.people:,} people"
    say(
        "note",
        f"{found.comparisons:,} comparisons by {people}. The chance is the Bradley-Terry model's, in which a tie is half a win "
        "for each; won is the share of wins among wins and losses, with Wilson's interval. An interval that holds 0.5 tells "
        "nothing.",
    )


def _row(pair: PairWins, titles: dict[str, str]) -> dict[str, object]:
    return {
        "First": titles[pair.first],
        "Second": titles[pair.second],
        "Wins": pair.wins,
        "Ties": pair.ties,
        "Losses": pair.losses,
        "Won": "–" if pair.share is None else f"{pair.share:.2f}",
        "95 %": "–" if pair.interval is None else f"{pair.interval[0]:.2f} to {pair.interval[1]:.2f}",
    }
