"""The requests behind an alert as queries with their candidates, which can be ranked anew, judged and trained on."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from types import MappingProxyType

import numpy as np

from reranklab.data.blank import is_blank
from reranklab.data.text import clean_text
from reranklab.data.unjudged import RankedQuery
from reranklab.errors import InputError
from reranklab.types import Document, Query
from reranklab.watch.log.back import requests_at
from reranklab.watch.log.columns import Columns, Places
from reranklab.watch.log.mask import Masking
from reranklab.watch.log.reading import ReadLog
from reranklab.watch.log.request import LoggedRequest
from reranklab.watch.report import Alert
from reranklab.watch.windows import day_name

NO_QUERY = "no text of the query"
NO_TEXTS = "no text of a candidate"
HOW_TO_LOG = (
    "Log the query (query) and each candidate's text (candidates.text), or give the documents that the log names "
    "by their ids beside it."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BehindQuery:
    """A query, its latest request, and how many of the requests asked it. `milliseconds` are that request's."""

    ranked: RankedQuery
    request: LoggedRequest
    times: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """`queries` in the order of their latest requests, each once. `requests` is how many were looked at, of `of` behind the
    alert; `left_out` counts those without texts by the reason, `without_text` the candidates of the others."""

    queries: tuple[BehindQuery, ...]
    requests: int
    of: int
    left_out: Mapping[str, int] = field(default_factory=dict)
    without_text: int = 0

    @property
    def ranked(self) -> tuple[RankedQuery, ...]:
        return tuple(each.ranked for each in self.queries)

    def sentences(self) -> tuple[str, ...]:
        """What was taken and what is missing."""
        if not self.queries:
            said = [f"None of the {_number(self.requests, 'request')} looked at has its texts."]
            return (*said, *self._missing())
        looked = f"{self.requests:,} of {self.of:,}" if self.requests < self.of else f"{self.of:,}"
        ask = "asks 1 query" if self.requests == 1 else f"ask {_number(len(self.queries), 'query')}"
        said = [f"{looked} {'request' if self.of == 1 else 'requests'} behind the alert {ask} with texts."]
        return (*said, *self._missing())

    def _missing(self) -> Iterator[str]:
        if self.left_out:
            reasons = "; ".join(f"{_number(number, 'request')} with {reason}" for reason, number in self.left_out.items())
            yield f"Left out: {reasons}. {HOW_TO_LOG}"
        if self.without_text:
            yield f"{_number(self.without_text, 'candidate')} of the others without a text are missing from the lists."


def requests_behind(
    log: ReadLog,
    alert: Alert,
    *,
    number: int,
    masking: Masking | None,
    documents: Mapping[str, Document] = MappingProxyType({}),
) -> Behind:
    """`number` of the alert's requests, evenly over time. Raises InputError for a number below 1 and as `requests_at` does."""
    return _behind(log, alert.places, number=number, masking=masking, documents=documents)


def requests_before(
    log: ReadLog,
    alert: Alert,
    *,
    number: int,
    masking: Masking | None,
    documents: Mapping[str, Document] = MappingProxyType({}),
) -> Behind:
    """The same of the requests before the change, back as far as the alert's reach behind it."""
    behind = int(alert.places[-1]) + 1 - alert.since_place if alert.places.size else 0
    first = max(0, alert.since_place - behind)
    places = np.arange(first, alert.since_place, dtype=np.int64)
    return _behind(log, places, number=number, masking=masking, documents=documents)


def _behind(log: ReadLog, places: Places, *, number: int, masking: Masking | None, documents: Mapping[str, Document]) -> Behind:
    if number < 1:
        raise InputError(f"{number} requests are no collection. Take one at least.")
    chosen = places if places.size <= number else places[np.linspace(0, places.size - 1, number).round().astype(np.int64)]
    requests = requests_at(log, _taken(log.columns, chosen), masking=masking, documents=documents)
    left_out: Counter[str] = Counter()
    by_query: dict[str, tuple[LoggedRequest, RankedQuery, int]] = {}
    without_text = 0
    for request in requests:
        ranked = _ranked(request, log)
        if isinstance(ranked, str):
            left_out[ranked] += 1
            continue
        without_text += len({each.id for each in request.candidates}) - len(ranked.documents)
        times = by_query.pop(ranked.query.text, (request, ranked, 0))[2] + 1
        by_query[ranked.query.text] = request, ranked, times
    return Behind(
        queries=tuple(BehindQuery(ranked=ranked, request=request, times=times) for request, ranked, times in by_query.values()),
        requests=len(requests),
        of=int(places.size),
        left_out=left_out,
        without_text=without_text,
    )


def _taken(columns: Columns, places: Places) -> Columns:
    return columns.take(places.astype(np.intp))


def _ranked(request: LoggedRequest, log: ReadLog) -> RankedQuery | str:
    """The request's query with the candidates that have a text, or why there is none."""
    text = clean_text(request.query)
    if is_blank(text):
        return NO_QUERY
    found: dict[str, tuple[Document, float | None]] = {}
    for each in request.ranked:
        if each.text is not None and not is_blank(each.text):
            found.setdefault(each.id, (Document(id=each.id, text=each.text, title=each.title), each.score))
    if not found:
        return NO_TEXTS
    names = ", ".join(path.name for path in log.paths)
    return RankedQuery(
        query=Query(id=f"log-{hashlib.sha256(text.encode()).hexdigest()[:10]}", text=text),
        documents=tuple(document for document, _ in found.values()),
        scores=_falling([score for _, score in found.values()]),
        source=f"{names}: {request.id or 'a request'}, {day_name(request.time)}",
    )


def _falling(scores: Sequence[float | None]) -> tuple[float, ...]:
    """The scores where each document has one and they agree with the order, else none."""
    told = [score for score in scores if score is not None]
    return tuple(told) if len(told) == len(scores) and all(a > b for a, b in pairwise(told)) else ()


def _number(number: int, word: str) -> str:
    plural = f"{word[:-1]}ies" if word.endswith("y") else f"{word}s"
    return f"{number:,} {word if number == 1 else plural}"
