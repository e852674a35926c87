"""`reranklab rank`: order the documents of a file for one query."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from reranklab.commands.candidates import add_candidates, read_candidates
from reranklab.commands.estimates import tell_hosted, write_estimates
from reranklab.commands.output import add_format, write_json, write_line, write_table
from reranklab.commands.rankers import add_rankers, chosen_specs
from reranklab.commands.saved import write_saved
from reranklab.commands.terminal import complain, terminal_progress
from reranklab.progress import CancelSignal
from reranklab.types import Document, Query, RankedDocument, Ranking

NAME = "rank"
HELP = "Order the documents of a file for a query, with each ranker."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_candidates(parser)
    add_rankers(parser)
    parser.add_argument("--repeats", type=int, default=1, metavar="N", help="measured runs, 1 to 100; default: 1")
    parser.add_argument(
        "--save",
        metavar="FILE",
        help="also write the result, with its texts, so that the app or explain --saved opens it again",
    )
    parser.add_argument(
        "--estimate", action="store_true", help="rank nothing: say how many calls and tokens each ranker would take"
    )
    add_format(parser, default="json")


def run(options: argparse.Namespace, cancel: CancelSignal) -> int:
    from reranklab.data.text import clean_text
    from reranklab.engine.request import RunSettings, listed
    from reranklab.engine.run import compare
    from reranklab.export import to_dict

    if options.estimate:
        query = Query(text=clean_text(options.query))
        write_estimates(chosen_specs(options), query, read_candidates(options).documents, as_json=options.format == "json")
        return 0
    settings = RunSettings(specs=chosen_specs(options), device=options.device, repeats=options.repeats)
    parsed = read_candidates(options)
    request = listed(Query(text=clean_text(options.query)), parsed.documents, notes=parsed.notes)
    tell_hosted(settings.specs, [(request.query, parsed.documents)])
    comparison = compare(request, settings, cancel=cancel, progress=terminal_progress())
    if comparison.rankings and options.format == "json":
        write_json(to_dict(comparison.rankings, notes=parsed.notes))
    elif comparison.rankings:
        _write_tables(comparison.rankings, parsed.documents)
    if comparison.rankings and options.save is not None:
        write_saved(comparison, options.save)
    for failure in comparison.failures:
        complain(f"{failure.ranker}: {failure.message}")
    return 2 if comparison.failures else 0


def _write_tables(rankings: Sequence[Ranking], documents: tuple[Document, ...]) -> None:
    from reranklab.latency.cost import counted_dollars
    from reranklab.latency.prices import load_prices
    from reranklab.rankers.asked import asked_in_words

    texts = {document.id: " ".join(document.content.split()) for document in documents}
    for ranking in rankings:
        timing = ranking.timing
        write_line(
            f"{ranking.ranker}: {timing.p50():,.1f} ms median of {len(timing.runs)} run(s) on {timing.device} "
            f"({timing.precision}), score = {ranking.scale.name}"
        )
        write_table(
            ("rank", "score", "tokens", "id", "text"),
            [(i.rank, _score(i), _tokens(i), i.id, texts[i.id]) for i in ranking.items],
        )
        dollars = counted_dollars(ranking, load_prices())
        asked = ", ".join(filter(None, [asked_in_words(ranking), f"{dollars} by the table of prices" if dollars else ""]))
        if asked:
            write_line(f"Took {asked}.")
        for warning in ranking.warnings:
            write_line(f"Note: {warning}")
        write_line()


def _score(item: RankedDocument) -> float | str:
    """With its standard error, where it has one."""
    return item.score if item.error is None else f"{item.score:.4f} ± {item.error:.4f}"


def _tokens(item: RankedDocument) -> str:
    """How many of the document's tokens were read, and what of it the tokenizer does not know."""
    from reranklab.rankers.unknown import unknown_in_words

    return ", ".join(filter(None, [f"{item.tokens_used}/{item.tokens_total}", unknown_in_words(item.unknown_share)]))
