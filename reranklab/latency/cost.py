"""What a reranker costs: tokens and dollars a 1,000 queries, queries a second, and how long they wait."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from reranklab.errors import InputError
from reranklab.latency.prices import Price
from reranklab.latency.queueing import mean_wait
from reranklab.llm.windows import sliding_windows
from reranklab.models.device import REMOTE
from reranklab.rankers.estimate import ANSWER_TOKENS, PASSAGE_TOKENS, PROMPT_TOKENS, Estimate
from reranklab.types import Ranking

QUERIES = 1000
"""Costs are of so many."""
WINDOW, STEP = 20, 10
"""Of a listwise prompt, as the listwise rankers' own defaults are."""
MOST_CANDIDATES, MOST_TOKENS = 10_000, 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A query of `query_tokens` with so many candidates of `tokens` each."""

    candidates: int
    tokens: float
    query_tokens: float = 16.0

    def __post_init__(self) -> None:
        """Raises InputError for numbers out of range."""
        for value, what, most in (
            (self.candidates, "candidates", MOST_CANDIDATES),
            (self.tokens, "tokens of a document", MOST_TOKENS),
            (self.query_tokens, "tokens of a query", MOST_TOKENS),
        ):
            if not 1 <= value <= most:
                raise InputError(f"{value:,g} {what} do not work. Give 1 to {most:,}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Of 1,000 queries. `read` and `written` are tokens; `searches` is None where it is not charged by them. `seconds` is the
    time of the machine, None for a hosted ranker, whose time nobody has measured here."""

    price: Price
    usd: float
    read: float
    written: float = 0.0
    searches: float | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """So many workers with lists that take `ms` each. `wait` is the mean in ms at the rate that was asked for, infinite where
    they cannot keep up, None without a rate."""

    ms: float
    workers: int
    queries_per_second: float
    rate: float | None
    wait: float | None


def hosted_costs(prices: Sequence[Price], listed: Listed) -> tuple[Cost, ...]:
    """Of every hosted price, in the table's order."""
    return tuple(_hosted(price, listed) for price in prices if price.kind != "machine")


def local_costs(prices: Sequence[Price], listed: Listed, *, ms: float, device: str) -> tuple[Cost, ...]:
    """Of a ranker that takes `ms` for the list on `device`, at the hourly price of each machine with such a device. The machine
    is taken to be as fast as the one that was measured, and always at work."""
    seconds = QUERIES * ms / 1000
    kind = device.partition(":")[0]
    return tuple(
        Cost(price=price, usd=seconds / 3600 * price.usd, read=QUERIES * _pairs(listed), seconds=seconds)
        for price in prices
        if price.kind == "machine" and price.device == kind
    )


def estimated_usd(price: Price, estimate: Estimate) -> float:
    """Dollars of one list with so many calls and tokens. Where searches are charged, a call without a list counts as one."""
    if price.kind == "searches":
        load = estimate.load
        searches = estimate.calls if load is None else _searches(price, load.documents, load.document_tokens)
        return searches / 1000 * price.usd
    return (estimate.tokens * price.usd + estimate.written * price.usd_written) / 1e6


def fitting_prices(prices: Sequence[Price], model: str, estimate: Estimate) -> tuple[Price, ...]:
    """Those of a hosted model, "SERVICE/MODEL" or MODEL; where the table does not know it, of every chat model for a ranker
    whose answers are written."""
    names = {model.replace("/", "-"), model.rpartition("/")[2]} - {""}
    known = tuple(price for price in prices if price.kind != "machine" and price.id in names)
    return known or tuple(price for price in prices if price.kind == "chat" and estimate.written)


def dollars_in_words(prices: Sequence[Price], estimate: Estimate) -> str:
    """From the lowest to the highest of the prices; "" without any."""
    usd = sorted(estimated_usd(price, estimate) for price in prices)
    if not usd:
        return ""
    low, high = f"${usd[0]:,.4f}", f"${usd[-1]:,.4f}"
    return low if low == high else f"{low} to {high}"


def counted_dollars(ranking: Ranking, prices: Sequence[Price]) -> str:
    """What the calls of a ranking by a service cost by the table; "" where nobody was asked, or no price fits."""
    details = ranking.details
    calls, written = (details.get(name) or 0 for name in ("calls", "written_tokens"))
    if ranking.timing.device != REMOTE or not isinstance(calls, int) or not isinstance(written, int):
        return ""
    counted = Estimate(calls=calls, tokens=ranking.timing.tokens - written, written=written)
    model = ranking.ranker.partition("?")[0].partition(":")[2] or ranking.provenance.model
    return dollars_in_words(fitting_prices(prices, model, counted), counted)


def served(ms: float, *, rate: float | None, workers: int = 1) -> Served:
    """Raises InputError for what is no queue."""
    wait = None if rate is None else mean_wait(ms, rate, workers=workers)
    if workers < 1 or not 0 < ms < math.inf:
        raise InputError(f"{workers} workers with lists of {ms:g} ms serve nobody. Give 1 worker or more.")
    return Served(ms=ms, workers=workers, queries_per_second=1000 * workers / ms, rate=rate, wait=wait)


def service_in_words(service: Served) -> str:
    """What it serves, and how long queries wait where there is a rate."""
    serves = "1 worker serves" if service.workers == 1 else f"{service.workers:,} workers serve"
    most = f"A list takes {service.ms:,.1f} ms: {serves} at most {service.queries_per_second:,.2f} queries a second."
    if service.rate is None or service.wait is None:
        return most
    if math.isinf(service.wait):
        return f"{most} At {service.rate:g} a second the queue grows without end."
    return f"{most} At {service.rate:g} a second, arriving at random, a query waits {service.wait:,.1f} ms on average."


def _hosted(price: Price, listed: Listed) -> Cost:
    if price.kind == "searches":
        searches = QUERIES * _searches(price, listed.candidates, listed.tokens)
        return Cost(price=price, usd=searches / 1000 * price.usd, read=QUERIES * _pairs(listed), searches=searches)
    if price.kind == "chat":
        windows = [end - start for start, end in sliding_windows(listed.candidates, size=WINDOW, step=STEP)]
        passages = sum(windows)
        read = QUERIES * (len(windows) * (PROMPT_TOKENS + listed.query_tokens) + passages * (listed.tokens + PASSAGE_TOKENS))
        written = QUERIES * passages * ANSWER_TOKENS
        return Cost(price=price, usd=(read * price.usd + written * price.usd_written) / 1e6, read=read, written=written)
    read = QUERIES * _pairs(listed)
    return Cost(price=price, usd=read / 1e6 * price.usd, read=read)


def _searches(price: Price, documents: int, tokens: float) -> int:
    """Of one query with so many documents of `tokens` each."""
    return math.ceil(documents * math.ceil(tokens / price.chunk_tokens) / price.documents)


def _pairs(listed: Listed) -> float:
    """Tokens of the list where the query is read with each document."""
    return listed.candidates * (listed.tokens + listed.query_tokens)


def cost_record(listed: Listed, costs: Sequence[Cost], service: Served | None) -> dict[str, Any]:
    """As plain values for JSON; an endless wait is null."""
    return {
        **asdict(listed),
        "queries": QUERIES,
        "costs": [
            {
                "id": cost.price.id,
                "name": cost.price.name,
                "kind": cost.price.kind,
                "usd": cost.usd,
                "tokens_read": cost.read,
                "tokens_written": cost.written,
                "searches": cost.searches,
                "machine_seconds": cost.seconds,
                "price_usd": cost.price.usd,
                "price_date": cost.price.date.isoformat(),
                "price_source": cost.price.source,
                "price_verified": cost.price.verified,
            }
            for cost in costs
        ],
        "service": None
        if service is None
        else asdict(service) | {"wait": service.wait if service.wait is None or math.isfinite(service.wait) else None},
    }
