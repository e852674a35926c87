"""`reranklab latency`: how long rankers take by candidates and tokens, and the law that they follow on this device."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from reranklab.commands.output import add_format, write_json, write_line, write_table
from reranklab.commands.rankers import add_rankers, chosen_specs
from reranklab.commands.terminal import complain, terminal_progress
from reranklab.errors import InputError
from reranklab.progress import CancelSignal

if TYPE_CHECKING:
    from reranklab.latency.sweep import Sweep

NAME = "latency"
HELP = "Time rankers by candidates and tokens, and fit the law that predicts the rest."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_rankers(parser)
    parser.add_argument(
        "--candidates", default="5,10,20,50", metavar="N,N,...", help="documents in a list; default: 5,10,20,50"
    )
    parser.add_argument(
        "--tokens", default="32,64,128,256", metavar="L,L,...", help="tokens of a document; default: 32,64,128,256"
    )
    parser.add_argument(
        "--dataset", metavar="NAME_OR_DIR", help="its queries with a BM25 search's documents as they are, in place of --tokens"
    )
    parser.add_argument("--queries", type=int, default=5, metavar="N", help="queries of --dataset, a seeded sample; default: 5")
    parser.add_argument("--repeats", type=int, default=5, metavar="R", help="measured runs of each list; default: 5")
    parser.add_argument("--budget-ms", type=float, metavar="MS", help="say how deep and how long lists within it can be")
    parser.add_argument("--rate", type=float, metavar="Q", help="say how long queries wait that arrive at random, Q a second")
    parser.add_argument("--workers", type=int, default=1, metavar="C", help="workers that share them; default: 1")
    parser.add_argument("--seed", type=int, default=0, metavar="S")
    add_format(parser, default="table")


def run(options: argparse.Namespace, cancel: CancelSignal) -> int:
    from reranklab.engine.build import build_ranker
    from reranklab.evaluate.candidates import WORDS
    from reranklab.evaluate.task_set import prepare_tasks
    from reranklab.latency.lists import made_lists, real_lists
    from reranklab.latency.queueing import mean_wait
    from reranklab.latency.record import sweep_record
    from reranklab.latency.sweep import sweep

    candidates, tokens = _numbers(options.candidates, "--candidates"), _numbers(options.tokens, "--tokens")
    if options.budget_ms is not None and not 0 < options.budget_ms < 1e9:
        raise InputError(f"--budget-ms {options.budget_ms:g} does not work. Give milliseconds above 0.")
    if options.rate is not None:
        mean_wait(1.0, options.rate, workers=options.workers)  # refuses what is no queue before anything is measured
    progress = terminal_progress()
    tasks = []
    if options.dataset:
        task_set = prepare_tasks(
            options.dataset,
            candidates=f"{WORDS}:{max(candidates)}",
            queries=options.queries,
            seed=options.seed,
            cancel=cancel,
            progress=progress,
        )
        tasks = [(task.query, task.documents) for task in task_set.tasks]
    records = []
    for spec in chosen_specs(options):
        ranker = build_ranker(spec, device=options.device)
        ranker.load(cancel=cancel, progress=progress)
        if options.dataset:
            lists = real_lists(tasks, candidates=candidates)
        else:
            lists = made_lists(ranker, candidates=candidates, tokens=tokens, seed=options.seed, cancel=cancel)
        result = sweep(ranker, lists, repeats=options.repeats, seed=options.seed, cancel=cancel, progress=progress)
        for note in result.notes:
            complain(f"{spec.id}: {note}")
        records.append(sweep_record(result, budget=options.budget_ms, rate=options.rate, workers=options.workers))
        if options.format == "table":
            _write(result, records[-1])
    if options.format == "json":
        write_json({"rankers": records})
    return 0


def _write(result: Sweep, record: dict) -> None:  # type: ignore[type-arg]
    timing = result.timing
    write_line(
        f"{result.ranker} on {timing.device_name}, {timing.precision}, {len(result.cells[0].runs)} runs of each list after "
        f"{timing.warmup}; ms [95 % interval of the quantile]"
    )
    write_table(
        ("candidates", "tokens", "p50", "p95", "tokenise", "compute"),
        [
            (
                f"{cell.candidates:,}",
                f"{cell.tokens:,.0f}",
                cell.quantile(0.5).short,
                cell.quantile(0.95).short,
                f"{cell.median('tokenise'):,.1f}",
                f"{cell.median('compute'):,.1f}",
            )
            for cell in result.cells
        ],
    )
    for cell in record["cells"] if "wait_ms" in record["cells"][0] else ():
        wait = "without end" if cell["wait_ms"] is None else f"{cell['wait_ms']:,.1f} ms on average"
        write_line(
            f"{cell['candidates']:,} documents of {cell['tokens']:,.0f} tokens: at most {cell['queries_per_second']:,.1f} "
            f"queries a second; at the given rate they wait {wait}."
        )
    law = record["law"]
    if law is None:
        write_line(f"No law: {record['law_missing']}")
        return
    write_line(
        f"time = {law['a']:.3g} + N x ({law['b']:.3g} + {law['c']:.3g} L + {law['d']:.3g} L^2) ms; the median error on lists "
        f"that the fit did not see is {law['held_out_median_error']:.1%}."
    )
    if "deepest" in law:
        for length, depth in law["deepest"].items():
            what = f"{length} tokens" if length != "0" else "the mean length of these documents"
            write_line(f"Within {law['budget_ms']:g} ms at {what}: {depth:,} documents.")
        for size, length in law["longest"].items():
            write_line(f"Within {law['budget_ms']:g} ms with {size} documents: {length:,} tokens each.")


def _numbers(text: str, name: str) -> list[int]:
    try:
        numbers = [int(each) for each in text.split(",")]
    except ValueError as error:
        raise InputError(f"{name} {text!r} does not work. Write whole numbers with commas, such as 5,10,20.") from error
    return list(dict.fromkeys(numbers))
