"""`reranklab latency`: how long rankers take by candidates and tokens, and the law that they follow on this device."""

from __future__ import annotations

import argparse
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from reranklab.commands.latency_tables import write_list, write_roofs, write_sweep
from reranklab.commands.output import add_format, write_json, write_line
from reranklab.commands.rankers import add_rankers, chosen_specs
from reranklab.commands.terminal import complain, terminal_progress
from reranklab.errors import InputError, StorageError
from reranklab.progress import CancelSignal

if TYPE_CHECKING:
    from reranklab.evaluate.quality_cost import Quality
    from reranklab.rankers.family import RankerSpec
    from reranklab.store.store import Store

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
    parser.add_argument("--seed", type=int, default=0, metavar="S")
    parser.add_argument("--no-cold", action="store_true", help="leave out the start and the memory in a fresh process")
    _add_reading(parser)
    actions = parser.add_subparsers(dest="action", metavar="list | show | delete | roof", help="what is kept, or the roof")
    listed = actions.add_parser("list", help="every measurement that is kept, oldest first")
    shown = actions.add_parser("show", help="a measurement that is kept")
    deleted = actions.add_parser("delete", help="delete a measurement")
    roofed = actions.add_parser("roof", help="operations a second against the best matrix product of the libraries here")
    roofed.add_argument("--documents", type=int, default=32, metavar="N", help="in the list that is timed; default: 32")
    roofed.add_argument("--length", type=int, default=256, metavar="L", help="their tokens, without --dataset; default: 256")
    add_format(roofed, default="table")
    for one in (shown, deleted):
        one.add_argument("sweep", type=int, metavar="NUMBER")
    _add_reading(shown)
    add_format(listed, default="table")


def run(options: argparse.Namespace, cancel: CancelSignal) -> int:
    if options.action == "list":
        write_list(_store().sweeps.all(), options.format)
        return 0
    if options.action == "delete":
        _store().sweeps.delete(options.sweep)
        write_line(f"Deleted measurement {options.sweep}.")
        return 0
    if options.action == "roof":
        _roof(options, cancel)
        return 0
    reading = _reading(options)
    if options.action == "show":
        _show(options, reading)
    else:
        _measure(options, reading, cancel)
    return 0


def _add_reading(parser: argparse.ArgumentParser) -> None:
    """How a measurement is read."""
    parser.add_argument("--budget-ms", type=float, metavar="MS", help="say how deep and how long lists within it can be")
    parser.add_argument(
        "--predict", action="append", default=[], metavar="NxL", help="the time of N documents of L tokens; may be repeated"
    )
    parser.add_argument("--published", action="store_true", help="published times beside those of this device")
    parser.add_argument("--rate", type=float, metavar="Q", help="say how long queries wait that arrive at random, Q a second")
    parser.add_argument("--workers", type=int, default=1, metavar="C", help="workers that share them; default: 1")
    add_format(parser, default="table")


def _reading(options: argparse.Namespace) -> dict[str, Any]:
    """What `sweep_record` takes. Raises InputError before anything is measured."""
    from reranklab.latency.queueing import mean_wait
    from reranklab.latency.sizes import parse_list

    if options.budget_ms is not None and not 0 < options.budget_ms < 1e9:
        raise InputError(f"--budget-ms {options.budget_ms:g} does not work. Give milliseconds above 0.")
    if options.rate is not None:
        mean_wait(1.0, options.rate, workers=options.workers)
    lists = [parse_list(text) for text in options.predict]
    return {"budget": options.budget_ms, "lists": lists, "rate": options.rate, "workers": options.workers}


def _roof(options: argparse.Namespace, cancel: CancelSignal) -> None:
    from reranklab.latency.roof import ranker_roof

    if options.device != "cpu":
        raise InputError(f"The roof is measured on cpu, not on {options.device}. Leave --device out.")
    roofs = [
        ranker_roof(
            spec.id,
            candidates=options.documents,
            tokens=options.length,
            dataset=options.dataset or "",
            seed=options.seed,
            cancel=cancel,
            progress=terminal_progress(),
        )
        for spec in chosen_specs(options)
    ]
    write_roofs(roofs, options.format)


def _measure(options: argparse.Namespace, reading: dict[str, Any], cancel: CancelSignal) -> None:
    from reranklab.latency.kept import keep_sweep
    from reranklab.latency.measured import measure_latency
    from reranklab.latency.record import sweep_record
    from reranklab.latency.sizes import parse_sizes
    from reranklab.latency.tasks import collection_tasks
    from reranklab.store.store import store_or_none

    candidates, tokens = parse_sizes(options.candidates, "--candidates"), parse_sizes(options.tokens, "--tokens")
    tasks = None
    if options.dataset:
        tasks = collection_tasks(
            options.dataset,
            candidates=candidates,
            queries=options.queries,
            seed=options.seed,
            cancel=cancel,
            progress=terminal_progress(),
        )
    store = store_or_none(complain)
    records = []
    for spec in chosen_specs(options):
        result = measure_latency(
            spec,
            candidates=candidates,
            tokens=tokens,
            tasks=tasks,
            device=options.device,
            repeats=options.repeats,
            seed=options.seed,
            cold=not options.no_cold,
            cancel=cancel,
            progress=terminal_progress(),
        )
        for note in result.notes:
            complain(f"{spec.id}: {note}")
        number = None
        if store is not None:
            try:
                number = keep_sweep(store, result)
            except StorageError as error:
                complain(f"{error} Results are shown and not kept.")
                store = None
        quality = _quality(store, spec)
        records.append(_with_quality(sweep_record(result, number=number, **reading), quality))
        if options.format == "table":
            write_sweep(result, records[-1], published=options.published, quality=quality)
    if options.format == "json":
        write_json({"rankers": records})


def _show(options: argparse.Namespace, reading: dict[str, Any]) -> None:
    from reranklab.latency.kept import open_sweep
    from reranklab.latency.record import sweep_record
    from reranklab.rankers.catalogue import parse_ranker_id

    store = _store()
    result = open_sweep(store, options.sweep)
    spec: RankerSpec | None = None
    with suppress(InputError):  # a ranker that is not installed here
        spec = parse_ranker_id(result.ranker)
    quality = _quality(store, spec)
    record = _with_quality(sweep_record(result, number=options.sweep, **reading), quality)
    if options.format == "json":
        write_json({"rankers": [record]})
        return
    for note in result.notes:
        complain(note)
    write_sweep(result, record, published=options.published, quality=quality)


def _quality(store: Store | None, spec: RankerSpec | None) -> Quality | None:
    """What a ranker costs in quality; a store that cannot be read costs no measured time."""
    from reranklab.evaluate.quality_cost import stored_quality

    if store is None or spec is None:
        return None
    try:
        return stored_quality(store, spec)
    except StorageError as error:
        complain(f"{error} What the ranker costs in quality is left out.")
        return None


def _with_quality(record: dict[str, Any], quality: Quality | None) -> dict[str, Any]:
    return record | {"quality": None if quality is None else quality.record()}


def _store() -> Store:
    from reranklab.store.store import open_store

    store = open_store()
    for note in store.database.notes:
        complain(note)
    return store
