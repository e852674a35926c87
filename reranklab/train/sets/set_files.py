"""A training set as a folder, so that a training that was cut off goes on with the very same data.

`train.jsonl` and `held_back.jsonl` hold a list a line, with the columns that listwise losses of sentence-transformers take:
query, docs and labels; further ones are query_id, ids and, where there are some, titles, which begin the docs. `about.json`
holds the rest, with the digest of all texts and labels; it is written last, so that a folder without it is not complete.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from reranklab.data.collection import read_records
from reranklab.data.paths import is_file
from reranklab.data.shared_files import replace_file
from reranklab.data.storage import storing
from reranklab.data.strict_json import parse_json
from reranklab.data.strict_record import StrictRecord
from reranklab.data.text import MAX_DOCUMENT_CHARACTERS
from reranklab.errors import InputError
from reranklab.train.sets.examples import Labels, TrainingList, TrainingSet, digest_of_set
from reranklab.types import Document, Query

SET_FORMAT = 1
"""Raised when a file changes so that earlier versions would misread it."""

TRAIN, HELD_BACK, ABOUT = "train.jsonl", "held_back.jsonl", "about.json"

_LONGEST_NAME, _LONGEST_NOTE, _MOST_NOTES, _MOST_FACTS = 1_000, 100_000, 10_000, 200
_MOST_DOCUMENTS = 100_000
_LARGEST_ABOUT = 1 << 28


def save_training_set(training_set: TrainingSet, folder: Path) -> str:
    """Write the set into a folder, which is made where it is missing, and give the digest of its content.

    What stands there of an earlier set is replaced. Raises StorageError.
    """
    digest = digest_of_set(training_set)
    about = {
        "format": SET_FORMAT,
        "name": training_set.name,
        "labels": training_set.labels.value,
        "licence": training_set.licence,
        "provenance": dict(training_set.provenance),
        "notes": list(training_set.notes),
        "lists": len(training_set.lists),
        "held_back": len(training_set.held_back),
        "sha256": digest,
    }
    with storing("The training set", folder, instead="name another folder"):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ABOUT).unlink(missing_ok=True)
        for name, lists in ((TRAIN, training_set.lists), (HELD_BACK, training_set.held_back)):
            replace_file(folder / name, _lines(lists))
        replace_file(folder / ABOUT, [json.dumps(about, indent=1).encode() + b"\n"])
    return digest


def load_training_set(folder: Path) -> TrainingSet:
    """The set that was saved there. Raises InputError, with file and line, for what is not complete, not of its kind, or not
    what was saved."""
    about = _about(folder)
    lists, held_back = (tuple(_read(folder / name)) for name in (TRAIN, HELD_BACK))
    for name, found, key in ((TRAIN, lists, "lists"), (HELD_BACK, held_back, "held_back")):
        told = about.whole(key, low=0, high=10**9)
        if len(found) != told:
            raise InputError(
                f"{folder / name} has {len(found):,} lists, and {ABOUT} says {told:,}. Make the training set again."
            )
    labels = about.text("labels", most=_LONGEST_NAME)
    if labels not in list(Labels):
        raise about.wrong("labels", f"one of {', '.join(Labels)}")
    found_set = TrainingSet(
        name=about.text("name", most=_LONGEST_NAME),
        lists=lists,
        held_back=held_back,
        labels=Labels(labels),
        licence=about.text("licence", most=_LONGEST_NOTE),
        provenance=about.scalars("provenance", most=_MOST_FACTS, longest=_LONGEST_NOTE),
        notes=about.texts("notes", most=_MOST_NOTES, longest=_LONGEST_NOTE),
    )
    if both := {each.query.id for each in lists} & {each.query.id for each in held_back}:
        raise InputError(f"The query {min(both)!r} is trained on and held back in {folder}. Make the training set again.")
    if about.text("sha256", most=64) != digest_of_set(found_set):
        raise InputError(f"The training set in {folder} was changed after it was saved. Make it again.")
    return found_set


def _about(folder: Path) -> StrictRecord:
    file = folder / ABOUT
    if not is_file(file):
        raise InputError(f"{folder} holds no complete training set: {ABOUT} is missing. Make the training set again.")
    try:
        with file.open("rb") as opened:
            raw = opened.read(_LARGEST_ABOUT)
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}. Repair that.") from error
    about = StrictRecord.of(parse_json(raw, where=str(file)), str(file))
    if about.whole("format", low=0, high=10**6) != SET_FORMAT:
        raise InputError(f"{file} is of another version. Make the training set again.")
    return about


def _lines(lists: Sequence[TrainingList]) -> Iterator[bytes]:
    for each in lists:
        titles = [document.title if _is_title(document) else "" for document in each.documents]
        record = {
            "query": each.query.text,
            "docs": [document.content for document in each.documents],
            "labels": list(each.labels),
            "query_id": each.query.id,
            "ids": [document.id for document in each.documents],
            **({"titles": titles} if any(titles) else {}),
        }
        yield json.dumps(record).encode() + b"\n"


def _is_title(document: Document) -> bool:
    """Whether title and text can be told apart again in the content. Where not, the content is kept as text."""
    return bool(document.title) and document.content == f"{document.title} {document.text}"


def _read(file: Path) -> Iterator[TrainingList]:
    if not is_file(file):
        raise InputError(f"{file} is missing. Make the training set again.")
    for line, values in read_records(file):
        yield _list(StrictRecord.of(values, f"{file.name}, line {line}"))


def _list(record: StrictRecord) -> TrainingList:
    docs = record.texts("docs", most=_MOST_DOCUMENTS, longest=MAX_DOCUMENT_CHARACTERS)
    ids = record.texts("ids", most=_MOST_DOCUMENTS, longest=_LONGEST_NAME)
    titles = record.texts("titles", most=_MOST_DOCUMENTS, longest=MAX_DOCUMENT_CHARACTERS) if record.has("titles") else ()
    labels = record.numbers("labels", most=_MOST_DOCUMENTS)
    if not len(docs) == len(ids) == len(labels) or (titles and len(titles) != len(docs)):
        raise InputError(
            f"{record.where}: docs, ids, titles and labels are not of the same number. Make the training set again."
        )
    if len(set(ids)) < len(ids):
        raise InputError(f"{record.where}: an id stands there twice. Make the training set again.")
    if len(set(labels)) < 2:
        raise InputError(
            f"{record.where}: there are no two different labels, so nothing to learn. Make the training set again."
        )
    return TrainingList(
        query=Query(id=record.text("query_id", most=_LONGEST_NAME), text=record.text("query", most=MAX_DOCUMENT_CHARACTERS)),
        documents=tuple(
            _document(each, content, title) for each, content, title in zip(ids, docs, titles or [""] * len(ids), strict=True)
        ),
        labels=labels,
    )


def _document(document_id: str, content: str, title: str) -> Document:
    if title and content.startswith(f"{title} "):
        return Document(id=document_id, title=title, text=content[len(title) + 1 :])
    return Document(id=document_id, text=content)
