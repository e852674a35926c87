"""The currency between rooms: what goes into a ranker and what comes out of it.

Everything here is frozen. Times are milliseconds, ranks count from 1, sizes are tokens of the model's own tokenizer.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from dataclasses import dataclass, field

Scalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One information need. `id` is the dataset's, or "q" for a typed query."""

    text: str
    id: str = "q"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One candidate. Ids are unique within a candidate list; texts need not be."""

    id: str
    text: str
    title: str = ""

    @property
    def content(self) -> str:
        """Title and text in one field, as BEIR systems index them."""
        return f"{self.title} {self.text}".strip() if self.title else self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreScale:
    """What a score means. Scores of different scales are never compared with each other.

    `within_list` says that scores can be compared within one list of candidates only.
    """

    name: str
    description: str
    within_list: bool = False


LOGIT = ScoreScale(name="logit", description="raw logit of the relevance head: unbounded, 0 is a probability of one half")
COSINE = ScoreScale(name="cosine", description="cosine of query and document embeddings: -1 to 1")
BM25_SCORE = ScoreScale(name="BM25", description="sum of term weights: 0 or more, depends on the collection")
TERM_WEIGHTS = ScoreScale(
    name="term weights",
    description="sum over the terms of a vocabulary: the query's weight of a term times the document's; 0 or more",
)
MAXSIM = ScoreScale(
    name="MaxSim",
    description="sum over the query's tokens: the cosine of each with the document token nearest to it; at most their number",
)
MEAN_MAXSIM = ScoreScale(
    name="mean MaxSim",
    description="mean over the query's tokens: the cosine of each with the document token nearest to it; -1 to 1",
)
LOG_ODDS = ScoreScale(name="log-odds", description="logit of the yes-token less the logit of the no-token: unbounded")
YES_LOGIT = ScoreScale(
    name="yes-logit", description="logit of the yes-token alone: unbounded; the sigmoid of a fifth of it is the model's 0 to 1"
)
TOKEN_LOGIT = ScoreScale(
    name="token logit",
    description="logit of the passage's identifier as the first token of the answer; comparable within one list only",
    within_list=True,
)
ATTENTION = ScoreScale(
    name="attention",
    description="calibrated attention from the query to the passage; comparable within one list only",
    within_list=True,
)
RANK_ONLY = ScoreScale(name="rank only", description="the method gives an order, no score; shown as 1 / rank", within_list=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedDocument:
    """A candidate's place in one ranking.

    `candidate` is the position in the input list, from 0. `tokens_used` of `tokens_total` tokens of the document
    reached the model; the rest was truncated. `unknown_share` (0 to 1) of its characters are unknown to the tokenizer, so
    that the model reads nothing of them. `passage` is the half-open range of characters of the document's content that
    decided the score, where passages were ranked. `error` is the standard error of the score, where it was fitted.
    """

    id: str
    rank: int
    score: float
    candidate: int
    tokens_used: int
    tokens_total: int
    unknown_share: float = 0.0
    passage: tuple[int, int] | None = None
    error: float | None = None

    @property
    def truncated(self) -> bool:
        return self.tokens_used < self.tokens_total


@dataclass(frozen=True, slots=True, kw_only=True)
class StageTimes:
    """One run, in milliseconds. `total` is the wall time of the run without the queue; `queue` is time spent waiting for
    the device while other work used it; `transfer` is what a GPU's input takes to reach it, or the way to a
    service and back where it tells its own time; 0 where it is not told apart.
    What `total` exceeds the stages by is Python between them."""

    queue: float
    tokenise: float
    compute: float
    postprocess: float
    total: float
    transfer: float = 0.0


STAGES = ("queue", "tokenise", "transfer", "compute", "postprocess", "total")


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """The measured runs of one ranker on one input.

    `load` is the cold load of the model in milliseconds as it happened once in this process (None: nothing to load);
    `documents` and `tokens` are what one run processed; `measured_at` is UTC in ISO 8601. `warmup` says what ran, unmeasured,
    before the first run. `cached` marks a result that was measured earlier and is shown again.
    """

    runs: tuple[StageTimes, ...]
    load: float | None
    warmup: str
    documents: int
    tokens: int
    device: str
    device_name: str
    precision: str
    measured_at: str
    host: str
    cached: bool = False

    def p50(self, stage: str = "total") -> float:
        """Median over the runs of a stage, in ms."""
        return float(statistics.median(getattr(run, stage) for run in self.runs))

    def p95(self, stage: str = "total") -> float:
        """95th percentile over the runs (linear interpolation), in ms; with one run, that run."""
        values = sorted(getattr(run, stage) for run in self.runs)
        position = 0.95 * (len(values) - 1)
        low = int(position)
        high = min(low + 1, len(values) - 1)
        return float(values[low] + (values[high] - values[low]) * (position - low))

    @property
    def documents_per_second(self) -> float:
        return 1000 * self.documents / max(self.p50(), 1e-6)

    @property
    def tokens_per_second(self) -> float:
        return 1000 * self.tokens / max(self.p50(), 1e-6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Everything needed to produce the same ranking again. Holds no address and no key."""

    ranker: str
    family: str
    model: str
    revision: str
    weights_sha256: str
    device: str
    device_name: str
    precision: str
    backend: str
    parameters: Mapping[str, Scalar]
    versions: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One ranker inside of another: what it ranked, how long that took, how it was made, and what its scores mean.

    `candidates` is the number of texts that it got, which may be passages of documents. `warnings` and `details` are its own,
    and `stages` are those inside of it.
    """

    ranker: str
    candidates: int
    timing: Timing
    provenance: Provenance
    scale: ScoreScale
    warnings: tuple[str, ...] = ()
    details: Mapping[str, Scalar] = field(default_factory=dict)
    stages: tuple[Stage, ...] = ()

    @classmethod
    def of(cls, ranking: Ranking) -> Stage:
        """What a ranking of the ranker inside says of its making."""
        return cls(
            ranker=ranking.ranker,
            candidates=len(ranking.items),
            timing=ranking.timing,
            provenance=ranking.provenance,
            scale=ranking.scale,
            warnings=ranking.warnings,
            details=ranking.details,
            stages=ranking.stages,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """A full permutation of the candidates, best first, with how long it took and how it was made.

    `items` are in rank order. `scale` says what the scores mean. `details` are counts that belong to one family
    (windows, calls, repairs). `matched` counts the candidates that hold anything of the query; None for a ranker that finds
    something in every text. Where it is 0 the order is the input's, and nothing was found. `stages` are the rankers that a
    composed ranker ran, in their order; empty for others.
    """

    ranker: str
    query: Query
    items: tuple[RankedDocument, ...]
    scale: ScoreScale
    timing: Timing
    provenance: Provenance
    warnings: tuple[str, ...] = ()
    details: Mapping[str, Scalar] = field(default_factory=dict)
    matched: int | None = None
    stages: tuple[Stage, ...] = ()

    def rank_of(self) -> dict[str, int]:
        """Document id to rank."""
        return {item.id: item.rank for item in self.items}
