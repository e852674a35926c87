"""Rankers over probes. Each probe is a list of its two documents and the unrelated one, ranked through the same evaluation as
any query, so that results are kept, errors stay with their probe, and cancel and progress work as there.

A ranker whose order depends on the order it is given ranks each list both ways; its scores are the means of the two.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reranklab.data.collection import Collection
from reranklab.data.statistics import CollectionStatistics
from reranklab.errors import InputError
from reranklab.evaluate.candidates import CandidateRule
from reranklab.evaluate.confidence import Interval, share_interval
from reranklab.evaluate.experiment import RankerResult, RankingTask
from reranklab.evaluate.probes.probe import TOLERANCE, BehaviourProbe, Expected
from reranklab.evaluate.task_set import TaskSet
from reranklab.progress import CancelSignal, Progress, part_of
from reranklab.rankers.family import Capability, RankerSpec
from reranklab.types import RANK_ONLY, Document, Ranking

if TYPE_CHECKING:
    from reranklab.services.endpoint import Endpoint
    from reranklab.store.store import Store

_logger = logging.getLogger(__name__)
_ORIGINAL, _EDITED, _UNRELATED = "original", "edited", "unrelated"
_MEASURE = "RR"
CHANGE = "probes"
"""Marks runs of the store that are of probes."""
_TIE = 1e-4
"""Scores closer than this share of the distance to the unrelated document are equal: batches shift them by less."""
_TIE_ALONE = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeSet:
    """Probes of one source. `statistics` are those of the collection that they were made from, None where there is none.
    `notes` say what was left out."""

    source: str
    probes: tuple[BehaviourProbe, ...]
    statistics: CollectionStatistics | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeOutcome:
    """What one ranker did on one probe. The scores are in `scale`, of the ranker's own; `passed` is None where the probe cannot
    be judged by it, and `reason` says why, or what failed."""

    probe: BehaviourProbe
    ranker: str
    passed: bool | None
    original: float | None = None
    edited: float | None = None
    unrelated: float | None = None
    scale: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CapabilityRate:
    """How often one ranker passes the probes of one capability. `left_out` could not be judged by it, or failed; `rate` is None
    where none could."""

    ranker: str
    capability: str
    passed: int
    judged: int
    left_out: int

    @property
    def rate(self) -> Interval | None:
        return share_interval(self.passed, self.judged) if self.judged else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeReport:
    """All rankers over all probes, in the order of the rankers and of the probes."""

    rankers: tuple[str, ...]
    outcomes: tuple[ProbeOutcome, ...]
    notes: tuple[str, ...] = ()
    stored: int = 0

    @property
    def capabilities(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(outcome.probe.capability for outcome in self.outcomes))

    @property
    def failures(self) -> tuple[ProbeOutcome, ...]:
        return tuple(outcome for outcome in self.outcomes if outcome.passed is False)

    def rate(self, ranker: str, capability: str) -> CapabilityRate:
        """Of one cell of the table."""
        own = [each for each in self.outcomes if each.ranker == ranker and each.probe.capability == capability]
        judged = [each for each in own if each.passed is not None]
        return CapabilityRate(
            ranker=ranker,
            capability=capability,
            passed=sum(each.passed is True for each in judged),
            judged=len(judged),
            left_out=len(own) - len(judged),
        )

    def failed(self, ranker: str, capability: str) -> tuple[ProbeOutcome, ...]:
        """The probes that the ranker gave no ranking for."""
        return tuple(
            each
            for each in self.outcomes
            if each.ranker == ranker and each.probe.capability == capability and each.passed is None and each.original is None
        )

    def with_report(self, other: ProbeReport) -> ProbeReport:
        """Both reports in one: the same rankers over the probes of two sources."""
        return replace(
            self,
            outcomes=(*self.outcomes, *other.outcomes),
            notes=(*self.notes, *other.notes),
            stored=self.stored + other.stored,
        )


def run_probes(
    sets: Sequence[ProbeSet],
    specs: Sequence[RankerSpec],
    *,
    device: str = "cpu",
    endpoints: Sequence[Endpoint] = (),
    store: Store | None = None,
    fresh: bool = False,
    warn: Callable[[str], None] = _logger.warning,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> ProbeReport:
    """Every ranker over the probes of every source. A ranker that fails on a probe has an outcome that says why.

    Raises InputError without probes or rankers, and as `TaskSet.evaluate` does.
    """
    if not specs or not any(each.probes for each in sets):
        raise InputError("There is nothing to probe. Choose at least one ranker, and a source that has probes.")
    total = len(specs) * sum(len(each.probes) for each in sets)
    report = ProbeReport(rankers=tuple(spec.id for spec in specs), outcomes=())
    done = 0
    for each in sets:
        results: dict[str, RankerResult] = {}
        for both_ways in (False, True):
            chosen = [spec for spec in specs if spec.can(Capability.ORDER_FREE) != both_ways]
            if chosen and each.probes:
                part = len(chosen) * len(each.probes)
                found = _tasks(each, both_ways=both_ways).evaluate(
                    chosen,
                    measures=(_MEASURE,),
                    device=device,
                    endpoints=endpoints,
                    store=store,
                    fresh=fresh,
                    warn=warn,
                    cancel=cancel,
                    progress=part_of(progress, before=done, part=part, total=total, unit="probe", label=each.source),
                )
                done += part
                results |= {result.ranker: result for result in found}
        outcomes = tuple(outcome for spec in specs if spec.id in results for outcome in _outcomes(each, results[spec.id]))
        stored = sum(result.stored for result in results.values())
        report = report.with_report(ProbeReport(rankers=(), outcomes=outcomes, notes=each.notes, stored=stored))
    return report


def candidates_of(probe: BehaviourProbe) -> tuple[Document, ...]:
    """The list that is ranked: original, edited, and the unrelated document where there is one, by these ids."""
    pair = (replace(probe.original, id=_ORIGINAL), replace(probe.edited, id=_EDITED))
    return pair if probe.unrelated is None else (*pair, replace(probe.unrelated, id=_UNRELATED))


def judge(expected: Expected, *, original: float, edited: float, unrelated: float | None) -> bool | None:
    """Whether scores are as expected. None for "same" without an unrelated document to measure by."""
    distance = None if unrelated is None else abs(original - unrelated)
    tie = max(_TIE * distance, 1e-9) if distance else _TIE_ALONE
    change = edited - original
    match expected:
        case "lower":
            return change < -tie
        case "higher":
            return change > tie
        case "not-higher":
            return change <= tie
    return None if distance is None else abs(change) <= max(TOLERANCE * distance, tie)


def _tasks(probes: ProbeSet, *, both_ways: bool) -> TaskSet:
    """A query for each probe, and one more with the two documents exchanged where `both_ways`."""
    tasks = []
    for probe in probes.probes:
        original, edited, *rest = candidates_of(probe)
        query = replace(probe.query, id=probe.id)
        tasks.append(RankingTask(query=query, documents=(original, edited, *rest)))
        if both_ways:
            tasks.append(RankingTask(query=replace(query, id=_exchanged(probe.id)), documents=(edited, original, *rest)))
    collection = Collection(
        name=f"probes: {probes.source}",
        split="probes",
        documents={},
        queries={task.query.id: task.query for task in tasks},
        qrels={task.query.id: {_ORIGINAL: 1} for task in tasks},
    )
    return TaskSet(
        collection=collection,
        rule=CandidateRule(depth=0),
        tasks=tuple(tasks),
        statistics=statistics_of(probes),
        change=CHANGE,
    )


def statistics_of(probes: ProbeSet) -> CollectionStatistics:
    """The term statistics by which the probes are ranked: the collection's, else those of the source's own documents. With the
    two of a probe alone every term would be in half of them."""
    if probes.statistics is not None:
        return probes.statistics
    texts = dict.fromkeys(probe.original.content for probe in probes.probes)
    documents = {f"d{number}": Document(id=f"d{number}", text=text) for number, text in enumerate(texts)}
    return CollectionStatistics(
        Collection(name=f"probes: {probes.source}", split="probes", documents=documents, queries={}, qrels={})
    )


def _exchanged(probe_id: str) -> str:
    return f"{probe_id} (exchanged)"


def _outcomes(probes: ProbeSet, result: RankerResult) -> list[ProbeOutcome]:
    rankings = {ranking.query.id: ranking for ranking in result.rankings}
    errors = {error.query: error.message for error in result.errors}
    return [_outcome(probe, result.ranker, rankings, errors) for probe in probes.probes]


def _outcome(
    probe: BehaviourProbe, ranker: str, rankings: Mapping[str, Ranking], errors: Mapping[str | None, str]
) -> ProbeOutcome:
    ids = (probe.id, _exchanged(probe.id))
    failed = next((errors[each] for each in (*ids, None) if each in errors), "")
    own = [rankings[each] for each in ids if each in rankings]
    if failed or not own:
        return ProbeOutcome(probe=probe, ranker=ranker, passed=None, reason=failed or "no ranking")
    scores = {name: _mean_score(own, name) for name in (_ORIGINAL, _EDITED)}
    unrelated = None if probe.unrelated is None else _mean_score(own, _UNRELATED)
    rank_only = own[0].scale == RANK_ONLY
    passed = (
        None
        if rank_only and probe.expected == "same"
        else judge(probe.expected, original=scores[_ORIGINAL], edited=scores[_EDITED], unrelated=unrelated)
    )
    reason = "" if passed is not None else "an order without scores" if rank_only else "no unrelated document to measure by"
    return ProbeOutcome(
        probe=probe,
        ranker=ranker,
        passed=passed,
        original=scores[_ORIGINAL],
        edited=scores[_EDITED],
        unrelated=unrelated,
        scale=own[0].scale.name,
        reason=reason,
    )


def _mean_score(rankings: Sequence[Ranking], document: str) -> float:
    scores = [next(item.score for item in ranking.items if item.id == document) for ranking in rankings]
    return sum(scores) / len(scores)
