"""Events in order, one ranker's failure kept to itself, cached results marked, cancelling."""

import logging
import threading
from collections.abc import Callable, Sequence

import pytest

from reranklab.engine.cache import ResultCache, input_key
from reranklab.engine.comparison import Comparison
from reranklab.engine.events import Collected, Collecting, Event, Failed, Finished, Progressed
from reranklab.engine.request import Candidates, Request, RunSettings, listed
from reranklab.engine.run import run
from reranklab.errors import Cancelled, InputError, ModelUnavailableError, ScoreError
from reranklab.rankers.family import BuildContext, Ranker, RankerSpec
from reranklab.types import Document, Query, Ranking
from tests.engine.scripted import ScriptedRanker, in_order, scripted_spec

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

    def build(self, spec: RankerSpec, context: BuildContext) -> Ranker:
        self.built.append(spec.id)
        if spec.id == "absent":
            raise ModelUnavailableError("absent is not here.")
        if spec.id == "buggy":
            raise ZeroDivisionError("a bug")
        return ScriptedRanker(self.scorers[spec.id], id=spec.id)

    def run(
        self,
        *ranker_ids: str,
        query: Query = QUERY,
        context: str = "",
        repeats: int = 1,
        cache: ResultCache | None = None,
        cancel: threading.Event | None = None,
    ) -> list[Event]:
        """The events behind those on the candidates."""
        self.events = []
        candidates = Candidates(documents=tuple(DOCUMENTS), context=context)
        request = Request(label="test", query=query, collect=lambda cancel, progress: candidates)
        specs = tuple(scripted_spec(self.build, id=ranker) for ranker in ranker_ids)
        settings = RunSettings(specs=specs, repeats=repeats)
        run(request, settings, cache=cache, cancel=cancel, emit=self.events.append)
        return [event for event in self.events if not isinstance(event, Collected)]


def finished(events: Sequence[Event]) -> list[Ranking]:
    return [event.ranking for event in events if isinstance(event, Finished)]


def kinds(events: Sequence[Event]) -> list[tuple[str, str]]:
    return [(type(event).__name__, event.ranker) for event in events if not isinstance(event, Collecting | Collected)]


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


def test_input_that_no_ranker_can_use_is_an_error_before_any_ranker_starts() -> None:
    bench = Bench(a=in_order)
    with pytest.raises(InputError):
        bench.run("a", query=Query(text=""))
    assert kinds(bench.events) == []


def test_an_error_that_no_ranker_should_raise_is_that_rankers_failure(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        events = Bench(good=in_order).run("buggy", "good")
    (failed,) = [event for event in events if isinstance(event, Failed)]
    assert "ZeroDivisionError" in str(failed.error)
    assert "a bug" in caplog.text
    assert [ranking.ranker for ranking in finished(events)] == ["good"]


def test_a_comparison_is_what_the_events_say() -> None:
    bench = Bench(a=in_order, bad=broken)
    bench.run("a", "bad")
    specs = tuple(scripted_spec(bench.build, id=ranker) for ranker in ("a", "bad", "later"))
    request = listed(QUERY, DOCUMENTS)
    found = Comparison.of(request, RunSettings(specs=specs), bench.events)
    assert [(run.ranker, run.state) for run in found.runs] == [("a", "finished"), ("bad", "failed"), ("later", "waiting")]
    assert found.documents == tuple(DOCUMENTS)
    assert [run.ranker for run in found.failures] == ["bad"]


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


def test_other_repeats_are_another_result() -> None:
    bench, cache = Bench(a=in_order), ResultCache()
    for repeats in (1, 2):
        (ranking,) = finished(bench.run("a", cache=cache, repeats=repeats))
        assert not ranking.timing.cached
    (again,) = finished(bench.run("a", cache=cache, repeats=2))
    assert again.timing.cached
    assert len(again.timing.runs) == 2


def test_the_key_knows_everything_that_decides_a_ranking() -> None:
    def key(
        query: Query = QUERY,
        documents: Sequence[Document] = DOCUMENTS,
        ranker: str = "a",
        device: str = "cpu",
        context: str = "",
    ) -> str:
        return input_key(query, documents, ranker=ranker, device=device, repeats=1, context=context)

    other = [Document(id=document.id, text=document.text, title="t") for document in DOCUMENTS]
    keys = [
        key(),
        key(Query(text="wing", id="q2")),
        key(Query(text="wings")),
        key(documents=DOCUMENTS[::-1]),
        key(documents=other),
        key(documents=DOCUMENTS[1:]),
        key(ranker="b"),
        key(device="cuda:0"),
        key(context="statistics of a collection"),
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
