"""`reranklab explain`: why one document stands where it does, ranker by ranker."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from reranklab.commands.candidates import add_candidates, read_candidates
from reranklab.commands.output import add_format, write_json, write_line, write_table
from reranklab.commands.rankers import add_rankers, chosen_specs
from reranklab.commands.terminal import terminal_progress
from reranklab.errors import Cancelled, RerankLabError
from reranklab.progress import CancelSignal, Progress
from reranklab.types import Document, Query, Ranking

if TYPE_CHECKING:
    from reranklab.explain.attribution import Attribution
    from reranklab.rankers.family import Ranker

NAME = "explain"
HELP = "Why a document of a file stands where it does for a query: what in it counted, and how far that can be trusted."

_METHODS = ("leave-one-out", "integrated-gradients", "terms")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_candidates(parser)
    parser.add_argument("--document", required=True, metavar="ID", help="the document to explain")
    parser.add_argument("--against", metavar="ID", help="another document: also explain the margin between the two")
    add_rankers(parser)
    parser.add_argument(
        "--method",
        choices=_METHODS,
        default="leave-one-out",
        help="leave-one-out works for every ranker; terms is BM25's own sum. Default: leave-one-out",
    )
    parser.add_argument("--unit", choices=("sentence", "term"), default="sentence", help="what is left out; default: sentence")
    parser.add_argument("--steps", type=int, default=64, metavar="N", help="of integrated gradients, 8 to 1024; default: 64")
    parser.add_argument("--faithfulness", action="store_true", help="also delete words in the order found, and at random")
    add_format(parser, default="json")


def run(options: argparse.Namespace, cancel: CancelSignal) -> int:
    from reranklab.data.text import clean_text
    from reranklab.engine.build import build_ranker
    from reranklab.explain.rescoring import position_of

    specs = chosen_specs(options)
    parsed = read_candidates(options)
    documents = parsed.documents
    query = Query(text=clean_text(options.query))
    place = position_of(documents, options.document)
    if options.against is not None:
        position_of(documents, options.against)
    found: list[dict[str, Any]] = []
    failures = 0
    for spec in specs:
        try:
            ranker = build_ranker(spec, device=options.device)
            found.append(_explain(ranker, query, documents, options, cancel=cancel, progress=terminal_progress()))
        except Cancelled:
            raise
        except RerankLabError as error:
            failures += 1
            sys.stderr.write(f"reranklab: {spec.id}: {error}\n")
    document = documents[place]
    if found and options.format == "json":
        shown = {"id": document.id, "text": document.content}
        write_json({"query": query.text, "notes": list(parsed.notes), "document": shown, "explanations": found})
    elif found:
        _write_tables(found)
    return 2 if failures else 0


def _explain(
    ranker: Ranker,
    query: Query,
    documents: Sequence[Document],
    options: argparse.Namespace,
    *,
    cancel: CancelSignal,
    progress: Progress | None,
) -> dict[str, Any]:
    from reranklab.explain.contrast import contrast
    from reranklab.explain.faithfulness import deletion_curve
    from reranklab.explain.record import attribution_record, contrast_record, curve_record, stage_record
    from reranklab.explain.way import document_way

    ranking = ranker.rank(query, documents, cancel=cancel, progress=progress)
    attribution = _attribution(ranker, ranking, query, documents, options, cancel=cancel, progress=progress)
    (stage,) = document_way([ranking], options.document).stages
    record = {**stage_record(stage), "attribution": attribution_record(attribution)}
    if options.faithfulness:
        curve = deletion_curve(ranker, query, documents, attribution, cancel=cancel, progress=progress)
        record["deletion"] = curve_record(curve)
    if options.against is not None:
        margin = contrast(
            ranker, ranking, query, documents, options.document, options.against,
            unit=options.unit, cancel=cancel, progress=progress,
        )  # fmt: skip
        record["contrast"] = contrast_record(margin)
    return record


def _attribution(
    ranker: Ranker,
    ranking: Ranking,
    query: Query,
    documents: Sequence[Document],
    options: argparse.Namespace,
    *,
    cancel: CancelSignal,
    progress: Progress | None,
) -> Attribution:
    from reranklab.explain.gradients import integrated_gradients
    from reranklab.explain.leave_one_out import leave_one_out
    from reranklab.explain.lexical import explain_terms
    from reranklab.explain.rescoring import position_of

    document = documents[position_of(documents, options.document)]

    def gradients() -> Attribution:
        return integrated_gradients(ranker, query, document, steps=options.steps, cancel=cancel, progress=progress)

    def parts() -> Attribution:
        return leave_one_out(
            ranker, query, documents, document.id, unit=options.unit, reference=ranking, cancel=cancel, progress=progress
        )

    methods: dict[str, Callable[[], Attribution]] = {
        "leave-one-out": parts,
        "integrated-gradients": gradients,
        "terms": lambda: explain_terms(ranker, ranking, query, documents, document.id, cancel=cancel),
    }
    return methods[options.method]()


def _write_tables(found: Sequence[dict[str, Any]]) -> None:
    for record in found:
        attribution = record["attribution"]
        write_line(
            f"{record['ranker']}: rank {record['rank']} of {record['candidates']}, "
            f"{record['scale']['name']} {record['score']:.4g}, {attribution['method']}"
        )
        write_table(
            ("value", "share", "text"),
            [(unit["value"], unit["share"], " ".join(unit["text"].split())) for unit in attribution["units"]],
        )
        if "deletion" in record:
            score = record["deletion"]["deletion_score"]
            write_line(f"Deletion score {score:.3f}: 0 is no better than deleting words at random.")
        if "contrast" in record:
            margin = record["contrast"]
            write_line(f"{margin['above']['document']} is {margin['margin']:.4g} above {margin['below']['document']}.")
        for warning in attribution["warnings"]:
            write_line(f"Note: {warning}")
        write_line()
