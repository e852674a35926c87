"""Limits on rankers that are checked again and again, judged with the uncertainty of so many queries.

A limit on a mean or a pass rate passes where it is above with 95 % confidence (one-sided), fails where it is below with 95 %,
and is undecided in between. Limits on a time and on one query are facts of the run, and pass or fail.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from reranklab.data.strict_json import parse_json
from reranklab.errors import InputError
from reranklab.evaluate.check_file import Check, Limit
from reranklab.evaluate.confidence import bca_mean, share_interval
from reranklab.evaluate.experiment import RankerResult
from reranklab.evaluate.power import ONE_SIDED, REACHED, probes_to_decide
from reranklab.evaluate.probes.run import ProbeReport

State = Literal["pass", "fail", "undecided"]

_LEVEL = 0.90
"""Two-sided, so that each end is passed by chance in 5 %."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A limit and what became of it; `words` gives the numbers."""

    limit: Limit
    state: State
    words: str


def judge(
    check: Check, results: Sequence[RankerResult], probed: Mapping[str, ProbeReport] | None = None
) -> tuple[Outcome, ...]:
    """What became of each limit. A ranker that failed on a query or a probe fails its limits. `probed` is source to report.

    Raises InputError for a baseline that cannot be used, a query that was not evaluated, and a capability that the probes do
    not have.
    """
    by_ranker = {result.ranker: result for result in results}
    reports = probed or {}
    return tuple(
        _probed(limit, reports[limit.source]) if limit.kind == "probe" else _judge(limit, by_ranker[limit.ranker])
        for limit in check.limits
    )


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


def _probed(limit: Limit, report: ProbeReport) -> Outcome:
    if limit.probe not in report.capabilities:
        known = ", ".join(report.capabilities)
        raise InputError(f"{limit.source} has no probes of {limit.probe!r}. Choose one of: {known}.")
    failed = report.failed(limit.ranker, limit.probe)
    if failed:
        words = f"{len(failed):,} of its probes failed: {failed[0].reason}"
        return Outcome(limit=limit, state="fail", words=words)
    cell = report.rate(limit.ranker, limit.probe)
    if not cell.judged:
        return Outcome(limit=limit, state="undecided", words="no probe could be judged by this ranker")
    interval = share_interval(cell.passed, cell.judged, level=_LEVEL)
    words = (
        f"{cell.passed:,} of {cell.judged:,} probes passed, {interval.mean:.0%}, 90 % interval {interval.low:.0%} to "
        f"{interval.high:.0%}"
    )
    if interval.low >= limit.value:
        return Outcome(limit=limit, state="pass", words=words)
    if interval.high < limit.value:
        return Outcome(limit=limit, state="fail", words=words)
    needed = probes_to_decide(cell.passed / cell.judged, limit.value, at_least=cell.judged + 1)
    return Outcome(
        limit=limit,
        state="undecided",
        words=words if needed is None else f"{words}; about {needed:,} probes would decide",
    )


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
