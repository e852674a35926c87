"""Evaluation runs: what was asked, which rankings answer it, and what failed."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from reranklab.errors import InputError
from reranklab.store.codec import digest, pack, unpack
from reranklab.store.database import Database

Judgements = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunQuery:
    """One ranker on one query of a run: the key of its ranking, or why there is none. Both are None for no candidates."""

    ranker: str
    query_id: str
    key: str | None
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRun:
    """A run. `settings` are plain values that repeat it; `rankers` are in their order, with the error of one that could not be
    loaded. `queries` is the number of queries that were asked of each, `done` how many (ranker, query) pairs have an answer.
    `ended` is None for one that goes on, or was interrupted."""

    id: int
    began: str
    ended: str | None
    settings: Mapping[str, Any]
    rankers: tuple[str, ...]
    errors: Mapping[str, str] = field(default_factory=dict)
    done: int = 0

    @property
    def asked(self) -> int:
        """How many rankings a complete run has."""
        return len(self.rankers) * int(self.settings.get("queries", 0))


class RunStore:
    """Runs by number, newest last."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, settings: Mapping[str, Any], rankers: Sequence[str], judgements: Judgements) -> int:
        """The number of the run with these settings and rankers: the one that was interrupted, or a new one."""
        text = json.dumps(settings, sort_keys=True, allow_nan=False)
        packed = pack({query: dict(grades) for query, grades in judgements.items()})
        request = digest(json.dumps([text, list(rankers), digest(packed)]))
        with self._database.writing() as connection:
            row = connection.execute(
                "SELECT id FROM run WHERE request = ? AND ended IS NULL ORDER BY id DESC LIMIT 1", (request,)
            ).fetchone()
            if row is not None:
                return int(row[0])
            cursor = connection.execute(
                "INSERT INTO run (began, settings, request, judgements) VALUES (?, ?, ?, ?)", (_now(), text, request, packed)
            )
            number = int(cursor.lastrowid or 0)
            connection.executemany(
                "INSERT INTO run_ranker VALUES (?, ?, ?, NULL)",
                [(number, position, ranker) for position, ranker in enumerate(rankers)],
            )
        return number

    def record(self, number: int, position: int, query: RunQuery) -> None:
        """Keep what one ranker gave on one query; an earlier answer to the same is replaced."""
        with self._database.writing() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO run_query VALUES (?, ?, ?, ?, ?, ?)",
                (number, query.ranker, query.query_id, position, query.key, query.error),
            )

    def fail(self, number: int, ranker: str, error: str) -> None:
        """Keep why a ranker could not be loaded."""
        with self._database.writing() as connection:
            connection.execute("UPDATE run_ranker SET error = ? WHERE run = ? AND ranker = ?", (error, number, ranker))

    def end(self, number: int) -> None:
        """Mark a run as complete."""
        with self._database.writing() as connection:
            connection.execute("UPDATE run SET ended = ? WHERE id = ?", (_now(), number))

    def all(self) -> tuple[StoredRun, ...]:
        with self._database.reading() as connection:
            rows = connection.execute(_RUNS + " ORDER BY id").fetchall()
            return tuple(_run(connection, row) for row in rows)

    def state(self) -> str:
        """A text that changes whenever a run ends or is deleted."""
        with self._database.reading() as connection:
            count, newest, ended = connection.execute("SELECT count(ended), max(id), max(ended) FROM run").fetchone()
        return f"{count} {newest} {ended}"

    def get(self, number: int) -> StoredRun:
        """Raises InputError where there is no such run."""
        with self._database.reading() as connection:
            row = connection.execute(_RUNS + " WHERE id = ?", (number,)).fetchone()
            if row is None:
                raise InputError(f"There is no run {number}. `reranklab runs list` shows those that are stored.")
            return _run(connection, row)

    def queries(self, number: int) -> tuple[RunQuery, ...]:
        """The answers of a run, ranker by ranker in the order of the queries."""
        self.get(number)
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT q.ranker, q.query_id, q.key, q.error FROM run_query q JOIN run_ranker r "
                "ON r.run = q.run AND r.ranker = q.ranker WHERE q.run = ? ORDER BY r.position, q.position",
                (number,),
            ).fetchall()
        return tuple(RunQuery(ranker=ranker, query_id=query, key=key, error=error) for ranker, query, key, error in rows)

    def judgements(self, number: int) -> Judgements:
        """The judgements by which the run was scored: query id to document id to grade."""
        with self._database.reading() as connection:
            row = connection.execute("SELECT judgements FROM run WHERE id = ?", (number,)).fetchone()
        if row is None:
            raise InputError(f"There is no run {number}. `reranklab runs list` shows those that are stored.")
        found: Judgements = unpack(row[0])
        return found

    def delete(self, number: int) -> None:
        """Delete a run, and the rankings that no other run has. Raises InputError where there is no such run."""
        self.get(number)
        with self._database.writing() as connection:
            # Only this run's: another process may have kept a ranking and not yet said of which run it is.
            connection.execute(
                "DELETE FROM result WHERE key IN (SELECT key FROM run_query WHERE run = ?) "
                "AND key NOT IN (SELECT key FROM run_query WHERE run != ? AND key IS NOT NULL)",
                (number, number),
            )
            connection.execute("DELETE FROM run WHERE id = ?", (number,))
            connection.execute("DELETE FROM candidates WHERE hash NOT IN (SELECT candidates FROM result)")
            connection.execute("DELETE FROM making WHERE hash NOT IN (SELECT making FROM result)")


_RUNS = "SELECT id, began, ended, settings FROM run"


def _run(connection: sqlite3.Connection, row: tuple[int, str, str | None, str]) -> StoredRun:
    number, began, ended, settings = row
    rankers = connection.execute("SELECT ranker, error FROM run_ranker WHERE run = ? ORDER BY position", (number,)).fetchall()
    (done,) = connection.execute("SELECT count(*) FROM run_query WHERE run = ?", (number,)).fetchone()
    return StoredRun(
        id=number,
        began=began,
        ended=ended,
        settings=json.loads(settings),
        rankers=tuple(ranker for ranker, _ in rankers),
        errors={ranker: error for ranker, error in rankers if error is not None},
        done=done,
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
