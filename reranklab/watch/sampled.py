"""What is computed for a sample of a log's requests, because it needs their texts and takes long, as series to be watched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from reranklab.errors import InputError
from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.estimate import Estimate
from reranklab.rankers.family import Ranker
from reranklab.types import Document
from reranklab.watch.detect.series import Series, extra_series
from reranklab.watch.log.back import requests_at
from reranklab.watch.log.columns import Columns, Places
from reranklab.watch.log.mask import Masking
from reranklab.watch.log.reading import ReadLog
from reranklab.watch.log.request import LoggedRequest
from reranklab.watch.per_request import PerRequest
from reranklab.watch.reference import disagreement, read_shares
from reranklab.watch.sample import sample_evenly
from reranklab.watch.support.judge import Judge
from reranklab.watch.support.over_log import SupportOverTime, answer_support, support_estimate

DEFAULT_SAMPLE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSample:
    """Some requests with their texts; `places` say which of the columns they are. Answers are rarer than requests, so that
    they have a sample of their own."""

    requests: tuple[LoggedRequest, ...]
    places: Places
    answered: tuple[LoggedRequest, ...]
    answered_places: Places


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampled:
    """`series` are watched like those of all requests. `left_out` is series id to why requests have no figure, counted."""

    series: tuple[Series, ...] = ()
    support: SupportOverTime | None = None
    left_out: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    def sentences(self) -> tuple[str, ...]:
        """What was computed for how many, and why not for the others."""
        told = []
        for each in self.series:
            reasons = "; ".join(f"{number:,} {reason}" for reason, number in self.left_out.get(each.id, {}).items())
            told.append(f"{each.title}: {len(each):,} sampled requests{f', left out {reasons}' if reasons else ''}.")
        return tuple(told)


def take_sample(
    log: ReadLog,
    number: int,
    *,
    masking: Masking | None,
    documents: Mapping[str, Document] = MappingProxyType({}),
    seed: int = 0,
) -> LogSample:
    """`number` requests evenly over time, and as many of those with an answer. Raises InputError for a number below 1 and as
    `requests_at` does."""
    if number < 1:
        raise InputError(f"A sample of {number} requests shows nothing. Take one at least.")
    columns = log.columns
    places = sample_evenly(columns, number, seed=seed)
    with_answer = np.flatnonzero(columns.answered == 1)
    answered = with_answer[sample_evenly(columns.take(with_answer), number, seed=seed)]
    return LogSample(
        requests=requests_at(log, columns.take(places), masking=masking, documents=documents),
        places=places.astype(np.int64),
        answered=requests_at(log, columns.take(answered), masking=masking, documents=documents),
        answered_places=answered.astype(np.int64),
    )


def judge_estimate(sample: LogSample, judge: Judge) -> Estimate | None:
    """What the judge will ask of an endpoint; None for one that computes here."""
    return support_estimate(sample.answered, judge)


def sample_series(
    columns: Columns,
    sample: LogSample,
    *,
    reference: Ranker | None = None,
    tokenizer: Ranker | None = None,
    judge: Judge | None = None,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> Sampled:
    """Disagreement with `reference`, shares of truncated documents and unknown text by `tokenizer`, support of answers by
    `judge`: each where it is given. Raises what these raise, and Cancelled."""
    found: dict[str, tuple[Places, PerRequest]] = {}
    support = None
    if reference is not None:
        found["disagreement"] = sample.places, disagreement(sample.requests, reference, cancel=cancel, progress=progress)
    if tokenizer is not None:
        read = read_shares(sample.requests, tokenizer, cancel=cancel, progress=progress)
        found["truncated"], found["unknown"] = (sample.places, read.truncated), (sample.places, read.unknown)
    if judge is not None:
        support = answer_support(sample.answered, judge, cancel=cancel, progress=progress)
        found["support"] = sample.answered_places, support.shares()
    return Sampled(
        series=tuple(extra_series(name, columns, places[each.places], each.values) for name, (places, each) in found.items()),
        support=support,
        left_out={name: each.left_out for name, (_, each) in found.items()},
    )
