"""Sweeps of a ranker's times: each a plain record with what a list says of it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reranklab.errors import InputError, StorageError
from reranklab.store.codec import pack, unpack
from reranklab.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSweep:
    """A line of the list. `facts` are plain values that tell one sweep from another; `measured` is UTC in ISO 8601."""

    id: int
    measured: str
    ranker: str
    facts: Mapping[str, Any]


class SweepStore:
    """Sweeps by number, newest last."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, *, measured: str, ranker: str, facts: Mapping[str, Any], record: Mapping[str, Any]) -> int:
        """Keep a sweep, and give its number. Raises StorageError where it cannot be written."""
        row = (measured, ranker, json.dumps(facts, allow_nan=False), pack(record))
        with self._database.writing() as connection:
            cursor = connection.execute("INSERT INTO sweep (measured, ranker, facts, record) VALUES (?, ?, ?, ?)", row)
            return int(cursor.lastrowid or 0)

    def all(self) -> tuple[StoredSweep, ...]:
        """Those whose line can be read."""
        with self._database.reading() as connection:
            if not _is_there(connection):
                return ()
            rows = connection.execute("SELECT id, measured, ranker, facts FROM sweep ORDER BY id").fetchall()
        return tuple(
            StoredSweep(id=number, measured=measured, ranker=ranker, facts=facts)
            for number, measured, ranker, text in rows
            if (facts := _facts(text)) is not None
        )

    def record(self, number: int) -> Mapping[str, Any]:
        """The record of a sweep. Raises InputError where there is none, and StorageError for a damaged one."""
        with self._database.reading() as connection:
            query = "SELECT record FROM sweep WHERE id = ?"
            row = connection.execute(query, (number,)).fetchone() if _is_there(connection) else None
        if row is None:
            raise _unknown(number)
        try:
            record = unpack(row[0])
        except (StorageError, TypeError) as error:
            raise damaged(number) from error
        if not isinstance(record, dict):
            raise damaged(number)
        return record

    def delete(self, number: int) -> None:
        """Raises InputError where there is no such sweep."""
        with self._database.writing() as connection:
            if not _is_there(connection) or not connection.execute("DELETE FROM sweep WHERE id = ?", (number,)).rowcount:
                raise _unknown(number)


def damaged(number: int) -> StorageError:
    """What is said of a sweep that cannot be read."""
    return StorageError(f"Measurement {number} is damaged and counts as absent. Measure again, and delete it.")


def _unknown(number: int) -> InputError:
    return InputError(f"There is no measurement {number}. `reranklab latency list` shows those that are stored.")


def _is_there(connection: sqlite3.Connection) -> bool:
    """A file of an earlier version that may only be read has no such table."""
    return connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'sweep'").fetchone() is not None


def _facts(text: str) -> dict[str, Any] | None:
    try:
        facts = json.loads(text)
    except (TypeError, ValueError):
        return None
    return facts if isinstance(facts, dict) else None
