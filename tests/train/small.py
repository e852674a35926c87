"""Lists that a tiny model can learn: the documents about cheese are relevant, whatever is asked."""

import numpy as np

from reranklab.train.sets.examples import Labels, TrainingList, TrainingSet
from reranklab.types import Document, Query
from tests.models.tiny import WORDS

_OTHERS = [word for word in WORDS if word != "cheese"]


def small_set(*, lists: int = 12, held_back: int = 4, labels: Labels = Labels.BINARY, documents: int = 4) -> TrainingSet:
    """Half of the documents of a list hold the word: label 1, or for graded labels once or twice it: 1 or 2, for soft ones
    their number in tenths."""
    random = np.random.default_rng(5)

    def make(number: int) -> TrainingList:
        found, marks = [], []
        for place in range(documents):
            times = place % 2 + (place % 4 == 3)
            words = [*random.choice(_OTHERS, size=5), *["cheese"] * times]
            found.append(Document(id=f"{number}-{place}", text=" ".join(random.permutation(words))))
            soft = times + place / 10
            marks.append({Labels.BINARY: float(times > 0), Labels.GRADED: float(times), Labels.SOFT: soft}[labels])
        query = Query(id=f"q{number}", text=" ".join(random.choice(_OTHERS, size=3)))
        return TrainingList(query=query, documents=tuple(found), labels=tuple(marks))

    made = [make(number) for number in range(lists + held_back)]
    return TrainingSet(
        name="cheese", lists=tuple(made[:lists]), held_back=tuple(made[lists:]), labels=labels, licence="Apache-2.0"
    )
