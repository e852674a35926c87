"""`reranklab drift`: the same rankers over several collections, and a warning that needs no judgements."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from reranklab.commands.drift_tables import write_drift, write_warning
from reranklab.commands.output import add_format, write_json
from reranklab.commands.rankers import add_rankers, chosen_specs
from reranklab.commands.tasks import check_queries
from reranklab.commands.terminal import complain, terminal_progress
from reranklab.errors import InputError
from reranklab.progress import CancelSignal

if TYPE_CHECKING:
    from reranklab.evaluate.drift_warning import DriftWarning, QuerySample
    from reranklab.rankers.family import RankerSpec
    from reranklab.store.store import Store

NAME = "drift"
HELP = "Compare rankers over collections, or new queries with reference queries: exit status 1 where they drifted."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--dataset",
        action="append",
        required=True,
        metavar="SOURCE",
        help="a BEIR name, a sample, a folder or zip in BEIR layout; repeat it. With --reference also a query file, run:N",
    )
    add_rankers(parser)
    parser.add_argument(
        "--candidates", metavar="RULE", help="judged, bm25:DEPTH, or ID:DEPTH of a ranker that searches; default: BM25, 100"
    )
    parser.add_argument("--queries", type=int, metavar="N", help="a seeded sample of each collection; default: all")
    parser.add_argument("--seed", type=int, default=0, metavar="S")
    parser.add_argument("--fresh", action="store_true", help="compute anew what is stored")
    table = parser.add_argument_group("the table of rankers by collections")
    table.add_argument("--metric", metavar="NAME", help="default: nDCG@10")
    table.add_argument("--baseline", metavar="ID", help="default: the first ranker that counts words")
    table.add_argument(
        "--margin", type=float, default=0.01, metavar="M", help="differences within it count as none; default: 0.01"
    )
    table.add_argument("--criterion", default="F1", metavar="NAME", help="of the best threshold: F1 or Youden; default: F1")
    warning = parser.add_argument_group("the warning without judgements")
    warning.add_argument(
        "--reference", metavar="SOURCE", help="what each --dataset is compared with: a dataset, a file of queries or run:N"
    )
    warning.add_argument("--corpus", metavar="DATASET", help="the documents that files of queries are ranked over")
    warning.add_argument("--false-alarms", type=float, default=0.05, metavar="P", help="their rate; default: 0.05")
    add_format(parser, default="table")


def run(options: argparse.Namespace, cancel: CancelSignal) -> int:
    from reranklab.store.store import store_or_none

    check_queries(options)
    store = store_or_none(complain)
    if options.reference is not None:
        return _warn(options, store, cancel)
    if options.corpus is not None:
        raise InputError("--corpus needs a --reference: it holds the documents that both files of queries are ranked over.")
    return _table(options, store, cancel)


def _table(options: argparse.Namespace, store: Store | None, cancel: CancelSignal) -> int:
    from reranklab.evaluate.candidates import DEFAULT_RULE
    from reranklab.evaluate.drift import DEFAULT_MEASURE, measure_drift
    from reranklab.evaluate.drift_record import drift_record
    from reranklab.evaluate.thresholds import check_criterion
    from reranklab.rankers.catalogue import parse_ranker_id

    table = measure_drift(
        options.dataset,
        chosen_specs(options),
        measure=options.metric or DEFAULT_MEASURE,
        baseline=parse_ranker_id(options.baseline).id if options.baseline else None,
        margin=options.margin,
        criterion=check_criterion(options.criterion),
        candidates=options.candidates or DEFAULT_RULE,
        queries=options.queries,
        seed=options.seed,
        device=options.device,
        store=store,
        fresh=options.fresh,
        warn=complain,
        cancel=cancel,
        progress=terminal_progress(),
    )
    if options.format == "json":
        write_json(drift_record(table))
    else:
        write_drift(table)
    return 0


def _warn(options: argparse.Namespace, store: Store | None, cancel: CancelSignal) -> int:
    warnings = _warnings(options, store, cancel)
    if options.format == "json":
        write_json([warning.record() for warning in warnings])
    else:
        for warning in warnings:
            write_warning(warning)
    return 1 if any(warning.drifted for warning in warnings) else 0


def _warnings(options: argparse.Namespace, store: Store | None, cancel: CancelSignal) -> list[DriftWarning]:
    from reranklab.data.beir import load_dataset
    from reranklab.data.collection import Collection
    from reranklab.evaluate.candidates import DEFAULT_RULE
    from reranklab.evaluate.drift_warning import check_rate, warn_of_drift
    from reranklab.evaluate.query_sources import load_queries, query_sample, run_number, stored_sample, told_apart
    from reranklab.rankers.catalogue import parse_ranker_id

    check_rate(options.false_alarms)
    baseline = parse_ranker_id(options.baseline).id if options.baseline else None
    progress = terminal_progress()
    sources = [options.reference, *options.dataset]
    numbers = [run_number(source) for source in sources]
    if store is None and any(number is not None for number in numbers):
        raise InputError("The store cannot be opened, so there is no stored run. Name a dataset instead.")
    stored = {
        source: stored_sample(store, number)
        for source, number in zip(sources, numbers, strict=True)
        if number is not None and store is not None
    }
    corpus = load_dataset(options.corpus, cancel=cancel, progress=progress) if options.corpus else None
    loaded = {source: load_queries(source, cancel=cancel, progress=progress) for source in sources if source not in stored}
    ranked = corpus is not None or any(isinstance(each, Collection) for each in loaded.values())
    specs = _specs(options, next(iter(stored.values()), None)) if ranked else ()
    rule = options.candidates or next((each.candidates for each in stored.values()), "") or DEFAULT_RULE

    def sample(source: str) -> QuerySample:
        if source in stored:
            return stored[source]
        return query_sample(
            loaded[source],
            specs,
            corpus=corpus,
            candidates=rule,
            queries=options.queries,
            seed=options.seed,
            device=options.device,
            store=store,
            fresh=options.fresh,
            warn=complain,
            cancel=cancel,
            progress=progress,
        )

    reference, *others = told_apart([sample(source) for source in sources])
    return [warn_of_drift(reference, other, baseline=baseline, false_alarms=options.false_alarms) for other in others]


def _specs(options: argparse.Namespace, stored: QuerySample | None) -> Sequence[RankerSpec]:
    """The rankers that were named, or those of the stored run but for imported ones, or the default ones."""
    from reranklab.evaluate.imported import IMPORTED

    if not options.ranker and stored is not None:
        first = {ranker: next(iter(rankings.values())) for ranker, rankings in stored.rankings.items()}
        options.ranker = [ranker for ranker, ranking in first.items() if ranking.scale != IMPORTED]
    return chosen_specs(options)
