"""Documents that a training query is to be told apart from: found by rankers, or drawn, and never judged relevant."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Literal, get_args

from reranklab.data.blank import is_blank
from reranklab.data.collection import Collection
from reranklab.data.index import own_document
from reranklab.errors import InputError
from reranklab.evaluate.candidates import DEFAULT_RULE, JUDGED, parse_candidates
from reranklab.evaluate.first_stage import ranking_tasks
from reranklab.progress import CancelSignal, Progress, check_cancel, part_of, report
from reranklab.rankers.base import MAX_CANDIDATES
from reranklab.train.sets.margin import Margin
from reranklab.types import Document, Query, Scalar

RANDOM = "random"
"""Stands for documents drawn from the whole corpus, in the place of a search."""

Choice = Literal["drawn", "first"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mining:
    """How negatives are found.

    `by` are candidate rules as `parse_candidates` takes them (a search and its depth), or `random`; the lists of several are
    taken in turns. Of each list the relevant documents go, then the first `skip`, which are the likeliest to be relevant though
    nobody judged them. `negatives` are wanted for each relevant document: drawn from what is left, or the first of it. `margin`
    leaves out those that a ranker scores near the relevant ones.
    """

    by: tuple[str, ...] = (DEFAULT_RULE,)
    negatives: int = 5
    skip: int = 0
    choose: Choice = "drawn"
    margin: Margin | None = None

    def __post_init__(self) -> None:
        if not self.by:
            raise InputError("Nothing is named that finds negatives. Name a search and its depth, or random.")
        for rule in self.by:
            if rule == JUDGED:
                raise InputError(
                    "judged finds no negatives beside those judged, which are taken anyway. Name a search or random."
                )
            if rule != RANDOM and parse_candidates(rule).depth <= self.skip:
                raise InputError(f"Of {rule} nothing is left behind the first {self.skip}. Search deeper, or skip fewer.")
        if not 1 <= self.negatives <= MAX_CANDIDATES:
            raise InputError(
                f"{self.negatives:,} negatives for each relevant document do not work. Give 1 to {MAX_CANDIDATES:,}."
            )
        if self.skip < 0:
            raise InputError(f"The first {self.skip} cannot be skipped. Give 0 or more.")
        if self.choose not in get_args(Choice):
            raise InputError(f"Negatives cannot be chosen by {self.choose!r}. Choose one of: {', '.join(get_args(Choice))}.")

    def record(self) -> dict[str, Scalar]:
        """As plain values, for a model's card."""
        return {
            "negatives_by": ", ".join(self.by),
            "negatives_per_relevant": self.negatives,
            "negatives_skip": self.skip,
            "negatives_chosen": self.choose,
            "margin_by": self.margin.by if self.margin else "",
            "margin": self.margin.margin if self.margin else None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Mined:
    """Query id to candidates, the hardest first; relevant documents are not among them. `notes` are those of the searches."""

    candidates: Mapping[str, Sequence[Document]]
    notes: tuple[str, ...] = ()


def mine(
    collection: Collection,
    queries: Sequence[Query],
    mining: Mining,
    *,
    relevant: Mapping[str, frozenset[str]],
    seed: int = 0,
    device: str = "cpu",
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> Mined:
    """Candidates for negatives of each query. `relevant` is query id to the ids of documents that are none, and no more are
    those that say the same. Raises what `ranking_tasks` raises, and Cancelled."""
    lists: dict[str, list[Sequence[Document]]] = {query.id: [] for query in queries}
    refused = {query: same_as([collection.documents[each] for each in ids]) for query, ids in relevant.items()}
    ids = tuple(collection.documents)
    notes: list[str] = []
    for number, rule in enumerate(mining.by):
        told = part_of(
            progress, before=100 * number, part=100, total=100 * len(mining.by), unit="%", label=f"negatives by {rule}"
        )
        if rule == RANDOM:
            for done, query in enumerate(queries):
                check_cancel(cancel, "Stopped while negatives were drawn.")
                report(told, done=done, total=len(queries), unit="query")
                drawn = _drawn(collection, ids, query, mining, seed=seed)
                lists[query.id].append([each for each in drawn if not refused[query.id](each) and not is_blank(each.content)])
            continue
        found = ranking_tasks(collection, queries, parse_candidates(rule), device=device, cancel=cancel, progress=told)
        notes += found.notes
        for task in found.tasks:
            left = [each for each in task.documents if not refused[task.query.id](each) and not is_blank(each.content)]
            lists[task.query.id].append(left[mining.skip :])
    return Mined(candidates={query: _in_turns(each) for query, each in lists.items()}, notes=tuple(dict.fromkeys(notes)))


def relevant_documents(collection: Collection, query_id: str) -> list[Document]:
    """The documents of the corpus that are judged relevant for a query."""
    grades = collection.qrels.get(query_id, {})
    return [collection.documents[each] for each, grade in grades.items() if grade > 0 and each in collection.documents]


def same_as(documents: Sequence[Document]) -> Callable[[Document], bool]:
    """Whether a document is one of these, or has the same text, white space aside."""
    ids = {document.id for document in documents}
    texts = {_text(document) for document in documents}
    return lambda document: document.id in ids or _text(document) in texts


def _text(document: Document) -> str:
    return " ".join(document.content.split())


def _drawn(collection: Collection, ids: Sequence[str], query: Query, mining: Mining, *, seed: int) -> list[Document]:
    """As many as any query may need. The same seed and query give the same ones, whatever other queries there are."""
    grades, own = collection.qrels.get(query.id, {}), own_document(collection, query)
    wanted = mining.negatives * max(1, sum(grade > 0 for grade in grades.values())) + len(grades)
    chosen = random.Random(f"{seed}\t{query.id}\t{RANDOM}").sample(ids, min(wanted, len(ids)))
    return [collection.documents[each] for each in chosen if each != own]


def _in_turns(lists: Sequence[Sequence[Document]]) -> tuple[Document, ...]:
    """The first of each, then the second of each, and so on; each text once."""
    found: dict[str, Document] = {}
    for row in zip_longest(*lists):
        for document in row:
            if document is not None:
                found.setdefault(_text(document), document)
    return tuple(found.values())
