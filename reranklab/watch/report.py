"""What watching a log found: windows with their figures, and alerts with their causes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from reranklab.evaluate.confidence import Interval
from reranklab.latency.quantiles import Quantile
from reranklab.watch.detect.series import TITLES, Kind
from reranklab.watch.log.columns import Places

Verdict = Literal["candidates", "length", "machine", "none"]

CAUSES = {
    "model_swapped": "another model",
    "new_domain": "other queries",
    "longer_documents": "longer documents",
    "shorter_documents": "shorter documents",
    "more_candidates": "more candidates",
    "fewer_candidates": "fewer candidates",
    "slower_machine": "a slower machine",
    "faster_machine": "a faster machine",
    "slower": "slower requests, for a reason that the log does not tell",
    "faster": "faster requests, for a reason that the log does not tell",
    "stalls": "single requests that are slow for their size",
    "less_support": "answers that their sources support less often",
    "more_support": "answers that their sources support more often",
    "truncated": "documents cut more or less often",
    "unknown_tokens": "texts in other characters or languages",
    "disagreement": "rankings that agree less or more with the reference",
}
"""Id to what stands in sentences."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Requests from `begin` up to `end`, in seconds since 1970, UTC; `first` and `last` are places in the columns, `last` being
    the first one beyond. `latency` has p50, p95 and p99 in ms; `over_law` the median of the times over the law's. `means` are
    of what all requests tell, `shares` of what is a share. A figure that no request of the window tells is left out."""

    begin: float
    end: float
    first: int
    last: int
    latency: Mapping[str, Quantile]
    over_law: Quantile | None
    means: Mapping[str, Interval]
    shares: Mapping[str, Interval]

    @property
    def requests(self) -> int:
        return self.last - self.first


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """How a series changed, its cycle accounted for. `before` and `after` are medians of times, lengths and numbers, and means
    of scores and shares. `change` is a factor for `positive` series, else a difference; `low` and `high` are its 95 % interval.
    `changed` says whether it did, with all series tested together."""

    series: str
    kind: Kind
    before: float
    after: float
    change: float
    low: float
    high: float
    changed: bool

    @property
    def title(self) -> str:
        return TITLES.get(self.series, self.series)

    @property
    def words(self) -> str:
        if self.kind == "positive":
            return f"{self.title} {self.change:.2f} times as many [{self.low:.2f}, {self.high:.2f}]"
        if self.kind == "share":
            return f"{self.title} from {self.before:.1%} to {self.after:.1%}"
        return f"{self.title} {self.change:+.2f} [{self.low:+.2f}, {self.high:+.2f}]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """By what factor the time changed through one thing, with its 95 % interval."""

    factor: float
    low: float
    high: float

    @property
    def words(self) -> str:
        return f"{self.factor:.2f} [{self.low:.2f}, {self.high:.2f}]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decomposition:
    """A change of the median time: `total` is the product of what more candidates, longer documents and the machine make.
    `machine` holds what the law does not explain. `verdict` is none where neither the one nor the other is sure."""

    before_ms: float
    after_ms: float
    total: Part
    candidates: Part
    length: Part
    machine: Part
    verdict: Verdict
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """Something changed. `since` is the time of the change with `earliest` and `latest`, its 95 % interval, in seconds since
    1970; `since_place` is its request. `detected_place` is the request that completed the evidence, at `detected`. `cause` is
    the main one and `also` further ones, which it does not explain; `follows` are series that changed because of them.
    `trigger` is the series that raised the alarm. `places` are requests behind it, in the order of time."""

    cause: str
    also: tuple[str, ...]
    sentence: str
    since: float
    earliest: float
    latest: float
    since_place: int
    detected: float
    detected_place: int
    trigger: str
    shifts: tuple[Shift, ...]
    follows: tuple[str, ...]
    latency: Decomposition | None
    places: Places

    @property
    def causes(self) -> tuple[str, ...]:
        return (self.cause, *self.also)

    @property
    def delay(self) -> int:
        """Requests from the change to its detection."""
        return self.detected_place - self.since_place


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchReport:
    """`baseline_until` ends what counts as usual. All series together raise a false alarm in `weeks` weeks at most. `unwatched`
    is series to why it has no alarms. `law` says which law times were held against."""

    requests: int
    begin: float
    end: float
    baseline_until: float
    weeks: float
    law: str
    windows: tuple[Window, ...]
    alerts: tuple[Alert, ...]
    watched: tuple[str, ...]
    unwatched: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
