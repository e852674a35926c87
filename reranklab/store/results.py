"""Rankings kept by exact input and provenance."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from reranklab.store.codec import Row, columns, decode, digest, encode, pack, unpack
from reranklab.store.database import Database
from reranklab.types import Query, Ranking

_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredList:
    """A stored ranking without its objects, in rank order: document ids, scores, positions in the first stage's order from 0,
    and tokens read. `matched` as in Ranking; `ms` is the median of its runs' totals."""

    ids: tuple[str, ...]
    scores: npt.NDArray[np.float64]
    positions: npt.NDArray[np.int32]
    tokens: npt.NDArray[np.int32]
    matched: int | None
    ms: float | None


class ResultStore:
    """Rankings by key. Safe between threads and processes: a key is written once, and always with the whole ranking."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, key: str) -> Ranking | None:
        """The ranking of a key as it was measured, or None. Raises StorageError for a damaged one."""
        with self._database.reading() as connection:
            row = connection.execute(_SELECT + " WHERE key = ?", (key,)).fetchone()
        return None if row is None else decode(_row(row))

    def put(self, key: str, ranking: Ranking) -> None:
        """Keep a ranking; one that is there already is replaced. Raises StorageError where it cannot be written."""
        row = encode(ranking)
        ids, making = pack(row.ids), digest(row.making)
        candidates = digest(ids)
        with self._database.writing() as connection:
            connection.execute("INSERT OR IGNORE INTO candidates VALUES (?, ?)", (candidates, ids))
            connection.execute("INSERT OR IGNORE INTO making VALUES (?, ?)", (making, row.making))
            connection.execute(
                "INSERT OR REPLACE INTO result VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (key, row.ranker, row.query.id, row.query.text, candidates, making, row.facts, row.items),
            )

    def scored_lists(self, keys: Iterable[str]) -> Mapping[str, ScoredList]:
        """Key to its list, for those of the keys that are stored."""
        lists: dict[str, ScoredList] = {}
        with self._database.reading() as connection:
            for chunk in _chunks(keys):
                marks = ",".join("?" * len(chunk))
                rows = connection.execute(
                    "SELECT key, ids, items, json_extract(facts, '$.matched'), json_extract(facts, '$.timing.runs') "
                    f"FROM result JOIN candidates ON candidates = hash WHERE key IN ({marks})",
                    chunk,
                )
                for key, ids, items, matched, runs in rows:
                    names = _ids(ids)
                    positions, scores, tokens = columns(items)
                    totals = [run["total"] for run in json.loads(runs)]
                    lists[key] = ScoredList(
                        ids=tuple([names[position] for position in positions.tolist()]),
                        scores=scores,
                        positions=positions,
                        tokens=tokens,
                        matched=matched,
                        ms=statistics.median(totals) if totals else None,
                    )
        return lists

    def query_texts(self, keys: Iterable[str]) -> Mapping[str, str]:
        """Query id to text, of the rankings under the keys."""
        texts: dict[str, str] = {}
        with self._database.reading() as connection:
            for chunk in _chunks(keys):
                marks = ",".join("?" * len(chunk))
                texts |= dict(connection.execute(f"SELECT query_id, query_text FROM result WHERE key IN ({marks})", chunk))
        return texts


_SELECT = """SELECT ranker, query_id, query_text, ids, record, facts, items
FROM result JOIN candidates ON candidates = candidates.hash JOIN making ON making = making.hash"""


def _row(values: tuple[str, str, str, bytes, str, str, bytes]) -> Row:
    ranker, query_id, query_text, ids, making, facts, items = values
    return Row(ranker=ranker, query=Query(id=query_id, text=query_text), ids=_ids(ids), making=making, facts=facts, items=items)


@lru_cache(maxsize=4096)
def _ids(packed: bytes) -> tuple[str, ...]:
    return tuple(unpack(packed))


def _chunks(keys: Iterable[str]) -> Iterator[list[str]]:
    every = list(dict.fromkeys(keys))
    for start in range(0, len(every), _AT_ONCE):
        yield every[start : start + _AT_ONCE]
