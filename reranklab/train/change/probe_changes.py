"""Probes before and after: the pass rates of the same probes with their paired difference, and which probes flipped."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from reranklab.evaluate.differences import DEFAULT_MARGIN, Difference, compare_all, decided
from reranklab.evaluate.paired_shares import paired_share_interval
from reranklab.evaluate.probes.run import CapabilityRate, ProbeOutcome, ProbeReport, ProbeSet, run_probes
from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.family import RankerSpec

if TYPE_CHECKING:
    from reranklab.services.endpoint import Endpoint
    from reranklab.store.store import Store

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeFlip:
    """A probe that only one of the two passes."""

    before: ProbeOutcome
    after: ProbeOutcome

    @property
    def now(self) -> Literal["passes", "fails"]:
        return "passes" if self.after.passed else "fails"


@dataclass(frozen=True, slots=True, kw_only=True)
class CapabilityChange:
    """The probes of one capability. `difference` is of the pass rates over the probes that both could be judged by; None where
    there is none. Its p is that of the exact test of McNemar for up to 12 probes, and close to it beyond."""

    capability: str
    before: CapabilityRate
    after: CapabilityRate
    difference: Difference | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeChanges:
    """All probes of two rankers. p values are corrected over the capabilities."""

    before: str
    after: str
    capabilities: tuple[CapabilityChange, ...]
    flips: tuple[ProbeFlip, ...]
    report: ProbeReport

    @property
    def sentence(self) -> str:
        """What changed, in one sentence."""
        gained = sum(flip.now == "passes" for flip in self.flips)
        lost = len(self.flips) - gained
        both = sum(each.difference.queries for each in self.capabilities if each.difference is not None)
        told = [
            f"{each.difference.verdict} at {each.capability} ({100 * each.difference.difference:+.0f} points)"
            for each in self.capabilities
            if each.difference is not None and each.difference.verdict in ("better", "worse")
        ]
        changed = "; ".join(told) if told else "no capability changed for sure"
        return f"Of {both:,} probes {gained:,} pass now that failed before, and {lost:,} fail now that passed: {changed}."


def probe_changes(
    before: RankerSpec,
    after: RankerSpec,
    sets: Sequence[ProbeSet],
    *,
    margin: float = DEFAULT_MARGIN,
    device: str = "cpu",
    endpoints: Sequence[Endpoint] = (),
    store: Store | None = None,
    fresh: bool = False,
    warn: Callable[[str], None] = _logger.warning,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> ProbeChanges:
    """Both rankers over the probes of every source. Raises as `run_probes` does."""
    report = run_probes(
        sets,
        [before, after],
        device=device,
        endpoints=endpoints,
        store=store,
        fresh=fresh,
        warn=warn,
        cancel=cancel,
        progress=progress,
    )
    return changes_of(report, before.id, after.id, margin=margin)


def changes_of(report: ProbeReport, before: str, after: str, *, margin: float = DEFAULT_MARGIN) -> ProbeChanges:
    """The changes in a report that holds both rankers."""
    old, new = (_judged(report, ranker) for ranker in (before, after))
    pairs = [(old[probe], new[probe]) for probe in old if probe in new]
    differences: dict[str, Difference] = {}
    for capability in report.capabilities:
        both = [(first, second) for first, second in pairs if first.probe.capability == capability]
        if both:
            differences[capability] = _difference(both, before, after, capability=capability, margin=margin)
    corrected = dict(zip(differences, decided(list(differences.values())), strict=True))
    return ProbeChanges(
        before=before,
        after=after,
        capabilities=tuple(
            CapabilityChange(
                capability=capability,
                before=report.rate(before, capability),
                after=report.rate(after, capability),
                difference=corrected.get(capability),
            )
            for capability in report.capabilities
        ),
        flips=tuple(ProbeFlip(before=first, after=second) for first, second in pairs if first.passed != second.passed),
        report=report,
    )


def _judged(report: ProbeReport, ranker: str) -> dict[tuple[str, str], ProbeOutcome]:
    """Source and id of each probe that the ranker could be judged by."""
    return {
        (each.probe.source, each.probe.id): each
        for each in report.outcomes
        if each.ranker == ranker and each.passed is not None
    }


def _difference(
    both: Sequence[tuple[ProbeOutcome, ProbeOutcome]], before: str, after: str, *, capability: str, margin: float
) -> Difference:
    passed = [(bool(first.passed), bool(second.passed)) for first, second in both]
    values = {
        after: {str(number): float(new) for number, (_, new) in enumerate(passed)},
        before: {str(number): float(old) for number, (old, _) in enumerate(passed)},
    }
    (pair,) = compare_all(values, measure=f"pass rate of {capability}", margin=margin, baseline=before)
    interval = paired_share_interval(
        both=sum(old and new for old, new in passed),
        first=sum(new and not old for old, new in passed),
        second=sum(old and not new for old, new in passed),
        neither=sum(not old and not new for old, new in passed),
    )
    return replace(pair, interval=interval)
