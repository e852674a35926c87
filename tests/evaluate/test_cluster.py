"""An evaluation over a Ray cluster of two nodes of this machine: the store holds what a plain run puts there."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reranklab.data.collection import Collection
from reranklab.errors import Cancelled, DeviceError, InputError, MissingPackageError
from reranklab.evaluate.cluster import Cluster, spreads
from reranklab.evaluate.task_set import TaskSet, prepare_tasks
from reranklab.extras import Extra
from reranklab.progress import Step
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.store.store import Store, open_store
from reranklab.types import Document, Query, Ranking, Timing
from tests.contract.command import printed_json, run_command
from tests.models.tiny import tiny_classifier

QUERIES = 24
WORDS = ("wing", "paris", "milk", "berlin", "france", "cheese", "city", "germany")
_ENVIRONMENT = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0", "OMP_NUM_THREADS": "1"}
_NO_TIMES = Timing(
    runs=(), load=None, warmup="", documents=0, tokens=0, device="", device_name="", precision="", measured_at="", host=""
)

in_a_cluster = pytest.mark.usefixtures("ray_cluster")
slow = [pytest.mark.slow, pytest.mark.process]


@pytest.fixture(scope="module")
def ray_cluster() -> Iterator[Any]:
    """Two nodes of a processor each, which see one thread of it as this process does."""
    import torch
    from ray.cluster_utils import Cluster as Nodes

    before = {name: os.environ.get(name) for name in _ENVIRONMENT}
    os.environ.update(_ENVIRONMENT)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    small = {"num_cpus": 1, "object_store_memory": 80 * 2**20}
    nodes = Nodes(initialize_head=True, head_node_args=small)
    nodes.add_node(**small)
    yield nodes
    nodes.shutdown()
    torch.set_num_threads(threads)
    for name, value in before.items():
        os.environ.pop(name) if value is None else os.environ.update({name: value})


@pytest.fixture(scope="module")
def tasks() -> TaskSet:
    documents = [Document(id=f"d{n}", text=f"the {WORDS[n % 8]} and the {WORDS[n // 8]} " * 5) for n in range(64)]
    queries = [Query(id=f"q{n}", text=f"what is {WORDS[n % 8]} {WORDS[n // 8]}") for n in range(QUERIES)]
    collection = Collection(
        name="words",
        split="test",
        documents={document.id: document for document in documents},
        queries={query.id: query for query in queries},
        qrels={query.id: {f"d{(7 * n + k) % 64}": k % 2 for k in range(20)} for n, query in enumerate(queries)},
    )
    return prepare_tasks(collection, candidates="judged")


@pytest.fixture(scope="module")
def rankers(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    return (f"cross-encoder:{tiny_classifier(tmp_path_factory.mktemp('models') / 'tiny')}", "bm25")


@pytest.fixture
def plain(tasks: TaskSet, rankers: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[Any, Any]:
    """What a run without a cluster keeps."""
    with monkeypatch.context() as patch:
        patch.setenv("RERANKLAB_DATA", str(tmp_path / "plain"))
        tasks.evaluate([parse_ranker_id(ranker) for ranker in rankers], store=open_store(), repeats=3)
        return kept(open_store())


def kept(store: Store) -> dict[tuple[str, str], tuple[str, Ranking]]:
    """Ranker and query to the key and the ranking without its times, of the last run."""
    last = store.runs.all()[-1]
    assert last.ended
    found = {}
    for answer in store.runs.queries(last.id):
        assert answer.key is not None, answer
        ranking = store.results.get(answer.key)
        assert ranking is not None
        found[answer.ranker, answer.query_id] = (answer.key, replace(ranking, timing=_NO_TIMES))
    return found


def after(queries: int, do: Callable[[], object]) -> Callable[[Step], None]:
    """Progress that does something once so many queries are done."""
    done: list[Step] = []

    def told(step: Step) -> None:
        if step.unit == "query" and step.done >= queries and not done:
            done.append(step)
            do()

    return told


def kill(ray_cluster: Any, node: Any) -> None:
    """Kill a node, and wait until the cluster knows: a fast machine would have ranked the rest before."""
    import ray

    ray_cluster.remove_node(node, allow_graceful=False)
    end = time.monotonic() + 60
    while any(each["Alive"] and each["NodeID"] == node.node_id for each in ray.nodes()) and time.monotonic() < end:
        time.sleep(0.1)


@pytest.mark.slow
@pytest.mark.process
@pytest.mark.filterwarnings("default")
def test_the_store_is_that_of_a_plain_run(ray_cluster: Any, tasks: TaskSet, rankers: tuple[str, ...], plain: dict[Any, Any]):
    """Cancelled, resumed, and computed anew while a node is killed."""
    specs = [parse_ranker_id(ranker) for ranker in rankers]
    told: list[str] = []
    store = open_store()
    with Cluster(ray_cluster.address, warn=told.append) as cluster:
        assert (cluster.size, cluster.device.id, told) == (2, "cpu", [])
        stop = threading.Event()
        with pytest.raises(Cancelled):
            tasks.evaluate(specs, store=store, repeats=3, cluster=cluster, cancel=stop, progress=after(8, stop.set))
        results = tasks.evaluate(specs, store=store, repeats=3, cluster=cluster)
        assert 8 <= results[0].stored < QUERIES and results[1].stored == 0
        assert kept(store) == plain
        timing = results[1].rankings[-1].timing
        assert (timing.device_name, len(timing.runs), timing.cached) == (cluster.device.name, 3, False)

        (node,) = ray_cluster.worker_nodes
        results = tasks.evaluate(
            specs, store=store, repeats=3, fresh=True, cluster=cluster, progress=after(6, lambda: kill(ray_cluster, node))
        )
        assert [(result.stored, result.complete) for result in results] == [(0, True), (0, True)]
        assert kept(store) == plain
        assert len(told) == 1 and "was lost" in told[0] and told[0].endswith("to the others.")
        assert cluster.size == 1

    asked = ("evaluate", "--dataset", "negation", "--candidates", "judged", "--ranker", "bm25")
    alone = printed_json(*asked)
    over = printed_json(*asked, "--ray", ray_cluster.address, "--fresh")
    assert (alone["stored"], over["stored"]) == (0, 0)
    assert [each["metrics"] for each in over["results"]] == [each["metrics"] for each in alone["results"]]
    status, table, _ = run_command(*asked, "--ray", ray_cluster.address, "--format", "table")
    assert status == 0 and "ms/query" in table and "Raylet" not in table
    status, _, error = run_command(*asked, "--ray", ray_cluster.address, "--device", "cuda")
    assert status == 2 and "has no GPU. Choose another device, or add a node." in error


def test_no_cluster_answers():
    for nothing in (" ", "local"):
        with pytest.raises(InputError, match="No Ray cluster is named"):
            Cluster(nothing, warn=print)
    for wrong in ("head", "head:", ":6379", "head:70000", "head:six"):
        with pytest.raises(InputError, match="is no address of a Ray cluster"):
            Cluster(wrong, warn=print)
    with pytest.raises(InputError, match=r"No Ray cluster answers at '127\.0\.0\.1:1': Connection refused"):
        Cluster("127.0.0.1:1", warn=print)
    with pytest.raises(DeviceError, match="A cluster has no kind of device 'mps'"):
        Cluster("127.0.0.1:1", device="mps", warn=print)


def test_without_ray_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch):
    missing = Extra(name="ray", packages=("no_such_package",))
    monkeypatch.setattr("reranklab.extras.RAY", missing)
    status, _, told = run_command("evaluate", "--dataset", "negation", "--ranker", "bm25", "--ray", "auto")
    assert status == 2
    assert told == "reranklab: --ray needs no_such_package. Install it: pip install 'reranklab[ray]'.\n"
    monkeypatch.setattr("reranklab.evaluate.cluster_devices.RAY", missing)
    with pytest.raises(MissingPackageError):
        Cluster("auto", warn=print)


def test_what_needs_the_index_or_a_key_stays_here():
    assert spreads(parse_ranker_id("bm25"), with_statistics=False)
    assert not spreads(parse_ranker_id("bm25"), with_statistics=True)
    assert not spreads(parse_ranker_id("chunked(bm25)"), with_statistics=True)
    assert spreads(parse_ranker_id("chunked(cross-encoder)"), with_statistics=True)
    assert not spreads(parse_ranker_id("listwise-llm?method=chat"), with_statistics=False)
