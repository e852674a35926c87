"""A query and documents scored by a rerank service, in as many requests as its limits ask for."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from reranklab.errors import InputError
from reranklab.progress import CancelSignal, Progress, check_cancel, report
from reranklab.services.answers import read_answer
from reranklab.services.batches import request_groups
from reranklab.services.contract import Contract
from reranklab.services.limits import RERANK_LIMITS, CallLimits
from reranklab.services.line import Line, Reply

if TYPE_CHECKING:
    from reranklab.services.endpoint import Endpoint

_ROOM = 1_000_000
"""Bytes of an answer beside what it may repeat of the request: some 10,000 results."""
_ECHO = 8
"""Times its size that a request may come back: some services repeat the documents, and JSON may escape each sign."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """`scores` run along the documents. `calls` and `retries` count requests; `counts` is what the service says it read or
    charges. `seconds` is the wall time of the requests, and `times` what the service says of it, in ms: with "total" where it
    tells its own share. `models` are the names that it answered with."""

    scores: tuple[float, ...]
    calls: int
    retries: int
    counts: Mapping[str, int]
    seconds: float
    times: Mapping[str, float]
    models: tuple[str, ...]


def rerank(
    endpoint: Endpoint,
    contract: Contract,
    *,
    query: str,
    texts: Sequence[str],
    model: str,
    settings: Mapping[str, Any],
    documents: int = 0,
    whole: bool = False,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
    limits: CallLimits = RERANK_LIMITS,
) -> Served:
    """Score `texts` for `query`. `settings` are further fields of the request, and `documents` the most in one request (0: the
    service's limit); with `whole` they must fit into one. Raises EndpointError, InputError for what does not fit,
    and Cancelled."""
    base = {**({"model": model} if model and contract.sends_model else {}), **contract.body, **settings, "query": query}
    groups = request_groups(
        contract, query=query, texts=texts, documents=documents, body_bytes=len(_json({**base, contract.texts: []}))
    )
    if whole and len(groups) > 1:
        raise InputError(
            f"{len(texts)} documents do not fit into one request to this service, and {model} reads them together. Rank fewer."
        )
    url = call_address(endpoint.url, contract.path)
    scores: list[float] = []
    counts: Counter[str] = Counter()
    models: dict[str, None] = {}
    replies: list[Reply] = []
    largest = max(sum(len(text.encode()) for text in texts[start:end]) for start, end in groups)
    room = _ROOM + _ECHO * largest
    with Line(endpoint, replace(limits, event_bytes=room, reply_bytes=room)) as line:
        for done, (start, end) in enumerate(groups, start=1):
            check_cancel(cancel)
            body = _json({**base, contract.texts: list(texts[start:end])})
            reply = line.post(url, body, model=model, cancel=cancel)
            answer = read_answer(reply.content, endpoint, contract, count=end - start)
            scores += answer.scores
            counts.update(answer.counts)
            models |= {answer.model: None} if answer.model else {}
            replies.append(reply)
            report(progress, done=done, total=len(groups), unit="call")
    return Served(
        scores=tuple(scores),
        calls=len(groups),
        retries=sum(reply.retries for reply in replies),
        counts=dict(counts),
        seconds=sum(reply.seconds for reply in replies),
        times=_times(replies, contract),
        models=tuple(models),
    )


def call_address(base: str, path: str) -> str:
    """Where a call goes: the base address and the path, whose first part is not repeated where the address ends in it."""
    base = base.rstrip("/")
    first, _, rest = path.removeprefix("/").partition("/")
    ends = urlsplit(base).path.rpartition("/")[2]
    return f"{base}/{rest}" if rest and ends == first else f"{base}{path}"


def _json(data: Mapping[str, Any]) -> bytes:
    return json.dumps(data, ensure_ascii=False).encode()


def _times(replies: Sequence[Reply], contract: Contract) -> dict[str, float]:
    """What each reply tells, added up; nothing where one does not tell, or tells more than its own wall time."""
    sums: dict[str, float] = {}
    for name, header in contract.times.items():
        told = [_milliseconds(reply.headers.get(header, ""), most=1000 * reply.seconds) for reply in replies]
        if all(each is not None for each in told):
            sums[name] = sum(each for each in told if each is not None)
    return sums


def _milliseconds(text: str, *, most: float) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and 0 <= value <= most else None
