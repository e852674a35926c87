"""One SQLite file for what was computed and is worth keeping: opened, brought to this version's schema, and its errors in
words."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reranklab.data.paths import data_dir
from reranklab.data.storage import OTHER_DATA, storage_error
from reranklab.errors import StorageError

FILE = "results.sqlite"
_WAIT_SECONDS = 30.0
_APPLICATION = 0x52524B4C
"""Written into the file, so that another program's database is never changed."""

_VERSION_1 = """
CREATE TABLE candidates (hash TEXT PRIMARY KEY, ids BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE making (hash TEXT PRIMARY KEY, record TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE result (
    key TEXT PRIMARY KEY,
    ranker TEXT NOT NULL,
    query_id TEXT NOT NULL,
    query_text TEXT NOT NULL,
    candidates TEXT NOT NULL REFERENCES candidates (hash),
    making TEXT NOT NULL REFERENCES making (hash),
    facts TEXT NOT NULL,
    items BLOB NOT NULL
);
CREATE TABLE run (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    began TEXT NOT NULL,
    ended TEXT,
    settings TEXT NOT NULL,
    request TEXT NOT NULL,
    judgements BLOB NOT NULL
);
CREATE TABLE run_ranker (
    run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    ranker TEXT NOT NULL,
    error TEXT,
    PRIMARY KEY (run, position)
) WITHOUT ROWID;
CREATE TABLE run_query (
    run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
    ranker TEXT NOT NULL,
    query_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    key TEXT,
    error TEXT,
    PRIMARY KEY (run, ranker, query_id)
) WITHOUT ROWID;
CREATE INDEX run_query_key ON run_query (key);
CREATE INDEX run_request ON run (request);
"""
_MIGRATIONS = (_VERSION_1,)
"""What brings a file from each version to the next. A version is never changed once released."""


class Database:
    """A connection that threads share. Processes share the file: one writes at a time, the others wait."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._guard = threading.RLock()
        with self._errors("opened"):
            self._connection = self._open()

    def close(self) -> None:
        with self._guard:
            self._connection.close()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        with self._guard, self._errors("read"):
            yield self._connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it is kept, or nothing."""
        with self._guard, self._errors("written"):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def _open(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self.path, timeout=_WAIT_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        version = self._version(connection)
        if version < len(_MIGRATIONS):
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("BEGIN IMMEDIATE")
            # Another process may have done it while this one waited.
            for script in _MIGRATIONS[self._version(connection) :]:
                for statement in script.split(";"):
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {len(_MIGRATIONS)}")
            connection.execute(f"PRAGMA application_id = {_APPLICATION}")
            connection.execute("COMMIT")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")

    def _version(self, connection: sqlite3.Connection) -> int:
        """The schema's version, 0 for a new file. Raises StorageError for a file that is not this program's, or is too new."""
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if application != _APPLICATION and (tables or version):
            raise StorageError(f"{self.path} is a database of another program. Move it away, or set RERANKLAB_DATA elsewhere.")
        if version > len(_MIGRATIONS):
            raise StorageError(
                f"{self.path} was written by a later version of RerankLab (its schema is {version}, this version knows "
                f"{len(_MIGRATIONS)}). Update RerankLab, or set RERANKLAB_DATA to another folder."
            )
        return int(version)

    @contextmanager
    def _errors(self, what: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise storage_error("The results", self.path.parent, error, instead=OTHER_DATA) from error
        except sqlite3.Error as error:
            raise StorageError(f"The stored results in {self.path} cannot be {what}: {_reason(error)}") from error


def default_path() -> Path:
    """The file in the user's data folder. It may not exist yet."""
    return data_dir() / FILE


def _reason(error: sqlite3.Error) -> str:
    text = str(error)
    if "malformed" in text or "not a database" in text:
        return "the file is damaged. Move it away, and results are computed anew."
    if "full" in text:
        return "the disk is full. Make room there, or set RERANKLAB_DATA to another folder."
    if "locked" in text:
        return f"another program has held it for {_WAIT_SECONDS:g} s. Try again when it is done."
    return f"{text}. Make the folder writable, or set RERANKLAB_DATA to another."
