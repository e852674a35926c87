"""How often what the budgeted tier says of its top 10 is true.

    python -m benchmarks.outlook --scores SCIFACT.jsonl --dataset SCIFACT --queries 54
    python -m benchmarks.outlook --scores SCIFACT.jsonl --scores CRANFIELD.jsonl

With --dataset the fast tier reads BM25's first 100 of a seeded sample of queries in full and adds a line a query to the file
of --scores, which takes seconds a query; those that are there already are not read again. Then, for each file, the first 12,
24 and 48 documents count as read: what is stated of the others, and how often it came true. The prior of one file's table is
the best on the others, so that no collection is reported on what was chosen on it.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.special import ndtr

from benchmarks.contest import table
from reranklab.engine.build import build_ranker
from reranklab.evaluate.task_set import prepare_tasks
from reranklab.rankers.crossencoders.outlook import TOP, Outlook, Prior, outlook

KEEPS = (12, 24, 48)
PRIORS = [Prior(near=near, level=level) for near in (0.3, 0.5, 1.0, math.inf) for level in (0.0, 2.0, 5.0, 10.0)]
_EDGES = (0.0, 0.005, 0.01, 0.03, 0.1, 0.2, 0.4, 0.6, 0.8)
_LEAST = 1e-4
"""No stated chance counts as nearer to 0 or 1: one wrong certainty would cost infinity."""

Pairs = Sequence[tuple[float, float]]
Estimate = Callable[[Pairs, Sequence[float]], Outlook]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Of one list: what was stated with `keep` documents read, and what came true. `above` has the unread documents that score
    above all but 9 of the read ones, `entered` counts those in the top 10 of all."""

    keep: int
    stated: Outlook
    above: tuple[bool, ...]
    entered: int


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scores", action="append", required=True, type=Path, metavar="FILE", help="may be repeated")
    parser.add_argument("--dataset", metavar="FOLDER", help="whose queries go into the first file of --scores")
    parser.add_argument("--queries", type=int, default=54, metavar="N")
    parser.add_argument("--ranker", default="cross-encoder?tier=fast", metavar="ID")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    if options.dataset:
        read(options.scores[0], options.dataset, ranker_id=options.ranker, queries=options.queries, seed=options.seed)
    lists = {path.stem: [list(zip(*pair, strict=True)) for pair in _lists(path)] for path in options.scores}
    for name, own in lists.items():
        others = [pairs for other, each in lists.items() if other != name for pairs in each]
        estimates: dict[str, Estimate] = {"normal around the line": normal, "as shipped": outlook}
        if others:
            best = min(PRIORS, key=lambda prior: _loss(tell(_with(prior), others)))
            estimates[f"near {best.near:g}, level {best.level:g}: best on the others"] = _with(best)
        told = {words: tell(estimate, own) for words, estimate in estimates.items()}
        sys.stdout.write(f"### {name}, {len(own)} queries\n\n{_summary(told)}\n\n{_reliability(told)}\n\n")


def read(path: Path, dataset: str, *, ranker_id: str, queries: int, seed: int) -> None:
    """Add the lists that the file lacks: first-stage scores and model scores, in the order of the first stage."""
    known = set()
    if path.exists():
        known = {json.loads(line)["query"] for line in path.read_text(encoding="utf-8").splitlines()}
    first, model = build_ranker("bm25"), build_ranker(ranker_id)
    for task in prepare_tasks(dataset, candidates="bm25:100", queries=queries, seed=seed).tasks:
        if task.query.id in known:
            continue
        ordered = first.rank(task.query, task.documents).items
        scores = {item.id: item.score for item in model.rank(task.query, task.documents).items}
        line = {
            "query": task.query.id,
            "first": [item.score for item in ordered],
            "model": [scores[item.id] for item in ordered],
        }
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        sys.stderr.write(f"read: {task.query.id}\n")


def tell(estimate: Estimate, lists: Sequence[Pairs]) -> list[Told]:
    """Every list at every depth that leaves something unread."""
    return [_told(estimate, pairs, keep) for keep, pairs in itertools.product(KEEPS, lists) if len(pairs) > keep]


def _told(estimate: Estimate, pairs: Pairs, keep: int) -> Told:
    rest = [model for _, model in pairs[keep:]]
    threshold = sorted((model for _, model in pairs[:keep]), reverse=True)[TOP - 1]
    best = sorted(range(len(pairs)), key=lambda place: -pairs[place][1])[:TOP]
    return Told(
        keep=keep,
        stated=estimate(pairs[:keep], [first for first, _ in pairs[keep:]]),
        above=tuple(model > threshold for model in rest),
        entered=sum(place >= keep for place in best),
    )


def normal(read: Pairs, unread: Sequence[float]) -> Outlook:
    """A line by least squares, with normal errors of the residuals' deviation, as if both were known and the documents
    independent: what `outlook` is held against."""
    first, model = np.array(read).T
    spread = float(((first - first.mean()) ** 2).sum())
    slope = max(float(((first - first.mean()) * (model - model.mean())).sum()) / spread, 0.0) if spread else 0.0
    rest = model - model.mean() - slope * (first - first.mean())
    deviation = max(math.sqrt(float((rest**2).sum()) / (len(read) - 2)), 1e-9)
    means = model.mean() + slope * (np.asarray(unread) - first.mean())
    chances = ndtr((means - np.sort(model)[-TOP]) / deviation)
    return Outlook(chances=tuple(chances.tolist()), expected=float(chances.sum()), sure=float(np.prod(1 - chances)))


def _with(prior: Prior) -> Estimate:
    return lambda read, unread: outlook(read, unread, prior=prior)


def _lists(path: Path) -> Iterator[tuple[Sequence[float], Sequence[float]]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        yield record["first"], record["model"]


def _chances(told: Sequence[Told]) -> tuple[list[float], list[bool]]:
    return [each for one in told for each in one.stated.chances], [each for one in told for each in one.above]


def _sure(told: Sequence[Told]) -> tuple[list[float], list[bool]]:
    return [one.stated.sure for one in told], [not any(one.above) for one in told]


def _loss(told: Sequence[Told]) -> float:
    """By documents and by lists, the depths counted alike."""
    by_keep = [[one for one in told if one.keep == keep] for keep in KEEPS]
    return float(np.mean([_log_loss(*of(each)) for each in by_keep for of in (_chances, _sure)]))


def _log_loss(stated: Sequence[float], true: Sequence[bool]) -> float:
    chances = np.clip(stated, _LEAST, 1 - _LEAST)
    return float(-np.log(np.where(true, chances, 1 - chances)).mean())


def _brier(stated: Sequence[float], true: Sequence[bool]) -> float:
    return float(((np.array(stated) - np.array(true)) ** 2).mean())


def _summary(told: Mapping[str, Sequence[Told]]) -> str:
    header = (
        "read", "estimate", "of the top 10 unread: stated", "true", "sure of the top 10: stated", "true", "Brier score",
        "log loss", "a document: Brier score", "log loss",
    )  # fmt: skip
    rows = []
    for keep, (words, all_told) in itertools.product(KEEPS, told.items()):
        here = [one for one in all_told if one.keep == keep]
        sure, chances = _sure(here), _chances(here)
        expected, entered = np.mean([one.stated.expected for one in here]), np.mean([one.entered for one in here])
        shares = [f"{each:.2f}" for each in (expected, entered, np.mean(sure[0]), np.mean(sure[1]))]
        losses = [f"{each:.3f}" for pair in (sure, chances) for each in (_brier(*pair), _log_loss(*pair))]
        rows.append([str(keep), words, *shares, *losses])
    return table(header, rows)


def _reliability(told: Mapping[str, Sequence[Told]]) -> str:
    """Documents by the chance that was stated of them: how many, and the share that came true."""
    rows = []
    for low, high in itertools.pairwise((*_EDGES, 1.01)):
        cells = []
        for each in told.values():
            stated, true = (np.array(column) for column in _chances(each))
            within = (stated >= low) & (stated < high)
            cells.append(f"{stated[within].mean():.3f}, {true[within].mean():.3f} ({within.sum():,})" if within.any() else "")
        rows.append([f"{low:g} to {min(high, 1):g}", *cells])
    return table(("stated chance", *(f"{words}: mean, true (documents)" for words in told)), rows)


if __name__ == "__main__":
    main()
