"""Two contradictions among published times, worked out by a law that was fitted on the reader's own device."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reranklab.latency.forecast import Forecast
from reranklab.latency.law import Between

SHORT, LONG, DOCUMENTS = 256, 4096, 100
QUADRATIC, MEASURED = (LONG // SHORT) ** 2, 47
PAIR_MS, LIST_MS, LIST = 8.0, (100.0, 300.0), 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """How many times as long DOCUMENTS documents of `long` tokens take as of `short` ones; `extrapolated` says that one of the
    lengths lies outside those that were measured."""

    short: int
    long: int
    times: Between
    extrapolated: bool

    @property
    def quadratic(self) -> float:
        """What a purely quadratic law gives."""
        return (self.long / self.short) ** 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """In ms, for documents of `tokens`: one alone, a list of LIST, and one of that list. `pair_tokens` is the length at which
    one alone takes PAIR_MS, `list_tokens` those at which the list takes LIST_MS: 0 where none is so fast, None where any
    length is."""

    tokens: int
    alone: Between
    listed: Between
    pair_tokens: int | None
    list_tokens: tuple[int | None, int | None]

    @property
    def each(self) -> float:
        return self.listed.value / LIST


def growths(told: Forecast) -> Iterator[Growth]:
    """Between SHORT tokens and the window, where that ends before LONG, and between SHORT and LONG were all of it read."""
    if told.room is not None and told.is_cut(LONG):
        within = int(told.room / told.scale)
        if within > SHORT:
            yield _growth(told, SHORT, within)
    yield _growth(told, SHORT, LONG)


def pair_and_list(told: Forecast) -> Pair:
    """At SHORT tokens, or what it reads of them."""
    tokens = SHORT if told.room is None else min(SHORT, int(told.room / told.scale))
    return Pair(
        tokens=tokens,
        alone=told.time(1, tokens),
        listed=told.time(LIST, tokens),
        pair_tokens=told.longest(PAIR_MS, 1),
        list_tokens=(told.longest(LIST_MS[0], LIST), told.longest(LIST_MS[1], LIST)),
    )


def growth_in_words(each: Growth) -> str:
    """A sentence."""
    times = each.times
    far = ", extrapolated" if each.extrapolated else ""
    return (
        f"From {each.short:,} to {each.long:,} tokens, {each.long / each.short:.3g} times as long, {DOCUMENTS} documents take "
        f"{times.value:,.1f} times as long here ({times.low:,.1f} to {times.high:,.1f}{far}), where a purely quadratic law "
        f"gives {each.quadratic:,.0f}."
    )


def pair_in_words(each: Pair) -> str:
    """Two sentences: the times, and the lengths at which the claims hold."""
    first, last = (_length(tokens) for tokens in each.list_tokens)
    return (
        f"One document of {each.tokens:,} tokens alone takes {each.alone.value:,.1f} ms here, {LIST} of them "
        f"{each.listed.value:,.0f} ms, which is {each.each:,.1f} ms each. One alone takes {PAIR_MS:g} ms "
        f"{_length(each.pair_tokens)}; {LIST} take {LIST_MS[0]:g} ms {first} and {LIST_MS[1]:g} ms {last}."
    )


def _growth(told: Forecast, short: int, long: int) -> Growth:
    first, last = (told.scale * tokens + told.overhead for tokens in (short, long))
    shortest, longest = told.lengths
    return Growth(
        short=short,
        long=long,
        times=told.law.growth(first, last, DOCUMENTS),
        extrapolated=short < shortest or long > longest,
    )


def _length(tokens: int | None) -> str:
    if tokens is None:
        return "or less at any length"
    return f"at {tokens:,} tokens" if tokens else "at no length"
