"""How often the drift warning is wrong, and how much drift it finds.

Divides the queries of each collection into two random halves, many times: every alarm is false. Then mixes queries of another
collection into one of two samples that have no query in common. Prints the tables of docs/drift.md:

    python -m benchmarks.drift_alarms --dataset SCIFACT --dataset CRANFIELD --ranker bm25

Rankings come from the store of evaluation runs (`RERANKLAB_DATA`); what it lacks is ranked first and kept there.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain

import numpy as np

from reranklab.evaluate.drift_warning import DriftWarning, QuerySample, warn_of_drift
from reranklab.evaluate.query_sources import load_queries, query_sample
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.store.store import open_store

SHARES = (0.0, 0.1, 0.25, 0.5, 1.0)
SIZES = (12, 25, 50, 100)
LEVEL = 0.05


def main() -> int:
    """Rank what the store lacks, print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dataset", action="append", required=True)
    parser.add_argument("--ranker", action="append", required=True)
    parser.add_argument("--candidates", default="bm25:100")
    parser.add_argument("--queries", type=int)
    parser.add_argument("--runs", type=int, default=1000, help="pairs of halves of each collection; default: 1000")
    parser.add_argument("--mixed-runs", type=int, default=200, help="pairs of samples for each mixture; default: 200")
    parser.add_argument("--permutations", type=int, default=499)
    options = parser.parse_args()
    store = open_store()
    samples = [
        query_sample(
            load_queries(dataset),
            [parse_ranker_id(ranker) for ranker in options.ranker],
            candidates=options.candidates,
            queries=options.queries,
            store=store,
        )
        for dataset in options.dataset
    ]
    tables = halves(samples, options.runs, options.permutations), mixtures(samples, options.mixed_runs, options.permutations)
    for line in chain(tables[0], [""], tables[1]):
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
    return 0


def halves(samples: Sequence[QuerySample], runs: int, permutations: int) -> Iterator[str]:
    """Alarms between random halves of one collection, and how often each signal alone has p of at most 5 %."""
    yield from _head("collection", "queries a side", "runs", "false alarms (%) [95 %]", "each signal alone (%)")
    for sample in samples:
        generator = np.random.default_rng(0)
        size = len(sample.queries) // 2
        warnings = []
        for run in range(runs):
            order = generator.permutation(len(sample.queries))
            first, second = part(sample, order[:size]), part(sample, order[size : 2 * size])
            warnings.append(warn_of_drift(first, second, permutations=permutations, seed=run))
        alone = Counter(signal.title for warning in warnings for signal in warning.signals if signal.p <= LEVEL)
        yield _row(
            sample.name,
            str(size),
            f"{runs:,}",
            rate(warnings),
            ", ".join(f"{signal.title} {100 * alone[signal.title] / runs:.1f}" for signal in warnings[0].signals),
        )


def mixtures(samples: Sequence[QuerySample], runs: int, permutations: int) -> Iterator[str]:
    """Alarms where a share of the new queries is of another collection."""
    yield from _head("reference", "mixed in", "queries a side", *(f"{share:.0%}" for share in SHARES))
    for home in samples:
        for other in samples:
            for size in SIZES:
                if home is not other and 2 * size <= len(home.queries) and size <= len(other.queries):
                    cells = [rate(mixed(home, other, size, share, runs, permutations)) for share in SHARES]
                    yield _row(home.name, other.name, str(size), *cells)


def mixed(home: QuerySample, other: QuerySample, size: int, share: float, runs: int, permutations: int) -> list[DriftWarning]:
    """Warnings for `runs` draws of two samples of `size`, of which the new one has `share` of its queries from `other`."""
    generator = np.random.default_rng(1)
    strangers = round(share * size)
    found = []
    for run in range(runs):
        order = generator.permutation(len(home.queries))
        foreign = part(other, generator.permutation(len(other.queries))[:strangers])
        own = part(home, order[size : 2 * size - strangers])
        new = QuerySample(
            name="new",
            queries=(*own.queries, *foreign.queries),
            rankings={ranker: {**own.rankings[ranker], **foreign.rankings[ranker]} for ranker in own.rankings},
        )
        found.append(warn_of_drift(part(home, order[:size]), new, permutations=permutations, seed=run))
    return found


def part(sample: QuerySample, positions: Sequence[int]) -> QuerySample:
    """Some of a sample's queries, with ids that no other collection has."""
    chosen = [sample.queries[position] for position in positions]
    return QuerySample(
        name=sample.name,
        queries=tuple(type(query)(id=f"{sample.name} {query.id}", text=query.text) for query in chosen),
        rankings={
            ranker: {f"{sample.name} {query.id}": found[query.id] for query in chosen if query.id in found}
            for ranker, found in sample.rankings.items()
        },
    )


def rate(warnings: Sequence[DriftWarning]) -> str:
    """The share of alarms in %, with the exact interval of Clopper and Pearson."""
    from scipy.stats import binomtest

    alarms = sum(warning.drifted for warning in warnings)
    ends = binomtest(alarms, len(warnings)).proportion_ci(0.95)
    return f"{100 * alarms / len(warnings):.1f} [{100 * ends.low:.1f}, {100 * ends.high:.1f}]"


def _head(*names: str) -> Iterator[str]:
    yield _row(*names)
    yield _row(*("---" for _ in names))


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.exit(main())
