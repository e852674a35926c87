"""What the check for leaking training queries finds, and how often it is wrong.

Rewordings of the samples' queries, written by hand (rewordings.tsv), are planted: every second one set the limits, the others
say what is found. False alarms are pairs of queries that ask different things: those of a collection's train and test split
that have no relevant document in common, and the queries of one collection among themselves. Prints the tables of
docs/training.md:

    python -m benchmarks.leak_check --splits SCIFACT --queries CRANFIELD
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from reranklab.data.beir import load_dataset
from reranklab.data.collection import Collection
from reranklab.data.samples import load_sample, sample_names
from reranklab.evaluate.confidence import share_interval
from reranklab.train.sets import alike

REWORDINGS = Path(__file__).with_name("rewordings.tsv")
LIMITS = (0.68, 0.72, 0.74, 0.76, 0.80, 0.84)
WORDS_LIMITS = (0.45, 0.55, 0.65)
OTHER_LANGUAGE = "language"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewording:
    """A query of a sample in other words. `kind` says what was changed."""

    kind: str
    query: str
    rewording: str


def main() -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--splits", required=True, help="a dataset with the splits train and test")
    parser.add_argument("--queries", required=True, help="a dataset whose queries are compared among themselves")
    options = parser.parse_args()
    train, test = (load_dataset(options.splits, split=split) for split in ("train", "test"))
    other = load_dataset(options.queries)
    for line in chain(by_limit(train, test, other), [""], by_kind(), [""], in_splits(train, test)):
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
    return 0


def read_rewordings() -> list[Rewording]:
    """In file order."""
    with REWORDINGS.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [Rewording(kind=row["kind"], query=row["query"], rewording=row["rewording"]) for row in rows]


def by_limit(train: Collection, test: Collection, other: Collection) -> Iterator[str]:
    """Found rewordings and false alarms at several limits, with embeddings and by words alone."""
    plain = [each for each in read_rewordings() if each.kind != OTHER_LANGUAGE]
    asked = sample_queries()
    texts = [query.text for query in other.queries.values()]
    yield (
        f"| compared | limit | found, calibrating (%) | found, others (%) | {train.name}: false pairs | {other.name}: pairs | "
        "samples: pairs |"
    )
    yield "|---|---|---|---|---|---|---|"
    shipped = alike.LIMIT, alike.WORDS_LIMIT
    for embedded, limits in ((True, LIMITS), (False, WORDS_LIMITS)):
        for limit in limits:
            with _limits(limit, embedded=embedded):
                calibrating, others = (found(plain[start::2]) for start in (0, 1))
                false = [pair for pair in split_pairs(train, test) if not shares_document(train, test, pair)]
                pairs = alike.alike_pairs(texts).pairs
                samples = [pair for pair in alike.alike_pairs(asked).pairs if not pair.same]
            mark = " (shipped)" if limit in shipped else ""
            yield (
                f"| {'words and meaning' if embedded else 'words alone'} | {limit:g}{mark} | {calibrating} | {others} | "
                f"{len(false)} of {len(train.queries) * len(test.queries):,} | {len(pairs)} of {_pairs(len(texts)):,} | "
                f"{len(samples)} of {_pairs(len(asked)):,} |"
            )


def by_kind() -> Iterator[str]:
    """Found rewordings of each kind at the shipped limits."""
    rewordings = read_rewordings()
    yield "| kind | rewordings | found with meaning | found by words alone |"
    yield "|---|---|---|---|"
    for kind in dict.fromkeys(each.kind for each in rewordings):
        some = [each for each in rewordings if each.kind == kind]
        with _limits(alike.WORDS_LIMIT, embedded=False):
            words = len(hits(some))
        yield f"| {kind} | {len(some)} | {len(hits(some))} | {words} |"


def in_splits(train: Collection, test: Collection) -> Iterator[str]:
    """What the shipped limits find between two splits."""
    pairs = split_pairs(train, test)
    shared = sum(shares_document(train, test, pair) for pair in pairs)
    queries = len({pair.first for pair in pairs})
    same = sum(pair.same for pair in pairs)
    yield (
        f"{train.name}: {queries} of {len(train.queries):,} training queries, {len(pairs)} pairs, {same} of them word for "
        f"word; {shared} pairs have a relevant document in common."
    )


def sample_queries() -> list[str]:
    """The different queries of all samples."""
    return list(dict.fromkeys(query.text for name in sample_names() for query in load_sample(name).queries.values()))


def found(rewordings: Sequence[Rewording]) -> str:
    """The share that is found, with its exact interval."""
    interval = share_interval(len(hits(rewordings)), len(rewordings))
    return f"{100 * interval.mean:.0f} [{100 * interval.low:.0f}, {100 * interval.high:.0f}]"


def hits(rewordings: Sequence[Rewording]) -> list[int]:
    """The positions of those that are found to be alike the query that they are of, among all queries of the samples."""
    queries = sample_queries()
    pairs = alike.alike_pairs([each.rewording for each in rewordings], queries).pairs
    return sorted({pair.first for pair in pairs if queries[pair.second] == rewordings[pair.first].query})


def split_pairs(train: Collection, test: Collection) -> tuple[alike.Alike, ...]:
    """Between a training and a test query."""
    return alike.alike_pairs(*([query.text for query in split.queries.values()] for split in (train, test))).pairs


def shares_document(train: Collection, test: Collection, pair: alike.Alike) -> bool:
    """Whether a document is relevant for both queries."""
    first, second = list(train.queries)[pair.first], list(test.queries)[pair.second]
    ours, theirs = (
        {document for document, grade in split.qrels[query].items() if grade > 0}
        for split, query in ((train, first), (test, second))
    )
    return not ours.isdisjoint(theirs)


class _limits:  # noqa: N801
    """Other limits inside, or no embeddings."""

    def __init__(self, limit: float, *, embedded: bool) -> None:
        self._limit, self._embedded = limit, embedded

    def __enter__(self) -> None:
        self._before = alike.LIMIT, alike.WORDS_LIMIT, alike.stored_embedder
        if self._embedded:
            alike.LIMIT = self._limit
        else:
            alike.WORDS_LIMIT = self._limit
            alike.stored_embedder = lambda: None

    def __exit__(self, *_: object) -> None:
        alike.LIMIT, alike.WORDS_LIMIT, alike.stored_embedder = self._before


def _pairs(count: int) -> int:
    return count * (count - 1) // 2


if __name__ == "__main__":
    raise SystemExit(main())
