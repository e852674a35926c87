"""A ranking as a row: what is the same for many results apart, the items as columns of numbers.

`decode(encode(ranking)) == ranking`, to the last bit of each score. Behind the columns stand two checksums, of them and of all
else, so that a bit that changed on disk is no other score.
"""

from __future__ import annotations

import hashlib
import json
import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from reranklab.errors import StorageError
from reranklab.types import Provenance, Query, RankedDocument, Ranking, ScoreScale, Stage, StageTimes, Timing

_ITEM = np.dtype(
    [
        ("candidate", "<i4"),
        ("score", "<f8"),
        ("used", "<i4"),
        ("total", "<i4"),
        ("unknown", "<f8"),
        ("start", "<i4"),
        ("end", "<i4"),
    ]
)
_NO_PASSAGE = -1
_SEAL = struct.Struct("<II")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A result without its key. `ids` are the candidates' in input order, `making` what many results have in common."""

    ranker: str
    query: Query
    ids: tuple[str, ...]
    making: str
    facts: str
    items: bytes


def encode(ranking: Ranking) -> Row:
    """Raises StorageError for values that JSON cannot hold."""
    ids = [""] * len(ranking.items)
    columns = np.empty(len(ranking.items), dtype=_ITEM)
    for position, item in enumerate(ranking.items):
        ids[item.candidate] = item.id
        start, end = item.passage or (_NO_PASSAGE, _NO_PASSAGE)
        columns[position] = (
            item.candidate,
            item.score,
            item.tokens_used,
            item.tokens_total,
            item.unknown_share,
            start,
            end,
        )
    row = Row(
        ranker=ranking.ranker,
        query=ranking.query,
        ids=tuple(ids),
        making=_text({"scale": asdict(ranking.scale), "provenance": _plain(ranking.provenance)}),
        facts=_text(
            {
                "timing": asdict(ranking.timing),
                "warnings": list(ranking.warnings),
                "details": dict(ranking.details),
                "matched": ranking.matched,
                **_errors(ranking),
                "stages": [_stage(stage) for stage in ranking.stages],
            }
        ),
        items=columns.tobytes(),
    )
    return replace(row, items=row.items + _SEAL.pack(zlib.crc32(row.items), _checksum(row)))


def decode(row: Row) -> Ranking:
    """Raises StorageError for a row that `encode` did not write."""
    try:
        making, facts = json.loads(row.making), json.loads(row.facts)
        columns = np.frombuffer(_unsealed(row.items), dtype=_ITEM).tolist()
        errors = facts.get("errors", [None] * len(columns))
        if _SEAL.unpack(row.items[-_SEAL.size :])[1] != _checksum(row):
            raise ValueError("it was changed")
        return Ranking(
            ranker=row.ranker,
            query=row.query,
            items=tuple(
                RankedDocument(
                    id=row.ids[candidate],
                    rank=rank,
                    score=score,
                    candidate=candidate,
                    tokens_used=used,
                    tokens_total=total,
                    unknown_share=unknown,
                    passage=None if start == _NO_PASSAGE else (start, end),
                    error=errors[rank - 1],
                )
                for rank, (candidate, score, used, total, unknown, start, end) in enumerate(columns, start=1)
            ),
            scale=ScoreScale(**making["scale"]),
            timing=_timing(facts["timing"]),
            provenance=Provenance(**making["provenance"]),
            warnings=tuple(facts["warnings"]),
            details=facts["details"],
            matched=facts["matched"],
            stages=tuple(_read_stage(stage) for stage in facts["stages"]),
        )
    except (KeyError, TypeError, ValueError, IndexError, RecursionError) as error:
        raise StorageError(f"A stored result of {row.ranker} for query {row.query.id} is damaged ({error}).") from error


def _errors(ranking: Ranking) -> dict[str, list[float | None]]:
    """In rank order, where any score has one: few rankers give them, so they are no column."""
    errors = [item.error for item in ranking.items]
    return {"errors": errors} if any(error is not None for error in errors) else {}


def columns(items: bytes) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float64], npt.NDArray[np.int32]]:
    """The candidates' positions, scores and tokens read, in rank order, without making objects of them.

    Raises StorageError for what `encode` did not write.
    """
    try:
        rows = np.frombuffer(_unsealed(items), dtype=_ITEM)
    except ValueError as error:
        raise StorageError(f"A stored list is damaged ({error}).") from error
    return rows["candidate"], rows["score"], rows["used"]


def _unsealed(items: bytes) -> bytes:
    """The columns alone. Raises ValueError where their checksum is another."""
    values = items[: -_SEAL.size]
    if len(items) < _SEAL.size or _SEAL.unpack(items[-_SEAL.size :])[0] != zlib.crc32(values):
        raise ValueError("it was changed")
    return values


def _checksum(row: Row) -> int:
    """Of all but the columns."""
    texts = [row.ranker, row.query.id, row.query.text, row.making, row.facts, *row.ids]
    return zlib.crc32(json.dumps(texts).encode())


def pack(value: object) -> bytes:
    """A plain value as compressed JSON."""
    return zlib.compress(_text(value).encode("utf-8", "surrogatepass"))


def unpack(data: bytes) -> Any:
    """Raises StorageError for what `pack` did not write."""
    try:
        return json.loads(zlib.decompress(data).decode("utf-8", "surrogatepass"))
    except (zlib.error, ValueError, RecursionError) as error:
        raise StorageError(f"A stored list is damaged ({error}).") from error


def digest(text: str | bytes) -> str:
    """What names a shared part: the first 32 hex digits of its SHA-256."""
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    return hashlib.sha256(data).hexdigest()[:32]


def _text(value: object) -> str:
    try:
        return json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError) as error:
        raise StorageError(f"A result cannot be kept as JSON ({error}).") from error


def _plain(provenance: Provenance) -> dict[str, Any]:
    values = {name: getattr(provenance, name) for name in Provenance.__dataclass_fields__}
    return {name: dict(value) if isinstance(value, Mapping) else value for name, value in values.items()}


def _stage(stage: Stage) -> dict[str, Any]:
    return {
        "ranker": stage.ranker,
        "candidates": stage.candidates,
        "timing": asdict(stage.timing),
        "provenance": _plain(stage.provenance),
        "scale": asdict(stage.scale),
        "warnings": list(stage.warnings),
        "details": dict(stage.details),
        "stages": [_stage(each) for each in stage.stages],
    }


def _read_stage(values: Mapping[str, Any]) -> Stage:
    return Stage(
        ranker=values["ranker"],
        candidates=values["candidates"],
        timing=_timing(values["timing"]),
        provenance=Provenance(**values["provenance"]),
        scale=ScoreScale(**values["scale"]),
        warnings=tuple(values["warnings"]),
        details=values["details"],
        stages=tuple(_read_stage(each) for each in values["stages"]),
    )


def _timing(values: Mapping[str, Any]) -> Timing:
    runs: Sequence[Mapping[str, float]] = values["runs"]
    return Timing(**{**values, "runs": tuple(StageTimes(**run) for run in runs)})
