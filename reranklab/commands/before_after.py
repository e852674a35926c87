"""`reranklab before-after`: what a ranker learned and forgot, and what else training changed."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from reranklab.commands.output import add_format, write_json, write_line, write_table
from reranklab.commands.tasks import add_rule, check_queries
from reranklab.commands.terminal import complain, terminal_progress
from reranklab.progress import CancelSignal

if TYPE_CHECKING:
    from reranklab.train.change.before_after import BeforeAfter, CollectionChange
    from reranklab.train.change.probe_changes import ProbeChanges

NAME = "before-after"
HELP = "Compare a ranker before and after training: what it learned, and what it forgot."
_FLIPS = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--before", required=True, metavar="ID", help="the ranker as it was")
    parser.add_argument("--after", required=True, metavar="ID", help="the trained one, such as cross-encoder:FOLDER")
    parser.add_argument(
        "--dataset",
        action="append",
        required=True,
        metavar="SOURCE",
        help="a BEIR name, a sample, a folder or zip in BEIR layout; repeat it, with what it was not trained for too",
    )
    parser.add_argument(
        "--own",
        action="append",
        default=[],
        metavar="NAME",
        help="a collection that the training set is from, where the model's folder does not say so; may be repeated",
    )
    add_rule(parser)
    parser.add_argument("--queries", type=int, metavar="N", help="a seeded sample of each collection; default: all")
    parser.add_argument("--seed", type=int, default=0, metavar="S")
    parser.add_argument("--metric", default="nDCG@10", metavar="NAME", help="default: nDCG@10")
    parser.add_argument(
        "--margin", type=float, default=0.01, metavar="M", help="differences within it count as none; default: 0.01"
    )
    parser.add_argument("--criterion", default="F1", metavar="NAME", help="of the best threshold: F1 or Youden; default: F1")
    parser.add_argument(
        "--probes", action="append", default=[], metavar="SOURCE", help="saved, samples, generate:DATASET or a file; repeat it"
    )
    parser.add_argument("--top", type=int, default=5, metavar="N", help="queries that gained and lost most; default: 5")
    parser.add_argument("--device", default="cpu", metavar="DEVICE", help="cpu, cuda, cuda:1, mps; default: cpu")
    parser.add_argument("--fresh", action="store_true", help="compute anew what is stored")
    add_format(parser, default="table")


def run(options: argparse.Namespace, cancel: CancelSignal) -> int:
    from reranklab.evaluate.probes.sources import load_source
    from reranklab.evaluate.thresholds import check_criterion
    from reranklab.rankers.catalogue import parse_ranker_id
    from reranklab.store.store import store_or_none
    from reranklab.train.change.before_after import before_and_after
    from reranklab.train.change.before_after_record import before_after_record

    check_queries(options)
    progress = terminal_progress()
    change = before_and_after(
        parse_ranker_id(options.before),
        parse_ranker_id(options.after),
        options.dataset,
        own=options.own,
        measure=options.metric,
        margin=options.margin,
        criterion=check_criterion(options.criterion),
        candidates=options.candidates,
        queries=options.queries,
        seed=options.seed,
        probes=[
            load_source(source, queries=options.queries, seed=options.seed, cancel=cancel, progress=progress)
            for source in options.probes
        ],
        device=options.device,
        store=store_or_none(complain),
        fresh=options.fresh,
        warn=complain,
        cancel=cancel,
        progress=progress,
    )
    if options.format == "json":
        write_json(before_after_record(change))
    else:
        _write(change, top=options.top)
    return 0


def _write(change: BeforeAfter, *, top: int) -> None:
    from reranklab.evaluate.differences import points_in_words

    for sentence in change.sentences:
        write_line(sentence)
    write_line()
    table = change.table
    write_line(
        f"{table.measure} after less before, candidates {table.candidates} [95 % BCa interval]; verdicts with Holm's "
        f"correction over {len(change.collections)} collections; equivalent: within {points_in_words(table.margin)}."
    )
    write_table(
        ("collection", "trained for", "queries", "before", "after", "change", "p (Holm)", "verdict"),
        [
            (
                each.name,
                "yes" if each.own else "no",
                f"{each.difference.queries:,}",
                each.before.mean.short,
                each.after.mean.short,
                each.difference.short,
                f"{each.difference.p_holm:.4f}",
                each.difference.verdict,
            )
            for each in (*change.learned, *change.elsewhere)
        ],
    )
    for each in (*change.learned, *change.elsewhere):
        if each.times:
            write_line(each.times)
    _write_thresholds(change)
    _write_queries(change.collections, top=top)
    if change.probes is not None:
        _write_probes(change.probes)
    for each in change.collections:
        for note in each.notes:
            write_line(f"Note: {each.name}: {note}")
    for note in change.notes:
        write_line(f"Note: {note}")


def _write_thresholds(change: BeforeAfter) -> None:
    carried = [(each, each.threshold) for each in change.collections if each.threshold is not None]
    if not carried:
        return
    write_line()
    criterion = change.table.criterion
    write_line(
        f"The best threshold before, used on the scores after: {criterion} that it loses against one of their own [95 %]."
    )
    write_table(
        ("collection", "old threshold", "new threshold", "own", "carried", "lost", "verdict"),
        [
            (
                each.name,
                f"{used.carried.score:.3g}",
                "" if each.after.threshold is None else f"{each.after.threshold.score:.3g}",
                f"{used.own:.3f}",
                f"{used.carried.value:.3f}",
                f"{used.loss.mean:+.3f} [{used.loss.low:+.3f}, {used.loss.high:+.3f}]",
                used.verdict,
            )
            for each, used in carried
        ],
    )


def _write_queries(collections: tuple[CollectionChange, ...], *, top: int) -> None:
    rows = [
        (each.name, query.query_id, f"{query.before:.3f}", f"{query.after:.3f}", f"{query.change:+.3f}", query.text)
        for each in collections
        for query in (*each.gains[:top], *each.losses[:top])
    ]
    if not rows:
        return
    write_line()
    write_line(f"The queries that changed most, up to {top:,} gains and {top:,} losses of each collection.")
    write_table(("collection", "query", "before", "after", "change", "text"), rows)


def _write_probes(probes: ProbeChanges) -> None:
    write_line()
    write_line("Probes passed before and after, and the difference of the rates [95 % paired interval].")
    write_table(
        ("capability", "before", "after", "change", "p (Holm)", "verdict"),
        [
            (
                each.capability,
                f"{each.before.passed} of {each.before.judged}",
                f"{each.after.passed} of {each.after.judged}",
                each.difference.short if each.difference is not None else "",
                "" if each.difference is None else f"{each.difference.p_holm:.4f}",
                "" if each.difference is None else each.difference.verdict,
            )
            for each in probes.capabilities
        ],
    )
    if probes.flips:
        write_line()
        shown = min(_FLIPS, len(probes.flips))
        write_line(f"Probes that flipped, the first {shown} of {len(probes.flips):,}; --format json lists all.")
        write_table(
            ("probe", "now", "capability", "query"),
            [
                (flip.after.probe.id, flip.now, flip.after.probe.capability, flip.after.probe.query.text)
                for flip in probes.flips[:_FLIPS]
            ],
        )
    for note in probes.report.notes:
        write_line(f"Note: {note}")
