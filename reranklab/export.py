"""Rankings as files: a TREC run, CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from reranklab.errors import InputError
from reranklab.types import STAGES, Document, Provenance, Ranking, Scalar, ScoreScale, Stage, Timing

CSV_COLUMNS = (
    "query_id",
    "ranker",
    "rank",
    "document_id",
    "score",
    "scale",
    "tokens_used",
    "tokens_total",
    "unknown_share",
    "grade",
)  # fmt: skip

_PRIVATE_NAMES = frozenset({"address", "api_key", "authorization", "base_url", "endpoint", "key", "password", "secret", "url"})
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)


def to_trec_run(rankings: Sequence[Ranking]) -> str:
    """`query Q0 document rank score tag` lines of one ranker over any number of queries.

    The score is the number of documents less the rank, plus 1: tools sort a run by score and break ties in their own way,
    so it falls strictly with the rank and is not the ranker's own. Whitespace in the ranker's id becomes "_" in the tag.
    Raises InputError for an id that holds whitespace, two rankers in one run, or two rankings of one query.
    """
    lines = []
    queries: set[str] = set()
    for ranking in rankings:
        if ranking.ranker != rankings[0].ranker:
            raise InputError(
                f"A TREC run holds one ranker, not {rankings[0].ranker} and {ranking.ranker}. Export each as its own run."
            )
        if ranking.query.id in queries:
            raise InputError(f"Two rankings are of the query {ranking.query.id!r}. Export one of them.")
        queries.add(ranking.query.id)
        query = _trec_field("query", ranking.query.id)
        tag = re.sub(r"\s+", "_", ranking.ranker)
        for item in ranking.items:
            score = len(ranking.items) - item.rank + 1
            lines.append(f"{query} Q0 {_trec_field('document', item.id)} {item.rank} {score} {tag}\n")
    return "".join(lines)


def to_trec_runs(rankings: Sequence[Ranking]) -> dict[str, str]:
    """Ranker id to its TREC run, for rankings of several rankers."""
    by_ranker: dict[str, list[Ranking]] = {}
    for ranking in rankings:
        by_ranker.setdefault(ranking.ranker, []).append(ranking)
    return {ranker: to_trec_run(group) for ranker, group in by_ranker.items()}


def to_trec_qrels(judgements: Mapping[str, Mapping[str, int]]) -> str:
    """`query 0 document grade` lines. Raises InputError for an id that is empty or holds whitespace."""
    return "".join(
        f"{_trec_field('query', query)} 0 {_trec_field('document', document)} {grade}\n"
        for query, grades in judgements.items()
        for document, grade in grades.items()
    )


def to_csv(
    rankings: Sequence[Ranking],
    documents: Sequence[Document] | None = None,
    qrels: Mapping[str, Mapping[str, int]] | None = None,
) -> str:
    """One line for each document of each ranking, with the columns of CSV_COLUMNS.

    `documents` adds a last column with the document's text, `qrels` (query id to document id to grade) fills the grade,
    which is empty for an unjudged document. A text that a spreadsheet would run as a formula gets a leading apostrophe.
    """
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(CSV_COLUMNS if documents is None else (*CSV_COLUMNS, "document"))
    for row in to_rows(rankings, documents, qrels):
        writer.writerow([csv_cell(value) if isinstance(value, str) else value for value in row.values()])
    return buffer.getvalue()


def to_rows(
    rankings: Sequence[Ranking],
    documents: Sequence[Document] | None = None,
    qrels: Mapping[str, Mapping[str, int]] | None = None,
) -> list[dict[str, str | int | float | None]]:
    """A row for each document of each ranking, by the names of CSV_COLUMNS, values as they are.

    `documents` adds the document's text as "document". The grade is None for an unjudged document.
    """
    texts = None if documents is None else {document.id: document.content for document in documents}
    rows = []
    for ranking in rankings:
        grades = {} if qrels is None else qrels.get(ranking.query.id, {})
        for item in ranking.items:
            row: dict[str, str | int | float | None] = {
                "query_id": ranking.query.id,
                "ranker": ranking.ranker,
                "rank": item.rank,
                "document_id": item.id,
                "score": item.score,
                "scale": ranking.scale.name,
                "tokens_used": item.tokens_used,
                "tokens_total": item.tokens_total,
                "unknown_share": round(item.unknown_share, 4),
                "grade": grades.get(item.id),
            }
            if texts is not None:
                row["document"] = texts.get(item.id, "")
            rows.append(row)
    return rows


def to_dict(rankings: Sequence[Ranking], *, notes: Sequence[str] = ()) -> dict[str, Any]:
    """Rankings of one query as plain values for JSON, with provenance; times in ms, medians over the runs.

    `notes` say how the input was read.

    Raises InputError for no rankings, or rankings of different queries.
    """
    if not rankings:
        raise InputError("There are no rankings to export. Run at least one ranker.")
    if any(ranking.query != rankings[0].query for ranking in rankings):
        raise InputError("The rankings are of different queries. Export one query at a time.")
    return {"query": rankings[0].query.text, "notes": list(notes), "rankings": [_ranking(ranking) for ranking in rankings]}


def to_json(rankings: Sequence[Ranking], *, notes: Sequence[str] = (), indent: int | None = 2) -> str:
    """`to_dict` as JSON text."""
    return json.dumps(to_dict(rankings, notes=notes), ensure_ascii=False, allow_nan=False, indent=indent)


def provenance_record(provenance: Provenance) -> dict[str, Any]:
    """How something was made, as plain values; nothing that looks like an address or a key."""
    return {
        "family": provenance.family,
        "model": provenance.model,
        "revision": provenance.revision,
        "weights_sha256": provenance.weights_sha256,
        "device": provenance.device,
        "device_name": provenance.device_name,
        "precision": provenance.precision,
        "backend": provenance.backend,
        "parameters": _public(provenance.parameters),
        "versions": dict(provenance.versions),
    }


def scale_record(scale: ScoreScale) -> dict[str, str]:
    """What a score means, as plain values."""
    return {"name": scale.name, "description": scale.description}


def _ranking(ranking: Ranking) -> dict[str, Any]:
    return {
        "ranker": ranking.ranker,
        "provenance": provenance_record(ranking.provenance),
        "items": [
            {
                "id": item.id,
                "rank": item.rank,
                "score": item.score,
                "tokens_used": item.tokens_used,
                "tokens_total": item.tokens_total,
                "unknown_share": round(item.unknown_share, 4),
                "passage": list(item.passage) if item.passage is not None else None,
                **({} if item.error is None else {"standard_error": item.error}),
            }
            for item in ranking.items
        ],
        "timing": _timing(ranking.timing),
        "matched": ranking.matched,
        "warnings": list(ranking.warnings),
        "scale": scale_record(ranking.scale),
        "details": _public(ranking.details),
        "stages": [_stage(stage) for stage in ranking.stages],
    }


def _stage(stage: Stage) -> dict[str, Any]:
    return {
        "ranker": stage.ranker,
        "candidates": stage.candidates,
        "provenance": provenance_record(stage.provenance),
        "timing": _timing(stage.timing),
        "scale": scale_record(stage.scale),
        "warnings": list(stage.warnings),
        "details": _public(stage.details),
        "stages": [_stage(each) for each in stage.stages],
    }


def _timing(timing: Timing) -> dict[str, Any]:
    return {
        "load": timing.load,
        **{stage: timing.p50(stage) for stage in STAGES},
        "total_p95": timing.p95(),
        "runs": len(timing.runs),
        "warmup": timing.warmup,
        "documents_per_second": timing.documents_per_second,
        "tokens_per_second": timing.tokens_per_second,
        "device": timing.device,
        "measured_at": timing.measured_at,
        "cached": timing.cached,
    }


def _public(values: Mapping[str, Scalar]) -> dict[str, Scalar]:
    """Without anything that looks like an address or a key, should a ranker have put one there."""
    return {
        name: value
        for name, value in values.items()
        if name.lower() not in _PRIVATE_NAMES and not (isinstance(value, str) and "://" in value)
    }


def _trec_field(what: str, value: str) -> str:
    if not value or any(character.isspace() or character == "\0" for character in value):
        raise InputError(
            f"The {what} id {value!r} is empty or holds whitespace, which a TREC run cannot. Rename it, or export CSV or JSON."
        )
    return value


def csv_cell(text: str) -> str:
    """A text for a CSV file: a guard against formula injection (OWASP "CSV Injection"); a plain number stays as it is."""
    if text.lstrip(" ").startswith(_FORMULA_STARTS) and not _NUMBER.fullmatch(text):
        return f"'{text}"
    return text
