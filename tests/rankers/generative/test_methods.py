"""The methods of language models by a judge that knows the true order, and by one that looks at places alone."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reranklab.errors import Cancelled, InputError
from reranklab.llm.local import WindowOrder
from reranklab.progress import Step
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.rankers.family import Capability
from reranklab.rankers.generative.methods.catalogue import method_of
from reranklab.rankers.generative.methods.heap import heap_top, most_comparisons
from reranklab.rankers.generative.methods.method import Method, Outcome
from reranklab.types import RANK_ONLY


class Oracle:
    """Answers by true values. `calls` are the passages of each prompt."""

    tokens = repairs = unanswered = 0

    def __init__(self, values: Sequence[float]) -> None:
        self.values = values
        self.calls: list[tuple[int, ...]] = []

    def order(self, positions: Sequence[int]) -> WindowOrder:
        weights = self.best(positions)
        order = tuple(sorted(range(len(positions)), key=lambda place: -weights[place]))
        return WindowOrder(order=order, scores=weights, tokens=0)

    def best(self, positions: Sequence[int]) -> tuple[float, ...]:
        self.calls.append(tuple(positions))
        return tuple(self.values[position] for position in positions)

    ranked = best

    def relevance(self, position: int) -> float:
        return self.best([position])[0]

    query_likelihood = relevance


class FirstPlace(Oracle):
    """Whatever stands first is the answer."""

    def best(self, positions: Sequence[int]) -> tuple[float, ...]:
        self.calls.append(tuple(positions))
        return tuple(-float(place) for place in range(len(positions)))

    ranked = best


def method(options: str) -> Method:
    return method_of(parse_ranker_id(f"listwise-llm?method={options}"))


def ranked(outcome: Outcome) -> list[int]:
    return sorted(range(len(outcome.scores)), key=lambda position: -outcome.scores[position])


def shuffled(count: int, seed: int = 0) -> list[float]:
    values = [float(number) for number in range(count)]
    random.Random(seed).shuffle(values)
    return values


EVERY = [
    "attention", "pointwise", "pointwise&relevance=yes-no", "setwise&window=3", "setwise&window=10&orders=one", "pairwise",
    "pairwise&orders=added", "pairwise&orders=one", "pairwise&sort=sliding&top=4", "pairwise&sort=all",
    "pairwise&sort=all&orders=one", "tourrank&window=5", "tourrank&rounds=1",
]  # fmt: skip


@pytest.mark.parametrize("options", EVERY)
@pytest.mark.parametrize("count", [1, 2, 3, 17])
def test_the_estimate_is_the_count_or_its_bound(options: str, count: int) -> None:
    chosen, judge = method(options), Oracle(shuffled(count))
    steps: list[Step] = []
    outcome = chosen.run(judge, count, progress=steps.append)
    asked = chosen.asked(count)
    assert outcome.details["calls"] == len(judge.calls)
    if asked.exact:
        assert (len(judge.calls), sum(map(len, judge.calls))) == (asked.calls, asked.passages)
    else:
        assert 0 < len(judge.calls) <= asked.calls
    assert len(outcome.scores) == count
    assert max(map(len, judge.calls), default=1) <= chosen.together
    if steps:
        assert steps[-1].done == steps[-1].total


@pytest.mark.parametrize(
    ("options", "exact"),
    [("pairwise&sort=all", True), ("pointwise", True), ("tourrank", True), ("setwise", False), ("pairwise", False)],
)
def test_which_counts_are_known_before(options: str, exact: bool) -> None:
    assert method(options).asked(50).exact == exact


@pytest.mark.parametrize(("window", "about"), [(3, 140), (10, 31)])
def test_setwise_takes_the_prompts_of_the_paper(window: int, about: int) -> None:
    """Of the first 10 of 100: about 140 with 2 children, 31 with 9."""
    counts = []
    for seed in range(20):
        judge = Oracle(shuffled(100, seed))
        outcome = method(f"setwise&orders=one&window={window}").run(judge, 100)
        assert [judge.values[position] for position in ranked(outcome)[:10]] == list(range(99, 89, -1))
        assert outcome.scale == RANK_ONLY
        counts.append(len(judge.calls))
    assert sum(counts) / len(counts) == pytest.approx(about, rel=0.15)


def test_a_heap_of_pairs_takes_the_comparisons_of_the_paper() -> None:
    """About 280 for the first 10 of 100, each in two orders; no pair twice."""
    judge = Oracle(shuffled(100))
    outcome = method("pairwise").run(judge, 100)
    assert [judge.values[position] for position in ranked(outcome)[:10]] == list(range(99, 89, -1))
    assert len(set(judge.calls)) == len(judge.calls)
    assert len(judge.calls) / 2 == pytest.approx(280, rel=0.2)


@given(values=st.lists(st.integers(0, 6), min_size=1, max_size=30), children=st.integers(1, 9), top=st.integers(1, 31))
def test_a_heap_gives_the_true_order_with_ties_in_input_order(values: list[int], children: int, top: int) -> None:
    sizes = []

    def best(positions: Sequence[int]) -> int:
        sizes.append(len(positions))
        return min(positions, key=lambda position: (-values[position], position))

    found = heap_top(len(values), top=top, children=children, best=best)
    assert found == sorted(range(len(values)), key=lambda position: (-values[position], position))[:top]
    assert len(sizes) <= len(list(most_comparisons(len(values), top=top, children=children)))


def test_sliding_passes_carry_the_best_to_the_top() -> None:
    """4 passes over 12: 11 + 10 + 9 + 8 pairs at most, each in two orders."""
    chosen, judge = method("pairwise&sort=sliding&top=4"), Oracle(shuffled(12, 3))
    outcome = chosen.run(judge, 12)
    assert [judge.values[position] for position in ranked(outcome)[:4]] == [11, 10, 9, 8]
    assert chosen.asked(12).calls == 2 * (11 + 10 + 9 + 8)
    sorted_already = Oracle([3, 2, 1, 0])
    assert ranked(method("pairwise&sort=sliding").run(sorted_already, 4)) == [0, 1, 2, 3]
    assert len(sorted_already.calls) == 6, "a pass without a change is the last"


def test_all_pairs_by_hand() -> None:
    """1 beats 0, 0 equals 2, 1 beats 2."""
    outcome = method("pairwise&sort=all").run(Oracle([1, 5, 1]), 3)
    assert outcome.scores == [0.5, 2, 0.5]
    assert outcome.scale.name == "wins"


def test_a_preference_for_a_place_is_no_preference() -> None:
    judge = FirstPlace([0] * 5)
    assert method("pairwise&sort=all").run(judge, 5).scores == [2] * 5
    assert method("pairwise&sort=all&orders=added").run(judge, 5).scores == [2] * 5
    assert method("pairwise&sort=all&orders=one").run(judge, 5).scores == [4, 3, 2, 1, 0]
    for options in ("pairwise", "pairwise&sort=sliding", "setwise&window=3"):
        assert ranked(method(options).run(FirstPlace([0] * 5), 5)) == [0, 1, 2, 3, 4]


def test_added_answers_decide_where_the_orders_disagree() -> None:
    class Leaning(Oracle):
        """Prefers what stands first by 2, and what is better by their difference."""

        def best(self, positions: Sequence[int]) -> tuple[float, ...]:
            first, second = super().best(positions)
            return first + 2, second

    assert method("pairwise&sort=all").run(Leaning([0, 1]), 2).scores == [0.5, 0.5]
    assert method("pairwise&sort=all&orders=added").run(Leaning([0, 1]), 2).scores == [0, 1]


def test_a_tournament_by_hand() -> None:
    """16 in groups of 4: 8, 4, 2, 1 go on. The best survives four stages a round; nobody more."""
    chosen, judge = method("tourrank&window=4&rounds=5"), Oracle(shuffled(16))
    outcome = chosen.run(judge, 16)
    assert outcome.scores[judge.values.index(15)] == 20 == max(outcome.scores)
    assert sum(outcome.scores) == 5 * (8 + 4 + 2 + 1)
    assert len(judge.calls) == chosen.asked(16).calls == 5 * (4 + 2 + 1 + 1)
    assert outcome.scores[judge.values.index(0)] == 0
    assert method("tourrank&window=4&rounds=5").run(Oracle(judge.values), 16) == outcome, "the draws are always the same"


@pytest.mark.parametrize("options", EVERY)
def test_cancel_stops_before_the_next_prompt(options: str) -> None:
    class Set:
        def is_set(self) -> bool:
            return True

    judge = Oracle(shuffled(8))
    with pytest.raises(Cancelled):
        method(options).run(judge, 8, cancel=Set())
    assert judge.calls == []


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ("attention&compute=endpoint", "take method=chat"),
        ("permutation&compute=endpoint", "take method=chat"),
        ("pointwise&compute=endpoint", "Take relevance=yes-no"),
        ("setwise&top=0", "top=0"),
        ("tourrank&rounds=101", "rounds=101"),
        ("setwise&window=1", "window=1"),
    ],
)
def test_what_does_not_work_is_said(options: str, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        method(options)


def test_what_the_methods_can_do() -> None:
    can = {options: parse_ranker_id(f"listwise-llm?method={options}").capabilities for options in EVERY}
    assert Capability.POINTWISE in can["pointwise"]
    assert Capability.ORDER_FREE not in can["pairwise"]
    assert {Capability.WINDOWED in each for name, each in can.items() if name != "attention"} == {False}
    elsewhere = parse_ranker_id("listwise-llm?method=setwise&compute=endpoint")
    assert {Capability.HOSTED, Capability.ENDPOINT} <= elsewhere.capabilities
    assert Capability.TOKENIZER not in elsewhere.capabilities


def test_options_that_do_nothing_for_a_method_are_told_apart() -> None:
    family = parse_ranker_id("listwise-llm").family

    def offered(**options: str) -> set[str]:
        return {option.name for option in family.options if family.matters(option, options)} - {
            "instruction",
            "precision",
            "remote_code",
        }

    assert offered() == {"method", "heads", "window", "step", "passage_tokens"}
    assert offered(method="pairwise") == {"method", "compute", "sort", "top", "orders", "passage_tokens"}
    assert offered(method="tourrank") == {"method", "compute", "rounds", "window", "passage_tokens"}
    assert offered(method="pointwise") == {"method", "compute", "relevance", "passage_tokens"}
