"""Logs of production that are made up, with changes that are known: as columns for detectors, and as a file for readers.

A quiet log has a rhythm of day and night and of weekdays, in how many requests there are and in what they ask. Candidates,
lengths, scores and times vary from request to request, and scores of one request more alike than of several.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from reranklab.watch.log.columns import Columns
from reranklab.watch.log.schema import SCHEMA

START = 1_756_684_800.0
"""Monday, 1 September 2025, 00:00 UTC."""
DAY = 86_400.0
FIXED_MS, MS_PER_CANDIDATE, MS_PER_TOKEN = 4.0, 0.35, 0.011
CHARACTERS_PER_TOKEN = 4.4
WINDOW = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is different from `day` on (from 0, and parts of a day count), up to `until`. Factors multiply; `score_shift` is
    added to every score after `score_scale`. `ranker` is the name that the log gives from then on. `query_shift` is added to
    the scores of whole requests and `query_length` multiplies their queries: a new domain is both."""

    day: float
    until: float = np.inf
    documents: float = 1.0
    candidates: float = 1.0
    machine: float = 1.0
    score_shift: float = 0.0
    score_scale: float = 1.0
    query_length: float = 1.0
    traffic: float = 1.0
    ranker: str = ""


LONGER_DOCUMENTS = Change(day=10, documents=2.0)
MORE_CANDIDATES = Change(day=10, candidates=2.0)
SLOWER_MACHINE = Change(day=10, machine=1.5)
SWAPPED_MODEL = Change(day=10, score_scale=0.6, score_shift=1.0, machine=0.8)
NEW_DOMAIN = Change(day=10, score_shift=-1.5, query_length=1.6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """Requests in the order of time. `sizes` is the number of candidates; `scores`, `characters` and `tokens` are of all
    candidates, one request after the other."""

    time: NDArray[np.float64]
    milliseconds: NDArray[np.float64]
    query_characters: NDArray[np.int64]
    sizes: NDArray[np.int64]
    scores: NDArray[np.float64]
    characters: NDArray[np.int64]
    tokens: NDArray[np.int64]
    ranker: NDArray[np.int64]
    rankers: tuple[str, ...]

    def columns(self) -> Columns:
        first = np.concatenate(([0], np.cumsum(self.sizes)[:-1]))

        def mean(values: NDArray[Any]) -> NDArray[np.float64]:
            return np.add.reduceat(values.astype(np.float64), first) / self.sizes

        mean_score = mean(self.scores)
        return Columns(
            time=self.time,
            offset=np.arange(len(self.time), dtype=np.int64),
            milliseconds=self.milliseconds,
            candidates=self.sizes.astype(np.float64),
            query_characters=self.query_characters.astype(np.float64),
            document_characters=mean(self.characters),
            top_score=np.maximum.reduceat(self.scores, first),
            mean_score=mean_score,
            spread=np.sqrt(np.maximum(mean(self.scores**2) - mean_score**2, 0.0)),
            ranker=self.ranker,
            rankers=self.rankers,
            document_tokens=mean(self.tokens),
            truncated=mean(self.tokens >= WINDOW),
            answered=np.zeros(len(self.time)),
        )

    def write(self, path: Path, *, compact: bool = False) -> None:
        """One line a request in the schema of docs/watch.md, with candidates as objects or as lists."""
        ends = np.cumsum(self.sizes)
        with path.open("wb") as file:
            encoder = msgspec.json.Encoder()
            for place, (end, size) in enumerate(zip(ends.tolist(), self.sizes.tolist(), strict=True)):
                part = slice(end - size, end)
                lists = (self.scores[part].tolist(), self.tokens[part].tolist(), self.characters[part].tolist())
                ids = [f"doc-{(place * 37 + number * 101) % 90_000:05d}" for number in range(size)]
                line: dict[str, Any] = {
                    "schema": SCHEMA,
                    "time": float(self.time[place]),
                    "request_id": f"r-{place:07d}",
                    "query": "q" * int(self.query_characters[place]),
                    "ranker": self.rankers[self.ranker[place]],
                    "rerank_ms": float(self.milliseconds[place]),
                }
                if compact:
                    names = ("candidate_scores", "candidate_tokens", "candidate_characters")
                    line |= {"candidate_ids": ids, **dict(zip(names, lists, strict=True))}
                    line["candidate_truncated"] = [tokens >= WINDOW for tokens in lists[1]]
                else:
                    line["candidates"] = [
                        {"id": id_, "score": score, "tokens": tokens, "characters": characters, "truncated": tokens >= WINDOW}
                        for id_, score, tokens, characters in zip(ids, *lists, strict=True)
                    ]
                file.write(encoder.encode(line))
                file.write(b"\n")


def simulate(
    *, days: float = 21, per_day: float = 200, seed: int = 0, changes: Sequence[Change] = (), rhythm: float = 1.0
) -> Columns:
    """The columns of `simulate_requests`."""
    return simulate_requests(days=days, per_day=per_day, seed=seed, changes=changes, rhythm=rhythm).columns()


def simulate_requests(
    *, days: float = 21, per_day: float = 200, seed: int = 0, changes: Sequence[Change] = (), rhythm: float = 1.0
) -> Simulated:
    """About `per_day` requests a day for `days` days from START on. With `rhythm` 0 the hours and the days are all alike."""
    draw = np.random.default_rng(seed)
    time = _times(draw, days=days, per_day=per_day, changes=changes, rhythm=rhythm)
    number = len(time)
    hour = np.sin(2 * np.pi * (time / DAY - 0.3))  # queries are longer and easier in working hours
    weekend = (((time / DAY).astype(np.int64) + 3) % 7 >= 5).astype(np.float64)
    factor = {name: np.ones(number) for name in ("documents", "candidates", "machine", "score_scale", "query_length")}
    shift = np.zeros(number)
    ranker, rankers = np.zeros(number, np.int64), ["cross-encoder"]
    for change in changes:
        now = _during(change, time)
        for name, values in factor.items():
            values[now] *= getattr(change, name)
        shift[now] += change.score_shift
        if change.ranker:
            rankers.append(change.ranker)
            ranker[now] = len(rankers) - 1
    sizes = np.maximum(1, np.rint(draw.integers(10, 21, number) * factor["candidates"])).astype(np.int64)
    query = np.exp(draw.normal(3.6, 0.4, number) + rhythm * (0.05 * hour - 0.05 * weekend)) * factor["query_length"]
    owner = np.repeat(np.arange(number), sizes)
    characters = np.exp(draw.normal(6.2, 0.5, len(owner))) * factor["documents"][owner]
    characters = np.maximum(20, np.rint(characters)).astype(np.int64)
    tokens = np.minimum(WINDOW, np.rint(characters / CHARACTERS_PER_TOKEN)).astype(np.int64)
    request = draw.normal(-1.0, 1.0, number) + rhythm * (0.1 * hour - 0.1 * weekend)
    scores = (request[owner] + draw.normal(0.0, 2.5, len(owner))) * factor["score_scale"][owner] + shift[owner]
    read = np.bincount(owner, tokens, number)
    milliseconds = (FIXED_MS + MS_PER_CANDIDATE * sizes + MS_PER_TOKEN * read) * factor["machine"]
    milliseconds *= np.exp(np.abs(draw.normal(0.0, 0.15, number)) + 0.02 * rhythm * hour)
    return Simulated(
        time=time,
        milliseconds=np.round(milliseconds, 3),
        query_characters=np.maximum(3, np.rint(query)).astype(np.int64),
        sizes=sizes,
        scores=np.round(scores, 4),
        characters=characters,
        tokens=tokens,
        ranker=ranker,
        rankers=tuple(rankers),
    )


def _times(
    draw: np.random.Generator, *, days: float, per_day: float, changes: Sequence[Change], rhythm: float
) -> NDArray[np.float64]:
    """A Poisson process whose rate follows the hour and the weekday, by thinning one of the largest rate."""
    most = (1 + 0.8 * rhythm) * max([1.0, *(change.traffic for change in changes)])
    number = draw.poisson(per_day * days * most)
    time = START + np.sort(draw.uniform(0.0, days * DAY, number))
    rate = 1 + 0.8 * rhythm * np.sin(2 * np.pi * (time / DAY - 0.3))
    rate *= np.where(((time / DAY).astype(np.int64) + 3) % 7 >= 5, 1 - 0.4 * rhythm, 1.0)
    for change in changes:
        rate[_during(change, time)] *= change.traffic
    return np.round(time[draw.uniform(0.0, most, number) < rate], 3)


def _during(change: Change, time: NDArray[np.float64]) -> NDArray[np.bool_]:
    day = (time - START) / DAY
    return (day >= change.day) & (day < change.until)
