"""What a rerank service answered, checked: a finite score for each document that was sent, and nothing else."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reranklab.errors import EndpointError
from reranklab.services.contract import Contract
from reranklab.services.faults import not_the_protocol, tidy, unreadable, where

if TYPE_CHECKING:
    from reranklab.services.endpoint import Endpoint

_MOST = 10**12
"""A count beyond it is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`scores` run along the documents of the request. `counts` are what the service says it charges or read, and `model` the
    name that it answers with; both are empty where it does not say."""

    scores: tuple[float, ...]
    counts: Mapping[str, int]
    model: str = ""


def read_answer(content: bytes, endpoint: Endpoint, contract: Contract, *, count: int) -> Answer:
    """The answer to a request with `count` documents. Raises EndpointError for anything else."""
    problem: EndpointError | None = None
    try:
        data = json.loads(content)
    except (ValueError, RecursionError) as error:
        problem = unreadable(error, endpoint)
    if problem is not None:
        raise problem
    results = _at(data, contract.results)
    if not isinstance(results, list):
        field = f"no list {contract.results!r}" if contract.results else "no list"
        raise not_the_protocol(endpoint, f"it holds {field} of results")
    scores = _scores(results, endpoint, contract.score, count=count)
    model = data.get("model") if isinstance(data, dict) else None
    return Answer(
        scores=tuple(scores[place] for place in range(count)),
        counts={name: value for name, path in contract.counts.items() if (value := _count(_at(data, path))) is not None},
        model=tidy(model, endpoint) if isinstance(model, str) else "",
    )


def _scores(results: list[Any], endpoint: Endpoint, field: str, *, count: int) -> dict[int, float]:
    found: dict[int, float] = {}
    for result in results:
        index, score = (result.get("index"), result.get(field)) if isinstance(result, dict) else (None, None)
        if type(index) is not int or isinstance(score, bool) or not isinstance(score, int | float):
            raise not_the_protocol(endpoint, f"a result has no whole number as index, or no number as {field}")
        if not 0 <= index < count:
            raise _wrong(endpoint, f"gave a score to document {_short(index)} of {count}, counted from 0")
        if index in found:
            raise _wrong(endpoint, f"gave two scores to document {index} of {count}, counted from 0")
        number = _finite(score)
        if number is None:
            raise _wrong(endpoint, f"gave document {index} of {count}, counted from 0, a score that is no finite number")
        found[index] = number
    if len(found) < count:
        first = next(place for place in range(count) if place not in found)
        raise _wrong(endpoint, f"scored {len(found)} of {count} documents: number {first}, counted from 0, is missing")
    return found


def _finite(score: int | float) -> float | None:
    try:
        number = float(score)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _wrong(endpoint: Endpoint, what: str) -> EndpointError:
    return EndpointError(f"{where(endpoint)} {what}. No ranking is made of that: look at the server, or use another model.")


def _short(index: int) -> str:
    return f"{index}" if abs(index) < _MOST else "far beyond the last"


def _at(data: Any, path: str) -> Any:
    """What stands at a path with dots between; None where nothing does."""
    for name in filter(None, path.split(".")):
        data = data.get(name) if isinstance(data, dict) else None
    return data


def _count(value: Any) -> int | None:
    if type(value) is float and value.is_integer() and abs(value) < _MOST:
        value = int(value)
    return value if type(value) is int and 0 <= value <= _MOST else None
