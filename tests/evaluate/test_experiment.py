import json
import threading
from collections.abc import Sequence
from dataclasses import replace

import pytest

from reranklab.errors import Cancelled, InputError, ModelUnavailableError, ScoreError
from reranklab.evaluate.experiment import RankingTask, evaluate, to_json
from reranklab.progress import check_cancel
from reranklab.types import Document, Query, Ranking
from tests.evaluate.make import make_ranking, run_times

DOCUMENTS = [Document(id="a", text="first"), Document(id="b", text="second")]
TASKS = [RankingTask(query=Query(id=f"q{number}", text="what"), documents=DOCUMENTS) for number in (1, 2, 3)]
QRELS = {"q1": {"a": 1}, "q2": {"b": 1}, "q3": {"a": 0}}


class InputOrder:
    """Keeps the input order and reports the run totals it was given, one a call."""

    family = "bm25"

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
    assert [query for query, _ in ranker.calls] == ["q1", "q1", "q1", "q2", "q2", "q3", "q3"]
    assert result.per_query == {"q1": {"RR": 1, "P@1": 1}, "q2": {"RR": 0.5, "P@1": 0}, "q3": {"RR": 0, "P@1": 0}}
    assert result.metrics == {"RR": pytest.approx(0.5), "P@1": pytest.approx(1 / 3)}
    assert (result.intervals["RR"].low, result.intervals["RR"].high) == (0, 1)
    assert result.ms_per_query == 35
    assert result.timing is not None
    # Of six sorted totals the 95th percentile lies at position 4.75: 50 + 0.75 * 10
    assert (result.timing.p95, result.timing.runs, result.timing.load) == (57.5, 6, 250)
    assert (result.queries, result.asked, result.complete, result.errors) == (3, 3, True, ())
    assert [ranking.query.id for ranking in result.rankings] == ["q1", "q2", "q3"]


def test_a_failing_query_marks_the_result():
    failing, sound = evaluate([InputOrder(failing="q2"), InputOrder(name="other")], TASKS, QRELS, measures=["RR"])
    assert (failing.complete, failing.queries, failing.asked) == (False, 2, 3)
    assert [(error.query, error.message) for error in failing.errors] == [("q2", "A score is NaN.")]
    assert set(failing.per_query) == {"q1", "q3"}
    assert sound.complete


def test_a_failing_first_query_leaves_the_warm_up_to_the_next():
    ranker = InputOrder(failing="q1")
    evaluate([ranker], TASKS, QRELS, measures=["RR"])
    assert [query for query, _ in ranker.calls] == ["q2", "q2", "q3"]


def test_a_ranker_that_cannot_be_loaded_is_not_tried():
    ranker = InputOrder(failing="load")
    (result,) = evaluate([ranker], TASKS, QRELS)
    assert ranker.calls == []
    assert (result.queries, result.metrics, result.timing, result.ms_per_query) == (0, {}, None, None)
    assert [(error.query, error.message) for error in result.errors] == [(None, "The model is not stored here.")]


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
