"""`reranklab runs`: the evaluation runs that are stored."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from reranklab.commands.differences import write_differences
from reranklab.commands.exports import add_out, check_out, write_exports
from reranklab.commands.output import add_format, write_json, write_line, write_table
from reranklab.commands.terminal import complain
from reranklab.progress import CancelSignal

if TYPE_CHECKING:
    from reranklab.evaluate.past import PastRun
    from reranklab.store.runs import StoredRun
    from reranklab.store.store import Store

NAME = "runs"
HELP = "List, show, compare, export and delete stored evaluation runs."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listed = actions.add_parser("list", help="every run, oldest first")
    shown = actions.add_parser("show", help="the results of a run")
    compared = actions.add_parser("compare", help="the rankers of several runs over the queries that they share")
    deep = actions.add_parser("depth", help="nDCG@10 against candidate depth, replayed from the scores of a run")
    exported = actions.add_parser("export", help="a report or export of a run, or a ranker's TREC run or the qrels on stdout")
    deleted = actions.add_parser("delete", help="delete a run, and the rankings that no other run has")
    for one in (shown, deep, exported, deleted):
        one.add_argument("run", type=int, metavar="RUN")
    compared.add_argument("run", type=int, nargs="+", metavar="RUN")
    for scored in (shown, compared, exported):
        scored.add_argument("--metric", action="append", metavar="NAME", help="may be repeated; default: nDCG@10 and RR")
        scored.add_argument("--margin", type=float, default=0.01, metavar="M")
    what = exported.add_mutually_exclusive_group(required=True)
    what.add_argument("--ranker", metavar="ID")
    what.add_argument("--qrels", action="store_true")
    what.add_argument("--format", choices=("html", "json", "csv", "parquet", "trec"), help="written to run-RUN.FORMAT")
    add_out(what)
    for one in (listed, shown, compared, deep):
        add_format(one, default="table")


def run(options: argparse.Namespace, cancel: CancelSignal) -> int:
    from reranklab.store.store import open_store

    store = open_store()
    for note in store.database.notes:
        complain(note)
    actions = {"list": _list, "show": _show, "compare": _show, "depth": _depth, "export": _export, "delete": _delete}
    actions[options.action](store, options)
    return 0


def _list(store: Store, options: argparse.Namespace) -> None:
    runs = store.runs.all()
    if options.format == "json":
        write_json([_record(run) for run in runs])
    elif not runs:
        write_line("No evaluation is stored yet. `reranklab evaluate` keeps its results.")
    else:
        write_table(
            ("run", "began", "collection", "queries", "candidates", "rankers", "state"),
            [
                (
                    str(run.id),
                    run.began,
                    f"{run.settings.get('dataset')} ({run.settings.get('split')})",
                    f"{run.settings.get('queries'):,}",
                    f"{run.settings.get('candidates')} {run.settings.get('change', '')}".rstrip(),
                    ", ".join(run.rankers),
                    "complete" if run.ended else f"stopped at {run.done:,} of {run.asked:,}",
                )
                for run in runs
            ],
        )


def _show(store: Store, options: argparse.Namespace) -> None:
    from reranklab.evaluate.metrics import DEFAULT_MEASURES
    from reranklab.evaluate.past import compare_runs

    measures = tuple(dict.fromkeys(options.metric or DEFAULT_MEASURES))
    numbers = options.run if isinstance(options.run, list) else [options.run]
    past = compare_runs(store, numbers, measures=measures, margin=options.margin)
    if options.format == "json":
        write_json({"runs": [_record(run) for run in past.runs], **past.record()})
        return
    for run in past.runs:
        write_line(
            f"Run {run.id}: {run.settings.get('dataset')} ({run.settings.get('split')}), candidates "
            f"{run.settings.get('candidates')}, device {run.settings.get('device')}, began {run.began}"
        )
    write_table(
        ("ranker", "queries", *measures),
        [(name, f"{len(values):,}", *_means(past, name)) for name, values in past.per_query.items()],
    )
    write_differences(past.differences, measures[0])
    for note in past.notes:
        write_line(f"Note: {note}")


def _means(past: PastRun, name: str) -> list[str]:
    intervals = past.intervals[name]
    return [each.short if (each := intervals.get(measure)) is not None else "-" for measure in past.measures]


def _depth(store: Store, options: argparse.Namespace) -> None:
    from reranklab.evaluate.depth import replay_depth

    replay = replay_depth(store, options.run)
    if options.format == "json":
        write_json(replay.record())
        return
    write_line(f"Run {options.run}: nDCG@10 of the first d candidates, {replay.queries:,} queries. [95 % bootstrap interval]")
    write_table(
        ("d", "recall", "first stage", *(name for curve in replay.curves for name in (curve.ranker, "ms"))),
        [
            (
                f"{depth:,}",
                f"{replay.recall[row]:.3f}",
                f"{replay.first_stage[row]:.4f}",
                *(
                    cell
                    for curve in replay.curves
                    for cell in (
                        curve.means[row].short,
                        "" if curve.ms is None else f"{curve.ms[row]:,.1f}",
                    )
                ),
            )
            for row, depth in enumerate(replay.depths)
        ],
    )
    write_line("ms: the time at full depth, in proportion to the tokens read.")
    for ranker in replay.left_out:
        write_line(f"Note: {ranker} is left out: its scores depend on the whole list.")


def _export(store: Store, options: argparse.Namespace) -> None:
    from reranklab.evaluate.evaluated import stored_evaluation
    from reranklab.evaluate.metrics import DEFAULT_MEASURES
    from reranklab.evaluate.past import export_qrels, export_run

    out = f"run-{options.run}.{options.format}" if options.format else options.out
    check_out(out)
    if out is not None:
        measures = tuple(dict.fromkeys(options.metric or DEFAULT_MEASURES))
        evaluation = stored_evaluation(store, options.run, measures=measures, margin=options.margin)
        write_exports([evaluation], out)
        return
    text = export_qrels(store, options.run) if options.qrels else export_run(store, options.run, options.ranker)
    for line in text.splitlines():
        write_line(line)


def _delete(store: Store, options: argparse.Namespace) -> None:
    store.runs.delete(options.run)
    write_line(f"Deleted run {options.run}.")


def _record(run: StoredRun) -> dict[str, Any]:
    return {
        "run": run.id,
        "began": run.began,
        "ended": run.ended,
        "settings": dict(run.settings),
        "rankers": list(run.rankers),
        "errors": dict(run.errors),
        "done": run.done,
        "asked": run.asked,
    }
