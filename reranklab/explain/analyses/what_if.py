"""What if: the query or the document is edited, and the list ranked again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from reranklab.errors import InputError
from reranklab.explain.analysis import Analysis, Finding, Parameters, Table
from reranklab.explain.cost import Cost, is_quick, list_cost
from reranklab.explain.edit_history import EditHistory, begin
from reranklab.explain.edits import EDITS, apply_edit
from reranklab.explain.sections import WHAT_IF
from reranklab.explain.subject import Subject
from reranklab.explain.token_ends import counting
from reranklab.explain.what_if import Rescored, count_unknown, rank_again
from reranklab.export import provenance_record, scale_record
from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.family import Capability, Option, Ranker
from reranklab.types import RANK_ONLY, Document, Query, Ranking

EDITS_OPTION = Option(name="edits", default="", help=f"Edits one after another, as NAME or NAME=N: {', '.join(EDITS)}.")
WRITTEN = Option(
    name="written", default="", help='What is put in their place before the edits: JSON with "query", "title" or "text".'
)
_PARTS = ("query", "title", "text")


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A list ranked as it was, and with the edit; `after` is None where nothing was changed.

    `control` is the original list under the edited query, where document and query were both changed. `notes` say what each
    step did, `edits` names them.
    """

    query: Query
    document: Document
    edits: str
    notes: tuple[str, ...]
    before: Rescored
    after: Rescored | None = None
    control: Rescored | None = None

    @property
    def without_edit(self) -> Rescored:
        """What a probe of the document's edit is held against."""
        return self.control or self.before


def written(history: EditHistory) -> str:
    """The value of the parameter `written` that gives the latest version of a history; empty for the original."""
    first, now = asdict(history.versions[0]), asdict(history.now)
    changed = {part: now[part] for part in _PARTS if now[part] != first[part]}
    return json.dumps(changed, sort_keys=True) if changed else ""


def edited(subject: Subject, parameters: Parameters) -> EditHistory:
    """The steps that the parameters ask for. Raises InputError for an edit that does not exist or cannot be done."""
    history = begin(subject.comparison, subject.document)
    for part, text in _written(parameters).items():
        history.write(part, text)
    for step in filter(None, parameters.text(EDITS_OPTION.name).split(",")):
        name, _, number = step.strip().partition("=")
        if number and not (number.isascii() and number.isdigit()):
            raise InputError(f"The edit {step.strip()!r} does not work. Write NAME or NAME=N with a whole number.")
        ends = counting(subject).ends if name in EDITS and EDITS[name].argument == "tokens" else None
        argument = int(number) if number else None
        edit = apply_edit(name, history.edited, argument=argument, query=history.now.query, token_ends=ends)
        history.put(edit.after, edit=name, note=edit.note)
    return history


def _written(parameters: Parameters) -> Mapping[str, str]:
    text = parameters.text(WRITTEN.name)
    try:
        values = json.loads(text) if text else {}
    except ValueError as error:
        raise InputError(f"{WRITTEN.name} is not JSON ({error}). Give an object with query, title or text.") from error
    if not isinstance(values, dict) or not all(name in _PARTS and isinstance(value, str) for name, value in values.items()):
        raise InputError(f"{WRITTEN.name} takes a JSON object with the texts query, title or text, and nothing else.")
    return values


def _run(
    subject: Subject,
    ranker: Ranker,
    ranking: Ranking,
    parameters: Parameters,
    *,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> Move:
    def again(query: Query, documents: Sequence[Document]) -> Rescored:
        return rank_again(
            subject.build,
            ranker.spec,
            query,
            documents,
            device=subject.device,
            cache=subject.scores,
            context=subject.context(ranker.spec),
            cancel=cancel,
            progress=progress,
        )

    history = edited(subject, parameters)
    original, changed = subject.documents, _with(subject, history)
    both = history.query_changed and history.document_changed
    return Move(
        query=history.query,
        document=history.edited,
        edits=history.edits,
        notes=tuple(version.note for version in history.versions[1:]),
        before=again(subject.query, original),
        after=again(history.query, changed) if history.changed else None,
        control=again(history.query, original) if both else None,
    )


def _with(subject: Subject, history: EditHistory) -> tuple[Document, ...]:
    return tuple(history.edited if each.id == subject.document.id else each for each in subject.documents)


def _cost(subject: Subject, ranking: Ranking, parameters: Parameters) -> Cost:
    """Nothing to ask for where one text alone is new, or the ranker is quick."""
    spec = subject.spec(ranking.ranker)
    history = edited(subject, parameters)
    needed = [(subject.query, subject.documents)]
    if history.changed:
        needed.append((history.query, _with(subject, history)))
    if history.query_changed and history.document_changed:
        needed.append((history.query, subject.documents))
    unknown = sum(
        count_unknown(spec, query, documents, device=subject.device, cache=subject.scores, context=subject.context(spec))
        for query, documents in needed
    )
    lists = max(round(unknown / len(subject.documents)), int(unknown > 1))
    alone = unknown <= 1 and spec.can(Capability.POINTWISE) and not spec.can(Capability.HOSTED)
    return list_cost(subject, ranking, lists, at_once=not unknown or alone or is_quick(spec, ranking))


def _record(move: Move) -> dict[str, Any]:
    """Score and rank before and after; `control` is the original document under the edited query."""
    return {
        "edits": move.edits,
        "steps": list(move.notes),
        "query": move.query.text,
        "document": {"id": move.document.id, "title": move.document.title, "text": move.document.text},
        "scale": scale_record(move.before.scale),
        "before": _side(move, move.before),
        "after": _side(move, move.after),
        "control": _side(move, move.control),
        "warnings": list((move.after or move.before).warnings),
        "provenance": provenance_record(move.before.provenance),
    }


def _side(move: Move, ranked: Rescored | None) -> dict[str, Any] | None:
    if ranked is None:
        return None
    item = ranked.item(move.document.id)
    return {"score": item.score, "rank": item.rank, "computed": ranked.computed, "reused": ranked.reused}


def _words(subject: Subject, finding: Finding[Move]) -> tuple[str, ...]:
    move = finding.result
    if move.after is None:
        return ("Nothing was changed.",)
    return (*move.notes, *move.after.warnings)


def _table(subject: Subject, finding: Finding[Move]) -> Table:
    move = finding.result
    sides = (("before", move.before), ("after", move.after), ("edited query, original document", move.control))
    rows = []
    for name, ranked in sides:
        if ranked is not None:
            item = ranked.item(move.document.id)
            score = None if ranked.scale == RANK_ONLY else item.score
            rows.append((name, item.rank, score, ranked.scale.name, ranked.computed, ranked.reused))
    return Table(header=("", "rank", "score", "scale", "computed", "reused"), rows=tuple(rows))


ANALYSIS = Analysis(
    id="what-if",
    title="What if",
    summary="The query or the document is edited and the list ranked again: how its score and rank move.",
    section=WHAT_IF,
    options=(EDITS_OPTION, WRITTEN),
    run=_run,
    record=_record,
    cost=_cost,
    words=_words,
    table=_table,
)
