"""What an edit does to one document: its score and rank by each ranker, before and after."""

from __future__ import annotations

import hashlib
import html
import json
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from reranklab.explain.edit_history import EditHistory
from reranklab.explain.what_if import Rescored, rank_again
from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.family import Capability, RankerSpec
from reranklab.types import RANK_ONLY, Document, Query
from reranklab.ui.board.data import format_score
from reranklab.ui.explain.cost import ranker_name
from reranklab.ui.explain.subject import Subject
from reranklab.ui.explain.whole_list import cost_of, is_quick
from reranklab.ui.explain.work import computed
from reranklab.ui.page import say
from reranklab.ui.resources import scores
from reranklab.ui.state import SessionState
from reranklab.ui.times import milliseconds

_STYLE = """<style>
.rl-moves { border-collapse: collapse; width: 100%; font-size: 0.88rem; font-variant-numeric: tabular-nums; }
.rl-moves th, .rl-moves td { padding: 5px 10px 5px 0; text-align: end; border-bottom: 1px solid rgba(128, 128, 128, 0.3);
  vertical-align: baseline; }
.rl-moves th { font-weight: 600; }
.rl-moves th:first-child, .rl-moves td:first-child { text-align: start; overflow-wrap: anywhere; }
.rl-moves .unit { opacity: 0.72; font-weight: 400; font-size: 0.8rem; }
.rl-moves .up { color: light-dark(#0B5CAD, #7DBBF0); font-weight: 600; }
.rl-moves .down { color: light-dark(#A34700, #F0A267); font-weight: 600; }
</style>"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A list ranked as it was, and with the edit; `after` is None where nothing was changed.

    `control` is the original list under the edited query, where document and query were both changed.
    """

    before: Rescored
    after: Rescored | None = None
    control: Rescored | None = None

    @property
    def without_edit(self) -> Rescored:
        """What a probe of the document's edit is held against."""
        return self.control or self.before


def moves(session: SessionState, subject: Subject, history: EditHistory) -> list[Move]:
    """The moves that are known, in the order of the rankers. Shows a button, progress or an error for the others."""
    found = []
    waiting = []
    for spec, ranking in zip(subject.specs, subject.rankings, strict=True):
        quick = is_quick(spec, ranking)
        name = ranker_name(subject, spec.id)
        if not history.changed and not quick:
            waiting.append(name)
            continue
        lists = _lists(spec, history)
        move = computed(
            session,
            subject.key("what if", spec.id, _digest(history)),
            f"Rank again: {name}",
            _Computation(subject, history, spec),
            at_once=quick or lists == 0,
            cost=f"{name}: {cost_of(spec, ranking, lists)}",
        )
        if move is not None:
            history.ranked.add(spec.id)
            found.append(move)
    if waiting:
        say("note", f"{', '.join(waiting)}: on demand after an edit, since a list takes long.")
    return found


def show_moves(subject: Subject, found: Sequence[Move]) -> None:
    """A row a ranker."""
    if not found:
        return
    titles = ("Ranker", "Score before", "after", "Change", "Rank before", "after", "Moves", "Computed")
    head = "".join(f"<th>{each}</th>" for each in titles)
    rows = "".join(_row(subject, move) for move in found)
    st.html(
        f'{_STYLE}<table class="rl-moves" aria-label="Score and rank before and after the edit">'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    )
    say(
        "note",
        "Not a measured run: reused scores were computed earlier for exactly the same text, and both sides read one text at a "
        "time, so scores can differ from the run's in their last digits.",
    )
    for move in found:
        latest = move.after or move.before
        for warning in latest.warnings:
            say("warning", f"{ranker_name(subject, latest.ranker)}: {warning}")


def _lists(spec: RankerSpec, history: EditHistory) -> int:
    """How many lists are to be ranked from the start; 0 where one text alone is new."""
    unknown = spec.id not in history.ranked
    if not history.changed:
        return int(unknown)
    if spec.can(Capability.POINTWISE):
        return int(unknown) + int(history.query_changed)
    return int(unknown) + 1 + int(history.query_changed and history.document_changed)


def _digest(history: EditHistory) -> str:
    now = history.now
    return hashlib.sha256(json.dumps([now.query, now.title, now.text]).encode()).hexdigest()


class _Computation:
    """The move of one ranker. Holds values only, since it runs in a thread."""

    def __init__(self, subject: Subject, history: EditHistory, spec: RankerSpec) -> None:
        self._subject = subject
        self._spec = spec
        self._cache = scores()
        self._query = history.query
        self._edited = [history.edited if each.id == history.document.id else each for each in subject.documents]
        self._changed = history.changed
        self._both = history.query_changed and history.document_changed

    def __call__(self, cancel: CancelSignal, progress: Progress) -> Move:
        def again(query: Query, documents: Sequence[Document]) -> Rescored:
            return rank_again(
                self._subject.build,
                self._spec,
                query,
                documents,
                device=self._subject.device,
                cache=self._cache,
                context=self._subject.context(self._spec),
                cancel=cancel,
                progress=progress,
            )

        original = self._subject.documents
        return Move(
            before=again(self._subject.query, original),
            after=again(self._query, self._edited) if self._changed else None,
            control=again(self._query, original) if self._both else None,
        )


def _row(subject: Subject, move: Move) -> str:
    document = subject.document.id
    before = move.before.item(document)
    scale = move.before.scale
    has_scores = scale != RANK_ONLY
    name = html.escape(ranker_name(subject, move.before.ranker))
    unit = html.escape(scale.name)
    cells = [
        f'{name} <span class="unit">{unit}</span>',
        html.escape(format_score(before.score, scale=scale.name)) if has_scores else "–",
    ]
    if move.after is None:
        return _cells([*cells, "–", "–", str(before.rank), "–", "–", _computed(move.before)])
    after = move.after.item(document)
    change = after.score - before.score
    return _cells(
        [
            *cells,
            format_score(after.score, scale=scale.name) if has_scores else "–",
            _signed(change) if has_scores else "–",
            str(before.rank),
            str(after.rank),
            _moved(before.rank - after.rank),
            _computed(move.after),
        ]
    )


def _cells(values: Sequence[str]) -> str:
    return "<tr>" + "".join(f"<td>{value}</td>" for value in values) + "</tr>"


def _signed(value: float) -> str:
    if not value:
        return "0"
    words = f"{value:+.3f}" if abs(value) >= 0.001 else f"{value:+.1e}"
    return f'<span class="{"up" if value > 0 else "down"}">{words}</span>'


def _moved(places: int) -> str:
    if not places:
        return "="
    return f'<span class="up">▲ {places}</span>' if places > 0 else f'<span class="down">▼ {-places}</span>'


def _computed(rescored: Rescored) -> str:
    time = f" in {milliseconds(rescored.milliseconds)}" if rescored.computed else ""
    return f"{rescored.computed:,} computed, {rescored.reused:,} reused{time}"
