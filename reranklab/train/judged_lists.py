"""One query's list: its relevant documents, and negatives among those judged and those mined."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reranklab.data.collection import Collection
from reranklab.data.text import shorten
from reranklab.train.examples import Labels, TrainingList
from reranklab.train.labels import label_of
from reranklab.train.mining import Mining, relevant_documents, same_as
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

    def make(self, query: Query, candidates: Sequence[Document]) -> TrainingList | None:
        """None where there is nothing beside the relevant documents."""
        grades = self.collection.qrels[query.id]
        relevant = self._drawn(relevant_documents(self.collection, query.id), self.most_relevant, query, "relevant")
        relevant.sort(key=lambda document: -grades[document.id])
        number = self.mining.negatives * len(relevant)
        is_relevant = same_as([self.collection.documents[each] for each in self.relevant[query.id]])
        judged = [self.collection.documents[each] for each in grades if each in self.collection.documents]
        negatives = self._some([document for document in judged if not is_relevant(document)], number, query, "judged")
        known = {document.id for document in judged}
        mined = [document for document in candidates if document.id not in known]
        negatives += self._some(mined, number - len(negatives), query, "mined")
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
