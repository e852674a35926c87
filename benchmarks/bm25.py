"""RerankLab's BM25 search of a whole collection against rank-bm25 and bm25s: queries a second, and nDCG@10.

    python -m benchmarks.bm25 --dataset FOLDER

All judged queries, one by one, each library in a process of its own with the same terms, k1 and b; the rounds are in shuffled
order (`benchmarks.contest`).
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

import numpy as np

from benchmarks.contest import Contender, describe_machine, play, ratio, table
from reranklab.data.beir import load_dataset
from reranklab.data.collection import sample_queries
from reranklab.evaluate.metrics import score_lists

MEASURE = "nDCG@10"
BASE = "rank-bm25"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dataset", required=True, metavar="FOLDER")
    parser.add_argument("--queries", type=int, metavar="N", help="a seeded sample; default: all that are judged")
    parser.add_argument("--depth", type=int, default=100, metavar="N")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="how often each query is timed")
    parser.add_argument("--clock", choices=("wall", "cpu"), default="wall", help="cpu: the processor's time, on a busy machine")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    load = os.getloadavg()[0]
    collection = load_dataset(options.dataset)
    queries = sample_queries(collection, number=options.queries, seed=options.seed)
    item = {"queries": [query.text for query in queries], "depth": options.depth}
    played = play(
        [
            Contender(name=name, module="benchmarks.contenders.bm25", arguments=(name, options.dataset))
            for name in ("reranklab", BASE, "bm25s")
        ],
        warm_up={**item, "queries": item["queries"][:10]},
        items=[item],
        rounds=options.rounds,
        seed=options.seed,
    )
    seconds, rows = {}, []
    for name, (rounds,) in played.replies.items():
        seconds[name] = np.mean([reply[f"query_{options.clock}"] for reply in rounds], axis=0)
    for name, (rounds,) in played.replies.items():
        found = {query.id: ids for query, ids in zip(queries, rounds[0]["found"], strict=True)}
        values = score_lists(found, collection.qrels, (MEASURE,))
        rows.append(
            [
                name,
                f"{len(queries) / seconds[name].sum():,.0f}",
                *(("1" if name == BASE else str(ratio(seconds[BASE], seconds[name])),) if BASE in seconds else ("",)),
                f"{np.mean([each[MEASURE] for each in values.values()]):.4f}",
                f"{played.loaded[name]['load']:.1f}",
            ]
        )
    by = " of processor time" if options.clock == "cpu" else ""
    header = ("search", f"queries a second{by}", f"times as fast as {BASE} [95 %]", MEASURE, "index made or read, s")
    sys.stdout.write(
        f"{table(header, rows)}\n\n{len(queries)} queries of {collection.name}, {len(collection.documents):,} documents, the "
        f"first {options.depth}, {options.rounds} timed runs of each. Intervals are a bootstrap over the queries.\n"
        f"{describe_machine(played, load=load)}\n"
    )
    for reason in played.left_out:
        sys.stdout.write(f"{reason}\n")


if __name__ == "__main__":
    main()
