"""`reranklab evaluate`: mean effectiveness and time of rankers on a judged collection."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from reranklab.commands.output import add_format, write_json, write_line, write_table
from reranklab.commands.rankers import add_rankers, chosen_specs
from reranklab.commands.terminal import complain, terminal_progress
from reranklab.errors import InputError
from reranklab.progress import CancelSignal

if TYPE_CHECKING:
    from reranklab.evaluate.experiment import RankerResult

NAME = "evaluate"
HELP = "Score rankers on a judged collection."
_SHOWN_WARNINGS = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--dataset", required=True, metavar="NAME_OR_DIR", help="a BEIR name, a sample, a folder or a zip in BEIR layout"
    )
    parser.add_argument("--split", metavar="NAME", help="default: the split that published results use")
    add_rankers(parser)
    parser.add_argument("--candidates", default="bm25:100", metavar="RULE", help="bm25:DEPTH or judged; default: bm25:100")
    parser.add_argument("--queries", type=int, metavar="N", help="a seeded sample of the queries; default: all")
    parser.add_argument("--seed", type=int, default=0, metavar="S")
    parser.add_argument("--metric", action="append", metavar="NAME", help="may be repeated; default: nDCG@10 and RR")
    add_format(parser, default="table")


def run(options: argparse.Namespace, cancel: CancelSignal) -> int:
    from reranklab.evaluate.candidates import parse_candidates
    from reranklab.evaluate.metrics import DEFAULT_MEASURES, parse_measure
    from reranklab.evaluate.task_set import prepare_tasks

    parse_candidates(options.candidates)
    measures = tuple(dict.fromkeys(options.metric or DEFAULT_MEASURES))
    for measure in measures:
        parse_measure(measure)
    specs = chosen_specs(options)
    if options.queries is not None and options.queries < 1:
        raise InputError(f"--queries {options.queries} does not work. Give 1 or more.")
    progress = terminal_progress()
    task_set = prepare_tasks(
        options.dataset,
        split=options.split,
        candidates=options.candidates,
        queries=options.queries,
        seed=options.seed,
        cancel=cancel,
        progress=progress,
    )
    notes = task_set.notes
    aside = options.format == "json" or not (sys.stdout.isatty() and sys.stderr.isatty())
    if aside:
        _write_notes(notes)
    results = task_set.evaluate(specs, measures=measures, device=options.device, cancel=cancel, progress=progress)
    if options.format == "json":
        write_json(task_set.record(results))
    else:
        write_line(
            f"{task_set.collection.name} ({task_set.collection.split}), {len(task_set.tasks)} queries, "
            f"candidates {task_set.rule}. [95 % bootstrap interval]"
        )
        write_table(
            ("ranker", *measures, "ms/query"),
            [
                (
                    result.ranker + ("" if result.complete else f" ({result.queries} of {result.asked} queries)"),
                    *(_metric(result.intervals.get(measure)) for measure in measures),
                    "" if result.ms_per_query is None else f"{result.ms_per_query:,.1f}",
                )
                for result in results
            ],
        )
    remarks = [line for result in results for line in _remarks(result)]
    if aside:
        _write_notes(remarks)
    if options.format == "table":
        for line in (*notes, *remarks):
            write_line(f"Note: {line}")
    failed = [result for result in results if not result.complete]
    for result in failed:
        first = result.errors[0]
        where = "" if first.query is None else f" on query {first.query}"
        complain(f"{result.ranker} failed{where}: {first.message}")
    return 2 if failed else 0


def _write_notes(lines: Iterable[str]) -> None:
    for line in lines:
        complain(line)


def _remarks(result: RankerResult) -> Iterator[str]:
    """What a ranker's means do not show."""
    from reranklab.data.text import shorten

    if result.unmatched:
        queries = _queries(len(result.unmatched))
        yield f"{result.ranker} matched nothing in {queries} and scores 0 there: {shorten(result.unmatched)}."
    for warning in result.warnings[:_SHOWN_WARNINGS]:
        yield f"{result.ranker}, in {_queries(warning.queries)}: {warning.message}"
    if (rest := len(result.warnings) - _SHOWN_WARNINGS) > 0:
        yield f"{result.ranker}: {rest:,} more warnings; --format json lists all."


def _queries(count: int) -> str:
    return "1 query" if count == 1 else f"{count:,} queries"


def _metric(interval: object) -> str:
    from reranklab.evaluate.confidence import Interval

    if not isinstance(interval, Interval):
        return "-"
    return f"{interval.mean:.4f} [{interval.low:.3f}, {interval.high:.3f}]"
