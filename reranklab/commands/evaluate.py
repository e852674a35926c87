"""`reranklab evaluate`: mean effectiveness and time of rankers on a judged collection."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from reranklab.commands.cluster import add_cluster, check_cluster, cluster_at
from reranklab.commands.differences import write_differences
from reranklab.commands.estimates import tell_hosted
from reranklab.commands.exports import add_out, check_out, write_exports
from reranklab.commands.output import add_format, write_json, write_line, write_table
from reranklab.commands.rankers import add_rankers, chosen_specs
from reranklab.commands.tasks import add_rule, check_queries
from reranklab.commands.terminal import complain, terminal_progress
from reranklab.errors import InputError
from reranklab.progress import CancelSignal, Progress

if TYPE_CHECKING:
    from reranklab.data.trec import TrecRun
    from reranklab.evaluate.cluster import Cluster
    from reranklab.evaluate.confidence import Interval
    from reranklab.evaluate.evaluated import Evaluated
    from reranklab.evaluate.experiment import RankerResult
    from reranklab.rankers.family import RankerSpec
    from reranklab.store.store import Store

NAME = "evaluate"
HELP = "Score rankers on a judged collection."
_SHOWN_WARNINGS = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--dataset",
        required=True,
        action="append",
        metavar="NAME_OR_DIR",
        help="a BEIR name, a sample, a folder or a zip in BEIR layout, or ir_datasets:ID; may be repeated",
    )
    parser.add_argument("--split", metavar="NAME", help="default: the split that published results use")
    add_rankers(parser)
    add_rule(parser)
    parser.add_argument("--queries", type=int, metavar="N", help="a seeded sample of the queries; default: all")
    parser.add_argument("--seed", type=int, default=0, metavar="S")
    parser.add_argument("--metric", action="append", metavar="NAME", help="may be repeated; default: nDCG@10 and RR")
    parser.add_argument("--baseline", metavar="ID", help="compare each ranker with this one alone; default: every pair")
    parser.add_argument(
        "--margin", type=float, default=0.01, metavar="M", help="differences within it count as none; default: 0.01, one point"
    )
    parser.add_argument("--run", action="append", metavar="FILE", help="a TREC run of another system; may be repeated")
    add_cluster(parser)
    parser.add_argument("--fresh", action="store_true", help="compute anew what is stored")
    add_format(parser, default="table")
    add_out(parser)


def run(options: argparse.Namespace, cancel: CancelSignal) -> int:
    from reranklab.data.beir import check_dataset
    from reranklab.evaluate.candidates import parse_candidates
    from reranklab.evaluate.differences import check_margin
    from reranklab.evaluate.imported import check_tags, read_run_file
    from reranklab.evaluate.metrics import DEFAULT_MEASURES, parse_measure
    from reranklab.rankers.catalogue import parse_ranker_id
    from reranklab.store.store import store_or_none

    check_margin(options.margin)
    check_out(options.out)
    check_cluster(options.ray)
    rule = parse_candidates(options.candidates)
    datasets = list(dict.fromkeys(options.dataset))
    if len(datasets) > 1 and (options.run or rule.run):
        raise InputError("A TREC run is of one collection. Give one --dataset with it.")
    measures = tuple(dict.fromkeys(options.metric or DEFAULT_MEASURES))
    for measure in measures:
        parse_measure(measure)
    imported = [read_run_file(Path(file)) for file in options.run or ()]
    check_tags(imported)
    specs = chosen_specs(options)
    baseline = parse_ranker_id(options.baseline).id if options.baseline else None
    if baseline is not None and baseline not in [spec.id for spec in specs]:
        raise InputError(f"The baseline {baseline} is not among the rankers. Add --ranker {baseline}.")
    check_queries(options)
    progress = terminal_progress()
    for dataset in datasets:
        check_dataset(dataset, cancel=cancel, progress=progress)
    aside = options.format == "json" or not (sys.stdout.isatty() and sys.stderr.isatty())
    store = store_or_none(complain)
    evaluations: list[Evaluated] = []
    with cluster_at(options.ray, device=options.device, cancel=cancel, progress=progress) as cluster:
        for dataset in datasets:
            if evaluations and options.format == "table":
                write_line()
            evaluation = _evaluate(
                dataset,
                specs,
                options,
                measures=measures,
                baseline=baseline,
                imported=imported,
                store=store,
                cluster=cluster,
                aside=aside,
                cancel=cancel,
                progress=progress,
            )
            evaluations.append(evaluation)
            _tell(evaluation, as_table=options.format == "table", aside=aside)
    if options.format == "json":
        records = [evaluation.record() for evaluation in evaluations]
        write_json(records[0] if len(records) == 1 else {"collections": records})
    if options.out is not None:
        write_exports(evaluations, options.out)
    failed = [(evaluation, result) for evaluation in evaluations for result in evaluation.results if not result.complete]
    for evaluation, result in failed:
        first = result.errors[0]
        where = "" if first.query is None else f" on query {first.query}"
        of = f" of {evaluation.name}" if len(evaluations) > 1 else ""
        complain(f"{result.ranker} failed{where}{of}: {first.message}")
    return 2 if failed else 0


def _evaluate(
    dataset: str,
    specs: Sequence[RankerSpec],
    options: argparse.Namespace,
    *,
    measures: Sequence[str],
    baseline: str | None,
    imported: Sequence[TrecRun],
    store: Store | None,
    cluster: Cluster | None,
    aside: bool,
    cancel: CancelSignal,
    progress: Progress | None,
) -> Evaluated:
    """The rankers over one collection. Notes go to stderr where they are known, if they are to stand `aside`."""
    from reranklab.evaluate.differences import compare_results
    from reranklab.evaluate.evaluated import evaluated
    from reranklab.evaluate.imported import run_id
    from reranklab.evaluate.task_set import prepare_tasks

    task_set = prepare_tasks(
        dataset,
        split=options.split,
        candidates=options.candidates,
        queries=options.queries,
        seed=options.seed,
        device=options.device,
        cancel=cancel,
        progress=progress,
    )
    if aside:
        _write_notes(task_set.notes)
    tell_hosted(specs, [(task.query, task.documents) for task in task_set.tasks if task.documents])
    results = task_set.evaluate(
        specs,
        measures=measures,
        device=options.device,
        imported=imported,
        store=store,
        fresh=options.fresh,
        cluster=cluster,
        warn=complain,
        cancel=cancel,
        progress=progress,
    )
    if aside:
        _write_notes(note for result in results for note in result.notes)
    return evaluated(
        task_set,
        results,
        measures=measures,
        differences=compare_results(results, measures, margin=options.margin, baseline=baseline),
        device=options.device,
        margin=options.margin,
        baseline=baseline,
        imported={run_id(run): file for run, file in zip(imported, options.run or (), strict=True)},
    )


def _tell(evaluation: Evaluated, *, as_table: bool, aside: bool) -> None:
    """The tables of a collection and its notes, which go to stderr too where stdout is not read by a person."""
    if as_table:
        _write_tables(evaluation)
    remarks = [line for result in evaluation.results for line in _remarks(result)]
    if aside:
        _write_notes(remarks)
    if as_table:
        for line in (*evaluation.notes, *remarks):
            write_line(f"Note: {line}")


def _write_tables(evaluation: Evaluated) -> None:
    measures = evaluation.measures
    write_line(
        f"{evaluation.name}, {len(evaluation.qrels)} queries, candidates {evaluation.candidates}. [95 % bootstrap interval]"
    )
    write_table(
        ("ranker", *measures, "ms/query"),
        [
            (
                result.ranker + ("" if result.complete else f" ({result.queries} of {result.asked} queries)"),
                *(_metric(result.intervals.get(measure)) for measure in measures),
                "" if result.ms_per_query is None else f"{result.ms_per_query:,.1f}",
            )
            for result in evaluation.results
        ],
    )
    write_differences(evaluation.differences, measures[0])


def _write_notes(lines: Iterable[str]) -> None:
    for line in lines:
        complain(line)


def _remarks(result: RankerResult) -> Iterator[str]:
    """What a ranker's means do not show."""
    from reranklab.data.text import shorten

    if result.stored:
        yield f"{result.ranker}: {_queries(result.stored)} from the store, with the times of then. --fresh computes anew."
    if result.unjudged:
        without = ", ".join(f"{name} {interval.mean:.4f}" for name, interval in result.condensed.items())
        yield (
            f"{result.ranker}: {result.unjudged:.0%} of its first 10 documents are unjudged and count as not relevant. "
            f"Without them: {without}."
        )
    if result.unmatched:
        queries = _queries(len(result.unmatched))
        yield f"{result.ranker} matched nothing in {queries} and scores 0 there: {shorten(result.unmatched)}."
    for warning in result.warnings[:_SHOWN_WARNINGS]:
        yield f"{result.ranker}, in {_queries(warning.queries)}: {warning.message}"
    if (rest := len(result.warnings) - _SHOWN_WARNINGS) > 0:
        yield f"{result.ranker}: {rest:,} more warnings; --format json lists all."


def _queries(count: int) -> str:
    return "1 query" if count == 1 else f"{count:,} queries"


def _metric(interval: Interval | None) -> str:
    return "-" if interval is None else interval.short
