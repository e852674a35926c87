"""Limits on rankers that are checked again and again: a TOML file, judged with the uncertainty of so many queries.

A limit on a mean passes where the mean is above it with 95 % confidence (one-sided), fails where it is below with 95 %, and is
undecided in between. Limits on a time and on one query are facts of the run, and pass or fail.
"""

from __future__ import annotations

import json
import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from reranklab.data.strict_json import parse_json
from reranklab.errors import InputError
from reranklab.evaluate.candidates import DEFAULT_RULE
from reranklab.evaluate.confidence import bca_mean
from reranklab.evaluate.experiment import RankerResult
from reranklab.evaluate.metrics import parse_measure
from reranklab.evaluate.power import ONE_SIDED, REACHED
from reranklab.rankers.catalogue import parse_ranker_id

State = Literal["pass", "fail", "undecided"]

_LEVEL = 0.90
"""Two-sided, so that each end is passed by chance in 5 %."""
_KEYS = {
    "metric": ("ranker", "metric", "at_least"),
    "baseline": ("ranker", "metric", "baseline", "margin"),
    "first": ("ranker", "query", "first"),
    "p95_ms": ("ranker", "p95_ms"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One limit: `kind` says which of its values count. `value` is a mean, a margin or milliseconds."""

    kind: Literal["metric", "baseline", "first", "p95_ms"]
    ranker: str
    metric: str = ""
    value: float = 0.0
    baseline: Path | None = None
    query: str = ""
    document: str = ""

    @property
    def words(self) -> str:
        """The limit as a reader writes it."""
        match self.kind:
            case "metric":
                return f"{self.ranker}: {self.metric} at least {self.value:g}"
            case "baseline":
                return f"{self.ranker}: {self.metric} not below {self.baseline} by more than {self.value:g}"
            case "first":
                return f"{self.ranker}: {self.document} is first for query {self.query}"
        return f"{self.ranker}: 95 % of queries within {self.value:g} ms"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What is evaluated, and the limits."""

    collection: str
    split: str | None
    candidates: str
    queries: int | None
    seed: int
    device: str
    limits: tuple[Limit, ...]

    @property
    def rankers(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(limit.ranker for limit in self.limits))

    @property
    def measures(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(limit.metric for limit in self.limits if limit.metric))


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A limit and what became of it; `words` gives the numbers."""

    limit: Limit
    state: State
    words: str


def read_check(path: Path) -> Check:
    """The check of a TOML file. Baselines are looked for beside it. Raises InputError, naming what cannot be used."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}. Check the path.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"{path} is no TOML file ({error}).") from error
    known = {"collection", "split", "candidates", "queries", "seed", "device", "limit"}
    if unknown := sorted(values.keys() - known):
        raise InputError(f"{path} has the unknown key {unknown[0]!r}. Known are: {', '.join(sorted(known))}.")
    limits = values.get("limit")
    if not isinstance(limits, list) or not limits:
        raise InputError(f"{path} has no limits. Add at least one [[limit]].")
    queries = values.get("queries")
    return Check(
        collection=_text(values, "collection", path),
        split=_text(values, "split", path) if "split" in values else None,
        candidates=_text(values, "candidates", path) if "candidates" in values else DEFAULT_RULE,
        queries=None if queries is None else int(_number(values, "queries", path)),
        seed=int(_number(values, "seed", path)) if "seed" in values else 0,
        device=_text(values, "device", path) if "device" in values else "cpu",
        limits=tuple(_limit(each, f"{path}, limit {number}", path.parent) for number, each in enumerate(limits, start=1)),
    )


def judge(check: Check, results: Sequence[RankerResult]) -> tuple[Outcome, ...]:
    """What became of each limit. A ranker that failed on a query fails its limits. Raises InputError for a baseline that
    cannot be used, and a query that was not evaluated."""
    by_ranker = {result.ranker: result for result in results}
    return tuple(_judge(limit, by_ranker[limit.ranker]) for limit in check.limits)


def exit_status(outcomes: Sequence[Outcome]) -> int:
    """0 where every limit passes, 1 where one fails, else 3."""
    states = {outcome.state for outcome in outcomes}
    return 1 if "fail" in states else 3 if "undecided" in states else 0


def _judge(limit: Limit, result: RankerResult) -> Outcome:
    if not result.complete:
        reason = result.errors[0].message if result.errors else "a query has no ranking"
        return Outcome(limit=limit, state="fail", words=f"{result.queries:,} of {result.asked:,} queries ranked: {reason}")
    match limit.kind:
        case "metric":
            return _above(limit, [values[limit.metric] for values in result.per_query.values()], limit.value, name=limit.metric)
        case "baseline":
            return _against(limit, result)
        case "first":
            return _first(limit, result)
    timing = result.timing
    if timing is None:
        return Outcome(limit=limit, state="fail", words="nothing was timed")
    words = f"p95 {timing.p95:,.0f} ms over {timing.runs:,} runs on {timing.device_name}"
    return Outcome(limit=limit, state="pass" if timing.p95 <= limit.value else "fail", words=words)


def _above(limit: Limit, values: Sequence[float], least: float, *, name: str) -> Outcome:
    interval = bca_mean(values, level=_LEVEL)
    words = f"{name} {interval.mean:.4f}, 90 % interval {interval.low:.4f} to {interval.high:.4f}, {len(values):,} queries"
    if interval.low >= least:
        return Outcome(limit=limit, state="pass", words=words)
    if interval.high < least:
        return Outcome(limit=limit, state="fail", words=words)
    distance = abs(interval.mean - least)
    deviation = float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
    if distance and deviation:
        needed = max(len(values) + 1, math.ceil(((ONE_SIDED + REACHED) * deviation / distance) ** 2))
        words += f"; about {needed:,} queries would decide"
    return Outcome(limit=limit, state="undecided", words=words)


def _against(limit: Limit, result: RankerResult) -> Outcome:
    assert limit.baseline is not None
    before = _baseline(limit.baseline, limit.ranker, limit.metric)
    common = [query for query in result.per_query if query in before]
    if not common:
        raise InputError(f"{limit.baseline} has none of the evaluated queries. Make it anew from a run of this collection.")
    differences = [result.per_query[query][limit.metric] - before[query] for query in common]
    return _above(limit, differences, -limit.value, name=f"difference in {limit.metric}")


def _baseline(path: Path, ranker: str, metric: str) -> dict[str, float]:
    """Query id to value, from what `reranklab runs show RUN --format json` printed."""
    try:
        record: Any = parse_json(path.read_bytes(), where=str(path))
        results = {each["ranker"]: each["per_query"] for each in record["results"]}
        return {query: float(values[metric]) for query, values in results[ranker].items()}
    except OSError as error:
        raise InputError(f"The baseline {path} cannot be read: {error.strerror}. Check the path.") from error
    except (ValueError, KeyError, TypeError, AttributeError, InputError, RecursionError) as error:
        raise InputError(
            f"{path} holds no {metric} of {ranker} for each query. Make it with `reranklab runs show RUN --format json`."
        ) from error


def _first(limit: Limit, result: RankerResult) -> Outcome:
    ranking = next((each for each in result.rankings if each.query.id == limit.query), None)
    if ranking is None:
        raise InputError(f"The query {limit.query!r} was not evaluated. Choose a query of the collection's split.")
    first = ranking.items[0].id
    state: State = "pass" if first == limit.document else "fail"
    rank = ranking.rank_of().get(limit.document)
    words = f"{first} is first; {limit.document} is " + ("not among the candidates" if rank is None else f"at rank {rank:,}")
    return Outcome(limit=limit, state=state, words=words)


def _limit(values: Any, where: str, folder: Path) -> Limit:
    if not isinstance(values, dict):
        raise InputError(f"{where} is no table. Write [[limit]] and its keys below.")
    kind = next((kind for kind, keys in _KEYS.items() if set(keys) == values.keys()), None)
    if kind is None:
        forms = "; ".join(" ".join(keys) for keys in _KEYS.values())
        raise InputError(f"{where} has the keys {', '.join(values) or 'none'}. Give one of: {forms}.")
    ranker = parse_ranker_id(_text(values, "ranker", where)).id
    metric = _text(values, "metric", where) if "metric" in values else ""
    if metric:
        parse_measure(metric)
    number = next((key for key in ("at_least", "margin", "p95_ms") if key in values), "")
    return Limit(
        kind=kind,  # type: ignore[arg-type]  # a key of _KEYS
        ranker=ranker,
        metric=metric,
        value=_number(values, number, where) if number else 0.0,
        baseline=folder / _text(values, "baseline", where) if kind == "baseline" else None,
        query=_text(values, "query", where) if kind == "first" else "",
        document=_text(values, "first", where) if kind == "first" else "",
    )


def _text(values: Mapping[str, Any], key: str, where: str | Path) -> str:
    value = values.get(key)
    if not isinstance(value, str) or not value.strip():
        raise InputError(f"{where}: {key} is {json.dumps(value, default=str)}. Give a text.")
    return value


def _number(values: Mapping[str, Any], key: str, where: str | Path) -> float:
    value = values.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise InputError(f"{where}: {key} is {json.dumps(value, default=str)}. Give a number.")
    return float(value)
