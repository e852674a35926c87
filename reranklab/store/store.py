"""The user's store: rankings, the runs that asked for them, and sweeps of times, in one file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from reranklab.errors import StorageError
from reranklab.store.database import Database, default_path
from reranklab.store.results import ResultStore
from reranklab.store.runs import RunStore
from reranklab.store.sweeps import SweepStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """The views of one database."""

    database: Database
    results: ResultStore
    runs: RunStore
    sweeps: SweepStore

    def close(self) -> None:
        self.database.close()


def store_or_none(warn: Callable[[str], None]) -> Store | None:
    """The user's store, or None where it cannot be opened: what is computed is shown all the same. `warn` is told why."""
    try:
        store = open_store()
    except StorageError as error:
        warn(f"{error} Results are shown and not kept.")
        return None
    for note in store.database.notes:
        warn(note)
    return store


def open_store(path: Path | None = None) -> Store:
    """The store in a file, by default the one in the user's data folder, made where it is missing. Raises StorageError."""
    database = Database(path or default_path())
    return Store(database=database, results=ResultStore(database), runs=RunStore(database), sweeps=SweepStore(database))
