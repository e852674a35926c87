"""How well a judge agrees with the judgements of the sample collection: what stands beside its verdicts.

Cohen's kappa: Cohen, "A coefficient of agreement for nominal scales", Educational and Psychological Measurement 1960.
Intervals: percentile bootstrap over the sets of the collection, whose sentences share their chunks (Efron and Tibshirani 1993,
chapter 13); for shares no narrower than the exact one.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from reranklab.errors import InputError
from reranklab.evaluate.confidence import share_interval
from reranklab.progress import CancelSignal, Progress, check_cancel, part_of, report
from reranklab.rankers.estimate import Estimate
from reranklab.watch.support.judge import Judge
from reranklab.watch.support.sample import GoldSet, Part, part_of_sample
from reranklab.watch.support.verdict import Verdict, over_chunks

RESAMPLES = 2000
ENGLISH, OTHERS = "English", "other languages"

Pair = tuple[Verdict, Verdict]
"""The author's judgement and the judge's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A value with its 95 % interval."""

    value: float
    low: float
    high: float

    @property
    def per_cent(self) -> str:
        return f"{self.value:.0%} ({self.low:.0%} to {self.high:.0%})"

    @property
    def short(self) -> str:
        return f"{self.value:.2f} ({self.low:.2f} to {self.high:.2f})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """Agreement on `sentences` sentences of `sets` sets.

    `accuracy` is the share of same verdicts and `kappa` Cohen's, 0 for what chance gives. `recall` is the share of contradicted
    sentences that the judge calls so, of which there are `contradicted`; `precision` the share of those it calls contradicted
    that are. None where there is nothing to count. A sentence of which the judge told nothing (`untold`) counts as
    disagreement. `confusion` counts pairs of the author's verdict and the judge's.
    """

    sentences: int
    sets: int
    contradicted: int
    untold: int
    accuracy: Measured
    kappa: Measured
    recall: Measured | None
    precision: Measured | None
    confusion: Mapping[Pair, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Of a judge on a part of the sample: against all chunks (`whole`), against the first alone (`top`), and `whole` for
    English and for other languages by themselves."""

    judge: str
    part: Part
    whole: Label
    top: Label
    groups: Mapping[str, Label]

    @property
    def words(self) -> str:
        """One or two sentences that stand beside the judge's verdicts."""
        label = self.whole
        found = ""
        if label.recall is not None:
            caught = label.confusion.get((Verdict.CONTRADICTED, Verdict.CONTRADICTED), 0)
            found = f", and finds {caught} of {label.contradicted} contradictions ({label.recall.per_cent})"
        weak = label.recall is not None and label.recall.low < 0.5
        return (
            f"Agrees with {label.accuracy.per_cent} of {label.sentences} judged sentences, kappa {label.kappa.short}{found}."
            + (" That it calls nothing contradicted does not mean that nothing is." if weak else "")
        )


NOT_MEASURED = "Not measured: nobody has held this judge to the sample's judgements here."


def agreement(
    judge: Judge,
    *,
    part: Part = Part.REPORTED,
    sets: Sequence[GoldSet] | None = None,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> Agreement:
    """Judge every sentence of a part of the sample, or of other judged `sets`. Raises what the judge raises, and Cancelled."""
    sets = part_of_sample(part) if sets is None else sets
    total = sum(len(each.sentences) for each in sets)
    whole: list[list[Pair]] = []
    top: list[list[Pair]] = []
    done = 0
    for each in sets:
        whole.append([])
        top.append([])
        for sentence in each.sentences:
            check_cancel(cancel, "Stopped before every sentence was judged.")
            report(progress, done=done, total=total, unit="sentence")
            inner = part_of(progress, before=done, part=1, total=total, unit="sentence")
            judged = judge.judge(sentence.text, each.chunks, cancel=cancel, progress=inner)
            whole[-1].append((sentence.whole, over_chunks(judged).verdict))
            top[-1].append((sentence.top, over_chunks(judged[:1]).verdict))
            done += 1
    report(progress, done=total, total=total, unit="sentence")
    chosen = {
        ENGLISH: [pairs for each, pairs in zip(sets, whole, strict=True) if each.language == "en"],
        OTHERS: [pairs for each, pairs in zip(sets, whole, strict=True) if each.language != "en"],
    }
    return Agreement(
        judge=judge.id,
        part=part,
        whole=label_of(whole),
        top=label_of(top),
        groups={name: label_of(pairs) for name, pairs in chosen.items() if pairs},
    )


def agreement_estimate(judge: Judge, *, part: Part = Part.REPORTED) -> Estimate | None:
    """What `agreement` will ask of an endpoint."""
    return judge.estimate([(sentence.text, each.chunks) for each in part_of_sample(part) for sentence in each.sentences])


def label_of(sets: Sequence[Sequence[Pair]], *, seed: int = 0) -> Label:
    """The label of pairs, in their sets. Raises InputError without a pair."""
    pairs = [pair for each in sets for pair in each]
    if not pairs:
        raise InputError("There is no judged sentence to measure agreement on. Choose another part of the sample.")
    draws = np.random.default_rng(seed).integers(0, len(sets), size=(RESAMPLES, len(sets)))
    drawn = [[pair for place in row for pair in sets[place]] for row in draws.tolist()]
    accuracy = _share(_accuracy, pairs, drawn)
    assert accuracy is not None
    return Label(
        sentences=len(pairs),
        sets=len(sets),
        contradicted=sum(gold is Verdict.CONTRADICTED for gold, _ in pairs),
        untold=sum(said is Verdict.UNTOLD for _, said in pairs),
        accuracy=accuracy,
        kappa=_kappa(pairs, drawn),
        recall=_share(_recall, pairs, drawn),
        precision=_share(_precision, pairs, drawn),
        confusion=dict(Counter(pairs)),
    )


def cohens_kappa(pairs: Sequence[Pair]) -> float:
    """Cohen's kappa, unweighted. NaN where both give one and the same verdict to everything: chance explains that too."""
    total = len(pairs)
    same = sum(gold is said for gold, said in pairs) / total
    gold, said = Counter(pair[0] for pair in pairs), Counter(pair[1] for pair in pairs)
    chance = sum(gold[verdict] * said[verdict] for verdict in Verdict) / total**2
    return (same - chance) / (1 - chance) if chance < 1 else math.nan


def _accuracy(pairs: Sequence[Pair]) -> tuple[int, int]:
    return sum(gold is said for gold, said in pairs), len(pairs)


def _recall(pairs: Sequence[Pair]) -> tuple[int, int]:
    said = [each for gold, each in pairs if gold is Verdict.CONTRADICTED]
    return said.count(Verdict.CONTRADICTED), len(said)


def _precision(pairs: Sequence[Pair]) -> tuple[int, int]:
    gold = [each for each, said in pairs if said is Verdict.CONTRADICTED]
    return gold.count(Verdict.CONTRADICTED), len(gold)


def _share(
    count: Callable[[Sequence[Pair]], tuple[int, int]], pairs: Sequence[Pair], drawn: Sequence[Sequence[Pair]]
) -> Measured | None:
    """A share with the wider ends of two intervals: the bootstrap's, which knows of the sets and says nothing where all is
    right, and the exact one, which takes sentences as independent."""
    hits, total = count(pairs)
    if not total:
        return None
    counts = [count(each) for each in drawn]
    low, high = _ends([part / whole for part, whole in counts if whole])
    exact = share_interval(hits, total)
    return Measured(value=hits / total, low=min(low, exact.low), high=max(high, exact.high))


def _kappa(pairs: Sequence[Pair], drawn: Sequence[Sequence[Pair]]) -> Measured:
    value = cohens_kappa(pairs)
    if math.isnan(value):
        return Measured(value=0.0, low=0.0, high=0.0)
    low, high = _ends([each for each in map(cohens_kappa, drawn) if not math.isnan(each)])
    return Measured(value=value, low=low, high=high)


def _ends(values: Sequence[float]) -> tuple[float, float]:
    low, high = np.quantile(values, [0.025, 0.975])
    return float(low), float(high)
