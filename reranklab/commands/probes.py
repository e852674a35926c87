"""`reranklab probes`: minimal pairs of documents, and how often each ranker puts them as it should."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from reranklab.commands.output import add_format, write_json, write_line, write_table
from reranklab.commands.rankers import add_rankers, chosen_specs
from reranklab.commands.tasks import check_queries
from reranklab.commands.terminal import complain, terminal_progress
from reranklab.errors import InputError
from reranklab.progress import CancelSignal, Progress

if TYPE_CHECKING:
    from reranklab.evaluate.probes.run import CapabilityRate, ProbeReport, ProbeSet

NAME = "probes"
HELP = "Probe rankers with minimal pairs: negation, numbers, names, answers out of reach, instructions."
_SHOWN = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listed = actions.add_parser("list", help="the probes of a source; --format json gives what a file of probes holds")
    run = actions.add_parser("run", help="rankers by capability, with intervals and failures")
    rules = actions.add_parser("rules", help="how probes are made of a collection")
    for one in (listed, run):
        one.add_argument(
            "--source",
            action="append",
            metavar="SOURCE",
            help="may be repeated: saved, samples, generate:DATASET, or a file of JSON lines; default: samples",
        )
        one.add_argument("--queries", type=int, metavar="N", help="for generate: a seeded sample of the queries; default: all")
        one.add_argument("--seed", type=int, default=0, metavar="S")
        one.add_argument("--capability", action="append", metavar="NAME", help="may be repeated; default: all")
    add_rankers(run)
    run.add_argument("--fresh", action="store_true", help="compute anew what is stored")
    for one in (listed, run, rules):
        add_format(one, default="table")


def run(options: argparse.Namespace, cancel: CancelSignal) -> int:
    if options.action == "rules":
        return _rules(options)
    specs = chosen_specs(options) if options.action == "run" else ()
    sets = _sets(options, cancel, terminal_progress())
    if options.action == "list":
        return _list(options, sets)
    from reranklab.evaluate.probes.record import to_json
    from reranklab.evaluate.probes.run import run_probes
    from reranklab.store.store import store_or_none

    report = run_probes(
        sets,
        specs,
        device=options.device,
        store=store_or_none(complain),
        fresh=options.fresh,
        warn=complain,
        cancel=cancel,
        progress=terminal_progress(),
    )
    if options.format == "json":
        write_json(to_json(report))
    else:
        _write_report(report)
    failed = [each for each in report.outcomes if each.passed is None and each.original is None]
    for each in failed[:_SHOWN]:
        complain(f"{each.ranker} failed on probe {each.probe.id}: {each.reason}")
    return 2 if failed else 0


def _sets(options: argparse.Namespace, cancel: CancelSignal, progress: Progress | None) -> list[ProbeSet]:
    """Raises InputError for a source or a capability that does not exist."""
    from dataclasses import replace

    from reranklab.evaluate.probes.sources import load_source

    check_queries(options)
    sets = [
        load_source(source, queries=options.queries, seed=options.seed, cancel=cancel, progress=progress)
        for source in dict.fromkeys(options.source or ("samples",))
    ]
    known = list(dict.fromkeys(probe.capability for each in sets for probe in each.probes))
    wanted = options.capability or known
    for name in wanted:
        if name not in known:
            raise InputError(f"There are no probes of {name!r} here. Choose from: {', '.join(known)}.")
    return [replace(each, probes=tuple(probe for probe in each.probes if probe.capability in wanted)) for each in sets]


def _rules(options: argparse.Namespace) -> int:
    from reranklab.evaluate.probes.probe import EXPECTED_WORDS
    from reranklab.evaluate.probes.rules import RULES

    if options.format == "json":
        write_json(
            [
                {"rule": rule.name, "capability": rule.capability, "help": rule.help, "expected": rule.expected}
                for rule in RULES.values()
            ]
        )
    else:
        rows = [(rule.name, rule.capability, rule.help, EXPECTED_WORDS[rule.expected]) for rule in RULES.values()]
        write_table(("rule", "capability", "what is done", "expected"), rows)
    return 0


def _list(options: argparse.Namespace, sets: list[ProbeSet]) -> int:
    from reranklab.evaluate.probes.files import to_record

    if options.format == "json":
        write_json([to_record(probe) for each in sets for probe in each.probes])
        return 0
    rows = [
        (probe.id, probe.capability, probe.expected, probe.query.text, probe.edited.content)
        for each in sets
        for probe in each.probes
    ]
    write_table(("id", "capability", "expected", "query", "edited document"), rows)
    for note in (note for each in sets for note in each.notes):
        write_line(f"Note: {note}")
    return 0


def _write_report(report: ProbeReport) -> None:
    write_line("Pass rate by capability [95 % exact interval] and number of probes.")
    write_table(
        ("capability", *report.rankers, "probes"),
        [
            (capability, *(_cell(cell) for cell in cells), f"{cells[0].judged + cells[0].left_out:,}")
            for capability in report.capabilities
            for cells in [[report.rate(ranker, capability) for ranker in report.rankers]]
        ],
    )
    failures = report.failures
    if failures:
        write_line("")
        write_line(f"Failures, the first {min(_SHOWN, len(failures))} of {len(failures):,}; --format json lists all.")
        write_table(
            ("ranker", "probe", "query", "expected", "original", "edited"),
            [
                (
                    each.ranker,
                    each.probe.id,
                    each.probe.query.text,
                    each.probe.expected,
                    f"{each.original:.4g}",
                    f"{each.edited:.4g}",
                )
                for each in failures[:_SHOWN]
            ],
        )
    for note in report.notes:
        write_line(f"Note: {note}")
    if report.stored:
        write_line(f"Note: {report.stored:,} rankings are from the store. --fresh computes anew.")


def _cell(cell: CapabilityRate) -> str:
    if cell.rate is None:
        return "-"
    left_out = f", {cell.left_out} not judged" if cell.left_out else ""
    return f"{cell.rate.mean:.0%} [{cell.rate.low:.0%}, {cell.rate.high:.0%}]{left_out}"
