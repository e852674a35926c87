"""The workers of a Ray cluster. All that is known of Ray is here."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from reranklab.data.paths import shown
from reranklab.errors import DeviceError, InputError
from reranklab.evaluate.cluster_worker import Facts, Worker
from reranklab.evaluate.computing import RankingTask
from reranklab.extras import RAY

_POLL_SECONDS = 0.2
_LOOK_SECONDS = 5.0
_ANSWER_SECONDS = 10.0
_MOST_LOSSES = 3
"""How often a node may lose a worker; then it is left alone."""

_KINDS = {"cpu": "CPU", "cuda": "GPU", "cuda:0": "GPU"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """In the place of an answer: the worker ended before it gave one."""

    reason: str


@dataclass(slots=True, kw_only=True, eq=False)
class Place:
    """A worker on a node. `tasks` and `asked` are what it is to answer, by Ray's references; `is_loaded` and `failure` tell of
    the ranker at work."""

    node: str
    actor: Any
    facts: Facts | None = None
    is_loaded: bool = False
    failure: str = ""
    asked: list[Any] = field(default_factory=list)
    tasks: dict[Any, tuple[int, RankingTask]] = field(default_factory=dict)

    @property
    def host(self) -> str:
        return self.facts.host if self.facts is not None else f"node {self.node[:8]}"

    @property
    def is_idle(self) -> bool:
        """Known, and nothing to answer."""
        return self.facts is not None and not self.asked and not self.tasks

    def prepare(self, ranker_id: str) -> None:
        self.asked.append(self.actor.prepare.remote(ranker_id))

    def give(self, task: tuple[int, RankingTask], repeats: int) -> None:
        reference = self.actor.rank.remote(task[1].query, tuple(task[1].documents), repeats)
        self.tasks[reference] = task


class Devices:
    """The devices of a kind, one worker each. A node that joins later has its devices in `places` too."""

    def __init__(self, address: str, *, kind: str) -> None:
        RAY.check("An evaluation over a cluster")
        if kind not in _KINDS:
            raise DeviceError(f"A cluster has no kind of device {kind!r}. Choose cpu or cuda.")
        self.kind = "cpu" if _KINDS[kind] == "CPU" else "cuda"
        self.places: list[Place] = []
        self._losses: Counter[str] = Counter()
        self._looked = float("-inf")
        self._left_out: Counter[str] = Counter()
        _connect(address)
        self.look_for_more()
        if not self.places:
            self.close()
            raise DeviceError(f"The Ray cluster at {address} has no {_KINDS[kind]}. Choose another device, or add a node.")

    @property
    def busy(self) -> bool:
        """Whether some worker has a query."""
        return any(place.tasks for place in self.places)

    def forget(self) -> None:
        """Nothing of the ranker at work counts any more: what is still computed for it is not waited for."""
        for place in self.places:
            place.is_loaded, place.failure = False, ""
            place.tasks.clear()
            if place.facts is not None:
                place.asked.clear()

    def look_for_more(self) -> None:
        """Start a worker on each device that has none, at most every few seconds."""
        if time.monotonic() - self._looked < _LOOK_SECONDS:
            return
        self._looked = time.monotonic()
        import ray

        nodes: list[dict[str, Any]] = ray.nodes()  # type: ignore[no-untyped-call]
        for node in nodes:
            resources = node["Resources"]
            if not node["Alive"] or self._losses[node["NodeID"]] >= _MOST_LOSSES:
                continue
            devices = int(resources.get("GPU", 0)) if self.kind == "cuda" else int(resources.get("CPU", 0) >= 1)
            have = sum(place.node == node["NodeID"] for place in self.places) + self._left_out[node["NodeID"]]
            for _ in range(devices - have):
                self._start(node["NodeID"], cpus=resources.get("CPU", 0))

    def wait(self) -> Iterator[tuple[Place, tuple[int, RankingTask] | None, Any]]:
        """What has been answered within a moment: the worker, the task where it was one, and the answer, or Lost once for all
        that a worker was to answer."""
        import ray
        from ray.exceptions import RayError

        asked = {reference: place for place in self.places for reference in (*place.asked, *place.tasks)}
        if not asked:
            time.sleep(_POLL_SECONDS)
            return
        done, _ = ray.wait(list(asked), num_returns=1, timeout=_POLL_SECONDS)
        for reference in done:
            place = asked[reference]
            try:
                value = ray.get(reference)
            except RayError as error:
                yield place, None, Lost(reason=type(error).__name__)
                return
            if reference in place.tasks:
                yield place, place.tasks.pop(reference), value
            else:
                place.asked.remove(reference)
                yield place, None, value

    def drop(self, place: Place, *, lost: bool = False) -> None:
        """End a worker. A `lost` one is started anew while its node is there; another is left out."""
        import ray

        self.places.remove(place)
        (self._losses if lost else self._left_out)[place.node] += 1
        if not self.places:
            self._looked = float("-inf")
        ray.kill(place.actor)

    def close(self) -> None:
        """End the workers and leave the cluster."""
        import ray

        for place in self.places:
            ray.kill(place.actor)
        self.places.clear()
        _disconnect()

    def _start(self, node: str, *, cpus: float) -> None:
        import ray
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        needs = {"num_cpus": 1, "num_gpus": 1} if self.kind == "cuda" else {"num_cpus": cpus}
        where = NodeAffinitySchedulingStrategy(node, soft=False)
        remote: Any = ray.remote(Worker)
        actor = remote.options(scheduling_strategy=where, **needs).remote(self.kind)
        place = Place(node=node, actor=actor)
        place.asked.append(actor.facts.remote())
        self.places.append(place)


_guard = threading.Lock()
_users = 0
_own = False


def _connect(address: str) -> None:
    """Join the cluster, which a process can do once: all its evaluations share that."""
    import ray
    from ray.exceptions import RayError

    _check_address(address)
    global _users, _own
    with _guard:
        if not ray.is_initialized():
            try:
                ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR, configure_logging=False)
            except (OSError, RuntimeError, ValueError, AssertionError, RayError) as error:
                reason = " ".join(str(error).split())[:200] or type(error).__name__
                raise _no_answer(address, reason) from error
            _own = True
        _users += 1


def _disconnect() -> None:
    """Leave the cluster, where nothing else of this process is on it and it was joined here."""
    import ray

    global _users, _own
    with _guard:
        _users -= 1
        if _users == 0 and _own:
            ray.shutdown()
            _own = False


def _check_address(address: str) -> None:
    """Raise InputError where nobody listens: Ray itself would try for minutes. It would start a cluster for "local"."""
    if not address.strip() or address == "local":
        raise InputError("No Ray cluster is named. Give its address, such as head:6379, or auto.")
    if address == "auto":
        return
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise InputError(f"{shown(address)} is no address of a Ray cluster. Write HOST:PORT, such as head:6379, or auto.")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), timeout=_ANSWER_SECONDS):
            pass
    except OSError as error:
        raise _no_answer(address, error.strerror or str(error)) from error


def _no_answer(address: str, reason: str) -> InputError:
    return InputError(
        f"No Ray cluster answers at {shown(address)}: {reason}. Check the address, or run `ray start --head` there."
    )
