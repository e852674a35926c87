"""`reranklab cost`: what a list costs at hosted rerankers and language models, and by a measurement on this device."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from reranklab.commands.output import add_format, write_json, write_line, write_table
from reranklab.commands.terminal import complain
from reranklab.errors import InputError
from reranklab.progress import CancelSignal

if TYPE_CHECKING:
    from reranklab.latency.cost import Cost, Listed, Served
    from reranklab.latency.sweep import Sweep

NAME = "cost"
HELP = "Tokens and dollars of 1,000 queries, and how long queries wait, from a table of prices that you can change."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "lists", nargs="*", metavar="NxL", help="N documents of L tokens; default: 100x256, with --measurement its lists"
    )
    parser.add_argument(
        "--measurement",
        type=int,
        metavar="NUMBER",
        help="what the ranker of it costs here: a number of `reranklab latency list`",
    )
    parser.add_argument("--query-tokens", type=float, default=16, metavar="Q", help="of a query; default: 16")
    parser.add_argument("--rate", type=float, metavar="Q", help="queries a second that arrive at random: how long they wait")
    parser.add_argument("--workers", type=int, default=1, metavar="C", help="workers that share them; default: 1")
    add_format(parser, default="table")


def run(options: argparse.Namespace, cancel: CancelSignal) -> int:
    from reranklab.latency.cost import Listed, cost_record, hosted_costs, local_costs, served
    from reranklab.latency.prices import load_prices, user_prices_file
    from reranklab.latency.sizes import parse_list

    if options.rate is not None and options.measurement is None:
        raise InputError("--rate needs a time. Give --measurement too.")
    asked = [parse_list(text) for text in options.lists]
    prices = load_prices()
    timed: list[tuple[Listed, float | None]]
    if options.measurement is None:
        result = None
        timed = [
            (Listed(candidates=candidates, tokens=tokens, query_tokens=options.query_tokens), None)
            for candidates, tokens in asked or [(100, 256)]
        ]
    else:
        result = _opened(options.measurement)
        timed = [*_timed(result, asked, options.query_tokens)]
    records: list[dict[str, Any]] = []
    for listed, ms in timed:
        local: tuple[Cost, ...] = ()
        service = None
        if result is not None and ms is not None:
            local = local_costs(prices, listed, ms=ms, device=result.timing.device)
            service = served(ms, rate=options.rate, workers=options.workers)
        costs = (*local, *hosted_costs(prices, listed))
        records.append(cost_record(listed, costs, service))
        if options.format == "table":
            _write(listed, costs, service, result)
    if options.format == "json":
        write_json(
            {"prices_file": str(user_prices_file()), "ranker": None if result is None else result.ranker, "lists": records}
        )
        return 0
    write_line(
        "Tokens are estimates: each model has a tokenizer of its own. Prices that are marked unverified are transcriptions of "
        f"the day given. Your own stand in {user_prices_file()}."
    )
    return 0


def _opened(number: int) -> Sweep:
    from reranklab.latency.kept import open_sweep
    from reranklab.store.store import open_store

    store = open_store()
    for note in store.database.notes:
        complain(note)
    return open_sweep(store, number)


def _timed(result: Sweep, asked: Sequence[tuple[int, int]], query_tokens: float) -> list[tuple[Listed, float | None]]:
    """Lists with their p50: those that were measured, or those asked for, by the law."""
    from reranklab.latency.cost import Listed
    from reranklab.latency.forecast import forecast

    if asked:
        told = forecast(result)
        return [
            (
                Listed(candidates=candidates, tokens=tokens, query_tokens=query_tokens),
                told.time(candidates, tokens).value,
            )
            for candidates, tokens in asked
        ]
    return [
        (
            Listed(candidates=cell.candidates, tokens=sum(cell.lengths) / len(cell.lengths), query_tokens=query_tokens),
            cell.quantile(0.5).value,
        )
        for cell in result.cells
    ]


def _write(listed: Listed, costs: Sequence[Cost], service: Served | None, result: Sweep | None) -> None:
    from reranklab.latency.cost import service_in_words

    write_line(f"{listed.candidates:,} documents of {listed.tokens:,.0f} tokens, 1,000 queries:")
    write_table(
        ("where", "$", "tokens read", "written", "searches", "price of", ""),
        [
            (
                cost.price.name if cost.seconds is None or result is None else f"{result.ranker} on {cost.price.name}",
                f"{cost.usd:,.4f}",
                f"{cost.read:,.0f}",
                f"{cost.written:,.0f}" if cost.written else "",
                "" if cost.searches is None else f"{cost.searches:,.0f}",
                cost.price.date.isoformat(),
                "" if cost.price.verified else "unverified",
            )
            for cost in costs
        ],
    )
    if service is not None:
        write_line(service_in_words(service))
