"""Numbers of requests, gathered in blocks so that a million of them is a few arrays."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from reranklab.data.text import clean_text
from reranklab.watch.log.columns import Columns, Numbers, Places
from reranklab.watch.log.lines import RawLine
from reranklab.watch.log.reasons import Remark, Tally
from reranklab.watch.log.schema import LoggedItem, LoggedLine

_BLOCK, _CANDIDATES = 4096, 200_000
_PER_REQUEST = 11  # what a row of Gathered holds


def characters_of(item: LoggedItem) -> int | None:
    """How long title and text are together, as a ranker reads them; None where the line does not tell."""
    if item.text is None:
        return item.characters
    return len(f"{item.title} {item.text}".strip()) if item.title else len(item.text)


def key_of(line: LoggedLine, time: float) -> int:
    """64 bits of a digest: of the request's id, or without one of its time and query."""
    name = f"{time}\n{line.query}" if line.request_id is None else str(line.request_id)
    return int.from_bytes(blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def ranker_of(line: LoggedLine) -> str:
    """The ranker's name, with its version behind an @."""
    if line.ranker is None:
        return ""
    return line.ranker if line.ranker_version is None else f"{line.ranker}@{line.ranker_version}"


class Gathered:
    """Requests so far. `add` takes one at a time, `columns` gives all."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._rankers: dict[str, int] = {}
        self._blocks: list[Columns] = []
        self._named: list[NDArray[np.bool_]] = []
        self._where: list[Places] = []
        self._clear()

    def _clear(self) -> None:
        self._rows: list[tuple[float, float | None, int | None, bool, int, int, int, int, bool, int, int]] = []
        self._sizes: list[int] = []
        self._scores: list[float | None] = []
        self._characters: list[int | None] = []
        self._tokens: list[int | None] = []
        self._truncated: list[bool | None] = []

    def add(self, line: LoggedLine, items: Sequence[LoggedItem], raw: RawLine, *, time: float, within: int = 0) -> None:
        name = ranker_of(line)
        ranker = -1 if not name else self._rankers.setdefault(name, len(self._rankers))
        query = None if line.query is None else len(line.query)
        named, answered = line.request_id is not None, line.answer is not None
        self._rows.append(
            (time, line.rerank_ms, query, answered, raw.offset, within, ranker, key_of(line, time), named, raw.file, raw.number)
        )
        self._sizes.append(len(items))
        self._scores.extend([item.score for item in items])
        self._characters.extend([characters_of(item) for item in items])
        self._tokens.extend([item.tokens for item in items])
        self._truncated.extend([item.truncated for item in items])
        if len({item.id for item in items}) < len(items):
            self._tally.add(Remark.SAME_CANDIDATE, raw.file, raw.number)
        if len(self._rows) >= _BLOCK or len(self._scores) >= _CANDIDATES:
            self._close()

    def all(self) -> tuple[Columns, NDArray[np.bool_], Places]:
        """All requests in the order in which they were added; which of them have an id; and the file, from 0, and the line of
        each, [requests, 2]."""
        self._close()
        arrays = {
            name: np.concatenate([getattr(block, name) for block in self._blocks])
            for name in Columns.__dataclass_fields__
            if name != "rankers"
        }
        self._blocks.clear()
        columns = Columns(**arrays, rankers=tuple(clean_text(name) for name in self._rankers))
        return columns, np.concatenate(self._named), np.concatenate(self._where)

    def _close(self) -> None:
        """Make the block at hand a piece of the columns."""
        rows = list(zip(*self._rows, strict=True)) or [()] * _PER_REQUEST
        sizes = np.array(self._sizes, np.intp)
        where = np.array(rows[9:], np.int64).T
        owner = np.repeat(np.arange(len(sizes)), sizes)
        milliseconds = _numbers(rows[1])
        characters, tokens = _numbers(self._characters), _numbers(self._tokens)
        scores = _numbers(self._scores)
        infinite, negative = np.isinf(scores), (characters < 0) | (tokens < 0)
        bad = ~(milliseconds >= 0) | np.isinf(milliseconds)
        self._mark(Remark.NO_MILLISECONDS, np.array([each is None for each in rows[1]], bool), where)
        self._mark(Remark.BAD_MILLISECONDS, bad & np.array([each is not None for each in rows[1]], bool), where)
        not_number = np.isnan(scores) & np.array([each is not None for each in self._scores], bool)
        self._mark(Remark.BAD_SCORES, np.bincount(owner, infinite | not_number, len(sizes)) > 0, where)
        self._mark(Remark.BAD_COUNTS, np.bincount(owner, negative, len(sizes)) > 0, where)
        milliseconds[bad] = np.nan
        scores[infinite] = characters[characters < 0] = tokens[tokens < 0] = np.nan
        top, mean, spread = _score_statistics(scores, owner, len(sizes))
        query = _numbers(rows[2])
        self._mark(Remark.EMPTY, sizes == 0, where)
        self._mark(Remark.NO_SCORES, np.isnan(top) & (sizes > 0), where)
        self._mark(Remark.NO_QUERY, np.isnan(query), where)
        self._named.append(np.array(rows[8], bool))
        self._where.append(where)
        self._blocks.append(
            Columns(
                time=_numbers(rows[0]),
                offset=np.array(rows[4], np.int64),
                milliseconds=milliseconds,
                candidates=sizes.astype(np.float64),
                query_characters=query,
                document_characters=_means(characters, owner, len(sizes)),
                top_score=top,
                mean_score=mean,
                spread=spread,
                ranker=np.array(rows[6], np.int64),
                within=np.array(rows[5], np.int64),
                key=np.array(rows[7], np.uint64),
                document_tokens=_means(tokens, owner, len(sizes)),
                truncated=_means(_numbers(self._truncated), owner, len(sizes)),
                answered=_numbers(rows[3]),
            )
        )
        self._clear()

    def _mark(self, remark: Remark, which: NDArray[np.bool_], where: Places) -> None:
        self._tally.add_all(remark, where[which])


def _numbers(values: Sequence[float | None]) -> Numbers:
    """NaN for None."""
    return np.array(values, np.float64)


def _means(values: Numbers, owner: NDArray[np.intp], size: int) -> Numbers:
    """The mean of each owner's values that are numbers; NaN where it has none."""
    there = ~np.isnan(values)
    number = np.bincount(owner[there], minlength=size)
    total = np.bincount(owner[there], values[there], size)
    means: Numbers = np.divide(total, number, out=np.full(size, np.nan), where=number > 0)
    return means


def _score_statistics(scores: Numbers, owner: NDArray[np.intp], size: int) -> tuple[Numbers, Numbers, Numbers]:
    """The largest, the mean and the standard deviation of each owner's scores."""
    there = ~np.isnan(scores)
    scores, owner = scores[there], owner[there]
    top = np.full(size, np.nan)
    if len(scores):
        first = np.flatnonzero(np.diff(owner, prepend=-1))
        top[owner[first]] = np.maximum.reduceat(scores, first)
    mean = _means(scores, owner, size)
    with np.errstate(over="ignore", invalid="ignore"):
        spread = np.sqrt(_means((scores - mean[owner]) ** 2, owner, size))
    return top, mean, spread
