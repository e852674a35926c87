"""Whose turn it is: in the order of arrival, with a word to those who wait, and never for ever."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from reranklab.engine.comparison import Comparison
from reranklab.engine.events import Event, Failed, Finished, Waiting
from reranklab.engine.measure import measure
from reranklab.engine.request import RunSettings, listed
from reranklab.engine.run import compare, run
from reranklab.engine.turns import MAX_RUNS, TURNS, Turns
from reranklab.errors import BusyError, Cancelled, ModelUnavailableError
from reranklab.models.device import Device
from reranklab.models.pool import ModelPool
from reranklab.progress import CancelSignal, Progress, Step
from reranklab.rankers import reference
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.rankers.family import Capability, RankerSpec
from reranklab.types import Document, Query
from tests.engine.scripted import ScriptedRanker, in_order

PATIENCE = 20.0
QUERY = Query(text="wing")
DOCUMENTS = [Document(id=f"d{number}", text=f"text {number}") for number in range(3)]
REQUEST = listed(QUERY, DOCUMENTS)


def settings(*rankers: ScriptedRanker) -> RunSettings:
    return RunSettings(specs=tuple(ranker.spec for ranker in rankers))


def elsewhere(ranker: ScriptedRanker) -> RankerSpec:
    """The ranker's spec, of a family that computes on another machine."""
    ranker.capabilities = frozenset({Capability.HOSTED})
    return replace(ranker.spec, family=replace(ranker.spec.family, capabilities=lambda spec: ranker.capabilities))


class Waiter:
    """A thread that runs `work(cancel, tell)`; `steps` are what it was told, `heard` is set with the first."""

    def __init__(self, work: Callable[[CancelSignal, Progress], object]) -> None:
        self.cancel = threading.Event()
        self.heard = threading.Event()
        self.steps: list[Step] = []
        self.error: Exception | None = None
        self._work = work
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def tell(self, step: Step) -> None:
        self.steps.append(step)
        self.heard.set()

    def end(self) -> None:
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive(), "it hangs"

    def _run(self) -> None:
        try:
            self._work(self.cancel, self.tell)
        except Exception as error:  # noqa: BLE001 - the test looks at it
            self.error = error


@contextmanager
def someone_at_work(turns: Turns = TURNS) -> Iterator[None]:
    """Another thread has its turn for the time of the block."""
    has_it, go = threading.Event(), threading.Event()

    def work(cancel: CancelSignal, tell: Progress) -> None:
        with turns.take():
            has_it.set()
            assert go.wait(PATIENCE)

    waiter = Waiter(work)
    assert has_it.wait(PATIENCE)
    try:
        yield
    finally:
        go.set()
        waiter.end()
        assert waiter.error is None


def taking(turns: Turns, log: list[int], number: int) -> Waiter:
    """A thread that wants its turn, and is in the line."""

    def work(cancel: CancelSignal, tell: Progress) -> None:
        with turns.take(cancel=cancel, progress=tell):
            log.append(number)

    waiter = Waiter(work)
    assert waiter.heard.wait(PATIENCE)
    return waiter


def test_turns_come_in_the_order_of_arrival_and_those_who_wait_are_told() -> None:
    turns, log = Turns(), list[int]()
    with someone_at_work(turns):
        waiters = [taking(turns, log, number) for number in range(5)]
        assert [waiter.steps[0].label for waiter in waiters] == [
            "Waiting: 1 run is before yours",
            *(f"Waiting: {before} runs are before yours" for before in range(2, 6)),
        ]
        assert not log
    for waiter in waiters:
        waiter.end()
    assert log == [0, 1, 2, 3, 4]


def test_who_moves_up_is_told() -> None:
    turns, log = Turns(), list[int]()
    with someone_at_work(turns):
        first, second, third = (taking(turns, log, number) for number in range(3))
        third.heard.clear()
        second.cancel.set()
        second.end()
        assert third.heard.wait(PATIENCE)
    for waiter in (first, third):
        waiter.end()
    told = [(step.done, step.total, step.label) for step in third.steps[:2]]
    assert told == [(0, 3, "Waiting: 3 runs are before yours"), (1, 3, "Waiting: 2 runs are before yours")]
    assert isinstance(second.error, Cancelled)
    assert log == [0, 2]


@pytest.mark.parametrize("failing", ["work", "progress"])
def test_a_run_that_fails_leaves_the_line(failing: str) -> None:
    turns, log = Turns(), list[int]()

    def fail(*ignored: object) -> None:
        raise ZeroDivisionError("a bug")

    def work(cancel: CancelSignal, tell: Progress) -> None:
        with turns.take(progress=fail if failing == "progress" else tell):
            fail()

    with someone_at_work(turns):
        broken = Waiter(work)
        if failing == "work":
            assert broken.heard.wait(PATIENCE)
        else:
            broken.end()
        after = taking(turns, log, 1)
    broken.end()
    after.end()
    assert isinstance(broken.error, ZeroDivisionError)
    assert log == [1]


def test_who_has_the_turn_does_not_wait_for_itself() -> None:
    """A ranker may rank with the engine: that run is part of the one that it is in."""
    inner = ScriptedRanker(in_order, id="inner")

    class Nesting(ScriptedRanker):
        def load(self, *, cancel: CancelSignal | None = None, progress: Progress | None = None) -> None:
            assert compare(REQUEST, settings(inner)).rankings
            measure(inner, QUERY, DOCUMENTS)

    events: list[Event] = []
    nesting = settings(Nesting(in_order, id="outer"), inner)
    waiter = Waiter(lambda cancel, tell: run(REQUEST, nesting, emit=events.append))
    waiter.end()
    assert waiter.error is None
    assert [event.ranker for event in events if isinstance(event, Finished)] == ["outer", "inner"]


def logging_run(log: list[str], *names: str) -> tuple[Waiter, list[Event]]:
    """A run that waits, of rankers that log whenever they rank, and its events."""
    events: list[Event] = []

    def scorer(name: str) -> Callable[[int, Sequence[Document]], list[float]]:
        def score(number: int, documents: Sequence[Document]) -> list[float]:
            log.append(name)
            return in_order(number, documents)

        return score

    def work(cancel: CancelSignal, tell: Progress) -> None:
        def emit(event: Event) -> None:
            events.append(event)
            if isinstance(event, Waiting):
                tell(event.step)

        chosen = settings(*(ScriptedRanker(scorer(name), id=name) for name in names))
        run(REQUEST, chosen, cancel=cancel, emit=emit)

    waiter = Waiter(work)
    assert waiter.heard.wait(PATIENCE)
    return waiter, events


def test_a_run_waits_before_its_clock_starts_and_keeps_its_turn_to_its_end() -> None:
    log: list[str] = []
    with someone_at_work():
        first, _ = logging_run(log, "a1", "a2")
        second, events = logging_run(log, "b1", "b2")
        assert not log, "nothing was ranked, not even to warm up"
        waiting = Comparison.of(REQUEST, settings(*(ScriptedRanker(in_order, id=name) for name in ("b1", "b2"))), events)
        assert [run.state for run in waiting.runs] == ["waiting", "waiting"]
    for waiter in (first, second):
        waiter.end()
    assert log == [name for name in ("a1", "a2", "b1", "b2") for _ in ("warm-up", "run")]


def test_a_run_that_is_cancelled_while_it_waits_ranks_nothing() -> None:
    log: list[str] = []
    with someone_at_work():
        waiter, events = logging_run(log, "a", "b")
        waiter.cancel.set()
        waiter.end()
    assert waiter.error is None
    assert [(event.ranker, event.cancelled) for event in events if isinstance(event, Failed)] == [("a", True), ("b", True)]
    assert not log


def test_what_computes_elsewhere_neither_waits_nor_holds_others_up() -> None:
    here, asked, go = ScriptedRanker(in_order, id="here"), threading.Event(), threading.Event()

    def think(number: int, documents: Sequence[Document]) -> list[float]:
        asked.set()
        assert go.wait(PATIENCE)
        return in_order(number, documents)

    with someone_at_work():
        away = elsewhere(ScriptedRanker(in_order, id="away"))
        assert compare(REQUEST, RunSettings(specs=(away,))).rankings
    slow = elsewhere(ScriptedRanker(think, id="slow", device=Device(id="elsewhere", name="another machine")))
    after = ScriptedRanker(in_order, id="after")
    found: list[Comparison] = []
    specs = (here.spec, slow, after.spec)
    waiter = Waiter(lambda cancel, tell: found.append(compare(REQUEST, RunSettings(specs=specs))))
    assert asked.wait(PATIENCE)
    assert compare(REQUEST, settings(ScriptedRanker(in_order, id="other"))).rankings
    go.set()
    waiter.end()
    assert [run.state for run in found[0].runs] == ["finished"] * 3


def test_a_model_is_fetched_while_others_have_their_turn(empty_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, go = threading.Event(), threading.Event()

    def fetch(*ignored: object, **also: object) -> None:
        asked.set()
        assert go.wait(PATIENCE)
        raise ModelUnavailableError("It is not here.")

    monkeypatch.setattr(reference, "POOL", ModelPool())
    monkeypatch.setattr(reference, "ensure", fetch)
    absent = parse_ranker_id("chunked(cross-encoder)")
    found: list[Comparison] = []
    waiter = Waiter(lambda cancel, tell: found.append(compare(REQUEST, RunSettings(specs=(absent,)))))
    assert asked.wait(PATIENCE)
    assert compare(REQUEST, settings(ScriptedRanker(in_order))).rankings
    go.set()
    waiter.end()
    assert [run.message for run in found[0].failures] == ["It is not here."]


def test_one_run_too_many_is_refused_before_anything_is_collected() -> None:
    log: list[str] = []
    with someone_at_work(), ExitStack() as stack:
        waiters = [logging_run(log, f"a{number}")[0] for number in range(2)]
        for _ in range(MAX_RUNS - 2):
            stack.enter_context(TURNS.admit())
        collected: list[object] = []
        one_more = replace(REQUEST, collect=lambda cancel, progress: collected.append(0) or REQUEST.collect(None, None))
        with pytest.raises(BusyError, match=f"^{MAX_RUNS} runs are at work or waiting here, and no more fit"):
            compare(one_more, settings(ScriptedRanker(in_order)))
        assert not collected
        assert compare(REQUEST, RunSettings(specs=(elsewhere(ScriptedRanker(in_order)),))).rankings
        waiters[0].cancel.set()
        waiters[0].end()
        stack.enter_context(TURNS.admit())
    waiters[1].end()
    assert log == ["a1", "a1"]
    assert compare(one_more, settings(ScriptedRanker(in_order))).rankings
