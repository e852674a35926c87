"""One SQLite file for what was computed and is worth keeping: opened, brought to this version's schema, and its errors in
words."""

from __future__ import annotations

import itertools
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from reranklab.data.paths import data_dir, is_file, is_there
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
_VERSION_2 = """
CREATE TABLE sweep (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    measured TEXT NOT NULL,
    ranker TEXT NOT NULL,
    facts TEXT NOT NULL,
    record BLOB NOT NULL
)
"""
_MIGRATIONS = (_VERSION_1, _VERSION_2)
"""What brings a file from each version to the next. A version is never changed once released."""


_TABLES = ({"candidates", "making", "result", "run", "run_ranker", "run_query"}, {"sweep"})
"""What each version added."""
_SIDE_FILES = ("", "-wal", "-shm", "-journal")


class Database:
    """A connection that threads share. Processes share the file: one writes at a time, the others wait.

    A damaged file is set aside under another name and a new one is begun; `notes` say so. Where the folder may not be written,
    what is there can be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.notes: tuple[str, ...] = ()
        self._guard = threading.RLock()
        with self._errors("opened"):
            try:
                self._connection = self._open()
            except (sqlite3.DatabaseError, _DamagedError) as error:
                if not _is_damage(error, path):
                    raise
                self._connection = self._open_anew()

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
                if self._connection.in_transaction:  # SQLite has rolled it back itself where the disk is full
                    self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def _open(self) -> sqlite3.Connection:
        if is_file(self.path) and not os.access(self.path.parent, os.W_OK):
            return self._open_to_read()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            return self._connect("rwc")
        except sqlite3.OperationalError as error:
            if not is_file(self.path) or not _is_refusal(error):
                raise
            return self._open_to_read()  # the disk has no room for what SQLite keeps beside the file

    def _open_to_read(self) -> sqlite3.Connection:
        try:
            return self._connect("ro")
        except sqlite3.OperationalError:
            log = self.path.with_name(f"{self.path.name}-wal")
            if is_file(log) and log.stat().st_size:
                raise
            return self._connect("ro&immutable=1")  # without a log there is nothing to share with others

    def _connect(self, mode: str) -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"{self.path.as_uri()}?mode={mode}",
            uri=True,
            timeout=_WAIT_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            self._prepare(connection, may_write=mode == "rwc")
        except BaseException:
            connection.close()
            raise
        return connection

    def _open_anew(self) -> sqlite3.Connection:
        """Set the damaged file aside and begin a new one; one process does, and the others find it."""
        with FileLock(self.path.with_name(f"{self.path.name}.lock"), timeout=_WAIT_SECONDS):
            try:
                return self._open()
            except (sqlite3.DatabaseError, _DamagedError) as error:
                if not _is_damage(error, self.path):
                    raise
            self.notes = (
                f"The stored results were damaged. They are kept as {self._set_aside()}, and results are stored anew.",
            )
            return self._open()

    def _set_aside(self) -> Path:
        """Rename the file, and what SQLite keeps beside it. Raises OSError."""
        aside = _free_name(self.path)
        for end in _SIDE_FILES:
            path = self.path.with_name(f"{self.path.name}{end}")
            if is_there(path):
                path.rename(aside.with_name(f"{aside.name}{end}"))
        return aside

    def _prepare(self, connection: sqlite3.Connection, *, may_write: bool) -> None:
        version = self._version(connection)
        if version < len(_MIGRATIONS) and may_write:
            _begin_log(connection)
            connection.execute("BEGIN IMMEDIATE")
            # Another process may have done it while this one waited.
            for script in _MIGRATIONS[self._version(connection) :]:
                for statement in script.split(";"):
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {len(_MIGRATIONS)}")
            connection.execute(f"PRAGMA application_id = {_APPLICATION}")
            connection.execute("COMMIT")
        names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        # A file that may only be read keeps the version that it has.
        expected = set().union(*_TABLES[: len(_MIGRATIONS) if may_write else version])
        if not names >= expected:
            raise _DamagedError(f"{self.path} lacks {', '.join(sorted(expected - names))}")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")

    def _version(self, connection: sqlite3.Connection) -> int:
        """The schema's version, 0 for a new file. Raises StorageError for a file that is not this program's, or is too new."""
        # One statement, one state of the file: between two another process may begin it.
        version, application, tables = connection.execute(
            "SELECT user_version, application_id, (SELECT count(*) FROM sqlite_master) FROM pragma_user_version, "
            "pragma_application_id"
        ).fetchone()
        if application != _APPLICATION and (tables or version):
            raise StorageError(f"{self.path} is a database of another program. Move it away, or set RERANKLAB_DATA elsewhere.")
        if version > len(_MIGRATIONS):
            raise StorageError(
                f"{self.path} was written by a later version of RerankLab (its schema is {version}, this version knows "
                f"{len(_MIGRATIONS)}). Update RerankLab, or set RERANKLAB_DATA to another folder."
            )
        return int(version)

    def _given_up(self) -> StorageError:
        """Let go of a file whose damage shows only now, and begin a new one: what is asked of it next finds it empty."""
        self._connection.close()
        try:
            aside = self._set_aside()
            self._connection = self._open()
        except OSError as error:
            return storage_error("The results", self.path.parent, error, instead=OTHER_DATA)
        except sqlite3.Error as error:
            return StorageError(f"The stored results in {self.path} cannot be begun anew: {_reason(error)}")
        return StorageError(f"The stored results were damaged. They are kept as {aside}, and results are stored anew.")

    @contextmanager
    def _errors(self, what: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise storage_error("The results", self.path.parent, error, instead=OTHER_DATA) from error
        except _DamagedError as error:
            raise StorageError(f"{error}. Move it away, and results are computed anew.") from error
        except Timeout as error:
            raise StorageError(f"Another program has held {self.path} for {_WAIT_SECONDS:g} s. Try again later.") from error
        except sqlite3.Error as error:
            if what != "opened" and _is_damage(error, self.path):
                raise self._given_up() from error
            if _is_refusal(error):
                raise storage_error("The results", self.path.parent, error, instead=OTHER_DATA) from error
            raise StorageError(f"The stored results in {self.path} cannot be {what}: {_reason(error)}") from error


class _DamagedError(Exception):
    """The file is a database of this program, and not a whole one."""


def _begin_log(connection: sqlite3.Connection) -> None:
    """Let SQLite write ahead. It does not wait here for another process that does the same, as it does elsewhere."""
    until = time.monotonic() + _WAIT_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if _code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.01)
        else:
            return


def _code(error: Exception) -> int:
    """SQLite's primary code of an error, 0 for another one's."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _is_damage(error: Exception, path: Path) -> bool:
    """Whether the file itself is to blame, and not the disk or another process."""
    if isinstance(error, _DamagedError) or (is_there(path) and not is_file(path)):
        return True
    return _code(error) in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def _is_refusal(error: sqlite3.Error) -> bool:
    """Whether the disk does not take what SQLite writes."""
    refusals = (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)
    return _code(error) in refusals


def _free_name(path: Path) -> Path:
    names = (path.with_name(f"{path.name}.damaged-{number}") for number in itertools.count(1))
    return next(name for name in names if not is_there(name))


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
