"""Whether new queries are unlike reference queries, without any judgement.

Three kinds of signals: the words of the queries (the short ones too, which say how people ask), the scores that each ranker
gives, and how far each ranker agrees with BM25 on the same candidates. Each is tested by permuting whole queries, and Holm's
correction over all of them bounds the false alarms of the one verdict.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import median
from typing import Any, Literal

from reranklab.data.words import tokenise
from reranklab.errors import InputError
from reranklab.evaluate.agreement import rank_biased_overlap
from reranklab.evaluate.differences import holm
from reranklab.evaluate.drift_signals import (
    PERMUTATIONS,
    Distance,
    Labels,
    distribution_distance,
    permuted_labels,
    smallest_p,
    vocabulary_distance,
)
from reranklab.types import BM25_SCORE, Query, Ranking

Kind = Literal["words", "length", "scores", "agreement"]

FALSE_ALARMS = 0.05
TOP = 10
"""A ranker's scores are those of its first so many documents: what is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuerySample:
    """Queries, and ranker id to query id to the ranking of it, where there are rankings. `candidates` is the rule that gave
    the ranked documents."""

    name: str
    queries: tuple[Query, ...]
    rankings: Mapping[str, Mapping[str, Ranking]] = field(default_factory=dict)
    candidates: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """One way in which the new queries differ. `distance` is in `unit`; chance exceeds `chance` in 5 % of permutations.
    `reference` and `new` are medians, None for words. `p_holm` is corrected over all signals. `against` is the ranker with
    which agreement is measured."""

    kind: Kind
    ranker: str
    unit: str
    distance: float
    chance: float
    p: float
    p_holm: float
    drifted: bool
    against: str = ""
    reference: float | None = None
    new: float | None = None

    @property
    def title(self) -> str:
        """What differs, in plain words."""
        return {
            "words": "words of the queries",
            "length": "length of the queries",
            "scores": f"scores of {self.ranker}",
            "agreement": f"agreement of {self.ranker} with {self.against}",
        }[self.kind]


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftWarning:
    """The signals of `new` against `reference`. `unseen` is the share of the new queries' words that no reference query has,
    `unseen_by_chance` what two random parts of all the queries would show."""

    reference: str
    new: str
    queries: tuple[int, int]
    signals: tuple[Signal, ...]
    false_alarms: float
    unseen: float | None = None
    unseen_by_chance: float | None = None
    notes: tuple[str, ...] = ()

    @property
    def drifted(self) -> bool:
        return any(signal.drifted for signal in self.signals)

    @property
    def sentence(self) -> str:
        """The verdict."""
        rate = f"{self.false_alarms:.0%} false alarms"
        if self.drifted:
            which = [f"the {signal.title} (p {_p(signal.p_holm)})" for signal in self.signals if signal.drifted]
            listed = which[0] if len(which) == 1 else f"{', '.join(which[:-1])} and {which[-1]}"
            return f"{self.new} has drifted from {self.reference}, at {rate}: by {listed}."
        first, second = self.queries
        return (
            f"No drift of {self.new} from {self.reference} is found at {rate}: none of {len(self.signals)} signals differs "
            f"over {first:,} and {second:,} queries."
        )

    def record(self) -> dict[str, Any]:
        """The warning as plain values for JSON."""
        return {
            "reference": self.reference,
            "new": self.new,
            "queries": {"reference": self.queries[0], "new": self.queries[1]},
            "drifted": self.drifted,
            "sentence": self.sentence,
            "false_alarm_rate": self.false_alarms,
            "unseen_words": self.unseen,
            "unseen_words_by_chance": self.unseen_by_chance,
            "signals": [
                {
                    "kind": signal.kind,
                    "ranker": signal.ranker or None,
                    "against": signal.against or None,
                    "distance": signal.distance,
                    "unit": signal.unit,
                    "by_chance": signal.chance,
                    "p": signal.p,
                    "p_holm": signal.p_holm,
                    "drifted": signal.drifted,
                    "reference_median": signal.reference,
                    "new_median": signal.new,
                }
                for signal in self.signals
            ],
            "notes": list(self.notes),
        }


def warn_of_drift(
    reference: QuerySample,
    new: QuerySample,
    *,
    baseline: str | None = None,
    false_alarms: float = FALSE_ALARMS,
    permutations: int = PERMUTATIONS,
    seed: int = 0,
) -> DriftWarning:
    """Compare two samples of queries; rankings count of the rankers that both have.

    Agreement is with `baseline`, by default the first ranker whose scores are BM25's.

    Raises InputError for a sample without queries, and candidates that were chosen by different rules.
    """
    for sample in (reference, new):
        if not sample.queries:
            raise InputError(f"{sample.name} has no queries. Give at least a few dozen.")
    if reference.candidates and new.candidates and reference.candidates != new.candidates:
        raise InputError(
            f"The candidates of {reference.name} are {reference.candidates} and those of {new.name} {new.candidates}, so their "
            "scores do not compare. Use one rule for both."
        )
    check_rate(false_alarms)
    sizes = len(reference.queries), len(new.queries)
    labels = permuted_labels(*sizes, permutations=permutations, seed=seed)
    samples = (reference, new)
    baseline = baseline or _baseline(samples)
    asked = [tokenise(query.text, analyser="words") for sample in samples for query in sample.queries]
    words = vocabulary_distance(asked, labels)
    signals = [] if words is None else [_signal("words", "", "bits of Jensen-Shannon divergence", words[0])]
    signals += _compared("length", "", "words a query", [[float(len(each))] for each in asked], labels)
    signals += _of_rankings(samples, labels, baseline)
    corrected = holm([signal.p for signal in signals])
    least = smallest_p(*sizes, permutations=permutations)
    return DriftWarning(
        reference=reference.name,
        new=new.name,
        queries=sizes,
        signals=tuple(
            replace(signal, p_holm=p, drifted=p <= false_alarms) for signal, p in zip(signals, corrected, strict=True)
        ),
        false_alarms=false_alarms,
        unseen=words[1] if words else None,
        unseen_by_chance=words[2] if words else None,
        notes=(*_notes(samples, baseline), *_too_few(least, len(signals), false_alarms)),
    )


def check_rate(false_alarms: float) -> None:
    """Raise InputError for a rate outside 0 to 1."""
    if not 0 < false_alarms < 1:
        raise InputError(f"The rate of false alarms {false_alarms} is not between 0 and 1. Use one such as {FALSE_ALARMS}.")


def _of_rankings(samples: tuple[QuerySample, QuerySample], labels: Labels, baseline: str) -> Iterator[Signal]:
    shared = _shared(samples)
    for ranker in shared:
        rankings = [sample.rankings[ranker].get(query.id) for sample in samples for query in sample.queries]
        scale = next((ranking.scale for ranking in rankings if ranking is not None), None)
        if scale is not None and not scale.within_list:
            top = [[item.score for item in ranking.items[:TOP]] if ranking is not None else [] for ranking in rankings]
            yield from _compared("scores", ranker, scale.name, top, labels)
        if ranker != baseline and baseline in shared:
            others = [sample.rankings[baseline].get(query.id) for sample in samples for query in sample.queries]
            agreed = [
                [rank_biased_overlap(ranking, other)] if ranking is not None and other is not None else []
                for ranking, other in zip(rankings, others, strict=True)
            ]
            for signal in _compared("agreement", ranker, "rank-biased overlap", agreed, labels):
                yield replace(signal, against=baseline)


def _compared(kind: Kind, ranker: str, unit: str, values: Sequence[Sequence[float]], labels: Labels) -> Iterator[Signal]:
    distance = distribution_distance(values, labels)
    if distance is not None:
        before, after = (
            median(value for each, is_new in zip(values, labels[0], strict=True) if bool(is_new) is chosen for value in each)
            for chosen in (False, True)
        )
        yield replace(_signal(kind, ranker, unit, distance), reference=before, new=after)


def _signal(kind: Kind, ranker: str, unit: str, distance: Distance) -> Signal:
    return Signal(
        kind=kind,
        ranker=ranker,
        unit=unit,
        distance=distance.value,
        chance=distance.chance,
        p=distance.p,
        p_holm=distance.p,
        drifted=False,
    )


def _shared(samples: tuple[QuerySample, QuerySample]) -> list[str]:
    return [ranker for ranker in samples[0].rankings if ranker in samples[1].rankings]


def _baseline(samples: tuple[QuerySample, QuerySample]) -> str:
    """The first that both have with scores of BM25; "" for none."""
    for ranker in _shared(samples):
        if any(ranking.scale == BM25_SCORE for ranking in samples[0].rankings[ranker].values()):
            return ranker
    return ""


def _notes(samples: tuple[QuerySample, QuerySample], baseline: str) -> Iterator[str]:
    for sample in samples:
        yield from sample.notes
    shared = _shared(samples)
    for sample in samples:
        for ranker in sample.rankings:
            if ranker not in shared:
                yield f"{ranker} ranked {sample.name} alone, so its scores are not compared."
            elif missing := len(sample.queries) - len(sample.rankings[ranker]):
                yield f"{ranker} has no ranking of {missing:,} of the {len(sample.queries):,} queries of {sample.name}."
    if not shared:
        yield "There are no rankings of both, so the queries' words and lengths are compared alone."
    elif baseline not in shared:
        yield f"Agreement with {baseline or 'BM25'} is left out: it did not rank both."


def _too_few(least: float, signals: int, false_alarms: float) -> Iterator[str]:
    if least * signals > false_alarms:
        yield f"So few queries can never raise an alarm: the smallest p is {least:.2g}, over {signals} signals. Give more."


def _p(p: float) -> str:
    return "under 0.001" if p < 0.001 else f"{p:.3f}"
