"""Pairwise ranking prompting (Qin et al. 2023, arXiv 2306.17563): which of two passages answers better.

For all pairs, inside of a heap sort, or in passes from the bottom of the list up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.generative.methods.heap import heap_top, most_comparisons
from reranklab.rankers.generative.methods.method import Asked, Judge, Outcome, order_outcome
from reranklab.rankers.generative.methods.questions import Questions
from reranklab.types import Scalar, ScoreScale

WINS = ScoreScale(
    name="wins",
    description="pairs won against the other documents of the list, half a win for each where a pair is undecided",
    within_list=True,
)

Sort = Literal["all", "heap", "sliding"]
Orders = Literal["both", "added", "one"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairwise:
    """`all` gives wins; the others an order, of which the first `top` are sorted. A pair is asked in two orders: with `both` a
    disagreement is half a win each, with `added` the two answers' weights are added up. With `one` it is asked once, in the
    order of the input. Between equals the input order stands, and no pair is asked again."""

    sort: Sort
    top: int
    orders: Orders
    together: int = 2
    prompt: str = "pairwise"

    @property
    def parameters(self) -> Mapping[str, Scalar]:
        return {"sort": self.sort, "orders": self.orders} | ({} if self.sort == "all" else {"top": self.top})

    def asked(self, count: int) -> Asked:
        every = count * (count - 1) // 2
        pairs = min(self._most_pairs(count), every)
        prompts = (1 if self.orders == "one" else 2) * pairs
        return Asked(calls=prompts, passages=2 * prompts, answers=prompts, exact=self.sort == "all" or pairs <= 1)

    def _most_pairs(self, count: int) -> int:
        if self.sort == "heap":
            return sum(size - 1 for size in most_comparisons(count, top=self.top, children=2))
        if self.sort == "sliding":
            return sum(count - 1 - done for done in range(min(self.top, count - 1)))
        return count * (count - 1) // 2

    def run(self, judge: Judge, count: int, *, cancel: CancelSignal | None = None, progress: Progress | None = None) -> Outcome:
        questions = Questions(judge, self.asked(count), cancel=cancel, progress=progress)
        pairs = Pairs(questions, orders=self.orders)
        if self.sort == "all":
            pairs.ask_all(count)
            scores = [
                sum(pairs.win(position, other) for other in range(count) if other != position) for position in range(count)
            ]
            questions.end()
            return Outcome(scores=scores, scale=WINS, details={"calls": questions.calls})
        if self.sort == "heap":
            order = heap_top(count, top=self.top, children=2, best=pairs.best)
        else:
            order = sliding_passes(count, passes=self.top, pairs=pairs)
        questions.end()
        return order_outcome(order, count, calls=questions.calls)


class Pairs:
    """Pairs of candidates as they are asked for, each prompt once."""

    def __init__(self, questions: Questions, *, orders: Orders) -> None:
        self._questions = questions
        self._orders = orders
        self._margins: dict[tuple[int, int], float] = {}

    def ask_all(self, count: int) -> None:
        """By first passage, which a model here then reads once for all its pairs."""
        for first in range(count):
            for second in range(first + 1 if self._orders == "one" else 0, count):
                if first != second:
                    self._margin(first, second)

    def win(self, one: int, other: int) -> float:
        """1 where `one` goes before `other`, 0 where it is the other way round, 1/2 where that is undecided."""
        first, second = sorted((one, other))
        margin = self._margin(first, second)
        if self._orders == "one":
            won = _share(margin)
        elif self._orders == "added":
            won = _share(margin - self._margin(second, first))
        else:
            won = (_share(margin) + 1 - _share(self._margin(second, first))) / 2
        return won if one == first else 1 - won

    def goes_before(self, one: int, other: int) -> bool:
        """Between equals the input order stands."""
        won = self.win(one, other)
        return won > 0.5 or (won == 0.5 and one < other)

    def best(self, positions: Sequence[int]) -> int:
        found = positions[0]
        for position in positions[1:]:
            if self.goes_before(position, found):
                found = position
        return found

    def _margin(self, first: int, second: int) -> float:
        """How much more the answer is the passage that stands first."""
        if (first, second) not in self._margins:
            one, other = self._questions.best((first, second))
            self._margins[first, second] = one - other
        return self._margins[first, second]


def sliding_passes(count: int, *, passes: int, pairs: Pairs) -> list[int]:
    """Each pass carries the best of what is left to the top. Behind a pass that changes nothing, none would."""
    order = list(range(count))
    for done in range(min(passes, count - 1)):
        changed = False
        for place in range(count - 1, done, -1):
            if pairs.goes_before(order[place], order[place - 1]):
                order[place - 1 : place + 1] = order[place], order[place - 1]
                changed = True
        if not changed:
            break
    return order


def _share(margin: float) -> float:
    return 0.5 if margin == 0 else float(margin > 0)
