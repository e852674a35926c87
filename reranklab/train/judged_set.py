"""From a judged collection to a training set: its relevant documents, and negatives mined beside those judged."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from reranklab.data.beir import dataset_path, load_dataset
from reranklab.data.collection import Collection, list_splits
from reranklab.data.content import collection_sha256, judgements_sha256
from reranklab.data.text import shorten
from reranklab.errors import InputError, RerankLabError
from reranklab.progress import CancelSignal, Progress, check_cancel
from reranklab.train.examples import Labels, TrainingList, TrainingSet
from reranklab.train.hold_back import hold_back
from reranklab.train.labels import choose_labels, label_of
from reranklab.train.mining import Mining, is_relevant, mine
from reranklab.types import Document, Query

TRAIN = "train"
"""The split to train on, where a collection has one of that name."""

HELD_BACK = 0.1
MOST_RELEVANT = 8


def load_judged(
    source: str | Path, *, split: str | None = None, cancel: CancelSignal | None = None, progress: Progress | None = None
) -> Collection:
    """What `load_dataset` takes. `split` None is "train" where there is one, else the collection's usual split."""
    if split is None:
        try:
            has_train = TRAIN in list_splits(dataset_path(source, cancel=cancel, progress=progress))
        except RerankLabError:
            has_train = False  # a sample, or load_dataset says what is wrong
        split = TRAIN if has_train else None
    return load_dataset(source, split=split, cancel=cancel, progress=progress)


def judged_training_set(
    source: str | Path | Collection,
    *,
    split: str | None = None,
    mining: Mining | None = None,
    held_back: float = HELD_BACK,
    most_relevant: int = MOST_RELEVANT,
    seed: int = 0,
    device: str = "cpu",
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> TrainingSet:
    """A training set from the judgements of one split, the same for the same input and seed.

    A list has at most `most_relevant` documents that are relevant, drawn where there are more, and for each of them as many
    negatives as `mining` says: documents judged not relevant first, then mined ones, which nobody judged. Queries without a
    relevant document in the corpus, and those for which nothing else was found, are left out with a note.
    Raises InputError for a collection that gives no list, and what `load_dataset` and `mine` raise.
    """
    mining = mining or Mining()
    if most_relevant < 1:
        raise InputError(f"A list with {most_relevant} relevant documents teaches nothing. Give 1 or more.")
    collection = (
        source if isinstance(source, Collection) else load_judged(source, split=split, cancel=cancel, progress=progress)
    )
    choice = choose_labels(collection)
    asked = [query for query in collection.queries.values() if _relevant(collection, query)]
    mined = mine(collection, asked, mining, seed=seed, device=device, cancel=cancel, progress=progress)
    makes = _Lists(collection=collection, labels=choice.labels, mining=mining, most_relevant=most_relevant, seed=seed)
    lists, alone = [], []
    for query in asked:
        check_cancel(cancel, "Stopped before the training set was complete.")
        made = makes.of(query, mined.candidates[query.id])
        if made is None:
            alone.append(query.id)
        else:
            lists.append(made)
    if not lists:
        raise InputError(
            f"{collection.name} ({collection.split}) gives nothing to train on: no query has both a relevant document and "
            "another one. Search deeper, or judge more."
        )
    groups = _same_text([each.query for each in lists])
    strata = {each.query.id: min(4, sum(label > 0 for label in each.labels)) for each in lists}
    held = hold_back(groups, share=held_back, seed=seed, strata=strata)
    without = [query for query in collection.queries if query not in {query.id for query in asked}]
    return TrainingSet(
        name=collection.name,
        lists=tuple(each for each in lists if each.query.id not in held),
        held_back=tuple(each for each in lists if each.query.id in held),
        labels=choice.labels,
        licence=collection.licence,
        provenance={
            "collection": collection.name,
            "split": collection.split,
            "collection_sha256": collection_sha256(collection),
            "judgements_sha256": judgements_sha256(collection.qrels),
            "labels_by": "judgements",
            "labels_why": choice.why,
            **mining.record(),
            "most_relevant": most_relevant,
            "held_back": held_back,
            "seed": seed,
        },
        notes=(
            *collection.notes,
            *mined.notes,
            *_left_out(without, "no relevant document in the corpus"),
            *_left_out(alone, "no document beside the relevant ones"),
            *makes.shortage(lists),
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lists:
    collection: Collection
    labels: Labels
    mining: Mining
    most_relevant: int
    seed: int

    def of(self, query: Query, candidates: Sequence[Document]) -> TrainingList | None:
        """None where there is nothing beside the relevant documents."""
        grades = self.collection.qrels[query.id]
        relevant = self._drawn(_relevant(self.collection, query), self.most_relevant, query, "relevant")
        relevant.sort(key=lambda document: -grades[document.id])
        number = self.mining.negatives * len(relevant)
        same = is_relevant(self.collection, query)
        judged = [self.collection.documents[each] for each in grades if each in self.collection.documents]
        refused = [document for document in judged if not same(document)]
        negatives = self._some(refused, number, query, "judged")
        known = {document.id for document in judged}
        negatives += self._some(
            [document for document in candidates if document.id not in known], number - len(negatives), query, "mined"
        )
        if not negatives:
            return None
        documents = (*relevant, *negatives)
        labels = tuple(label_of(grades.get(document.id, 0), self.labels) for document in documents)
        return TrainingList(query=query, documents=documents, labels=labels)

    def shortage(self, lists: Sequence[TrainingList]) -> tuple[str, ...]:
        """A note on the lists that have fewer negatives than were asked for."""
        short = [
            each.query.id
            for each in lists
            if sum(label == 0 for label in each.labels) < self.mining.negatives * sum(label > 0 for label in each.labels)
        ]
        if not short:
            return ()
        which = "1 query has" if len(short) == 1 else f"{len(short):,} queries have"
        return (f"{which} fewer negatives than asked for: {shorten(short)}.",)

    def _some(self, documents: Sequence[Document], number: int, query: Query, why: str) -> list[Document]:
        return list(documents[:number]) if self.mining.choose == "first" else self._drawn(documents, number, query, why)

    def _drawn(self, documents: Sequence[Document], number: int, query: Query, why: str) -> list[Document]:
        """In the order that they have. The draw depends on the seed and the query alone."""
        if len(documents) <= number:
            return list(documents)
        places = random.Random(f"{self.seed}\t{query.id}\t{why}").sample(range(len(documents)), number)
        return [documents[place] for place in sorted(places)]


def _relevant(collection: Collection, query: Query) -> list[Document]:
    grades = collection.qrels.get(query.id, {})
    return [collection.documents[each] for each, grade in grades.items() if grade > 0 and each in collection.documents]


def _same_text(queries: Sequence[Query]) -> list[list[str]]:
    groups: dict[str, list[str]] = {}
    for query in queries:
        groups.setdefault(" ".join(query.text.casefold().split()), []).append(query.id)
    return list(groups.values())


def _left_out(queries: Sequence[str], reason: str) -> tuple[str, ...]:
    if not queries:
        return ()
    which = "1 query" if len(queries) == 1 else f"{len(queries):,} queries"
    return (f"Left out {which} with {reason}: {shorten(queries)}.",)
