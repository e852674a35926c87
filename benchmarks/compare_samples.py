"""The rankers on the natural samples and on the adversarial ones, over the judged candidates of each query.

Prints the tables of docs/samples.md: `python -m benchmarks.compare_samples`. Rankings come from the store of evaluation runs
(`RERANKLAB_DATA`); what it lacks is ranked first and kept there, as `reranklab evaluate` does.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from statistics import mean

import numpy as np

from reranklab.data.samples import list_samples, load_sample
from reranklab.data.statistics import SEARCH_ANALYSER
from reranklab.data.words import tokenise
from reranklab.evaluate.confidence import Interval, bootstrap_mean
from reranklab.evaluate.differences import Difference, compare_all
from reranklab.evaluate.task_set import prepare_tasks
from reranklab.llm.select_heads import random_ndcg
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.store.store import open_store

RANKERS = ("bm25", "bi-encoder", "cross-encoder", "cross-encoder?precision=int8", "listwise-llm")
PAIRS = (("cross-encoder", "bi-encoder"), ("cross-encoder", "bm25"))
MEASURE = "nDCG@10"
SUFFIX = "-adversarial"

PerQuery = Mapping[str, Mapping[str, float]]


def main() -> int:
    """Rank what the store lacks, print the tables."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    names = [sample.name for sample in list_samples()]
    natural = [name for name in names if name + SUFFIX in names]
    found: dict[str, PerQuery] = {}
    for kind, kept in (("natural", natural), ("adversarial", [name + SUFFIX for name in natural])):
        measured = {name: per_query(name) for name in kept}
        found |= measured | {f"all six, {kind}": pooled(measured)}
    described = texts([*natural, *(name + SUFFIX for name in natural)])
    sys.stdout.write("\n".join([*means(found), "", *differences(found), "", *described]) + "\n")
    return 0


def per_query(name: str) -> PerQuery:
    """Ranker to query id to its nDCG@10."""
    tasks = prepare_tasks(name, candidates="judged")
    results = tasks.evaluate([parse_ranker_id(text) for text in RANKERS], measures=[MEASURE], store=open_store())
    return {result.ranker: {query: scored[MEASURE] for query, scored in result.per_query.items()} for result in results}


def pooled(collections: Mapping[str, PerQuery]) -> PerQuery:
    """The queries of all collections as those of one."""
    return {
        ranker: {f"{name} {query}": value for name, values in collections.items() for query, value in values[ranker].items()}
        for ranker in RANKERS
    }


def means(found: Mapping[str, PerQuery]) -> Iterator[str]:
    """A row for each collection, a column for each ranker."""
    yield from _head("collection", "queries", *RANKERS)
    for name, values in found.items():
        cells = [_mean(bootstrap_mean(list(values[ranker].values()))) for ranker in RANKERS]
        yield _row(name, str(len(values[RANKERS[0]])), *cells)


def differences(found: Mapping[str, PerQuery]) -> Iterator[str]:
    """A row for each collection and pair. Holm's correction is over all pairs of rankers, as on the command line."""
    yield from _head("collection", "rankers", "difference", "wins / ties / losses", "p (Holm)", "verdict")
    for first, second in PAIRS:
        for name, values in found.items():
            pair = _pair(compare_all(values, measure=MEASURE), first, second)
            sign = 1 if pair.first == first else -1
            low, high = sorted((sign * pair.interval.low, sign * pair.interval.high))
            won, lost = (pair.wins, pair.losses)[::sign]
            yield _row(
                name,
                f"{first} - {second}",
                f"{sign * pair.difference:+.3f} ({low:+.3f} to {high:+.3f})",
                f"{won} / {pair.ties} / {lost}",
                f"{pair.p_holm:.3f}",
                _verdict(pair, turned=sign < 0),
            )


def texts(names: Sequence[str]) -> Iterator[str]:
    """A row for each collection: the share of a query's terms that a passage holds, and words, of relevant ones and others."""
    yield from _head("collection", "query terms: relevant", "not relevant", "words: relevant", "not relevant", "random order")
    for name in names:
        collection = load_sample(name)
        shares: dict[bool, list[float]] = {True: [], False: []}
        lengths: dict[bool, list[int]] = {True: [], False: []}
        orders = []
        for query, judged in collection.qrels.items():
            asked = set(tokenise(collection.queries[query].text, analyser=SEARCH_ANALYSER))
            for document, grade in judged.items():
                held = asked & set(tokenise(collection.documents[document].content, analyser=SEARCH_ANALYSER))
                shares[grade > 0].append(len(held) / len(asked))
                lengths[grade > 0].append(len(collection.documents[document].text.split()))
            orders.append(random_ndcg(np.asarray(list(judged.values()))))
        cells = [f"{mean(shares[kind]):.0%}" for kind in (True, False)] + [
            f"{mean(lengths[kind]):.0f}" for kind in (True, False)
        ]
        yield _row(name, *cells, f"{mean(orders):.3f}")


def _pair(pairs: Sequence[Difference], first: str, second: str) -> Difference:
    return next(pair for pair in pairs if {pair.first, pair.second} == {first, second})


def _verdict(pair: Difference, *, turned: bool) -> str:
    if pair.verdict == "undecided":
        return "undecided" + ("" if pair.queries_needed is None else f" (about {pair.queries_needed:,} queries needed)")
    return {"better": "worse", "worse": "better"}.get(pair.verdict, pair.verdict) if turned else pair.verdict


def _mean(interval: Interval) -> str:
    return f"{interval.mean:.3f} ({interval.low:.3f} to {interval.high:.3f})"


def _head(*names: str) -> Iterator[str]:
    yield _row(*names)
    yield _row(*("---" for _ in names))


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.exit(main())
