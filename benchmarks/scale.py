"""Where an evaluation over a cluster ends: how fast the store takes rankings, and how fast one driver feeds devices.

    python benchmarks/scale.py store --documents 100 --rankings 2000
    python benchmarks/scale.py reads --documents 100 --queries 2500
    python benchmarks/scale.py driver --ray ADDRESS --documents 100 --characters 1500 --queries 400
    python benchmarks/scale.py processor --dataset FOLDER --queries 4

Each prints one JSON object. `driver` uses BM25 over listed candidates, whose work is next to nothing, so that the time is the
driver's. `processor` gives the processor time of one thread, which other work on the machine does not stretch much.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from reranklab.data.collection import Collection
from reranklab.evaluate.cluster import Cluster
from reranklab.evaluate.depth import replay_depth
from reranklab.evaluate.past import compare_runs
from reranklab.evaluate.task_set import prepare_tasks
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.store.runs import RunQuery
from reranklab.store.store import open_store
from reranklab.types import Document, Query, Ranking

_WORDS = ["wing", "flow", "heat", "lift", "drag", "noise", "shock", "layer", "plate", "cone", "jet", "stream"]


def listed(*, queries: int, documents: int, characters: int) -> Collection:
    """A collection whose every query has as many judged documents of so many characters."""
    draw = random.Random(0)
    corpus, qrels = {}, {}
    for number in range(queries):
        ids = [f"q{number}-{place}" for place in range(documents)]
        for document_id in ids:
            corpus[document_id] = Document(id=document_id, text=" ".join(draw.choices(_WORDS, k=characters // 6)))
        qrels[f"q{number}"] = {document_id: place % 2 for place, document_id in enumerate(ids)}
    asked = {query_id: Query(id=query_id, text="the drag of a wing in a jet") for query_id in qrels}
    return Collection(name="scale", split="test", documents=corpus, queries=asked, qrels=qrels)


def store(options: argparse.Namespace) -> dict[str, Any]:
    """Rankings a second that the store takes, each in a transaction of its own, and its bytes a ranking."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["RERANKLAB_DATA"] = folder
        kept = open_store()
        tasks = prepare_tasks(listed(queries=1, documents=options.documents, characters=60), candidates="judged")
        (result,) = tasks.evaluate([parse_ranker_id(options.ranker)])
        rankings = [_other(result.rankings[0], number) for number in range(options.rankings)]
        begun = time.perf_counter()
        for number, ranking in enumerate(rankings):
            kept.results.put(f"{number:064x}", ranking)
        seconds = time.perf_counter() - begun
        size = sum(file.stat().st_size for file in Path(folder).iterdir())
    return {"rankings_per_s": options.rankings / seconds, "bytes_per_ranking": size / options.rankings}


def _other(ranking: Ranking, number: int) -> Ranking:
    """A ranking of other documents, as the next query has."""
    items = tuple(replace(item, id=f"{item.id}-{number}") for item in ranking.items)
    return replace(ranking, items=items, query=Query(id=f"q{number}", text=f"query {number}"))


def reads(options: argparse.Namespace) -> dict[str, Any]:
    """Seconds to score a stored run of four rankers with all its pairs, and to replay its depth; the best of three."""
    draw = random.Random(0)
    rankers = ("bm25", "bm25?b=0", "bm25?k1=0", "bm25?variant=plus")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["RERANKLAB_DATA"] = folder
        kept = open_store()
        tasks = prepare_tasks(listed(queries=1, documents=options.documents, characters=60), candidates="judged")
        (result,) = tasks.evaluate([parse_ranker_id("bm25")])
        made = [_other(result.rankings[0], number) for number in range(options.queries)]
        judged = {each.query.id: {item.id: draw.randrange(2) for item in draw.sample(each.items, 10)} for each in made}
        asked = {"dataset": "made", "split": "test", "candidates": f"bm25:{options.documents}", "queries": options.queries}
        run = kept.runs.begin(asked, rankers, judged)
        for ranker in rankers:
            for position, each in enumerate(made):
                key = f"{ranker} {position}"
                kept.results.put(key, _shuffled(replace(each, ranker=ranker), draw))
                kept.runs.record(run, position, RunQuery(ranker=ranker, query_id=each.query.id, key=key))
        kept.runs.end(run)
        return {
            "scores": options.queries * options.documents * len(rankers),
            "scored_s": _best(lambda: compare_runs(kept, [run], measures=["nDCG@10"])),
            "depth_s": _best(lambda: replay_depth(kept, run)),
        }


def _shuffled(ranking: Ranking, draw: random.Random) -> Ranking:
    items = draw.sample(ranking.items, len(ranking.items))
    placed = tuple(replace(item, rank=rank, score=-float(rank)) for rank, item in enumerate(items, start=1))
    return replace(ranking, items=placed)


def _best(work: Callable[[], object]) -> float:
    times = []
    for _ in range(3):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return min(times)


def driver(options: argparse.Namespace) -> dict[str, Any]:
    """Queries a second that one driver gives out and keeps, the store included."""
    collection = listed(queries=options.queries, documents=options.documents, characters=options.characters)
    tasks = prepare_tasks(collection, candidates="judged")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["RERANKLAB_DATA"] = folder
        with Cluster(options.ray, warn=print) as cluster:
            spec = [parse_ranker_id(options.ranker)]
            tasks.evaluate(spec, store=open_store(), cluster=cluster, fresh=True)
            begun, worked = time.perf_counter(), time.process_time()
            tasks.evaluate(spec, store=open_store(), cluster=cluster, fresh=True)
            seconds, busy = time.perf_counter() - begun, time.process_time() - worked
            devices = cluster.size
    return {
        "queries_per_s": options.queries / seconds,
        "driver_cpu_ms_per_query": 1000 * busy / options.queries,
        "devices": devices,
    }


def processor(options: argparse.Namespace) -> dict[str, Any]:
    """Milliseconds of one thread's processor time for a query, warm, of a ranker over BM25's first documents."""
    import torch

    from reranklab.engine.build import build_ranker

    torch.set_num_threads(1)
    tasks = prepare_tasks(options.dataset, candidates=f"bm25:{options.documents}", queries=options.queries + 1)
    ranker = build_ranker(options.ranker)
    ranker.load()
    times = []
    for task in tasks.tasks:
        begun = time.process_time()
        ranker.rank(task.query, task.documents)
        times.append(1000 * (time.process_time() - begun))
    return {"ranker": options.ranker, "cpu_ms_per_query": sum(times[1:]) / len(times[1:]), "queries": len(times) - 1}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("store", "reads", "driver", "processor"))
    parser.add_argument("--ranker", default="bm25")
    parser.add_argument("--documents", type=int, default=100)
    parser.add_argument("--characters", type=int, default=1500)
    parser.add_argument("--queries", type=int, default=400)
    parser.add_argument("--rankings", type=int, default=2000)
    parser.add_argument("--ray", default="auto")
    parser.add_argument("--dataset", default="")
    options = parser.parse_args()
    found = {"store": store, "reads": reads, "driver": driver, "processor": processor}[options.what](options)
    print(json.dumps(found, indent=2))  # noqa: T201


if __name__ == "__main__":
    main()
