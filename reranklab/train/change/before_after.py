"""A ranker before and after training: what was learned, what was forgotten beside it, and what of its scores no longer holds.

Every difference is `after` less `before` over the same queries and candidates, with the intervals and verdicts of
`evaluate/differences.py`, corrected over all collections.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from reranklab.data.collection import Collection
from reranklab.errors import InputError
from reranklab.evaluate.candidates import DEFAULT_RULE
from reranklab.evaluate.differences import DEFAULT_MARGIN, Difference
from reranklab.evaluate.drift import DEFAULT_MEASURE, CollectionDrift, DriftTable, RankerThere, measure_drift
from reranklab.evaluate.probes.run import ProbeSet
from reranklab.evaluate.thresholds import Criterion, Transfer, transfer
from reranklab.latency.quantiles import short_ms
from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.family import RankerSpec
from reranklab.train.change.probe_changes import ProbeChanges, probe_changes
from reranklab.train.change.trained_on import seen_queries, trained_on

if TYPE_CHECKING:
    from reranklab.services.endpoint import Endpoint
    from reranklab.store.store import Store

_SAME = 1e-9

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryChange:
    """One query's value of the measure, before and after."""

    query_id: str
    text: str
    before: float
    after: float

    @property
    def change(self) -> float:
        return self.after - self.before


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionChange:
    """One collection. `own` is whether the training set is from it: there something is learned, elsewhere it may be forgotten.

    `threshold` is the best threshold of the scores before, used on those after; None where scores do not compare between
    queries, or before and after have different scales. `queries` are those that both ranked, the most changed first. `run` is
    the number of the run in the store: its queries open on Compare.
    """

    name: str
    split: str
    own: bool
    before: RankerThere
    after: RankerThere
    difference: Difference
    threshold: Transfer | None
    queries: tuple[QueryChange, ...]
    notes: tuple[str, ...] = ()
    run: int | None = None

    @property
    def times(self) -> str:
        """The median times of a query and where they were measured, "" where one is not known."""
        old, new = self.before.timing, self.after.timing
        if old is None or new is None:
            return ""
        precision = old.precision if old.precision == new.precision else f"{old.precision} before, {new.precision} after"
        return (
            f"A query of {self.name} takes {short_ms(old.p50)} ms before and {short_ms(new.p50)} ms after, "
            f"{new.p50 / old.p50:.2f} times as long: medians of {old.runs:,} and {new.runs:,} runs after one warm-up on "
            f"{new.device_name}, {precision}. What was stored before has its time of then."
        )

    @property
    def gains(self) -> tuple[QueryChange, ...]:
        """The queries that gained, the most first."""
        return tuple(each for each in self.queries if each.change > _SAME)

    @property
    def losses(self) -> tuple[QueryChange, ...]:
        """The queries that lost, the most first."""
        return tuple(each for each in self.queries if each.change < -_SAME)


@dataclass(frozen=True, slots=True, kw_only=True)
class BeforeAfter:
    """Two rankers over collections, and over probes where there are some. `table` is the same as a drift table, with `before`
    as its baseline."""

    before: str
    after: str
    table: DriftTable
    collections: tuple[CollectionChange, ...]
    probes: ProbeChanges | None = None
    notes: tuple[str, ...] = ()

    @property
    def learned(self) -> tuple[CollectionChange, ...]:
        """The collections that the training set is from."""
        return tuple(each for each in self.collections if each.own)

    @property
    def elsewhere(self) -> tuple[CollectionChange, ...]:
        """The other collections."""
        return tuple(each for each in self.collections if not each.own)

    @property
    def sentences(self) -> tuple[str, ...]:
        """What the collections show: learned, forgotten, thresholds, probes."""
        return tuple(_sentences(self))


def before_and_after(
    before: RankerSpec,
    after: RankerSpec,
    datasets: Sequence[str | Path | Collection],
    *,
    own: Sequence[str] = (),
    measure: str = DEFAULT_MEASURE,
    margin: float = DEFAULT_MARGIN,
    criterion: Criterion = "F1",
    candidates: str = DEFAULT_RULE,
    queries: int | None = None,
    seed: int = 0,
    leave_out: Callable[[Collection], frozenset[str]] | None = None,
    probes: Sequence[ProbeSet] = (),
    device: str = "cpu",
    endpoints: Sequence[Endpoint] = (),
    store: Store | None = None,
    fresh: bool = False,
    warn: Callable[[str], None] = _logger.warning,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> BeforeAfter:
    """Both rankers over each collection, and over the probes. What the `store` holds is not computed again.

    The training set's own collections are those that the folder of `after` tells (see `trained_on`), and those that `own`
    names. Queries that the folder names, and those of which `leave_out` gives the ids, were trained on:
    they say nothing of what was learned, and are not evaluated. The other settings are those of `measure_drift`. Raises
    InputError as that does, for a ranker compared with itself, where `after` was trained on all queries, and where it ranked no
    query of a collection.
    """
    if before.id == after.id:
        raise InputError(f"{before.id} is given as both before and after. Name the ranker that was trained as the second.")
    seen = trained_on(after)

    def unseen(collection: Collection) -> frozenset[str]:
        told = seen_queries(collection, seen, ranker=after.id)
        return told if leave_out is None else told | leave_out(collection)

    from_training = {*own, *(each.collection for each in seen)}
    table = measure_drift(
        datasets,
        [before, after],
        measure=measure,
        baseline=before.id,
        margin=margin,
        criterion=criterion,
        candidates=candidates,
        queries=queries,
        seed=seed,
        leave_out=unseen,
        device=device,
        endpoints=endpoints,
        store=store,
        fresh=fresh,
        warn=warn,
        cancel=cancel,
        progress=progress,
    )
    changes = None
    if probes:
        changes = probe_changes(
            before,
            after,
            probes,
            device=device,
            endpoints=endpoints,
            store=store,
            fresh=fresh,
            warn=warn,
            cancel=cancel,
            progress=progress,
        )
    return BeforeAfter(
        before=before.id,
        after=after.id,
        table=table,
        collections=tuple(collection_change(part, after.id, own=part.name in from_training) for part in table.collections),
        probes=changes,
    )


def query_changes(before: Mapping[str, float], after: Mapping[str, float], texts: Mapping[str, str]) -> tuple[QueryChange, ...]:
    """The queries that both have, the most changed first, those of equal change in the order of `before`."""
    found = [
        QueryChange(query_id=query, text=texts.get(query, ""), before=value, after=after[query])
        for query, value in before.items()
        if query in after
    ]
    return tuple(sorted(found, key=lambda each: -abs(each.change)))


def collection_change(part: CollectionDrift, after: str, *, own: bool) -> CollectionChange:
    """What changed in a collection whose first ranker is the one before. Raises InputError where `after` ranked nothing."""
    old = part.rankers[0]
    new = next((each for each in part.rankers if each.ranker == after), None)
    if new is None or new.difference is None:
        reason = next((note for note in part.notes if note.startswith(after)), "")
        raise InputError(f"{after} ranked no query of {part.name}, so nothing can be compared. {reason}".strip())
    notes, carried = list(part.notes), None
    if old.pairs.scale != new.pairs.scale:
        notes.append(
            f"Scores before are on the scale {old.pairs.scale.name}, those after on {new.pairs.scale.name}: no threshold "
            "carries over."
        )
    elif old.threshold is not None:
        carried = transfer(new.pairs, old.threshold, ranker=after, source="before", target=part.name)
    return CollectionChange(
        name=part.name,
        split=part.split,
        own=own,
        before=old,
        after=new,
        difference=new.difference,
        threshold=carried,
        queries=query_changes(old.values, new.values, part.texts),
        notes=tuple(notes),
        run=part.run,
    )


def _sentences(change: BeforeAfter) -> Iterator[str]:
    if change.learned:
        yield f"Learned, on the training set's own collection: {_list(change.learned)}."
    if change.elsewhere:
        where = "elsewhere" if change.learned else "on these collections"
        yield f"Change {where}: {_list(change.elsewhere)}."
    at_risk = [each for each in change.elsewhere if each.difference.verdict == "undecided" and each.difference.interval.low < 0]
    if at_risk:
        most = "; ".join(f"{-100 * each.difference.interval.low:.1f} points on {each.name}" for each in at_risk)
        yield f"Undecided is no proof that nothing was forgotten: up to so much may be lost: {most}."
    yield from _threshold_sentences([(each, each.threshold) for each in change.collections if each.threshold is not None])
    if change.probes is not None:
        yield change.probes.sentence


def _list(collections: Sequence[CollectionChange]) -> str:
    return "; ".join(_one(each) for each in collections)


def _one(each: CollectionChange) -> str:
    pair = each.difference
    points = f"{100 * pair.difference:+.1f} points of {pair.measure}"
    return f"{pair.verdict} on {each.name} ({points}, {100 * pair.interval.low:+.1f} to {100 * pair.interval.high:+.1f})"


def _threshold_sentences(carried: Sequence[tuple[CollectionChange, Transfer]]) -> Iterator[str]:
    """A sentence for each verdict."""
    if lost := [_lost(each, used) for each, used in carried if used.verdict == "lost"]:
        yield f"The old threshold no longer holds: {'; '.join(lost)}."
    if held := [each.name for each, used in carried if used.verdict == "holds"]:
        yield f"The old threshold still holds on {', '.join(held)}."
    if unknown := [each.name for each, used in carried if used.verdict not in ("lost", "holds")]:
        yield f"Whether the old threshold still holds is undecided on {', '.join(unknown)}."


def _lost(each: CollectionChange, used: Transfer) -> str:
    new = "a new one" if each.after.threshold is None else f"{each.after.threshold.score:.3g}"
    return (
        f"on {each.name} {used.carried.score:.3g} gives {used.carried.criterion} {used.carried.value:.3f}, and {new} gives "
        f"{used.own:.3f}"
    )
