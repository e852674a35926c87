"""How far the order in a log is from that of a cheap reference ranker, and what a ranker's tokenizer makes of its texts.

The reference need not be better. It stays the same, so that a change in the disagreement is one of the texts, the queries or
the ranker that is logged.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from reranklab.data.blank import is_blank
from reranklab.data.text import clean_text
from reranklab.errors import InputError, QueryTooLongError
from reranklab.evaluate.agreement import overlap_of_orders
from reranklab.progress import CancelSignal, Progress, check_cancel, report
from reranklab.rankers.base import MAX_CANDIDATES
from reranklab.rankers.family import Capability, Ranker
from reranklab.types import Document, Query, Ranking
from reranklab.watch.log.request import LoggedCandidate, LoggedRequest
from reranklab.watch.per_request import PerRequest, per_request

_STOPPED = "Stopped before the sample was read."
NO_QUERY = "no query text"
NO_TEXTS = "no text of every candidate"
ONE_CANDIDATE = "fewer than two candidates"
NO_ORDER = "neither ranks nor scores"
TOO_MANY = f"more than {MAX_CANDIDATES:,} candidates"
TOO_LONG = "a query longer than the reference ranker reads"
FOUND_NOTHING = "no word in common for the reference ranker"


def disagreement(
    requests: Sequence[LoggedRequest],
    ranker: Ranker,
    *,
    p: float = 0.9,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> PerRequest:
    """One less the rank-biased overlap between the log's order and the ranker's, for each request: 0 for the same order.

    Candidates without a place in the log count as last. Left out is what has nothing to be ranked anew, and where the ranker
    finds nothing in any text: its order is that of the input. Raises InputError for a ranker that asks a service, what the
    ranker raises, and Cancelled.
    """
    _check_here(ranker)
    rows: list[tuple[float, float, int]] = []
    left_out: Counter[str] = Counter()
    for place, request in enumerate(requests):
        check_cancel(cancel, _STOPPED)
        report(progress, done=place, total=len(requests), unit="request", label="Reference ranker")
        reason = _why_not(request) or _why_no_order(request)
        ranking = None if reason else _rank(ranker, request, cancel)
        if reason or ranking is None or ranking.matched == 0:
            left_out[reason or (TOO_LONG if ranking is None else FOUND_NOTHING)] += 1
            continue
        names = {id(each): str(number) for number, each in enumerate(request.candidates)}
        logged = [names[id(each)] for each in request.ranked]
        overlap = overlap_of_orders(logged, [item.id for item in ranking.items], p=p)
        rows.append((request.time, min(max(1 - overlap, 0.0), 1.0), place))
    report(progress, done=len(requests), total=len(requests), unit="request", label="Reference ranker")
    return per_request(rows, left_out)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadShares:
    """For each request: the share of its candidates of which the ranker reads a part only, and the mean share of a candidate's
    characters that its tokenizer does not know."""

    truncated: PerRequest
    unknown: PerRequest


def read_shares(
    requests: Sequence[LoggedRequest],
    ranker: Ranker,
    *,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> ReadShares:
    """What a ranker's tokenizer makes of the candidates, from its rankings: take the ranker that is logged, or one with the
    same tokenizer. Raises as `disagreement`."""
    _check_here(ranker)
    truncated: list[tuple[float, float, int]] = []
    unknown: list[tuple[float, float, int]] = []
    left_out: Counter[str] = Counter()
    for place, request in enumerate(requests):
        check_cancel(cancel, _STOPPED)
        report(progress, done=place, total=len(requests), unit="request", label="Tokenizer")
        reason = _why_not(request, least=1)
        ranking = None if reason else _rank(ranker, request, cancel)
        if ranking is None:
            left_out[reason or TOO_LONG] += 1
            continue
        count = len(ranking.items)
        truncated.append((request.time, sum(item.truncated for item in ranking.items) / count, place))
        unknown.append((request.time, sum(item.unknown_share for item in ranking.items) / count, place))
    report(progress, done=len(requests), total=len(requests), unit="request", label="Tokenizer")
    return ReadShares(truncated=per_request(truncated, left_out), unknown=per_request(unknown, left_out))


def _check_here(ranker: Ranker) -> None:
    if Capability.HOSTED in ranker.capabilities:
        raise InputError(
            f"{ranker.id} computes elsewhere, and the texts of a log stay here. Take a ranker that runs on this machine."
        )


def _why_not(request: LoggedRequest, *, least: int = 2) -> str:
    """Why a request cannot be ranked anew; "" where it can."""
    if is_blank(request.query):
        return NO_QUERY
    if len(request.candidates) < least:
        return ONE_CANDIDATE
    if len(request.candidates) > MAX_CANDIDATES:
        return TOO_MANY
    texts = [_text(each) for each in request.candidates]
    return NO_TEXTS if None in texts or all(is_blank(text or "") for text in texts) else ""


def _why_no_order(request: LoggedRequest) -> str:
    ordered = any(each.rank is not None or each.score is not None for each in request.candidates)
    return "" if ordered else NO_ORDER


def _text(candidate: LoggedCandidate) -> str | None:
    if candidate.text is None:
        return None
    return f"{candidate.title} {candidate.text}".strip() if candidate.title else candidate.text


def _rank(ranker: Ranker, request: LoggedRequest, cancel: CancelSignal | None) -> Ranking | None:
    """The candidates under the numbers of their places: their own ids may repeat. None where the query is too long."""
    documents = [Document(id=str(number), text=clean_text(_text(each) or "")) for number, each in enumerate(request.candidates)]
    try:
        return ranker.rank(Query(text=clean_text(request.query)), documents, cancel=cancel)
    except QueryTooLongError:
        return None
