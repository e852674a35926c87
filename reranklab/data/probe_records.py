"""A probe: an edit of one document with what it should do to the score and what it did. And its JSON."""

from __future__ import annotations

import json
import math
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import Any, Literal, Protocol, get_args

from reranklab.data.paths import shortened
from reranklab.errors import InputError
from reranklab.types import RANK_ONLY, Document, Provenance, Query, RankedDocument, ScoreScale

PROBE_FORMAT = 1
"""Raised when a line changes so that earlier versions would misread it."""

Expectation = Literal["lower", "higher", "same", "unknown"]
EXPECTATIONS: tuple[Expectation, ...] = get_args(Expectation)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeScore:
    """One ranker's score of the document before and after the edit, in `scale`, and its ranks among the same candidates."""

    before: float
    after: float
    scale: str
    rank_before: int
    rank_after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """An edit that was saved.

    `edit` is its name, such as "negate". `expectation` says what it should do to the document's score. `scores` and
    `provenance` are by ranker id; `created_at` is UTC in ISO 8601.
    """

    id: str
    created_at: str
    query: Query
    original: Document
    edited: Document
    edit: str
    expectation: Expectation
    scores: Mapping[str, ProbeScore]
    provenance: Mapping[str, Mapping[str, Any]]
    note: str = ""

    def __post_init__(self) -> None:
        if not self.id.strip():
            raise InputError("A probe needs an id. Give it one.")
        if self.expectation not in EXPECTATIONS:
            raise InputError(
                f"A probe cannot expect {self.expectation!r} of a score. Choose one of: {', '.join(EXPECTATIONS)}."
            )
        for ranker, score in self.scores.items():
            if not (math.isfinite(score.before) and math.isfinite(score.after)):
                raise InputError(f"The scores of {ranker} are not finite numbers, so probe {self.id!r} cannot be kept.")


def met(probe: Probe, score: ProbeScore) -> bool | None:
    """Whether the ranker did what was expected: the score fell, rose, or the rank stayed. None where nothing was expected."""
    if probe.expectation == "unknown":
        return None
    if probe.expectation == "same":
        return score.rank_before == score.rank_after
    by_rank = score.scale == RANK_ONLY.name
    change = score.rank_before - score.rank_after if by_rank else score.after - score.before
    return change < 0 if probe.expectation == "lower" else change > 0


class Ranked(Protocol):
    """A ranked list with how it was made, such as a Ranking."""

    @property
    def ranker(self) -> str: ...

    @property
    def items(self) -> tuple[RankedDocument, ...]: ...

    @property
    def scale(self) -> ScoreScale: ...

    @property
    def provenance(self) -> Provenance: ...


def probe_of(
    *,
    query: Query,
    original: Document,
    edited: Document,
    edit: str,
    before: Sequence[Ranked],
    after: Sequence[Ranked],
    expectation: Expectation = "unknown",
    note: str = "",
) -> Probe:
    """A new probe, with the scores of the rankers that ranked the list both `before` and `after` the edit.

    The provenance is that of the list after. Raises InputError where a list does not hold the document.
    """
    earlier = {ranked.ranker: ranked for ranked in before}
    both = [(earlier[ranked.ranker], ranked) for ranked in after if ranked.ranker in earlier]
    return Probe(
        id=uuid.uuid4().hex[:12],
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        query=query,
        original=original,
        edited=edited,
        edit=edit,
        expectation=expectation,
        scores={later.ranker: _score(first, original.id, later, edited.id) for first, later in both},
        provenance={later.ranker: _provenance(later.provenance) for _, later in both},
        note=note,
    )


def to_line(probe: Probe) -> str:
    """The probe as one line of JSON, without its end. Raises InputError for values that JSON has no form for."""
    values = {
        "format": PROBE_FORMAT,
        "id": probe.id,
        "created_at": probe.created_at,
        "query": asdict(probe.query),
        "original": asdict(probe.original),
        "edited": asdict(probe.edited),
        "edit": probe.edit,
        "expectation": probe.expectation,
        "scores": {ranker: asdict(score) for ranker, score in probe.scores.items()},
        "provenance": {ranker: dict(values) for ranker, values in probe.provenance.items()},
        "note": probe.note,
    }
    try:
        return json.dumps(values, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise InputError(f"Probe {probe.id!r} cannot be kept as JSON ({error}).") from error


def from_line(line: str) -> Probe:
    """The probe of a line that `to_line` wrote. Keys of later versions are passed over. Raises InputError, saying why."""
    try:
        values = json.loads(line)
        json.dumps(values, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise InputError("It holds half of a surrogate pair, which is not text.") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"It is not JSON ({shortened(str(error))}).") from error
    if not isinstance(values, dict):
        raise InputError("It is not a JSON object.")
    if values.get("format") != PROBE_FORMAT:
        raise InputError(f"Its format is {values.get('format')!r}, this version reads format {PROBE_FORMAT}.")
    scores, provenance = (_value(values, key, dict) for key in ("scores", "provenance"))
    return Probe(
        id=_value(values, "id", str),
        created_at=_value(values, "created_at", str),
        query=Query(**_texts(values, "query", "text", "id")),
        original=Document(**_texts(values, "original", "id", "title", "text")),
        edited=Document(**_texts(values, "edited", "id", "title", "text")),
        edit=_value(values, "edit", str),
        expectation=_value(values, "expectation", str),
        scores={ranker: _score_of(scores, ranker) for ranker in scores},
        provenance={ranker: _value(provenance, ranker, dict) for ranker in provenance},
        note=_value(values, "note", str),
    )


def _score_of(scores: Mapping[str, Any], ranker: str) -> ProbeScore:
    score = _value(scores, ranker, dict)
    return ProbeScore(
        before=_number(score, "before"),
        after=_number(score, "after"),
        scale=_value(score, "scale", str),
        rank_before=_value(score, "rank_before", int),
        rank_after=_value(score, "rank_after", int),
    )


def _texts(values: Mapping[str, Any], key: str, *names: str) -> dict[str, str]:
    record = _value(values, key, dict)
    return {name: _value(record, name, str) for name in names}


def _number(values: Mapping[str, Any], key: str) -> float:
    try:
        return float(_value(values, key, float, int))
    except OverflowError as error:
        raise InputError(f"Its {key!r} is too large for a score.") from error


def _value(values: Mapping[str, Any], key: str, *types: type) -> Any:
    value = values.get(key)
    if not isinstance(value, types) or isinstance(value, bool):
        raise InputError(f"Its {key!r} is missing or not of the right type.")
    return value


def _score(first: Ranked, original: str, later: Ranked, edited: str) -> ProbeScore:
    before, after = _item(first, original), _item(later, edited)
    return ProbeScore(
        before=before.score, after=after.score, scale=later.scale.name, rank_before=before.rank, rank_after=after.rank
    )


def _item(ranked: Ranked, document_id: str) -> RankedDocument:
    for item in ranked.items:
        if item.id == document_id:
            return item
    raise InputError(f"Document {document_id!r} is not in the list that {ranked.ranker} ranked. Choose one of its candidates.")


def _provenance(provenance: Provenance) -> dict[str, Any]:
    values = {each.name: getattr(provenance, each.name) for each in fields(provenance)}
    return {name: dict(value) if isinstance(value, Mapping) else value for name, value in values.items()}
