"""A log of production as columns: one number a request, and where its line stands, so that the texts need not be kept."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Places = NDArray[np.int64]
Keys = NDArray[np.uint64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """What is computed from every request of a log, in the order of time. Each array has one entry a request; a number that the
    request does not give is NaN.

    `time` is in seconds since 1970, UTC. `offset` is where the request's line begins in the log, in bytes. `milliseconds` is
    the reranking's own time. `document_characters` is the mean over the candidates, `query_characters` the query's. `top_score`
    and `mean_score` are of the ranker's scores, `spread` their standard deviation (that of the scores there are, not an
    estimate for more). `ranker` is the place in `rankers` of the name that the line gives, -1 where it gives none.

    `within` is the request's place in its line, for lines that hold several. `key` is the same for the same request id in every
    log, and where there is no id for the same time and query. `document_tokens` is the mean over the candidates, `truncated`
    the share of them that the ranker did not read to the end. `answered` is 1 where the line has an answer, else 0. Of these
    an array that is not given is 0, the offset, NaN, NaN and NaN.
    """

    time: Numbers
    offset: Places
    milliseconds: Numbers
    candidates: Numbers
    query_characters: Numbers
    document_characters: Numbers
    top_score: Numbers
    mean_score: Numbers
    spread: Numbers
    ranker: Places
    rankers: tuple[str, ...] = ()
    within: Places = field(default_factory=lambda: np.empty(0, np.int64))
    key: Keys = field(default_factory=lambda: np.empty(0, np.uint64))
    document_tokens: Numbers = field(default_factory=lambda: np.empty(0))
    truncated: Numbers = field(default_factory=lambda: np.empty(0))
    answered: Numbers = field(default_factory=lambda: np.empty(0))

    def __post_init__(self) -> None:
        size = len(self.time)
        absent: dict[str, NDArray[Any]] = {
            "within": np.zeros(size, np.int64),
            "key": self.offset.astype(np.uint64),
            **{name: np.full(size, np.nan) for name in ("document_tokens", "truncated", "answered")},
        }
        for name, values in absent.items():
            if not len(getattr(self, name)):
                object.__setattr__(self, name, values)

    def __len__(self) -> int:
        return len(self.time)

    def take(self, which: NDArray[np.bool_] | NDArray[np.intp] | slice) -> Columns:
        """The requests that an index of numpy names, in its order."""
        arrays = {each.name: getattr(self, each.name)[which] for each in fields(self) if each.name != "rankers"}
        return Columns(**arrays, rankers=self.rankers)
