"""`reranklab conform`: whether a served reranker gives the scores that the same model gives here."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from reranklab.commands.output import add_format, write_json, write_line, write_table
from reranklab.commands.terminal import complain, terminal_progress
from reranklab.progress import CancelSignal

if TYPE_CHECKING:
    from reranklab.evaluate.conformance.run import Conformance

NAME = "conform"
HELP = "Check a served reranker against the same model on this machine: template, truncation, batches, precision, scale."
_SHOWN = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "target", metavar="URL|RANKER", help="the server's address, or a ranker id such as hosted:infinity/minilm"
    )
    parser.add_argument(
        "--reference", required=True, metavar="ID", help="the same model on this machine, such as cross-encoder:FOLDER"
    )
    parser.add_argument(
        "--service", default="", metavar="NAME", help="whose protocol is spoken at the address; default: the first that answers"
    )
    parser.add_argument("--model", default="", metavar="NAME", help="what the server calls the model")
    parser.add_argument(
        "--tolerance",
        type=float,
        default=1e-3,
        metavar="X",
        help="how far a score may be from the reference's, in its scale; default: 0.001, for 32-bit numbers",
    )
    parser.add_argument("--device", default="cpu", metavar="DEVICE", help="of the reference: cpu, cuda, mps; default: cpu")
    add_format(parser, default="table")


def run(options: argparse.Namespace, cancel: CancelSignal) -> int:
    """0 where it conforms, 1 where it does not."""
    from reranklab.engine.build import build_ranker
    from reranklab.evaluate.conformance.record import to_json
    from reranklab.evaluate.conformance.run import check_conformance, planned_calls
    from reranklab.evaluate.conformance.target import find_target

    target = find_target(options.target, service=options.service, model=options.model, cancel=cancel)
    complain(f"{target.spec.id} is asked {planned_calls() + 1} times.")
    found = check_conformance(
        build_ranker(target.spec, device=options.device, endpoints=target.endpoints),
        build_ranker(options.reference, device=options.device),
        tolerance=options.tolerance,
        cancel=cancel,
        progress=terminal_progress(),
    )
    if options.format == "json":
        write_json(to_json(found))
    else:
        _write(found)
    return 0 if found.conforms else 1


def _write(found: Conformance) -> None:
    write_table(
        ("check", "verdict", "what was found"), [(verdict.title, verdict.state, verdict.words) for verdict in found.verdicts]
    )
    rows = [
        (verdict.title, each.what, each.served, each.back, each.reference, each.refusal)
        for verdict in found.verdicts
        if verdict.state in ("fail", "note")
        for each in verdict.evidence[:_SHOWN]
    ]
    if rows:
        write_line()
        write_table(("check", "pair", "served", "in the reference's scale", "reference", "refusal"), rows)
    write_line()
    ends = "conforms to" if found.conforms else "does not conform to"
    write_line(f"{found.served} {ends} {found.reference}, within {found.tolerance:g}.")
