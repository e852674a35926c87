"""Probes as JSON lines: one object a line, with the keys below and no others.

    {"id": "n1", "capability": "negation", "query": "...", "original": "...", "edited": "...", "expected": "lower"}

`original` and `edited` are a text, or an object with "text" and "title". `expected` says where the edited document belongs:
"lower", "higher", "same" or "not-higher" than the original. "edit" and "note" are optional texts.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reranklab.data.collection import read_records
from reranklab.data.paths import is_file
from reranklab.data.text import clean_text
from reranklab.errors import InputError
from reranklab.evaluate.probes.probe import BehaviourProbe
from reranklab.types import Document, Query

_NEEDED = ("id", "capability", "query", "original", "edited", "expected")
_KNOWN = {*_NEEDED, "edit", "note"}
MAX_PROBES = 20_000


def read_probes(path: Path, *, source: str) -> tuple[BehaviourProbe, ...]:
    """The probes of a file, in its order. Raises InputError, with the line, for what is no probe, a repeated id, and a file
    without any."""
    if not is_file(path):
        raise InputError(f"There is no file {path}. Give one of JSON lines, or a source: saved, samples, generate:DATASET.")
    found: dict[str, BehaviourProbe] = {}
    for line, record in read_records(path):
        where = f"Line {line} of {path.name}"
        probe = _probe(record, where=where, source=source)
        if probe.id in found:
            raise InputError(f"{where} repeats the id {probe.id!r}. Give each probe its own.")
        found[probe.id] = probe
        if len(found) > MAX_PROBES:
            raise InputError(f"{path.name} has more than {MAX_PROBES:,} probes. Split it.")
    if not found:
        raise InputError(f"{path} has no probes. Write one object a line.")
    return tuple(found.values())


def to_record(probe: BehaviourProbe) -> dict[str, Any]:
    """The object of a probe's line."""
    record = {
        "id": probe.id,
        "capability": probe.capability,
        "query": probe.query.text,
        "original": _written(probe.original),
        "edited": _written(probe.edited),
        "expected": probe.expected,
        "edit": probe.edit,
        "note": probe.note,
    }
    return {key: value for key, value in record.items() if value or key in _NEEDED}


def _probe(record: Mapping[str, object], *, where: str, source: str) -> BehaviourProbe:
    if unknown := sorted(record.keys() - _KNOWN):
        raise InputError(f"{where} has the unknown key {unknown[0]!r}. Known are: {', '.join(sorted(_KNOWN))}.")
    if missing := [key for key in _NEEDED if key not in record]:
        raise InputError(f"{where} lacks {missing[0]!r}. A probe needs: {', '.join(_NEEDED)}.")
    query = _text(record["query"], where=f"{where}: query")
    try:
        return BehaviourProbe(
            id=_text(record["id"], where=f"{where}: id"),
            capability=_text(record["capability"], where=f"{where}: capability"),
            query=Query(text=query),
            original=_document(record["original"], "original", where=where),
            edited=_document(record["edited"], "edited", where=where),
            expected=_text(record["expected"], where=f"{where}: expected"),  # type: ignore[arg-type]  # the probe checks it
            edit=_text(record.get("edit", ""), where=f"{where}: edit", empty=True),
            note=_text(record.get("note", ""), where=f"{where}: note", empty=True),
            source=source,
        )
    except InputError as error:
        raise error if where in str(error) else InputError(f"{where}: {error}") from error


def _document(value: object, name: str, *, where: str) -> Document:
    if isinstance(value, Mapping):
        if unknown := sorted(value.keys() - {"title", "text"}):
            raise InputError(f"{where}: {name} has the unknown key {unknown[0]!r}. Known are: text, title.")
        title = _text(value.get("title", ""), where=f"{where}: title of {name}", empty=True)
        return Document(id=name, title=title, text=_text(value.get("text"), where=f"{where}: text of {name}"))
    return Document(id=name, text=_text(value, where=f"{where}: {name}"))


def _text(value: object, *, where: str, empty: bool = False) -> str:
    text = clean_text(value) if isinstance(value, str) else ""
    if not isinstance(value, str) or not (empty or text.strip()):
        raise InputError(f"{where} is no text. Give one.")
    return text


def _written(document: Document) -> str | dict[str, str]:
    return {"title": document.title, "text": document.text} if document.title else document.text
