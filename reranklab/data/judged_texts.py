"""The texts of a judged collection, and the ids under which it has them.

Ids come from many sources, and pasted documents are d1, d2, ... each time. So an id stands for the first text that came with
it, and another text of that id is kept as ID~DIGEST.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from pathlib import Path

from reranklab.data.collection import read_records
from reranklab.data.paths import is_file
from reranklab.data.shared_files import replace_file
from reranklab.data.text import clean_text
from reranklab.types import Document, Query

_BLOCK = 1 << 20
_DIGITS = 10

Texts = Mapping[str, str]
"""Id to the digest of its text."""


def with_query(folder: Path, query: Query, *, source: str) -> str:
    """The id under which the collection has the query from now on. `source` says where it came from. Raises OSError."""
    file = folder / "queries.jsonl"
    known = _texts(file)
    digest = _digest("", query.text)
    names = _names(query.id, digest, "q")
    if (stored := _known(known, names, digest)) is not None:
        return stored
    new = next(name for name in names if name not in known)
    _add(file, [{"_id": new, "text": query.text, "metadata": {"source": source}}])
    return new


def with_documents(folder: Path, documents: Sequence[Document]) -> dict[str, str]:
    """The documents' ids to those under which the collection has them from now on. Raises OSError."""
    file = folder / "corpus.jsonl"
    known = dict(_texts(file))
    ids, new = {}, []
    for document in documents:
        digest = _digest(document.title, document.text)
        names = _names(document.id, digest, "d")
        stored = _known(known, names, digest)
        if stored is None:
            stored = next(name for name in names if name not in known)
            known[stored] = digest
            new.append({"_id": stored, "title": document.title, "text": document.text})
        ids[document.id] = stored
    if new:
        _add(file, new)
    return ids


def known_query(folder: Path, query: Query) -> str | None:
    """The id that the collection has for the query, where it has it."""
    digest = _digest("", query.text)
    return _known(_texts(folder / "queries.jsonl"), _names(query.id, digest, "q"), digest)


def known_documents(folder: Path, documents: Sequence[Document]) -> dict[str, str]:
    """Those of the documents that the collection has: id to the id that it has for it."""
    texts = _texts(folder / "corpus.jsonl")
    digests = {document.id: _digest(document.title, document.text) for document in documents}
    stored = {each: _known(texts, _names(each, digest, "d"), digest) for each, digest in digests.items()}
    return {each: its for each, its in stored.items() if its is not None}


def _known(texts: Texts, names: Sequence[str], digest: str) -> str | None:
    return next((name for name in names if texts.get(name) == digest), None)


def _names(text_id: str, digest: str, fallback: str) -> tuple[str, ...]:
    """What a text may be called, best first. An id that cannot stand between tabs is not among it."""
    usable = bool(text_id) and text_id == clean_text(text_id).strip() and text_id.isprintable()
    longer = (f"{text_id if usable else fallback}~{digest[:_DIGITS]}", f"{fallback}~{digest}")
    return (text_id, *longer) if usable else longer


def _digest(title: str, text: str) -> str:
    return hashlib.sha256(f"{clean_text(title)}\0{clean_text(text)}".encode()).hexdigest()


def _texts(file: Path) -> Texts:
    if not is_file(file):
        return {}
    facts = file.stat()
    return _texts_of(file, facts.st_mtime_ns, facts.st_size, facts.st_ino)


@lru_cache(maxsize=16)
def _texts_of(file: Path, modified: int, size: int, node: int) -> Texts:
    """The rest of the arguments tell one state of the file from another."""
    return {
        str(record.get("_id")): _digest(str(record.get("title") or ""), str(record.get("text") or ""))
        for _, record in read_records(file)
    }


def _add(file: Path, records: Sequence[Mapping[str, object]]) -> None:
    replace_file(file, chain(_blocks(file), (json.dumps(record).encode() + b"\n" for record in records)))


def _blocks(file: Path) -> Iterator[bytes]:
    """The content of a file, which may not be there, with an end to its last line."""
    if not is_file(file):
        return
    last = b"\n"
    with file.open("rb") as old:
        while block := old.read(_BLOCK):
            yield block
            last = block
    if not last.endswith(b"\n"):
        yield b"\n"
