"""What a ranker that gives something up for speed costs in quality, from the evaluations that are stored."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from reranklab.errors import InputError
from reranklab.evaluate.differences import Difference, compare_all
from reranklab.evaluate.metrics import score_lists
from reranklab.evaluate.record import difference_record
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.rankers.family import RankerSpec
from reranklab.rankers.titles import ranker_title
from reranklab.store.results import ScoredList
from reranklab.store.runs import Judgements, RunQuery, StoredRun
from reranklab.store.store import Store

MEASURE = "nDCG@10"
_TOLD = 3
_DATASET = "scifact"
"""Named where no evaluation of the reference is stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityCost:
    """The paired difference of a ranker from its reference in MEASURE over one collection: `difference.first` is the ranker.
    Queries, candidates and judgements are the same for both. `date` is the day of the ranker's newest run, in ISO 8601."""

    difference: Difference
    dataset: str
    split: str
    candidates: str
    device: str
    date: str
    runs: tuple[int, ...]

    def record(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return difference_record(self.difference) | {
            "dataset": self.dataset,
            "split": self.split,
            "candidates": self.candidates,
            "device": self.device,
            "date": self.date,
            "runs": list(self.runs),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """What a ranker costs in quality against its reference: over each collection where that is stored, else the command that
    measures it."""

    ranker: str
    reference: str
    costs: tuple[QualityCost, ...]
    command: str = ""

    def record(self) -> dict[str, Any]:
        """Plain values for JSON; `measure_with` is null where something is measured."""
        return {
            "ranker": self.ranker,
            "reference": self.reference,
            "measured": [cost.record() for cost in self.costs],
            "measure_with": self.command or None,
        }

    def in_words(self) -> str:
        """A sentence, of the three collections with the most queries, or two with the command."""
        if not self.costs:
            return f"What {self.ranker} costs in quality is not measured yet. This does: {self.command}"
        told = "; ".join(_in_words(cost) for cost in self.costs[:_TOLD])
        return f"{MEASURE} against {ranker_title(self.reference)} in points [95 % interval]: {told}."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answered:
    """One ranker's answer to a query, and the run in which it was given."""

    run: StoredRun
    answer: RunQuery
    grades: Mapping[str, int]


def stored_quality(store: Store, spec: RankerSpec) -> Quality | None:
    """None for a ranker that gives nothing up for speed. Raises StorageError."""
    if spec.reference.id == spec.id:
        return None
    costs = quality_costs(store, spec)
    command = "" if costs else measuring_command(store, spec)
    return Quality(ranker=spec.id, reference=spec.reference.id, costs=costs, command=command)


def quality_costs(store: Store, spec: RankerSpec) -> tuple[QualityCost, ...]:
    """One for each collection, kind of candidates and device over which complete runs hold both the ranker and its reference,
    those of the most queries first; none for a ranker that gives nothing up. Where several runs answer a query the newest
    counts. Raises StorageError."""
    reference = spec.reference
    if reference.id == spec.id:
        return ()
    runs = [run for run in store.runs.all() if run.ended and not run.settings.get("change")]
    own = _by_input([run for run in runs if spec.id in run.rankers], with_device=True)
    others = _by_input([run for run in runs if reference.id in run.rankers], with_device=False)
    found = []
    for (*place, device), group in own.items():
        if (*place, "") in others:
            cost = _cost(store, spec.id, reference.id, group, others[(*place, "")], device=device)
            found += [cost] if cost is not None else []
    return tuple(sorted(found, key=lambda cost: -cost.difference.queries))


def stored_savers(store: Store) -> tuple[RankerSpec, ...]:
    """The rankers of stored runs that give something up for speed, each once, as far as they are known here."""
    specs: dict[str, RankerSpec] = {}
    for ranker in dict.fromkeys(ranker for run in store.runs.all() for ranker in run.rankers):
        try:
            spec = parse_ranker_id(ranker)
        except InputError:
            continue  # an imported run, or a ranker that is not installed here
        if spec.reference.id != spec.id:
            specs.setdefault(spec.id, spec)
    return tuple(specs.values())


def measuring_command(store: Store, spec: RankerSpec) -> str:
    """The command that evaluates a ranker beside its reference, quoted for a POSIX shell: over the collection of the newest run
    that holds the reference, whose rankings are then not computed again. Raises StorageError."""
    reference = spec.reference
    words = ["reranklab", "evaluate", "--dataset"]
    for run in reversed(store.runs.all()):
        settings = run.settings
        drawn = settings.get("sample") is not None
        if reference.id not in run.rankers or not settings.get("source") or (drawn and settings.get("seed") is None):
            continue
        words += [str(settings["source"]), "--split", str(settings["split"]), "--candidates", str(settings["candidates"])]
        words += ["--queries", str(settings["queries"]), "--seed", str(settings["seed"])] if drawn else []
        break
    else:
        words.append(_DATASET)
    return shlex.join([*words, "--ranker", reference.id, "--ranker", spec.id])


def _in_words(cost: QualityCost) -> str:
    each = cost.difference
    device = "" if cost.device == "cpu" else f" on {cost.device}"
    return (
        f"{100 * each.difference:+.1f} [{100 * each.interval.low:+.1f}, {100 * each.interval.high:+.1f}], "
        f"{each.queries:,} queries of {cost.dataset} ({cost.candidates}){device}, {cost.date}"
    )


def _by_input(runs: Iterable[StoredRun], *, with_device: bool) -> dict[tuple[str, ...], list[StoredRun]]:
    """Runs by the collection, its digest, the candidates and perhaps the device, oldest first."""
    groups: dict[tuple[str, ...], list[StoredRun]] = {}
    for run in runs:
        place = [str(run.settings.get(name)) for name in ("dataset", "split", "collection_sha256", "candidates")]
        device = str(run.settings.get("device")) if with_device else ""
        groups.setdefault((*place, device), []).append(run)
    return groups


def _cost(
    store: Store, ranker: str, reference: str, own: Sequence[StoredRun], others: Sequence[StoredRun], *, device: str
) -> QualityCost | None:
    first, second = _answered(store, own, ranker), _answered(store, others, reference)
    pairs = {query: (first[query], second[query]) for query in first if query in second}
    pairs = {query: (a, b) for query, (a, b) in pairs.items() if a.grades == b.grades and a.grades}
    keys = [each.answer.key for pair in pairs.values() for each in pair if each.answer.key is not None]
    lists = store.results.scored_lists(keys)
    texts = [store.results.query_texts(_keys(pair[place] for pair in pairs.values())) for place in (0, 1)]
    kept = [
        query
        for query, (a, b) in pairs.items()
        if texts[0].get(query) == texts[1].get(query)
        and (candidates := _candidates(lists, a)) is not None
        and candidates == _candidates(lists, b)
    ]
    if not kept:
        return None
    judgements = {query: pairs[query][0].grades for query in kept}
    values = {
        name: _values(lists, {query: pairs[query][place] for query in kept}, judgements)
        for place, name in enumerate((ranker, reference))
    }
    (difference,) = compare_all(values, measure=MEASURE, baseline=reference)
    newest = max((pairs[query][0].run for query in kept), key=lambda run: run.id)
    return QualityCost(
        difference=difference,
        dataset=str(newest.settings.get("dataset")),
        split=str(newest.settings.get("split")),
        candidates=str(newest.settings.get("candidates")),
        device=device,
        date=newest.began[:10],
        runs=tuple(sorted({each.run.id for query in kept for each in pairs[query]})),
    )


def _answered(store: Store, runs: Sequence[StoredRun], ranker: str) -> dict[str, _Answered]:
    """Query id to the newest answer that is no error."""
    found: dict[str, _Answered] = {}
    for run in runs:
        judgements = store.runs.judgements(run.id)
        for answer in store.runs.queries(run.id):
            if answer.ranker == ranker and answer.error is None:
                found[answer.query_id] = _Answered(run=run, answer=answer, grades=judgements.get(answer.query_id, {}))
    return found


def _keys(answers: Iterable[_Answered]) -> Iterator[str]:
    return (each.answer.key for each in answers if each.answer.key is not None)


def _candidates(lists: Mapping[str, ScoredList], answered: _Answered) -> tuple[str, ...] | None:
    """In the order of the input; None for a ranking that is no longer stored."""
    if answered.answer.key is None:
        return ()
    ranked = lists.get(answered.answer.key)
    return None if ranked is None else tuple(ranked.ids[place] for place in np.argsort(ranked.positions))


def _values(lists: Mapping[str, ScoredList], answers: Mapping[str, _Answered], judgements: Judgements) -> dict[str, float]:
    """Query id to MEASURE; 0 for a query without candidates."""
    ranked = {query: lists[each.answer.key] for query, each in answers.items() if each.answer.key is not None}
    nothing = [query for query, each in ranked.items() if each.matched == 0]
    scored = score_lists({query: each.ids for query, each in ranked.items()}, judgements, [MEASURE], matched_nothing=nothing)
    return {query: scored[query][MEASURE] if query in scored else 0.0 for query in answers}
