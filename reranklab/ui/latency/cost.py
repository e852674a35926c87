"""What the open measurement's ranker costs beside hosted ones, and how long queries wait for it."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from reranklab.errors import InputError
from reranklab.latency.cost import MOST_CANDIDATES, Cost, Listed, hosted_costs, local_costs, served, service_in_words
from reranklab.latency.prices import Price, load_prices, packaged_prices, user_prices_file
from reranklab.ui import plain
from reranklab.ui.latency.opened import OpenSweep
from reranklab.ui.latency.state import LatencyState
from reranklab.ui.say import say
from reranklab.ui.state import current_session
from reranklab.ui.widgets import field

_MOST_TOKENS = 100_000


@dataclass(slots=True, kw_only=True)
class CostState:
    """The list whose cost is shown, and the load: `rate` in queries a second, 0 for none."""

    candidates: int = 100
    tokens: int = 256
    rate: float = 0.0
    workers: int = 1


def show_cost(state: LatencyState, opened: OpenSweep) -> None:
    """The list, the load, and a table of prices: this device's ranker first."""
    asked = current_session().of(CostState)
    _show_form(asked)
    prices = _prices()
    listed = Listed(candidates=asked.candidates, tokens=asked.tokens)
    local: tuple[Cost, ...] = ()
    told = opened.told
    if isinstance(told, str):
        say("info", told)
    else:
        ms = told.time(asked.candidates, asked.tokens).value
        device = opened.result.timing.device
        local = local_costs(prices, listed, ms=ms, device=device)
        say("query", service_in_words(served(ms, rate=asked.rate or None, workers=asked.workers)))
        if not told.is_measured(asked.candidates, asked.tokens):
            say("note", "This list lies beyond those that were measured: the law is extrapolated.")
        if not local:
            say("info", f"No machine with {device} has a price. Add one to {user_prices_file()}.")
    st.dataframe(
        [_row(cost, opened.title) for cost in (*local, *hosted_costs(prices, listed))],
        hide_index=True,
        width="stretch",
    )
    say(
        "note",
        "A machine is taken to be as fast as this one and always at work. Tokens are estimates: each model has a tokenizer of "
        f"its own. Unverified prices are transcriptions of that day. Your own prices stand in {user_prices_file()}.",
    )


def _show_form(asked: CostState) -> None:
    documents, tokens, rate, workers = st.columns(4)
    with documents:
        field(
            plain.number_input, "Documents", asked, "candidates", key="w_cost_candidates", min_value=1,
            max_value=MOST_CANDIDATES,
        )  # fmt: skip
    with tokens:
        field(plain.number_input, "Tokens of each", asked, "tokens", key="w_cost_tokens", min_value=1, max_value=_MOST_TOKENS)
    with rate:
        field(
            plain.number_input, "Queries a second", asked, "rate", key="w_cost_rate", min_value=0.0, max_value=1e6,
            help="Those that arrive at random, on average. 0 for no load.",
        )  # fmt: skip
    with workers:
        field(
            plain.number_input, "Workers", asked, "workers", key="w_cost_workers", min_value=1, max_value=10_000,
            help="Each with a device of its own, as fast as the one that was measured.",
        )  # fmt: skip


def _prices() -> tuple[Price, ...]:
    try:
        return load_prices()
    except InputError as error:
        say("error", str(error))
        return packaged_prices()


def _row(cost: Cost, title: str) -> dict[str, str]:
    price = cost.price
    return {
        "Where": price.name if cost.seconds is None else f"{title} on {price.name}",
        "$ a 1,000 queries": f"{cost.usd:,.4f}",
        "Tokens a query": f"{cost.read / 1000:,.0f}" + (f" + {cost.written / 1000:,.0f} written" if cost.written else ""),
        "Priced by": _unit(price),
        "Date": price.date.isoformat() + ("" if price.verified else ", unverified"),
        "Source": price.source,
    }


def _unit(price: Price) -> str:
    match price.kind:
        case "searches":
            return f"${price.usd:g} a 1,000 searches of {price.documents:,} documents"
        case "machine":
            return f"${price.usd:g} an hour"
        case "chat":
            return f"${price.usd:g} a million tokens, ${price.usd_written:g} written"
    return f"${price.usd:g} a million tokens"
