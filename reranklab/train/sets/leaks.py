"""Training queries that an evaluation asks too, in the same words or in others: a score on those says nothing.

Ids are not looked at: the same id may stand for other queries, and a copy has another id.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reranklab.data.collection import Collection
from reranklab.data.text import shorten
from reranklab.errors import InputError
from reranklab.progress import CancelSignal, Progress, part_of
from reranklab.train.sets.alike import Alike, alike_pairs
from reranklab.train.sets.copies import near_copies
from reranklab.types import Document, Query

_PAIRS_SHOWN = 3
_TEXT_SHOWN = 70


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """A training query and the evaluation query that it is, or that it words in another way."""

    training: Query
    evaluation: Query
    collection: str
    split: str
    likeness: Alike

    @property
    def words(self) -> str:
        """Such as "t7 'who ran' is 12 'who ran' of scifact (test)"."""
        verb = "is" if self.likeness.same else f"is like ({self.likeness.likeness:.2f})"
        return (
            f"{self.training.id} {_shown(self.training.text)} {verb} {self.evaluation.id} {_shown(self.evaluation.text)} of "
            f"{self.collection} ({self.split})"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LeakCheck:
    """`leaks` name each pair; `checked` the collections that were compared with, `by` the ranker whose embeddings compared
    (see `AlikePairs`). `notes` are on what is no leak and a reader should know."""

    leaks: tuple[Leak, ...]
    checked: tuple[str, ...]
    by: str = ""
    notes: tuple[str, ...] = ()

    @property
    def told(self) -> tuple[str, ...]:
        """What becomes a note of a training set without the leaking queries."""
        if not self.checked:
            return ("No evaluation collection was named, so nothing says that an evaluation asks other queries.",)
        if not self.leaks:
            return self.notes
        which = "1 query" if len(self.queries) == 1 else f"{len(self.queries):,} queries"
        asks = "asks" if len(self.checked) == 1 else "ask"
        leaks = (
            f"Left out {which} that {shorten(self.checked)} {asks} too, in the same or in other words: {shorten(self.queries)}."
        )
        return (leaks, *self.notes)

    @property
    def queries(self) -> tuple[str, ...]:
        """The ids of the training queries that leak, each once."""
        return tuple(dict.fromkeys(leak.training.id for leak in self.leaks))

    def refuse(self, *, training: int) -> None:
        """Raise InputError, naming pairs and the remedy, where one of so many `training` queries leaks."""
        if not self.leaks:
            return
        shown = "; ".join(leak.words for leak in sorted(self.leaks, key=_plainest)[:_PAIRS_SHOWN])
        more = f"; and {len(self.leaks) - _PAIRS_SHOWN:,} more pairs" if len(self.leaks) > _PAIRS_SHOWN else ""
        many = "1 is a query" if len(self.queries) == 1 else f"{len(self.queries):,} are queries"
        raise InputError(
            f"Of {training:,} training queries {many} of an evaluation, in the same or in other words: {shown}{more}. "
            "Leave them out (leaks=leave-out), or evaluate on other queries."
        )


def find_leaks(
    training: Collection,
    evaluations: Sequence[Collection],
    *,
    device: str = "cpu",
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> LeakCheck:
    """Compare each training query with each query of the evaluations. Raises as `alike_pairs` does."""
    queries = list(training.queries.values())
    leaks: list[Leak] = []
    notes: list[str] = []
    by = ""
    for number, evaluation in enumerate(evaluations):
        asked = list(evaluation.queries.values())
        told = part_of(
            progress,
            before=number,
            part=1,
            total=len(evaluations),
            unit="collection",
            label=f"comparing with {evaluation.name}",
        )
        found = alike_pairs(
            [query.text for query in queries], [query.text for query in asked], device=device, cancel=cancel, progress=told
        )
        by = found.by
        leaks += [
            Leak(
                training=queries[pair.first],
                evaluation=asked[pair.second],
                collection=evaluation.name,
                split=evaluation.split,
                likeness=pair,
            )
            for pair in found.pairs
        ]
        notes += shared_documents(training, evaluation)
    if evaluations and not by:
        notes.append(
            "No embedding model is stored here, so reworded copies of evaluation queries were looked for by their words alone."
        )
    return LeakCheck(
        leaks=tuple(leaks), checked=tuple(f"{each.name} ({each.split})" for each in evaluations), by=by, notes=tuple(notes)
    )


def shared_documents(training: Collection, evaluation: Collection) -> tuple[str, ...]:
    """A note on training documents that an evaluation judges relevant, or near copies of such.

    No error: splits of one collection share their corpus, and a document is no answer key. What an evaluation asks is whether
    the document is found for another query. A model may still have seen its text, which is why it is told.
    """
    ours, theirs = _relevant(training), _relevant(evaluation)
    copies = near_copies(ours, theirs)
    if not copies:
        return ()
    which = "1 document is" if len(copies) == 1 else f"{len(copies):,} of {len(ours):,} documents are"
    return (
        f"{which} relevant for training queries, and, as it stands or nearly, for other queries of {evaluation.name} "
        f"({evaluation.split}): {shorten(list(copies))}.",
    )


def _relevant(collection: Collection) -> list[Document]:
    ids = dict.fromkeys(each for grades in collection.qrels.values() for each, grade in grades.items() if grade > 0)
    return [collection.documents[each] for each in ids if each in collection.documents]


def _plainest(leak: Leak) -> tuple[bool, float]:
    return not leak.likeness.same, -leak.likeness.likeness


def _shown(text: str) -> str:
    line = " ".join(text.split())
    return repr(line if len(line) <= _TEXT_SHOWN else f"{line[:_TEXT_SHOWN]}…")
