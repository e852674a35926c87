"""How well a ranker follows an instruction, on queries whose judgements change with it.

p-MRR: Weller et al., "FollowIR: Evaluating and Teaching Information Retrieval Models to Follow Instructions" (2024), section 4.
A document that one instruction asks for and another does not should fall when the ranker is told the other. With MRR the
reciprocal of its rank, before and after:

    MRR before / MRR after - 1    where it rose
    1 - MRR after / MRR before    where it fell

From -1 (from the end of the list to its head) over 0 (not moved) to 1. The mean over the documents of a change, then over the
changes. Here each topic has two instructions and so two changes, there and back, and the topic is the unit of the interval.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from reranklab.errors import InputError
from reranklab.evaluate.confidence import Interval, bca_mean
from reranklab.evaluate.differences import Difference
from reranklab.evaluate.task_set import TaskSet
from reranklab.types import Document, Query

DEFAULT_MEASURE = "nDCG@10"
Told = Literal["right", "wrong", "none"]
RIGHT: Final = "right"
WRONG: Final = "wrong"
NONE: Final = "none"
TOLD: Mapping[Told, str] = {
    RIGHT: "the right instruction",
    WRONG: "the wrong instruction",
    NONE: "no instruction",
}
"""What a ranking is held against the judgements of: its own instruction, the other one, or none."""

Way = Literal["option", "query"]
WAYS: Mapping[Way, str] = {"option": "its instruction option", "query": "behind the query"}
"""How a ranker is told: as it was made for, or as plain text where it takes no instruction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """A topic under one of its instructions: the query of the collection, what is told, and document id to grade."""

    query: str
    instruction: str
    grades: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """Two queries of one text and two instructions, over the same candidates."""

    text: str
    sides: tuple[Side, Side]
    documents: tuple[Document, ...]

    @property
    def name(self) -> str:
        """The ids of its queries."""
        return " / ".join(side.query for side in self.sides)

    def query(self, instruction: str = "") -> Query:
        """The query, with an instruction behind it where one is given."""
        return Query(id=self.sides[0].query, text=f"{self.text} {instruction}".strip())

    def fallen(self, side: int) -> tuple[str, ...]:
        """The candidates that `side` grades lower than the other side does."""
        new, old = self.sides[side].grades, self.sides[1 - side].grades
        return tuple(each.id for each in self.documents if new.get(each.id, 0) < old.get(each.id, 0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A document's ranks under the instruction that asks for it and under the one that does not, and their p-MRR."""

    document: str
    asked_for: int
    not_asked_for: int

    @property
    def p_mrr(self) -> float:
        return rank_change(self.asked_for, self.not_asked_for)


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicResult:
    """One ranker on one topic. `moves` are those of each side's fallen documents; `values` the measure by what was told, means
    over the two sides; `ranks` those of all candidates under each side, and `without` those with no instruction."""

    topic: Topic
    moves: tuple[tuple[Move, ...], tuple[Move, ...]]
    values: Mapping[Told, float]
    ranks: tuple[Mapping[str, int], Mapping[str, int]]
    without: Mapping[str, int]

    @property
    def p_mrr(self) -> float:
        """The mean of both changes."""
        changes = [sum(move.p_mrr for move in moves) / len(moves) for moves in self.moves if moves]
        return sum(changes) / len(changes)


@dataclass(frozen=True, slots=True, kw_only=True)
class RankerFollowing:
    """One ranker over all topics. `means` and `differences` are of the measure over topics, by what was told; a topic that the
    ranker failed on is in `errors` and counts nowhere. `stored` rankings were computed earlier."""

    ranker: str
    way: Way
    topics: tuple[TopicResult, ...]
    means: Mapping[Told, Interval]
    differences: tuple[Difference, ...]
    errors: tuple[str, ...] = ()
    stored: int = 0

    @property
    def p_mrr(self) -> Interval | None:
        """None where no topic was ranked."""
        return bca_mean([each.p_mrr for each in self.topics], seed=0) if self.topics else None

    def difference(self, first: Told, second: Told) -> Difference | None:
        """`first` less `second`."""
        return next((each for each in self.differences if (each.first, each.second) == (first, second)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowingReport:
    """All rankers over the topics of one collection."""

    title: str
    measure: str
    topics: tuple[Topic, ...]
    rankers: tuple[RankerFollowing, ...]
    notes: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        return not any(each.errors for each in self.rankers)


def rank_change(before: int, after: int) -> float:
    """p-MRR of one document that should fall: its ranks, from 1, before and after. 0 where it did not move."""
    return after / before - 1 if after < before else 1 - before / after


def topics_of(task_set: TaskSet) -> tuple[Topic, ...]:
    """The queries of a collection in pairs of one text and two instructions, in its order. Both sides have the candidates
    of both.

    Raises InputError where no query has an instruction, where a text has one or more than two, and where the two ask for the
    same documents among the candidates.
    """
    collection = task_set.collection
    if not collection.instructions:
        raise InputError(
            f"The queries of {collection.name} have no instructions. Write each one's into queries.jsonl: "
            '"metadata": {"instruction": "..."}; the sample instructions shows how.'
        )
    by_text: dict[str, list[int]] = {}
    for position, task in enumerate(task_set.tasks):
        if task.query.id in collection.instructions:
            by_text.setdefault(task.query.text, []).append(position)
    return tuple(_topic(task_set, text, positions) for text, positions in by_text.items())


def _topic(task_set: TaskSet, text: str, positions: Sequence[int]) -> Topic:
    collection = task_set.collection
    tasks = [task_set.tasks[position] for position in positions]
    if len(tasks) != 2:
        raise InputError(
            f"{collection.name} has {len(tasks)} instructions for the query {text[:80]!r}. Give each query's text exactly two."
        )
    topic = Topic(
        text=text,
        sides=(
            _side(task_set, tasks[0].query.id),
            _side(task_set, tasks[1].query.id),
        ),
        documents=tuple({document.id: document for task in tasks for document in task.documents}.values()),
    )
    if not (topic.fallen(0) or topic.fallen(1)):
        raise InputError(
            f"Both instructions for the query {text[:80]!r} of {collection.name} ask for the same candidates, so nothing could "
            "follow. Judge it anew, or leave it out."
        )
    return topic


def _side(task_set: TaskSet, query: str) -> Side:
    collection = task_set.collection
    return Side(query=query, instruction=collection.instructions[query], grades=collection.qrels[query])
