"""`reranklab tune`: the best configuration of rankers within a budget of time."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from reranklab.commands.output import add_format, write_json, write_line, write_table
from reranklab.commands.rankers import add_rankers, chosen_specs
from reranklab.commands.tasks import add_rule, check_queries
from reranklab.commands.terminal import complain, terminal_progress
from reranklab.progress import CancelSignal

if TYPE_CHECKING:
    from reranklab.evaluate.task_set import TaskSet
    from reranklab.tune.tuner import Tuning

NAME = "tune"
HELP = "Find the best configuration within a p95 budget: depth, pruning, tier, passages."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--dataset", required=True, metavar="NAME_OR_DIR", help="a BEIR name, a sample, a folder or a zip in BEIR layout"
    )
    parser.add_argument("--split", metavar="NAME", help="default: the split that published results use")
    parser.add_argument("--budget-ms", type=float, required=True, metavar="MS", help="the p95 of a query's time")
    add_rankers(parser)
    add_rule(parser)
    parser.add_argument("--queries", type=int, metavar="N", help="a seeded sample of the queries; default: all")
    parser.add_argument("--folds", type=int, default=5, metavar="K", help="of the cross-validation; default: 5")
    parser.add_argument("--seed", type=int, default=0, metavar="S")
    parser.add_argument("--metric", default="nDCG@10", metavar="NAME", help="default: nDCG@10")
    parser.add_argument("--save", metavar="NAME", help="save what is chosen: tuned:NAME then stands wherever an id does")
    add_format(parser, default="table")


def run(options: argparse.Namespace, cancel: CancelSignal) -> int:
    from reranklab.evaluate.candidates import parse_candidates
    from reranklab.evaluate.metrics import parse_measure
    from reranklab.evaluate.task_set import prepare_tasks
    from reranklab.rankers.named import checked_ranker_name, save_named
    from reranklab.store.store import store_or_none
    from reranklab.tune.record import named_ranker, to_json
    from reranklab.tune.tuner import check_budget, tune

    check_budget(options.budget_ms)
    parse_measure(options.metric)
    parse_candidates(options.candidates)
    check_queries(options)
    name = None if options.save is None else checked_ranker_name(options.save)
    specs = chosen_specs(options)
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
    tuning = tune(
        task_set,
        specs,
        budget=options.budget_ms,
        folds=options.folds,
        measure=options.metric,
        seed=options.seed,
        device=options.device,
        store=store_or_none(complain),
        warn=complain,
        cancel=cancel,
        progress=progress,
    )
    if name is not None:
        save_named(named_ranker(tuning, task_set, name))
    if options.format == "json":
        write_json({**to_json(tuning, task_set), **({"saved": f"tuned:{name}"} if name else {})})
    else:
        _write(tuning, task_set)
        if name is not None:
            write_line(f"Saved: tuned:{name} stands for it wherever a ranker id does.")
    return 0


def _write(tuning: Tuning, task_set: TaskSet) -> None:
    from reranklab.tune.words import result_in_words

    collection = task_set.collection
    write_line(
        f"{collection.name} ({collection.split}), {len(task_set.tasks):,} queries, candidates {task_set.rule}, budget "
        f"{tuning.budget:g} ms at p95, {tuning.device_name}."
    )
    for line in result_in_words(tuning):
        write_line(line)
    write_table(
        ("configuration", f"{tuning.measure}, tuned", "p50", "p95", "front"),
        [
            (
                each.ranker,
                each.mean.short,
                f"{each.median:,.1f}",
                each.p95.short,
                "yes" if each.ranker in tuning.front else "",
            )
            for each in tuning.finalists
        ],
    )
    write_line("Times in ms of true runs, quantiles with their 95 % interval; ? is what so few queries cannot tell.")
    write_table(
        ("fold", "picked without its queries", "tuned", "held out", "queries"),
        [
            (str(number), fold.pick, f"{fold.tuned:.4f}", f"{fold.mean:.4f}", str(len(fold.values)))
            for number, fold in enumerate(tuning.folds, start=1)
        ],
    )
    for note in tuning.notes:
        write_line(f"Note: {note}")
