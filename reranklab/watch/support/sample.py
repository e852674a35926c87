"""The sample collection of judged answer sentences, and its division into a part to tune on and a part to report on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from reranklab.data.paths import app_dir
from reranklab.data.strict_json import parse_json
from reranklab.data.strict_record import StrictRecord
from reranklab.errors import InputError
from reranklab.watch.support.verdict import Verdict

_FILE = "answers.jsonl"
_LONGEST = 20_000
_MOST = 1000


class Part(StrEnum):
    """What a set of the collection is for."""

    CALIBRATION = "calibration"
    """Thresholds and weights are chosen on it."""
    REPORTED = "reported"
    """Agreement is measured on it, and nothing is chosen by it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldSentence:
    """A sentence with its author's judgements: against the first chunk alone (`top`) and against all (`whole`). `kind` says
    what is hard in it, such as "number changed"."""

    text: str
    top: Verdict
    whole: Verdict
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldSet:
    """A query, the chunks that were found for it, best first, and judged sentences of an answer."""

    id: str
    language: str
    domain: str
    query: str
    chunks: tuple[str, ...]
    sentences: tuple[GoldSentence, ...]


@cache
def answer_sample() -> tuple[GoldSet, ...]:
    """The sets of sample_data/answers, in the order of the file. Raises InputError where it is damaged."""
    path = app_dir() / "sample_data" / "answers" / _FILE
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror or error}). Install RerankLab again.") from error
    return tuple(_read(line, f"Line {number} of {_FILE}") for number, line in enumerate(lines, start=1))


def part_of_sample(part: Part, sets: Sequence[GoldSet] | None = None) -> tuple[GoldSet, ...]:
    """Every second set of each language: the first, third, ... calibrate, the second, fourth, ... are reported. A set is in one
    part as a whole, since its sentences share their chunks."""
    seen: Counter[str] = Counter()
    chosen = []
    for each in answer_sample() if sets is None else sets:
        if (seen[each.language] % 2 == 0) == (part is Part.CALIBRATION):
            chosen.append(each)
        seen[each.language] += 1
    return tuple(chosen)


def _read(line: str, where: str) -> GoldSet:
    record = StrictRecord.of(parse_json(line, where=where), where)
    return GoldSet(
        id=record.text("id", most=100),
        language=record.text("language", most=20),
        domain=record.text("domain", most=100),
        query=record.text("query", most=_LONGEST),
        chunks=record.texts("chunks", most=_MOST, longest=_LONGEST),
        sentences=tuple(_sentence(each) for each in record.records("sentences", most=_MOST)),
    )


def _sentence(record: StrictRecord) -> GoldSentence:
    return GoldSentence(
        text=record.text("text", most=_LONGEST),
        top=_verdict(record, "top"),
        whole=_verdict(record, "all"),
        kind=record.text("kind", most=100),
    )


def _verdict(record: StrictRecord, key: str) -> Verdict:
    value: Any = record.text(key, most=20)
    if value not in set(Verdict) - {Verdict.UNTOLD}:
        raise record.wrong(key, "supported, contradicted or absent")
    return Verdict(value)
