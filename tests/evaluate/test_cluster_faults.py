"""What a cluster does with devices that differ, fail or are lost, on devices that are played."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from types import SimpleNamespace
from typing import Any

import pytest

from reranklab.engine.identity import computing_versions
from reranklab.errors import DeviceError, ModelError, RerankLabError
from reranklab.evaluate import cluster as module
from reranklab.evaluate.cluster import MOST_TRIES, Cluster
from reranklab.evaluate.cluster_devices import Lost, Place
from reranklab.evaluate.cluster_worker import Facts
from reranklab.evaluate.experiment import RankingTask, evaluate
from reranklab.models.device import Device
from reranklab.types import Document, Query
from tests.evaluate.make import make_ranking
from tests.evaluate.test_experiment import InputOrder

TASKS = [RankingTask(query=Query(id=f"q{n}", text="wing"), documents=[Document(id="d", text="wing")]) for n in range(6)]
QRELS = {task.query.id: {"d": 1} for task in TASKS}
FACTS = Facts(device=Device(id="cpu", name="a processor"), versions=computing_versions(), host="node")


class Played:
    """Devices that answer at once. `places` are what each says of itself, or an error; `loads` what a device answers to the
    name of a ranker, and `lose` whether it is lost while it has a query."""

    kind = "cpu"

    def __init__(
        self,
        facts: list[Facts | RerankLabError | Lost],
        *,
        loads: Callable[[int], RerankLabError | None] = lambda device: None,
        lose: Callable[[int, str], bool] = lambda device, query: False,
        more: int = 0,
    ) -> None:
        self.answers: dict[int, Any] = {}
        self._numbers = count()
        self._loads, self._lose, self._more = loads, lose, more
        self.places: list[Place] = []
        for each in facts:
            self._add(each)

    def _add(self, facts: Any) -> None:
        device = next(self._numbers)

        def asked(value: Any) -> int:
            reference = next(self._numbers)
            self.answers[reference] = value
            return reference

        def rank(query: Query, documents: Any, repeats: int) -> int:
            lost = self._lose(device, query.id)
            return asked(Lost(reason="gone") if lost else replace(make_ranking(["d"]), query=query))

        actor = SimpleNamespace(
            prepare=SimpleNamespace(remote=lambda ranker: asked(self._loads(device))),
            rank=SimpleNamespace(remote=rank),
        )
        place = Place(node=str(device), actor=actor)
        place.asked.append(asked(facts))
        self.places.append(place)

    @property
    def busy(self) -> bool:
        return any(place.tasks for place in self.places)

    def forget(self) -> None:
        for place in self.places:
            place.is_loaded, place.failure = False, ""

    def look_for_more(self) -> None:
        if self._more and len(self.places) < 1:
            self._more -= 1
            self._add(FACTS)

    def wait(self) -> Iterator[tuple[Place, tuple[int, RankingTask] | None, Any]]:
        for place in list(self.places):
            for reference in [*place.asked, *place.tasks]:
                value = self.answers[reference]
                if isinstance(value, Lost):
                    yield place, None, value
                    break
                task = place.tasks.pop(reference, None)
                if task is None:
                    place.asked.remove(reference)
                yield place, task, value

    def drop(self, place: Place, *, lost: bool = False) -> None:
        self.places.remove(place)

    def close(self) -> None:
        self.places.clear()


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[Cluster, list[str]]]:
    def start(*facts: Any, **script: Any) -> tuple[Cluster, list[str]]:
        told: list[str] = []
        monkeypatch.setattr(module, "Devices", lambda address, kind: Played(list(facts), **script))
        return Cluster("head:1", warn=told.append), told

    return start


def run(cluster: Cluster):
    (result,) = evaluate([InputOrder(name="order")], TASKS, QRELS, computer=lambda ranker: cluster)
    return result


def test_all_queries_are_ranked_once(play):
    cluster, told = play(FACTS, FACTS)
    result = run(cluster)
    assert [ranking.query.id for ranking in result.rankings] == [task.query.id for task in TASKS]
    assert (cluster.size, result.errors, told) == (2, (), [])


def test_a_device_of_another_kind_stays_out(play):
    other = replace(FACTS, device=Device(id="cpu", name="another processor"), host="odd")
    cluster, told = play(other, FACTS, FACTS)
    assert (cluster.size, cluster.device.name) == (2, "a processor")
    assert told == ["A device of odd does not take part. It is another processor, and this run is measured on a processor."]


def test_a_machine_with_other_versions_stays_out_and_the_package_is_named(play):
    versions = tuple("torch 1.0" if each.startswith("torch ") else each for each in computing_versions())
    old = replace(FACTS, versions=versions, host="old")
    cluster, told = play(old, FACTS)
    assert cluster.size == 1
    assert told[0].startswith("A device of old does not take part. old computes with torch 1.0, and this machine has torch ")
    with pytest.raises(DeviceError, match=r"no usable device of the kind cpu: old computes with torch 1\.0"):
        play(old)
    with pytest.raises(DeviceError, match="no usable device of the kind cpu: no driver"):
        play(DeviceError("no driver"))


def test_a_lost_device_costs_no_query(play):
    lost: list[int] = []

    def lose(device: int, query: str) -> bool:
        if not lost:
            lost.append(device)
        return device == lost[0]

    cluster, told = play(FACTS, FACTS, lose=lose)
    result = run(cluster)
    assert (len(result.rankings), result.errors, cluster.size) == (6, (), 1)
    assert told == ["A device of node was lost (gone). 2 queries go to the others."]


def test_a_query_that_takes_device_after_device_with_it_is_an_error(play):
    cluster, told = play(FACTS, lose=lambda device, query: query == "q3", more=20)
    result = run(cluster)
    assert [error.query for error in result.errors] == ["q3"]
    assert str(MOST_TRIES) in result.errors[0].message and len(told) == MOST_TRIES
    assert {ranking.query.id for ranking in result.rankings} == {"q0", "q1", "q2", "q4", "q5"}


def test_where_no_device_is_left_it_says_how_to_go_on(play):
    cluster, _ = play(FACTS, lose=lambda device, query: True)
    result = run(cluster)
    assert [(error.query, error.message) for error in result.errors] == [
        (None, "No device of the cluster is left. Run the same again to go on: what is done is kept.")
    ]


def test_a_ranker_that_one_device_cannot_use_is_ranked_by_the_others(play):
    failing: list[int] = []

    def loads(device: int) -> RerankLabError | None:
        failing[:] = failing or [device]
        return ModelError("no room") if device == failing[0] else None

    cluster, told = play(FACTS, FACTS, loads=loads)
    result = run(cluster)
    assert (len(result.rankings), result.errors) == (6, ())
    assert told == ["A device of node did not take part, as it cannot use order: no room"]
    assert cluster.size == 2, "it can take the next ranker"


def test_a_ranker_that_no_device_can_use_is_not_tried(play):
    cluster, told = play(FACTS, FACTS, loads=lambda device: ModelError("no weights"))
    result = run(cluster)
    assert [(error.query, error.message) for error in result.errors] == [(None, "no weights")]
    assert (result.rankings, told) == ((), [])
