"""One query's list: its relevant documents, and negatives among those judged and those mined."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reranklab.data.collection import Collection
from reranklab.data.text import shorten
from reranklab.progress import CancelSignal
from reranklab.train.sets.examples import Labels, TrainingList
from reranklab.train.sets.labels import label_of
from reranklab.train.sets.margin import FalseNegatives
from reranklab.train.sets.mining import Mining, relevant_documents, same_as
from reranklab.types import Document, Query


@dataclass(frozen=True, slots=True, kw_only=True)
class ListMaker:
    """Makes lists of a collection. `relevant` is query id to the ids of what is relevant for it, and so no negative."""

    collection: Collection
    labels: Labels
    mining: Mining
    relevant: Mapping[str, frozenset[str]]
    most_relevant: int
    seed: int
    false_negatives: FalseNegatives | None = None

    def make(self, query: Query, candidates: Sequence[Document], *, cancel: CancelSignal | None = None) -> TrainingList | None:
        """None where there is nothing beside the relevant documents. Raises what scoring against the margin raises."""
        grades = self.collection.qrels[query.id]
        every = relevant_documents(self.collection, query.id)
        relevant = every if len(every) <= self.most_relevant else self._shuffled(every, query, "relevant")[: self.most_relevant]
        relevant.sort(key=lambda document: -grades[document.id])
        number = self.mining.negatives * len(relevant)
        is_relevant = same_as([self.collection.documents[each] for each in self.relevant[query.id]])
        judged = [self.collection.documents[each] for each in grades if each in self.collection.documents]
        negatives = self._in_order([document for document in judged if not is_relevant(document)], query, "judged")[:number]
        known = {document.id for document in judged}
        mined = self._in_order([document for document in candidates if document.id not in known], query, "mined")
        if self.false_negatives is not None:
            mined = self.false_negatives.keep(query, relevant, mined, number - len(negatives), cancel=cancel)
        negatives += mined[: number - len(negatives)]
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

    def _in_order(self, documents: Sequence[Document], query: Query, why: str) -> list[Document]:
        """In the order in which they are taken."""
        return list(documents) if self.mining.choose == "first" else self._shuffled(documents, query, why)

    def _shuffled(self, documents: Sequence[Document], query: Query, why: str) -> list[Document]:
        """The order depends on the seed, the query and the documents alone."""
        return random.Random(f"{self.seed}\t{query.id}\t{why}").sample(list(documents), len(documents))
