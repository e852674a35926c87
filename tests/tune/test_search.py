"""Successive halving, folds and the nested figure, on values that are given."""

import math
import threading

import numpy as np
import pytest

from reranklab.errors import Cancelled, InputError
from reranklab.progress import CancelSignal
from reranklab.tune.bench import Measured
from reranklab.tune.halving import Point, rung_sizes, survivors
from reranklab.tune.nested import deal, nested
from reranklab.tune.search import measured_p95, search
from tests.tune.planted import Planted


@pytest.mark.parametrize(
    ("queries", "configurations", "sizes"),
    [
        (64, 4, (64,)),  # so few need no halving
        (64, 8, (32, 64)),
        (64, 32, (8, 16, 32, 64)),
        (64, 33, (8, 16, 32, 64)),  # 33 -> 17 -> 9 -> 5: a rung of 4 queries would be too few
        (100, 16, (25, 50, 100)),
        (12, 100, (12,)),  # halves would be below 8 queries
        (1, 0, (1,)),
    ],
)
def test_rungs_double_up_to_all_queries(queries: int, configurations: int, sizes: tuple[int, ...]):
    assert rung_sizes(queries, configurations) == sizes


def test_the_better_half_and_the_front_stay():
    points = {
        "a": Point(mean=0.9, ms=90),
        "b": Point(mean=0.8, ms=95),  # slower and worse than a, but in the better half
        "c": Point(mean=0.7, ms=96),
        "d": Point(mean=0.3, ms=20),  # on the front
        "e": Point(mean=0.2, ms=30),
        "f": Point(mean=0.1, ms=10),  # the fastest is always on the front
    }
    assert survivors(points) == ("a", "b", "c", "d", "f")
    same = {"slow": Point(mean=0.5, ms=2), "fast": Point(mean=0.5, ms=1)}
    assert survivors(same) == ("fast",)


def test_a_search_by_hand():
    # 8 configurations on 16 queries: a rung of 8 queries, then the better half and the front on all.
    high, low = [1.0] * 8, [0.0] * 8
    values = {
        "early": high + low,  # mean 1 on the first rung, 0.5 on all
        "steady": [0.9] * 16,
        "late": low + high,  # dropped by the first rung
        "dear": [0.95] * 16,  # beyond the budget, and by its estimate: never tried
        "hidden": [0.92] * 16,  # beyond the budget, which its estimate does not tell
        "fast": [0.1] * 16,
        **{f"poor-{n}": [0.01 * n] * 16 for n in range(1, 5)},
    }
    ms = {**dict.fromkeys(values, 50.0), "dear": 1000.0, "hidden": 150.0, "fast": 5.0}
    bench = Planted(values, ms, guess={"hidden": 90.0})
    found = search(bench, list(values), range(16), budget=100)
    assert found.pick == "steady" and found.within
    assert found.rungs == ((9, 8), (5, 16))
    assert found.points.keys() == {"early", "steady", "hidden", "fast", "poor-4"}, "the better half of 9 and the front"
    assert found.timed == {"hidden": 150.0, "steady": 50.0}, "in the order of means, until one is within the budget"
    assert "dear" not in bench.asked and bench.asked["late"] == set(range(8))
    assert bench.timed["steady"] == set(range(16))
    assert len(bench.timed["hidden"]) == 2, "two of 16 above the budget put the p95 above it"


def test_a_p95_is_above_the_budget_as_soon_as_nothing_can_bring_it_down():
    """Against numpy, on every number of slow queries among 1 to 60."""

    class Timed(Planted):
        def measured(self, configuration: str, query: int, *, cancel: CancelSignal | None = None) -> Measured:
            self.timed.setdefault(configuration, set()).add(query)
            return Measured(value=0.0, ms=self.values[configuration][query])

    for queries in (1, 2, 19, 20, 21, 40, 60):
        for slow in range(min(queries, 6) + 1):
            ms = [200.0] * slow + [50.0] * (queries - slow)
            found = measured_p95(Timed({"a": ms}, {"a": 1}), "a", range(queries), budget=100)
            assert (found > 100) == (np.quantile(ms, 0.95) > 100)
    bench = Timed({"a": [200.0] * 60}, {"a": 1})
    assert measured_p95(bench, "a", range(60), budget=100) == 200 and len(bench.timed["a"]) == 60 - math.floor(0.95 * 59)


def test_where_nothing_is_within_the_budget_the_fastest_is_picked():
    values = {name: [0.5 + 0.1 * n] * 20 for n, name in enumerate("abcd")}
    found = search(Planted(values, {"a": 10, "b": 20, "c": 30, "d": 40}), list(values), range(20), budget=5)
    assert (found.pick, found.within) == ("a", False)
    assert "d" not in found.points, "three are tried"


def test_of_equal_means_the_truly_fastest_is_picked():
    values = {"first": [0.5] * 10, "second": [0.5] * 10, "worse": [0.4] * 10}
    bench = Planted(values, {"first": 30, "second": 20, "worse": 1}, guess={"first": 5, "second": 40})
    found = search(bench, list(values), range(10), budget=50)
    assert found.pick == "second" and found.timed == {"first": 30.0, "second": 20.0}


def test_a_configuration_that_fails_costs_no_other():
    values = {"good": [0.4] * 10, "bad": [0.9] * 9 + [-1.0]}
    found = search(Planted(values, {"good": 1, "bad": 1}), list(values), range(10), budget=5)
    assert found.pick == "good" and found.failed == {"bad": "bad fails on query 9."}
    with pytest.raises(InputError, match="No configuration works"):
        search(Planted({"bad": values["bad"]}, {"bad": 1}), ["bad"], range(10), budget=5)


def test_folds_hold_each_query_once_and_are_the_same_for_a_seed():
    folds = deal(23, 5, seed=3)
    assert sorted(query for fold in folds for query in fold) == list(range(23))
    assert sorted(map(len, folds)) == [4, 4, 5, 5, 5]
    assert deal(23, 5, seed=3) == folds != deal(23, 5, seed=4)
    for queries, number, message in ((9, 5, "9 queries are too few for 5 folds"), (9, 1, "1 folds do not work")):
        with pytest.raises(InputError, match=message):
            deal(queries, number, seed=0)


def test_a_fold_is_ranked_by_what_the_others_picked():
    # "one" is best everywhere but on the queries of the first fold, so it is picked for that fold too.
    (first, *_) = deal(20, 5, seed=0)
    values = {"one": [0.2 if query in first else 0.9 for query in range(20)], "two": [0.7] * 20}
    folds = nested(Planted(values, {"one": 1, "two": 1}), list(values), 20, budget=5, folds=5, seed=0)
    assert [fold.pick for fold in folds] == ["one"] * 5
    assert folds[0].tuned == pytest.approx(0.9) and folds[0].mean == pytest.approx(0.2)
    assert set(folds[0].measured) == set(first)
    assert folds[1].tuned == pytest.approx((12 * 0.9 + 4 * 0.2) / 16) and folds[1].mean == pytest.approx(0.9)


def test_a_pick_that_fails_on_a_held_out_query_scores_0_there():
    (first, *_) = deal(20, 5, seed=0)
    values = {"one": [-1.0 if query == first[0] else 0.9 for query in range(20)], "two": [0.1] * 20}
    fold = nested(Planted(values, {"one": 1, "two": 1}), list(values), 20, budget=5, folds=5, seed=0)[0]
    assert fold.pick == "one" and list(fold.failed) == [first[0]]
    assert fold.mean == pytest.approx(3 * 0.9 / 4)


def test_tuning_on_noise_does_not_inflate_the_reported_figure():
    """40 configurations of the same true mean: the best of them on the queries looks better, its held-out figure does not."""
    naive, held_out = [], []
    for seed in range(20):
        noise = np.random.default_rng(seed).beta(1, 1, size=(40, 50))  # the true mean of each is 0.5
        values = {f"c{number}": row.tolist() for number, row in enumerate(noise)}
        bench = Planted(values, dict.fromkeys(values, 1.0))
        folds = nested(bench, list(values), 50, budget=5, folds=5, seed=seed)
        found = search(bench, list(values), range(50), budget=5)
        naive.append(found.points[found.pick].mean)
        held_out.append(np.mean([value for fold in folds for value in fold.values.values()]))
    error = np.std(held_out, ddof=1) / np.sqrt(len(held_out))
    assert abs(np.mean(held_out) - 0.5) < 3 * error
    assert np.mean(naive) - 0.5 > 0.05 > 3 * error


def test_a_search_stops_when_it_is_asked_to():
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        search(Planted({"a": [0.5] * 10}, {"a": 1}), ["a"], range(10), budget=5, cancel=cancel)
