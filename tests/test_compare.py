"""Events in order, one ranker's failure kept to itself, cached results marked, cancelling."""

import threading
from collections.abc import Callable, Sequence

import pytest

from reranklab.compare import Event, Failed, Progressed, ResultCache, compare, finished, input_key
from reranklab.errors import Cancelled, InputError, ModelUnavailableError, ScoreError
from reranklab.rankers.base import Ranker
from reranklab.types import Document, Query
from tests.engine.scripted import ScriptedRanker, in_order

QUERY = Query(text="wing")
DOCUMENTS = [Document(id=f"d{number}", text=f"text {number}") for number in range(5)]


def backwards(number: int, documents: Sequence[Document]) -> list[float]:
    return in_order(number, documents)[::-1]


def broken(number: int, documents: Sequence[Document]) -> list[float]:
    return [float("inf")] * len(documents)


class Bench:
    """Rankers by id, the events they caused, and how often each was built."""

    def __init__(self, **scorers: Callable[[int, Sequence[Document]], Sequence[float]]) -> None:
        self.scorers = scorers
        self.events: list[Event] = []
        self.built: list[str] = []

    def build(self, ranker_id: str) -> Ranker:
        self.built.append(ranker_id)
        if ranker_id == "absent":
            raise ModelUnavailableError("absent is not here.")
        return ScriptedRanker(self.scorers[ranker_id], id=ranker_id)

    def run(self, *ranker_ids: str, **options: object) -> list[Event]:
        self.events = []
        compare(self.build, ranker_ids, QUERY, DOCUMENTS, emit=self.events.append, **options)  # type: ignore[arg-type]
        return self.events


def kinds(events: Sequence[Event]) -> list[tuple[str, str]]:
    return [(type(event).__name__, event.ranker) for event in events]


def test_the_events_of_two_rankers_come_in_order() -> None:
    events = Bench(a=in_order, b=backwards).run("a", "b")
    one = ["Started", "Progressed", "Progressed", "Finished"]
    assert kinds(events) == [(kind, ranker) for ranker in ("a", "b") for kind in one]
    first, second = finished(events)
    assert [item.id for item in first.items] == ["d0", "d1", "d2", "d3", "d4"]
    assert [item.id for item in second.items] == ["d4", "d3", "d2", "d1", "d0"]
    assert not first.timing.cached
    assert [event.step.done for event in events if isinstance(event, Progressed)] == [0, 1, 0, 1]


def test_a_ranker_that_fails_does_not_stop_the_others() -> None:
    events = Bench(bad=broken, good=in_order).run("bad", "absent", "good")
    failed = [event for event in events if isinstance(event, Failed)]
    assert [(event.ranker, event.cancelled) for event in failed] == [("bad", False), ("absent", False)]
    assert isinstance(failed[0].error, ScoreError)
    assert isinstance(failed[1].error, ModelUnavailableError)
    assert [ranking.ranker for ranking in finished(events)] == ["good"]
    assert kinds(events)[0] == ("Started", "bad")
    assert kinds(events)[-1] == ("Finished", "good")


def test_input_that_no_ranker_can_use_is_an_error_before_any_event() -> None:
    events: list[Event] = []
    with pytest.raises(InputError):
        compare(Bench().build, ["a"], Query(text=""), DOCUMENTS, emit=events.append)
    assert events == []


def test_a_known_result_is_marked_and_not_computed_again() -> None:
    bench, cache = Bench(a=in_order, bad=broken), ResultCache()
    (first,) = finished(bench.run("a", "bad", cache=cache))
    events = bench.run("a", "bad", cache=cache)
    assert kinds(events)[0] == ("Finished", "a")
    (second,) = finished(events)
    assert second.timing.cached
    assert second.items == first.items
    assert second.timing.runs == first.timing.runs
    assert (second.timing.measured_at, second.timing.host) == (first.timing.measured_at, first.timing.host)
    assert bench.built == ["a", "bad", "bad"], "a failure is tried again"
    assert not first.timing.cached


def test_other_repeats_another_device_or_context_are_other_results() -> None:
    bench, cache = Bench(a=in_order), ResultCache()
    for options in ({}, {"repeats": 2}, {"device": "cuda:0"}, {"context": "statistics of a collection"}):
        (ranking,) = finished(bench.run("a", cache=cache, **options))
        assert not ranking.timing.cached
    (again,) = finished(bench.run("a", cache=cache, repeats=2))
    assert again.timing.cached
    assert len(again.timing.runs) == 2


def test_the_key_knows_everything_that_decides_a_ranking() -> None:
    def key(query: Query = QUERY, documents: Sequence[Document] = DOCUMENTS, ranker: str = "a") -> str:
        return input_key(query, documents, ranker=ranker, device="cpu", repeats=1)

    other = [Document(id=document.id, text=document.text, title="t") for document in DOCUMENTS]
    keys = [
        key(),
        key(Query(text="wing", id="q2")),
        key(Query(text="wings")),
        key(documents=DOCUMENTS[::-1]),
        key(documents=other),
        key(documents=DOCUMENTS[1:]),
        key(ranker="b"),
    ]
    assert len(set(keys)) == len(keys)
    assert key() == key(documents=tuple(DOCUMENTS))


def test_the_cache_forgets_what_was_unused_for_longest() -> None:
    (ranking,) = finished(Bench(a=in_order).run("a"))
    cache = ResultCache(capacity=2)
    cache.put("1", ranking)
    cache.put("2", ranking)
    assert cache.get("1") is not None
    cache.put("3", ranking)
    assert cache.get("2") is None
    assert cache.get("1") is not None
    assert cache.get("3") is not None


def test_cancelling_stops_the_ranker_and_marks_the_rest() -> None:
    cancel = threading.Event()

    def stop(number: int, documents: Sequence[Document]) -> list[float]:
        cancel.set()
        return in_order(number, documents)

    bench = Bench(a=in_order, stop=stop, c=in_order, d=in_order)
    events = bench.run("a", "stop", "c", "d", cancel=cancel)
    assert [ranking.ranker for ranking in finished(events)] == ["a"]
    failed = [event for event in events if isinstance(event, Failed)]
    assert [(event.ranker, event.cancelled) for event in failed] == [("stop", True), ("c", True), ("d", True)]
    assert all(isinstance(event.error, Cancelled) for event in failed)
    assert bench.built == ["a", "stop"]
    assert ("Started", "c") not in kinds(events)


def test_a_known_result_of_a_cancelled_comparison_is_not_shown_as_new() -> None:
    bench, cache, cancel = Bench(a=in_order), ResultCache(), threading.Event()
    cancel.set()
    events = bench.run("a", cache=cache, cancel=cancel)
    assert kinds(events) == [("Failed", "a")]
    assert not finished_ids(bench.run("a", cache=ResultCache(), cancel=cancel))


def finished_ids(events: Sequence[Event]) -> list[str]:
    return [ranking.ranker for ranking in finished(events)]
