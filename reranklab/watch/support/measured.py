"""Agreements that were measured: those that come with the program, and those of the user, as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from reranklab.data.paths import data_dir, is_there
from reranklab.data.shared_files import append, writing
from reranklab.data.strict_json import parse_json
from reranklab.data.strict_record import StrictRecord
from reranklab.errors import InputError
from reranklab.watch.support.agreement import NOT_MEASURED, Agreement, Label, Measured
from reranklab.watch.support.sample import Part
from reranklab.watch.support.verdict import Verdict

_FILE = "agreement.json"
_OWN = "judges.jsonl"
_LONGEST = 1000


def known_agreement(judge: str) -> Agreement | None:
    """The agreement of a judge, by its id: the user's own latest, else what came with the program, None where nobody measured.

    Lines of the user's file that cannot be read are passed over.
    """
    own = [found for found in _own() if found.judge == judge]
    return own[-1] if own else shipped_agreements().get(judge)


def agreement_words(judge: str) -> str:
    """What stands beside a judge's verdicts."""
    found = known_agreement(judge)
    return found.words if found is not None else NOT_MEASURED


def keep_agreement(found: Agreement) -> None:
    """Keep it in the data folder. Raises StorageError."""
    path = data_dir() / _OWN
    with writing(path, what="The agreements of judges"):
        append(path, (json.dumps(to_record(found), ensure_ascii=False) + "\n").encode())


@cache
def shipped_agreements() -> Mapping[str, Agreement]:
    """Judge id to its agreement, as `python -m benchmarks.answer_support` has measured it."""
    text = files("reranklab.watch.support").joinpath(_FILE).read_text(encoding="utf-8")
    found = [from_record(record, _FILE) for record in json.loads(text)]
    return {each.judge: each for each in found}


def to_record(found: Agreement) -> dict[str, Any]:
    """As plain values for JSON."""
    return {
        "judge": found.judge,
        "part": found.part.value,
        "whole": _label_record(found.whole),
        "top": _label_record(found.top),
        "groups": {name: _label_record(label) for name, label in found.groups.items()},
    }


def from_record(values: object, where: str) -> Agreement:
    """What `to_record` gave. Raises InputError, which names the key."""
    record = StrictRecord.of(values, where)
    part = record.text("part", most=20)
    if part not in set(Part):
        raise record.wrong("part", "a part of the sample")
    groups = record.record("groups")
    return Agreement(
        judge=record.text("judge", most=_LONGEST),
        part=Part(part),
        whole=_label(record.record("whole")),
        top=_label(record.record("top")),
        groups={str(name): _label(groups.record(name)) for name in groups.values},
    )


def _own() -> list[Agreement]:
    path = data_dir() / _OWN
    if not is_there(path):
        return []
    found = []
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        where = f"Line {number} of {path}"
        try:
            found.append(from_record(parse_json(line, where=where), where))
        except InputError:
            continue
    return found


def _label_record(label: Label) -> dict[str, Any]:
    return {
        "sentences": label.sentences,
        "sets": label.sets,
        "contradicted": label.contradicted,
        "untold": label.untold,
        "accuracy": _measured_record(label.accuracy),
        "kappa": _measured_record(label.kappa),
        "recall": _measured_record(label.recall),
        "precision": _measured_record(label.precision),
        "confusion": [[gold, said, count] for (gold, said), count in sorted(label.confusion.items())],
    }


def _label(record: StrictRecord) -> Label:
    most = 1_000_000
    accuracy, kappa = _measured(record, "accuracy"), _measured(record, "kappa")
    if accuracy is None or kappa is None:
        raise record.wrong("accuracy" if accuracy is None else "kappa", "three numbers")
    return Label(
        sentences=record.whole("sentences", low=1, high=most),
        sets=record.whole("sets", low=1, high=most),
        contradicted=record.whole("contradicted", low=0, high=most),
        untold=record.whole("untold", low=0, high=most),
        accuracy=accuracy,
        kappa=kappa,
        recall=_measured(record, "recall"),
        precision=_measured(record, "precision"),
        confusion=_confusion(record),
    )


def _measured_record(measured: Measured | None) -> list[float] | None:
    return None if measured is None else [round(value, 4) for value in (measured.value, measured.low, measured.high)]


def _measured(record: StrictRecord, key: str) -> Measured | None:
    match record.values.get(key):
        case None:
            return None
        case [int() | float() as value, int() | float() as low, int() | float() as high]:
            return Measured(value=float(value), low=float(low), high=float(high))
    raise record.wrong(key, "three numbers")


def _confusion(record: StrictRecord) -> dict[tuple[Verdict, Verdict], int]:
    found = {}
    for row in record.values.get("confusion") or ():
        match row:
            case [str() as gold, str() as said, int() as count] if {gold, said} <= set(Verdict) and count >= 0:
                found[Verdict(gold), Verdict(said)] = count
            case _:
                raise record.wrong("confusion", "rows of two verdicts and a count")
    return found
