"""What a shared batch and missing titles cost an int8 cross-encoder.

Dynamic quantisation takes one range for the activations of a whole batch, padding included, so a score depends on the texts
beside it. RerankLab scores int8 pairs one at a time. Here all candidates of a query are scored in one batch as well, with and
without the documents' titles, as a reranking toolkit does whose table has 0.591 for this model on SciFact (docs/benchmarks.md).

    python -m benchmarks.int8_batches --dataset scifact --candidates bm25:20 --queries 50
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence

from reranklab.engine.build import build_ranker
from reranklab.evaluate.differences import compare_all
from reranklab.evaluate.metrics import score_lists
from reranklab.evaluate.task_set import TaskSet, prepare_tasks
from reranklab.evaluate.variants import parse_variant
from reranklab.rankers.base import rank_by_score
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.rankers.crossencoders.pair_scores import score_pairs
from reranklab.rankers.pairs import encode_pairs
from reranklab.store.store import store_or_none

MEASURE = "nDCG@10"
INT8 = "cross-encoder?precision=int8"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dataset", default="scifact")
    parser.add_argument("--candidates", default="bm25:20")
    parser.add_argument("--queries", type=int)
    options = parser.parse_args(arguments)
    spec = parse_ranker_id(INT8)
    tasks = prepare_tasks(options.dataset, candidates=options.candidates, queries=options.queries)
    bare = parse_variant("no-title", spec).tasks(tasks)
    store = store_or_none(_say)
    values: dict[str, Mapping[str, float]] = {}
    for name, ranker in (("fp32, alone", "cross-encoder"), ("int8, alone", INT8)):
        (result,) = tasks.evaluate([parse_ranker_id(ranker)], measures=(MEASURE,), store=store)
        values[name] = {query: scored[MEASURE] for query, scored in result.per_query.items()}
    values["int8, one batch"] = _one_batch(tasks)
    values["int8, one batch, no titles"] = _one_batch(bare)
    for name, scored in values.items():
        _say(f"{name}: {MEASURE} {sum(scored.values()) / len(scored):.4f} over {len(scored)} queries")
    for pair in compare_all(values, measure=MEASURE, baseline="fp32, alone"):
        low, high = pair.interval.low, pair.interval.high
        _say(f"{pair.first} less fp32: {pair.difference:+.4f} [{low:+.4f}, {high:+.4f}] p {pair.p_holm:.4f} {pair.verdict}")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def _one_batch(tasks: TaskSet) -> dict[str, float]:
    """Query to measure, with all candidates of a query in one batch."""
    ranker = build_ranker(INT8)
    model = ranker.reference.get()  # type: ignore[attr-defined]  # the cross-encoder's own
    lists: dict[str, list[str]] = {}
    for number, task in enumerate(tasks.tasks, start=1):
        if not task.documents:
            continue
        pairs, _ = encode_pairs(model, task.query, task.documents)
        scores = score_pairs(model, pairs)
        sizes = [pair.used for pair in pairs]
        items = rank_by_score(task.documents, scores, used=sizes, total=sizes, ranker=ranker.id)
        lists[task.query.id] = [item.id for item in items]
        sys.stderr.write(f"\r{number} of {len(tasks.tasks)}")
    scored = score_lists(lists, tasks.collection.qrels, [MEASURE])
    return {query: each[MEASURE] for query, each in scored.items()}


if __name__ == "__main__":
    main()
