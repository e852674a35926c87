"""The user's store: rankings and the runs that asked for them, in one file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from reranklab.store.database import Database, default_path
from reranklab.store.results import ResultStore
from reranklab.store.runs import RunStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """Both views of one database."""

    database: Database
    results: ResultStore
    runs: RunStore

    def close(self) -> None:
        self.database.close()


def open_store(path: Path | None = None) -> Store:
    """The store in a file, by default the one in the user's data folder, made where it is missing. Raises StorageError."""
    database = Database(path or default_path())
    return Store(database=database, results=ResultStore(database), runs=RunStore(database))
