"""`reranklab follow`: how well rankers follow instructions, on queries whose judgements change with them."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from reranklab.commands.output import add_format, write_json, write_line, write_table
from reranklab.commands.rankers import add_rankers, chosen_specs
from reranklab.commands.terminal import complain, terminal_progress
from reranklab.progress import CancelSignal

if TYPE_CHECKING:
    from reranklab.evaluate.confidence import Interval
    from reranklab.evaluate.differences import Difference
    from reranklab.evaluate.following import FollowingReport, RankerFollowing

NAME = "follow"
HELP = "Tell rankers what counts as relevant, and measure how far they follow: p-MRR, and the measure by what was told."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--dataset",
        default="instructions",
        metavar="NAME_OR_DIR",
        help="a collection whose queries stand twice, with two instructions each; default: the sample instructions",
    )
    parser.add_argument("--split", metavar="NAME", help="default: the split that published results use")
    add_rankers(parser)
    parser.add_argument(
        "--candidates",
        default="judged",
        metavar="RULE",
        help="judged, bm25:DEPTH, ID:DEPTH of a ranker that searches, or run:FILE[:DEPTH]; default: judged",
    )
    parser.add_argument("--metric", default="nDCG@10", metavar="NAME", help="default: nDCG@10")
    parser.add_argument("--margin", type=float, default=0.01, metavar="M", help="default: 0.01, one point")
    parser.add_argument("--fresh", action="store_true", help="compute anew what is stored")
    add_format(parser, default="table")


def run(options: argparse.Namespace, cancel: CancelSignal) -> int:
    from reranklab.evaluate.candidates import parse_candidates
    from reranklab.evaluate.differences import check_margin
    from reranklab.evaluate.following_record import to_json
    from reranklab.evaluate.following_run import follow
    from reranklab.evaluate.metrics import parse_measure
    from reranklab.evaluate.task_set import prepare_tasks
    from reranklab.store.store import store_or_none

    check_margin(options.margin)
    parse_candidates(options.candidates)
    parse_measure(options.metric)
    specs = chosen_specs(options)
    progress = terminal_progress()
    task_set = prepare_tasks(
        options.dataset,
        split=options.split,
        candidates=options.candidates,
        device=options.device,
        cancel=cancel,
        progress=progress,
    )
    report = follow(
        task_set,
        specs,
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
        write_json(to_json(report))
    else:
        _write(report)
    for result in report.rankers:
        for error in result.errors[:1]:
            complain(f"{result.ranker} failed on {error}")
    return 0 if report.complete else 2


def _write(report: FollowingReport) -> None:
    write_line(f"{report.title}. [95 % interval over topics]")
    write_table(
        ("ranker", "told by", "p-MRR", f"{report.measure}: right", "wrong", "none", "right less none", "right less wrong"),
        [_row(each) for each in report.rankers],
    )
    for line in (*_EXPLAINED, *report.notes):
        write_line(f"Note: {line}")
    if stored := sum(each.stored for each in report.rankers):
        write_line(f"Note: {stored:,} rankings are from the store. --fresh computes anew.")


_EXPLAINED = (
    "p-MRR: how far documents fall that the new instruction no longer asks for, from -1 (to the head of the list) over 0 (not "
    "moved) to 1.",
    "right, wrong, none: the measure against an instruction's judgements where the ranker was told that instruction, the other "
    "one, or nothing.",
)


def _row(each: RankerFollowing) -> tuple[str, ...]:
    from reranklab.evaluate.following import NONE, RIGHT, TOLD, WAYS, WRONG

    return (
        each.ranker,
        WAYS[each.way],
        _interval(each.p_mrr),
        *(_interval(each.means.get(told)) for told in TOLD),
        _difference(each.difference(RIGHT, NONE)),
        _difference(each.difference(RIGHT, WRONG)),
    )


def _interval(interval: Interval | None) -> str:
    return "-" if interval is None else f"{interval.mean:.3f} [{interval.low:.3f}, {interval.high:.3f}]"


def _difference(pair: Difference | None) -> str:
    if pair is None:
        return "-"
    return f"{pair.short}, {pair.verdict}"
