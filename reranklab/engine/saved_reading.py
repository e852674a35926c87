"""Rankings from a saved file, every value checked: the file may come from anyone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from reranklab.data.strict_record import StrictRecord
from reranklab.engine.request import MAX_REPEATS
from reranklab.errors import InputError
from reranklab.rankers.base import MAX_CANDIDATES
from reranklab.types import (
    STAGES,
    Document,
    Provenance,
    Query,
    RankedDocument,
    Ranking,
    ScoreScale,
    Stage,
    StageTimes,
    Timing,
)

LONGEST_ID = 500
LONGEST_TEXT = 2_000
_NAME = 120
_MOST_TOKENS = 10**9
_LONGEST_MS = 1e9
_MOST_STAGES = 8
_MOST_VALUES = 100
HOST = "opened from a file"
"""Stands for the name of the machine, which no file tells."""


def read_ranking(record: StrictRecord, query: Query, documents: Sequence[Document]) -> Ranking:
    """A ranking of the documents, marked as measured earlier. Raises InputError."""
    ranker = record.text("ranker", most=LONGEST_ID)
    items = tuple(
        _item(each, rank, documents) for rank, each in enumerate(record.records("items", most=MAX_CANDIDATES), start=1)
    )
    if sorted(item.candidate for item in items) != list(range(len(documents))):
        raise InputError(f"{record.where}: items do not hold each of the {len(documents):,} documents once. Save it again.")
    return Ranking(
        ranker=ranker,
        query=query,
        items=items,
        scale=_scale(record.record("scale")),
        timing=_timing(record.record("timing")),
        provenance=_provenance(record.record("provenance"), ranker),
        warnings=record.texts("warnings", most=_MOST_VALUES, longest=LONGEST_TEXT),
        details=record.scalars("details", most=_MOST_VALUES, longest=LONGEST_TEXT),
        matched=record.whole("matched", low=0, high=len(documents)) if record.has("matched") else None,
        stages=_stages(record, depth=0),
    )


def _item(record: StrictRecord, rank: int, documents: Sequence[Document]) -> RankedDocument:
    candidate = record.whole("candidate", low=0, high=len(documents) - 1)
    document = documents[candidate]
    if record.text("id", most=LONGEST_ID) != document.id:
        raise record.wrong("id", f"the id of document {candidate + 1}")
    if record.whole("rank", low=1, high=MAX_CANDIDATES) != rank:
        raise record.wrong("rank", f"{rank}, its place in the list")
    total = record.whole("tokens_total", low=0, high=_MOST_TOKENS)
    return RankedDocument(
        id=document.id,
        rank=rank,
        score=record.number("score"),
        candidate=candidate,
        tokens_used=record.whole("tokens_used", low=0, high=total),
        tokens_total=total,
        unknown_share=record.number("unknown_share", low=0, high=1),
        passage=_passage(record, len(document.content)) if record.has("passage") else None,
        error=record.number("standard_error", low=0) if record.has("standard_error") else None,
    )


def _passage(record: StrictRecord, length: int) -> tuple[int, int]:
    value = record.values["passage"]
    is_pair = isinstance(value, list) and len(value) == 2 and all(type(each) is int for each in value)
    if not is_pair or not 0 <= value[0] <= value[1] <= length:
        raise record.wrong("passage", "the start and end of a passage of the document")
    return value[0], value[1]


def _scale(record: StrictRecord) -> ScoreScale:
    within = record.values.get("within_list")
    if not isinstance(within, bool):
        raise record.wrong("within_list", "true or false")
    return ScoreScale(
        name=record.text("name", most=_NAME), description=record.text("description", most=LONGEST_TEXT), within_list=within
    )


def _timing(record: StrictRecord) -> Timing:
    runs = tuple(
        StageTimes(
            **{
                stage: run.number(stage, low=0, high=_LONGEST_MS)
                for stage in STAGES
                if stage != "transfer" or run.has(stage)  # files of earlier versions do not tell it
            }
        )
        for run in record.records("all_runs", most=MAX_REPEATS)
    )
    if not runs:
        raise record.wrong("all_runs", "a list of at least one measured run")
    measured = record.text("measured_at", most=_NAME)
    try:
        datetime.fromisoformat(measured)
    except ValueError:
        raise record.wrong("measured_at", "a time such as 2026-01-02T03:04:05+00:00") from None
    return Timing(
        runs=runs,
        load=record.number("load", low=0, high=_LONGEST_MS) if record.has("load") else None,
        warmup=record.text("warmup", most=LONGEST_TEXT),
        documents=record.whole("documents", low=0, high=_MOST_TOKENS),
        tokens=record.whole("tokens", low=0, high=_MOST_TOKENS),
        device=record.text("device", most=_NAME),
        device_name=record.text("device_name", most=_NAME),
        precision=record.text("precision", most=_NAME),
        measured_at=measured,
        host=HOST,
        cached=True,
    )


def _provenance(record: StrictRecord, ranker: str) -> Provenance:
    names = ("family", "model", "revision", "weights_sha256", "device", "device_name", "precision", "backend")
    versions = record.scalars("versions", most=_MOST_VALUES, longest=_NAME)
    if not all(isinstance(value, str) for value in versions.values()):
        raise record.wrong("versions", "an object of texts")
    return Provenance(
        ranker=ranker,
        **{name: record.text(name, most=LONGEST_TEXT) for name in names},
        parameters=record.scalars("parameters", most=_MOST_VALUES, longest=LONGEST_TEXT),
        versions={name: str(value) for name, value in versions.items()},
    )


def _stages(record: StrictRecord, *, depth: int) -> tuple[Stage, ...]:
    if depth > _MOST_STAGES:
        raise InputError(f"{record.where} holds rankers inside of each other, more than {_MOST_STAGES} deep. Save it again.")
    return tuple(
        Stage(
            ranker=(ranker := stage.text("ranker", most=LONGEST_ID)),
            candidates=stage.whole("candidates", low=0, high=_MOST_TOKENS),
            timing=_timing(stage.record("timing")),
            provenance=_provenance(stage.record("provenance"), ranker),
            scale=_scale(stage.record("scale")),
            warnings=stage.texts("warnings", most=_MOST_VALUES, longest=LONGEST_TEXT),
            details=stage.scalars("details", most=_MOST_VALUES, longest=LONGEST_TEXT),
            stages=_stages(stage, depth=depth + 1),
        )
        for stage in record.records("stages", most=_MOST_STAGES)
    )
