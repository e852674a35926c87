"""What an edit does to one document: its score and rank by each ranker, before and after."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from reranklab.explain.analyses.what_if import ANALYSIS, Move, written
from reranklab.explain.analysis import Finding
from reranklab.explain.cost import is_quick
from reranklab.explain.edit_history import EditHistory
from reranklab.explain.subject import Subject
from reranklab.explain.what_if import Rescored
from reranklab.plots.labels import milliseconds
from reranklab.types import RANK_ONLY
from reranklab.ui.board.data import format_score
from reranklab.ui.explain.asking import ask_for
from reranklab.ui.say import joined, put, say
from reranklab.ui.state import SessionState

_STYLE = Markup("""<style>
.rl-moves { border-collapse: collapse; width: 100%; font-size: 0.88rem; font-variant-numeric: tabular-nums; }
.rl-moves th, .rl-moves td { padding: 5px 10px 5px 0; text-align: end; border-bottom: 1px solid rgba(128, 128, 128, 0.3);
  vertical-align: baseline; }
.rl-moves th { font-weight: 600; }
.rl-moves th:first-child, .rl-moves td:first-child { text-align: start; overflow-wrap: anywhere; }
.rl-moves .unit { opacity: 0.72; font-weight: 400; font-size: 0.8rem; }
.rl-moves .up { color: light-dark(#0B5CAD, #7DBBF0); font-weight: 600; }
.rl-moves .down { color: light-dark(#A34700, #F0A267); font-weight: 600; }
</style>""")


def ask_for_moves(session: SessionState, subject: Subject, history: EditHistory) -> list[Finding[Move]]:
    """The moves that are known, in the order of the rankers. Shows a button, progress or an error for the others."""
    findings = []
    waiting = []
    for spec, ranking in zip(subject.specs, subject.rankings, strict=True):
        name = subject.titles[spec.id]
        if not history.changed and not is_quick(spec, ranking):
            waiting.append(name)
            continue
        parameters = {"written": written(history)}
        cost = ANALYSIS.cost(subject, ranking, ANALYSIS.settings(parameters)).words
        move = ask_for(session, subject, ANALYSIS, spec.id, parameters, name=f"Rank again: {name}", cost=f"{name}: {cost}")
        if move is not None:
            findings.append(move)
    if waiting:
        say("note", f"{', '.join(waiting)}: on demand after an edit, since a list takes long.")
    return findings


def show_moves(subject: Subject, moves: Sequence[Move]) -> None:
    """A row a ranker."""
    if not moves:
        return
    titles = ("Ranker", "Score before", "after", "Change", "Rank before", "after", "Moves", "Computed")
    table = Markup(
        '{}<table class="rl-moves" aria-label="Score and rank before and after the edit">'
        "<thead><tr>{}</tr></thead><tbody>{}</tbody></table>"
    )
    head = joined(map(Markup("<th>{}</th>").format, titles))
    put(table.format(_STYLE, head, joined(_row(subject, move) for move in moves)))
    say(
        "note",
        "Not a measured run: reused scores were computed earlier for exactly the same text, and both sides read one text at a "
        "time, so scores can differ from the run's in their last digits.",
    )
    for move in moves:
        latest = move.after or move.before
        for warning in latest.warnings:
            say("warning", f"{subject.titles[latest.ranker]}: {warning}")


def _row(subject: Subject, move: Move) -> Markup:
    document = subject.document.id
    before = move.before.item(document)
    scale = move.before.scale
    has_scores = scale != RANK_ONLY
    cells = [
        Markup('{} <span class="unit">{}</span>').format(subject.titles[move.before.ranker], scale.name),
        format_score(before.score, scale=scale.name) if has_scores else "–",
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


def _cells(values: Sequence[str]) -> Markup:
    return Markup("<tr>{}</tr>").format(joined(map(Markup("<td>{}</td>").format, values)))


def _signed(value: float) -> str:
    if not value:
        return "0"
    words = f"{value:+.3f}" if abs(value) >= 0.001 else f"{value:+.1e}"
    return Markup('<span class="{}">{}</span>').format("up" if value > 0 else "down", words)


def _moved(ranks: int) -> str:
    if not ranks:
        return "="
    return Markup('<span class="{}">{} {}</span>').format(*(("up", "▲") if ranks > 0 else ("down", "▼")), abs(ranks))


def _computed(rescored: Rescored) -> str:
    time = f" in {milliseconds(rescored.milliseconds)}" if rescored.computed else ""
    return f"{rescored.computed:,} computed, {rescored.reused:,} reused{time}"
