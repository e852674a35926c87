"""`reranklab stability`: one ranker in other precisions, batches and orders, and what changes."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from reranklab.commands.output import add_format, write_json, write_line, write_table
from reranklab.commands.tasks import add_rule, check_queries
from reranklab.commands.terminal import complain, terminal_progress
from reranklab.progress import CancelSignal

if TYPE_CHECKING:
    from reranklab.evaluate.confidence import Interval
    from reranklab.evaluate.stability import StabilityReport, VariantResult

NAME = "stability"
HELP = "Rank in other precisions, batches and orders: what changes, and what that costs."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--dataset", required=True, metavar="NAME_OR_DIR", help="a BEIR name, a sample, a folder or a zip in BEIR layout"
    )
    parser.add_argument("--split", metavar="NAME", help="default: the split that published results use")
    parser.add_argument("--ranker", required=True, metavar="ID")
    parser.add_argument(
        "--variant",
        action="append",
        metavar="NAME",
        help="may be repeated: OPTION=VALUE of the ranker, order:SEED, white-space, no-title, words:N; default: the ranker's "
        "other precisions and batches, and what should change nothing",
    )
    parser.add_argument("--device", default="cpu", metavar="DEVICE", help="cpu, cuda, cuda:1, mps; default: cpu")
    add_rule(parser)
    parser.add_argument("--queries", type=int, metavar="N", help="a seeded sample of the queries; default: all")
    parser.add_argument("--seed", type=int, default=0, metavar="S")
    parser.add_argument("--metric", default="nDCG@10", metavar="NAME", help="default: nDCG@10")
    parser.add_argument("--margin", type=float, default=0.01, metavar="M", help="default: 0.01, one point")
    parser.add_argument("--fresh", action="store_true", help="compute anew what is stored")
    add_format(parser, default="table")


def run(options: argparse.Namespace, cancel: CancelSignal) -> int:
    from reranklab.evaluate.candidates import parse_candidates
    from reranklab.evaluate.differences import check_margin
    from reranklab.evaluate.metrics import parse_measure
    from reranklab.evaluate.stability import stability
    from reranklab.evaluate.stability_record import to_json
    from reranklab.evaluate.task_set import prepare_tasks
    from reranklab.evaluate.variants import chosen_variants
    from reranklab.models.device import resolve_device
    from reranklab.rankers.catalogue import parse_ranker_id
    from reranklab.store.store import store_or_none

    check_margin(options.margin)
    parse_candidates(options.candidates)
    parse_measure(options.metric)
    device = resolve_device(options.device)
    spec = parse_ranker_id(options.ranker)
    variants = chosen_variants(options.variant or (), spec, device=device.id)
    check_queries(options)
    progress = terminal_progress()
    task_set = prepare_tasks(
        options.dataset,
        split=options.split,
        candidates=options.candidates,
        queries=options.queries,
        seed=options.seed,
        device=options.device,
        cancel=cancel,
        progress=progress,
    )
    report = stability(
        task_set,
        spec,
        variants,
        measure=options.metric,
        margin=options.margin,
        device=options.device,
        store=store_or_none(complain),
        fresh=options.fresh,
        warn=complain,
        cancel=cancel,
        progress=progress,
    )
    if options.format == "json":
        write_json(to_json(report, task_set))
    else:
        mean = report.base.intervals.get(report.measure)
        write_line(
            f"{task_set.collection.name} ({task_set.collection.split}), {len(task_set.tasks)} queries, candidates "
            f"{task_set.rule}. {spec.id}: {report.measure} {'-' if mean is None else mean.short}."
        )
        write_table(_HEADER, [_row(each) for each in report.variants])
        for line in (*_explained(report), *task_set.notes):
            write_line(f"Note: {line}")
    for result in (report.base, *(each.result for each in report.variants)):
        for error in result.errors[:1]:
            complain(f"{result.ranker} failed{'' if error.query is None else f' on query {error.query}'}: {error.message}")
    return 0 if report.complete else 2


_HEADER = (
    "variant",
    "largest",
    "mean",
    "of range",
    "tau",
    "top-10 set",
    "top-10 order",
    "less the ranker",
    "verdict",
    "ms/query",
)


def _row(each: VariantResult) -> tuple[str, ...]:
    pair = each.difference
    ms = each.result.ms_per_query
    return (
        each.variant.name,
        "-" if each.largest is None else f"{each.largest:.3g}",
        "-" if each.mean is None else f"{each.mean:.3g}",
        "-" if each.relative is None else f"{each.relative:.2%}",
        "-" if each.tau is None else f"{each.tau.mean:.4f}",
        _share(each.changed_sets),
        _share(each.changed_orders),
        "-" if pair is None else f"{pair.difference:+.4f} [{pair.interval.low:+.3f}, {pair.interval.high:+.3f}]",
        "-"
        if pair is None
        else pair.verdict + (f", about {pair.queries_needed:,} queries needed" if pair.queries_needed else ""),
        "-" if ms is None else f"{ms:,.1f}",
    )


def _share(interval: Interval | None) -> str:
    return "-" if interval is None else f"{interval.mean:.0%} [{interval.low:.0%}, {interval.high:.0%}]"


def _explained(report: StabilityReport) -> list[str]:
    lines = [
        "largest and mean: absolute differences of a document's score; of range: the largest of a query as a share of its "
        "list's scores, mean over queries.",
        "top-10 set, top-10 order: share of queries whose first ten change [95 % exact interval].",
    ]
    stored = report.base.stored + sum(each.result.stored for each in report.variants)
    return [*lines, f"{stored:,} rankings are from the store, with the times of then."] if stored else lines
