"""One request of a log, with its texts: what a line becomes when it is read back."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedCandidate:
    """One candidate, as far as the log tells: `rank` counts from 1, `characters` are those of title and text."""

    id: str
    score: float | None = None
    rank: int | None = None
    tokens: int | None = None
    characters: int | None = None
    truncated: bool | None = None
    title: str = ""
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedRequest:
    """One reranking in production. `candidates` are in the order in which they were handed to the ranker.

    `time` is in seconds since 1970, UTC. `chunks` are the ids of the documents that the answer was written from, best first;
    None where the log does not say. `query` and `id` are "" where there is none. `masked` is how many pieces of the texts were
    replaced by a label.
    """

    time: float
    query: str
    candidates: tuple[LoggedCandidate, ...]
    id: str = ""
    milliseconds: float | None = None
    ranker: str = ""
    answer: str | None = None
    chunks: tuple[str, ...] | None = None
    masked: int = 0

    @property
    def ranked(self) -> tuple[LoggedCandidate, ...]:
        """The candidates, best first: by their ranks; where none has one, by their scores; without either, as they stand.
        Candidates without a place come last, and ties are as they stand."""
        if any(each.rank is not None for each in self.candidates):
            return tuple(sorted(self.candidates, key=lambda each: each.rank if each.rank is not None else float("inf")))
        return tuple(sorted(self.candidates, key=lambda each: -each.score if each.score is not None else float("inf")))
