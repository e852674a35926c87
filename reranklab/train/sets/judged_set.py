"""From a judged collection to a training set: its relevant documents, and negatives mined beside those judged."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from reranklab.data.collection import Collection
from reranklab.data.content import collection_sha256, judgements_sha256
from reranklab.data.text import shorten
from reranklab.errors import InputError
from reranklab.progress import CancelSignal, Progress, check_cancel, report
from reranklab.train.sets.alike import alike_groups
from reranklab.train.sets.evaluations import Leaks, evaluations_of, load_judged, without_leaks
from reranklab.train.sets.examples import TrainingList, TrainingSet
from reranklab.train.sets.judged_lists import ListMaker
from reranklab.train.sets.labels import choose_labels
from reranklab.train.sets.margin import FalseNegatives
from reranklab.train.sets.mining import Mining, mine, relevant_documents
from reranklab.train.sets.query_split import HELD_BACK, hold_back

MOST_RELEVANT = 8
"""Relevant documents of one list."""


def judged_training_set(
    source: str | Path | Collection,
    *,
    split: str | None = None,
    mining: Mining | None = None,
    evaluate_on: Sequence[str | Path | Collection] = (),
    leaks: Leaks = "refuse",
    held_back: float = HELD_BACK,
    most_relevant: int = MOST_RELEVANT,
    seed: int = 0,
    device: str = "cpu",
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> TrainingSet:
    """A training set from the judgements of one split, the same for the same input and seed.

    A list has at most `most_relevant` documents that are relevant, drawn where there are more, and for each of them as many
    negatives as `mining` says: documents judged not relevant first, then mined ones, which nobody judged. What is relevant for
    a query that is alike is no negative. Queries without a relevant document in the corpus, and those for which nothing else
    was found, are left out with a note. Of queries that are alike, all are held back or none.

    `evaluate_on` are the collections that the trained model will be judged by, beside the test split of the source where that
    has one and another is trained on. Training queries that they ask too are refused, or left out with a note.
    Raises InputError for those, and for a collection that gives no list, and what `load_dataset` and `mine` raise.
    """
    mining = mining or Mining()
    if most_relevant < 1:
        raise InputError(f"A list with {most_relevant} relevant documents teaches nothing. Give 1 or more.")
    whole = source if isinstance(source, Collection) else load_judged(source, split=split, cancel=cancel, progress=progress)
    evaluations = evaluations_of(source, whole, evaluate_on, cancel=cancel, progress=progress)
    collection, check = without_leaks(whole, evaluations, leaks=leaks, device=device, cancel=cancel, progress=progress)
    choice = choose_labels(collection)
    asked = [query for query in collection.queries.values() if relevant_documents(collection, query.id)]
    groups = alike_groups(asked, device=device, cancel=cancel, progress=progress)
    relevant = _relevant_of_groups(collection, groups)
    mined = mine(collection, asked, mining, relevant=relevant, seed=seed, device=device, cancel=cancel, progress=progress)
    guard = None
    if mining.margin is not None:
        guard = FalseNegatives(mining.margin, collection, device=device)
        guard.load(cancel=cancel, progress=progress)
    maker = ListMaker(
        collection=collection,
        labels=choice.labels,
        mining=mining,
        relevant=relevant,
        most_relevant=most_relevant,
        seed=seed,
        false_negatives=guard,
    )
    lists: dict[str, TrainingList] = {}
    for done, query in enumerate(asked):
        check_cancel(cancel, "Stopped before the training set was complete.")
        report(progress, done=done, total=len(asked), unit="query", label="choosing negatives")
        if (made := maker.make(query, mined.candidates[query.id], cancel=cancel)) is not None:
            lists[query.id] = made
    if not lists:
        raise InputError(
            f"{collection.name} ({collection.split}) gives nothing to train on: no query has both a relevant document and "
            "another one. Search deeper, or judge more."
        )
    held = hold_back(
        [kept for group in groups if (kept := [query for query in group if query in lists])],
        share=held_back,
        seed=seed,
        strata={query: min(4, sum(label > 0 for label in made.labels)) for query, made in lists.items()},
    )
    known = {query.id for query in asked}
    return TrainingSet(
        name=collection.name,
        lists=tuple(made for query, made in lists.items() if query not in held),
        held_back=tuple(made for query, made in lists.items() if query in held),
        labels=choice.labels,
        licence=collection.licence,
        provenance={
            "collection": collection.name,
            "split": collection.split,
            "collection_sha256": collection_sha256(whole),
            "judgements_sha256": judgements_sha256(whole.qrels),
            "evaluate_on": ", ".join(check.checked),
            "leaks_left_out": len(check.queries),
            "labels_by": "judgements",
            "labels_why": choice.why,
            **mining.record(),
            "most_relevant": most_relevant,
            "held_back": held_back,
            "seed": seed,
        },
        notes=(
            *collection.notes,
            *check.told,
            *mined.notes,
            *_left_out([query for query in collection.queries if query not in known], "no relevant document in the corpus"),
            *_left_out([query.id for query in asked if query.id not in lists], "no document beside the relevant ones"),
            *maker.shortage(list(lists.values())),
            *(guard.told if guard is not None else ()),
        ),
    )


def _relevant_of_groups(collection: Collection, groups: Sequence[Sequence[str]]) -> dict[str, frozenset[str]]:
    """Query id to the ids of the documents that are relevant for it or for one that is alike."""
    found: dict[str, frozenset[str]] = {}
    for group in groups:
        together = frozenset(document.id for query in group for document in relevant_documents(collection, query))
        found |= dict.fromkeys(group, together)
    return found


def _left_out(queries: Sequence[str], reason: str) -> tuple[str, ...]:
    if not queries:
        return ()
    which = "1 query" if len(queries) == 1 else f"{len(queries):,} queries"
    return (f"Left out {which} with {reason}: {shorten(queries)}.",)
