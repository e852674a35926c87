import json
import threading
from collections.abc import Sequence
from dataclasses import replace

import pytest

from reranklab.errors import Cancelled, InputError, ModelUnavailableError, ScoreError
from reranklab.evaluate.experiment import RankingTask, evaluate, visit_order
from reranklab.evaluate.record import to_json
from reranklab.progress import check_cancel
from reranklab.types import Document, Query, Ranking
from tests.evaluate.make import make_ranking, run_times

DOCUMENTS = [Document(id="a", text="first"), Document(id="b", text="second")]
TASKS = [RankingTask(query=Query(id=f"q{number}", text="what"), documents=DOCUMENTS) for number in (1, 2, 3)]
ORDER = [TASKS[position].query.id for position in visit_order(["q1", "q2", "q3"])]
QRELS = {"q1": {"a": 1}, "q2": {"b": 1}, "q3": {"a": 0}}


class InputOrder:
    """Keeps the input order and reports the run totals it was given, one a call."""

    family = "bm25"
    capabilities = frozenset()

    def __init__(self, *, totals: Sequence[float] = (), failing: str = "", name: str = "input-order") -> None:
        self.id = name
        self.totals = list(totals)
        self.failing = failing
        self.calls: list[tuple[str, int]] = []

    def load(self, *, cancel=None, progress=None) -> None:
        if self.failing == "load":
            raise ModelUnavailableError("The model is not stored here.")

    def rank(self, query, documents, *, cancel=None, progress=None) -> Ranking:
        check_cancel(cancel)
        if query.id == self.failing:
            raise ScoreError("A score is NaN.")
        self.calls.append((query.id, len(documents)))
        runs = [run_times(self.totals.pop(0) if self.totals else 1.0)]
        ranking = make_ranking([document.id for document in documents], ranker=self.id, runs=runs, load=250.0)
        return replace(ranking, query=query)


def test_means_times_and_intervals():
    # The first query is warmed up with a run of 99 ms, which must not count.
    ranker = InputOrder(totals=[99, 10, 20, 30, 40, 50, 60])
    (result,) = evaluate([ranker], TASKS, QRELS, measures=["RR", "P@1"], repeats=2)
    assert [query for query, _ in ranker.calls] == [ORDER[0], *(query for query in ORDER for _ in range(2))]
    assert result.per_query == {"q1": {"RR": 1, "P@1": 1}, "q2": {"RR": 0.5, "P@1": 0}, "q3": {"RR": 0, "P@1": 0}}
    assert result.metrics == {"RR": pytest.approx(0.5), "P@1": pytest.approx(1 / 3)}
    assert (result.intervals["RR"].low, result.intervals["RR"].high) == (0, 1)
    assert result.ms_per_query == 35
    assert result.timing is not None
    # Of six sorted totals the 95th percentile lies at position 4.75: 50 + 0.75 * 10
    assert (result.timing.p95, result.timing.runs, result.timing.load) == (57.5, 6, 250)
    assert (result.queries, result.asked, result.complete, result.errors) == (3, 3, True, ())
    assert [ranking.query.id for ranking in result.rankings] == ["q1", "q2", "q3"]


def test_the_order_of_visits_is_a_permutation_by_id_alone():
    names = [f"q{number}" for number in range(50)]
    order = visit_order(names)
    assert sorted(order) == list(range(50)) != list(order)
    backwards = visit_order(names[::-1])
    assert [names[position] for position in order] == [names[::-1][position] for position in backwards]


def test_a_failing_query_marks_the_result():
    failing, sound = evaluate([InputOrder(failing="q2"), InputOrder(name="other")], TASKS, QRELS, measures=["RR"])
    assert (failing.complete, failing.queries, failing.asked) == (False, 2, 3)
    assert [(error.query, error.message) for error in failing.errors] == [("q2", "A score is NaN.")]
    assert set(failing.per_query) == {"q1", "q3"}
    assert sound.complete


def test_a_failing_first_query_leaves_the_warm_up_to_the_next():
    ranker = InputOrder(failing=ORDER[0])
    evaluate([ranker], TASKS, QRELS, measures=["RR"])
    assert [query for query, _ in ranker.calls] == [ORDER[1], ORDER[1], ORDER[2]]


def test_a_ranker_that_cannot_be_loaded_is_not_tried():
    ranker = InputOrder(failing="load")
    (result,) = evaluate([ranker], TASKS, QRELS)
    assert ranker.calls == []
    assert (result.queries, result.metrics, result.timing, result.ms_per_query) == (0, {}, None, None)
    assert [(error.query, error.message) for error in result.errors] == [(None, "The model is not stored here.")]


def test_a_query_without_candidates_counts_0_for_every_ranker():
    tasks = [replace(TASKS[0], documents=()), *TASKS[1:]]
    ranker = InputOrder()
    found, broken, unloaded = evaluate(
        [ranker, InputOrder(name="broken", failing="q2"), InputOrder(name="unloaded", failing="load")],
        tasks,
        QRELS,
        measures=["RR"],
    )
    assert sorted(query for query, _ in ranker.calls[1:]) == ["q2", "q3"]
    assert (found.queries, found.asked, found.complete, found.without_candidates) == (2, 3, True, ("q1",))
    # q1 none, q2 at rank 2, q3 without a relevant document
    assert (found.per_query["q1"], found.metrics) == ({"RR": 0.0}, {"RR": pytest.approx(0.5 / 3)})
    assert (broken.complete, broken.queries, broken.metrics) == (False, 1, {"RR": 0.0})
    assert (unloaded.complete, unloaded.metrics) == (False, {})
    (nothing,) = evaluate([InputOrder()], tasks[:1], QRELS, measures=["RR"])
    assert (nothing.complete, nothing.metrics, nothing.timing) == (True, {"RR": 0.0}, None)


class Warns(InputOrder):
    """Warns in each query, matches nothing in q2."""

    def rank(self, query, documents, *, cancel=None, progress=None) -> Ranking:
        ranking = super().rank(query, documents)
        rare = ("rare",) if query.id == "q3" else ()
        return replace(ranking, warnings=(*rare, "often", "often"), matched=0 if query.id == "q2" else 2)


def test_warnings_are_counted_by_query():
    (result,) = evaluate([Warns()], TASKS, QRELS, measures=["RR"])
    assert [(warning.message, warning.queries) for warning in result.warnings] == [("often", 3), ("rare", 1)]
    assert result.unmatched == ("q2",)
    # q2 would be 0.5 in input order
    assert result.metrics == {"RR": pytest.approx(1 / 3)}
    (record,) = to_json([result], dataset="made", split="test", candidates="judged")["results"]
    assert record["warnings"] == [{"message": "often", "queries": 3}, {"message": "rare", "queries": 1}]
    assert (record["matched_nothing"], record["without_candidates"]) == (["q2"], [])


def test_judged_documents_that_are_absent_count_as_trec_eval_counts_them():
    import pytrec_eval

    qrels = {"q1": {"a": 1, "lost": 1, "gone": 2}, "q2": {"away": 1}}
    tasks = [RankingTask(query=Query(id=name, text="what"), documents=DOCUMENTS) for name in qrels]
    (result,) = evaluate([InputOrder()], tasks, qrels, measures=["nDCG@10", "R@100", "AP"])
    run = {name: {"a": 2.0, "b": 1.0} for name in qrels}
    theirs = pytrec_eval.RelevanceEvaluator(qrels, {"ndcg_cut.10", "recall.100", "map"}).evaluate(run)
    for ours, name in (("nDCG@10", "ndcg_cut_10"), ("R@100", "recall_100"), ("AP", "map")):
        assert result.metrics[ours] == pytest.approx(sum(values[name] for values in theirs.values()) / 2)
    # q1: gain 1 at rank 1 of an ideal 2 + 1 / log2(3) + 1 / log2(4) = 3.13093; one of three relevant found. q2: nothing.
    assert result.metrics == {
        "nDCG@10": pytest.approx(0.1597, abs=5e-5), "R@100": pytest.approx(1 / 6), "AP": pytest.approx(1 / 6),
    }  # fmt: skip


def test_progress_counts_queries_of_all_rankers():
    steps = []
    evaluate([InputOrder(name="one"), InputOrder(name="two")], TASKS[:2], QRELS, progress=steps.append)
    assert [(step.done, step.total, step.label) for step in steps] == [
        (0, 4, "one"), (1, 4, "one"), (2, 4, "one"), (2, 4, "two"), (3, 4, "two"), (4, 4, "two"),
    ]  # fmt: skip


def test_cancel():
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        evaluate([InputOrder()], TASKS, QRELS, cancel=cancel)


@pytest.mark.parametrize(
    ("tasks", "qrels", "measures", "message"),
    [
        (TASKS, QRELS, [], "No measure"),
        (TASKS, QRELS, ["nonsense"], "nonsense"),
        ([], QRELS, ["RR"], "no queries"),
        ([TASKS[0], TASKS[0]], QRELS, ["RR"], "Two queries have the id 'q1'"),
        (TASKS, {"q1": {"a": 1}}, ["RR"], "'q2' has no judgements"),
    ],
)
def test_unusable_input_is_refused_before_anything_runs(tasks, qrels, measures, message):
    ranker = InputOrder()
    with pytest.raises(InputError, match=message):
        evaluate([ranker], tasks, qrels, measures=measures)
    assert ranker.calls == []


def test_json():
    results = evaluate(
        [InputOrder(totals=[1, 2, 4, 6]), InputOrder(name="broken", failing="load")], TASKS, QRELS, measures=["RR"]
    )
    document = json.loads(json.dumps(to_json(results, dataset="made", split="test", candidates="judged"), allow_nan=False))
    assert {key: document[key] for key in ("dataset", "split", "candidates", "queries")} == {
        "dataset": "made", "split": "test", "candidates": "judged", "queries": 3,
    }  # fmt: skip
    sound, broken = document["results"]
    assert (sound["ranker"], sound["metrics"], sound["ms_per_query"], sound["complete"]) == (
        "input-order",
        {"RR": 0.5},
        4,
        True,
    )
    assert sound["confidence"] == {"RR": [0, 1]}
    assert (sound["device"], sound["precision"], sound["errors"]) == ("cpu", "fp32", [])
    assert (broken["metrics"], broken["ms_per_query"], broken["complete"]) == ({}, None, False)
    assert broken["errors"] == [{"query": None, "message": "The model is not stored here."}]
