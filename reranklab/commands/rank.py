"""`reranklab rank`: order the documents of a file for one query."""

from __future__ import annotations

import argparse
import sys

from reranklab.commands.candidates import add_candidates, read_candidates
from reranklab.commands.output import add_format, terminal_progress, write_json, write_table
from reranklab.errors import InputError
from reranklab.progress import CancelSignal, Step
from reranklab.types import Document, Query, Ranking

NAME = "rank"
HELP = "Order the documents of a file for a query, with each ranker."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    from reranklab.rankers.registry import FAMILIES

    add_candidates(parser)
    parser.add_argument("--ranker", action="append", metavar="ID", help=f"may be repeated; default: {', '.join(FAMILIES)}")
    parser.add_argument("--device", default="cpu", metavar="DEVICE", help="cpu, cuda, cuda:1, mps; default: cpu")
    parser.add_argument("--repeats", type=int, default=1, metavar="N", help="measured runs, 1 to 100; default: 1")
    add_format(parser, default="json")


def run(options: argparse.Namespace, cancel: CancelSignal) -> int:
    from reranklab.compare import Event, Failed, Finished, Progressed, compare
    from reranklab.data.text import clean_text
    from reranklab.export import to_dict
    from reranklab.models.device import resolve_device
    from reranklab.rankers.registry import FAMILIES, build_ranker, parse_ranker_id

    if not 1 <= options.repeats <= 100:
        raise InputError(f"--repeats {options.repeats} does not work. Give a number from 1 to 100.")
    resolve_device(options.device)
    ids = [parse_ranker_id(text).id for text in options.ranker or list(FAMILIES)]
    parsed = read_candidates(options)
    documents = parsed.documents
    rankings: list[Ranking] = []
    failures: list[Failed] = []
    show = terminal_progress()

    def take(event: Event) -> None:
        if isinstance(event, Finished):
            rankings.append(event.ranking)
        elif isinstance(event, Failed):
            failures.append(event)
        elif isinstance(event, Progressed) and show is not None:
            show(Step(done=event.step.done, total=event.step.total, unit=event.step.unit, label=event.ranker))

    compare(
        lambda ranker_id: build_ranker(ranker_id, device=options.device),
        list(dict.fromkeys(ids)),
        Query(text=clean_text(options.query)),
        documents,
        device=options.device,
        repeats=options.repeats,
        cancel=cancel,
        emit=take,
    )
    if rankings and options.format == "json":
        write_json(to_dict(rankings, notes=parsed.notes))
    elif rankings:
        _write_tables(rankings, documents)
    for failure in failures:
        sys.stderr.write(f"reranklab: {failure.ranker}: {failure.error}\n")
    return 2 if failures else 0


def _write_tables(rankings: list[Ranking], documents: tuple[Document, ...]) -> None:
    texts = {document.id: " ".join(document.content.split()) for document in documents}
    for ranking in rankings:
        timing = ranking.timing
        sys.stdout.write(
            f"{ranking.ranker}: {timing.p50():,.1f} ms median of {len(timing.runs)} run(s) on {timing.device} "
            f"({timing.precision}), score = {ranking.scale.name}\n"
        )
        write_table(
            ("rank", "score", "tokens", "id", "text"),
            [(i.rank, i.score, f"{i.tokens_used}/{i.tokens_total}", i.id, texts[i.id][:70]) for i in ranking.items],
        )
        for warning in ranking.warnings:
            sys.stdout.write(f"Note: {warning}\n")
        sys.stdout.write("\n")
