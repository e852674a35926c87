"""Sentence embeddings kept on disk, by model and text."""

from __future__ import annotations

import hashlib
import sqlite3
import zlib
from collections.abc import Iterable, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from reranklab.data.paths import cache_dir, is_file, is_there
from reranklab.data.storage import remove, storing
from reranklab.models.engines.tiers import TORCH
from reranklab.models.loaded import LoadedModel

if TYPE_CHECKING:
    from reranklab.rankers.vectors.embeddings import Vectors

_FORMAT = 2
"""The file's user_version. Raise it when the table, or what stands in it, changes."""

_CREATE = "CREATE TABLE IF NOT EXISTS embedding (text BLOB PRIMARY KEY, vector BLOB NOT NULL, checksum INTEGER NOT NULL)"
_SELECT = "SELECT vector, checksum FROM embedding WHERE text = ?"
_NOT_NOW = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
}
"""What the disk or another process may be to blame for."""

_WAIT_SECONDS = 60.0


class EmbeddingCache:
    """Vectors of one model on disk, by the SHA-256 of the exact text. One SQLite file a model; safe between processes.

    `notes` say what was found damaged: it is as if it were absent, and computed again.
    """

    def __init__(self, model: LoadedModel, *, prefix: str) -> None:
        # Elsewhere a revision fixes what the weights do not.
        files = model.files_sha256 if model.entry.source == "folder" else model.weights_sha256
        key = hashlib.sha256(f"{files} {_arithmetic(model)} {model.max_tokens} {prefix}".encode()).hexdigest()[:16]
        self.path = cache_dir() / "embeddings" / f"{Path(model.entry.id).name[:80]}-{key}.sqlite"
        self.notes: tuple[str, ...] = ()

    def read(self, texts: Sequence[str]) -> dict[str, Vectors]:
        """The known vectors by text. Needs no right to write."""
        import numpy as np

        if not is_there(self.path):
            return {}
        if not is_file(self.path):
            return self._start_again()
        found: dict[str, Vectors] = {}
        damaged = 0
        try:
            with closing(sqlite3.connect(f"{self.path.as_uri()}?mode=rw", uri=True, timeout=_WAIT_SECONDS)) as database:
                if database.execute("PRAGMA user_version").fetchone() != (_FORMAT,):
                    return self._start_again()
                for text in dict.fromkeys(texts):
                    row = database.execute(_SELECT, (_digest(text),)).fetchone()
                    if row is None:
                        continue
                    if row[1] == _checksum(text, row[0]):
                        found[text] = np.frombuffer(row[0], dtype=np.float32)
                    else:
                        damaged += 1
        except sqlite3.DatabaseError as error:
            return {} if _speaks_for_the_file(error) else self._start_again()
        if damaged:
            self.notes += (f"{damaged:,} of the stored embeddings were damaged and were computed again.",)
        return found

    def write(self, texts: Sequence[str], vectors: Iterable[Vectors]) -> None:
        """Keep the vectors, one float32 row a text, of any length. Raises StorageError."""
        rows = []
        for text, vector in zip(texts, vectors, strict=True):
            blob = vector.tobytes()
            rows.append((_digest(text), blob, _checksum(text, blob)))
        with storing("The embeddings", self.path.parent, refusals=(sqlite3.Error,)):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            try:
                self._insert(rows)
            except sqlite3.DatabaseError as error:
                if _speaks_for_the_file(error):
                    raise
                self._start_again()
                self._insert(rows)

    def _insert(self, rows: Sequence[tuple[bytes, bytes, int]]) -> None:
        with closing(sqlite3.connect(self.path, timeout=_WAIT_SECONDS)) as database, database:
            database.execute("BEGIN IMMEDIATE")
            database.execute(_CREATE)
            database.execute(f"PRAGMA user_version = {_FORMAT}")
            database.executemany("INSERT OR REPLACE INTO embedding VALUES (?, ?, ?)", rows)

    def _start_again(self) -> dict[str, Vectors]:
        """Take away what cannot be used. Where the disk does not allow that, the next write says so."""
        self.notes += ("The stored embeddings were damaged or of an earlier version and were computed again.",)
        with suppress(OSError):
            for path in (self.path, self.path.with_name(f"{self.path.name}-journal")):
                remove(path)
        return {}


def _arithmetic(model: LoadedModel) -> str:
    """What may share a file. Engines in float32 agree within 1e-5 in every number of a unit vector, and each is held to that
    when it is loaded (`embedder_tiers`). Below float32 engines round differently."""
    return model.precision if model.precision == "fp32" or model.backend == TORCH else f"{model.precision} {model.backend}"


def _speaks_for_the_file(error: sqlite3.Error) -> bool:
    """Whether it is the disk or another process that stands in the way, and the file may be well."""
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF in _NOT_NOW


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8")).digest()


def _checksum(text: str, vector: object) -> int:
    """Of a text's vector: a value that is no bytes has none."""
    return zlib.crc32(_digest(text) + vector) if isinstance(vector, bytes) else -1
