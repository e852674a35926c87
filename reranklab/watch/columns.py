"""A log of production as columns: one number a request, and where its line stands, so that the texts need not be kept."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """What is computed from every request of a log, in the order of time. Each array has one entry a request; a number that the
    request does not give is NaN.

    `time` is in seconds since 1970, UTC. `offset` is where the request's line begins in the log, in bytes. `milliseconds` is
    the reranking's own time. `document_characters` is the mean over the candidates, `query_characters` the query's. `top_score`
    and `mean_score` are of the ranker's scores, `spread` their standard deviation. `ranker` is the place in `rankers` of the
    name that the line gives, -1 where it gives none.
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

    def __len__(self) -> int:
        return len(self.time)
