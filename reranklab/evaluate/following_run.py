"""Rankers told what to look for: each topic's candidates ranked with no instruction, with one, and with the other."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from reranklab.engine.boundary import contained
from reranklab.engine.build import build_ranker
from reranklab.engine.identity import maker, result_key
from reranklab.engine.measure import measure as ranked
from reranklab.engine.request import RunSettings
from reranklab.errors import Cancelled, InputError, RerankLabError, StorageError
from reranklab.evaluate.confidence import bca_mean
from reranklab.evaluate.differences import DEFAULT_MARGIN, compare_all
from reranklab.evaluate.following import (
    DEFAULT_MEASURE,
    NONE,
    RIGHT,
    TOLD,
    WRONG,
    FollowingReport,
    Move,
    RankerFollowing,
    Told,
    Topic,
    TopicResult,
    Way,
    topics_of,
)
from reranklab.evaluate.metrics import parse_measure, score_ranking
from reranklab.evaluate.task_set import TaskSet
from reranklab.progress import CancelSignal, Progress, check_cancel, report
from reranklab.rankers.family import RankerSpec
from reranklab.rankers.instructions import instructed, takes_instruction
from reranklab.types import Ranking

if TYPE_CHECKING:
    from reranklab.services.endpoint import Endpoint
    from reranklab.store.store import Store

_logger = logging.getLogger(__name__)
_READINGS = 3
"""Rankings of a topic: with no instruction, with one, with the other."""
_UNMEASURED = "not warmed up"
"""Part of the key: their times are of cold runs, which no evaluation must find."""


def follow(
    task_set: TaskSet,
    specs: Sequence[RankerSpec],
    *,
    measure: str = DEFAULT_MEASURE,
    margin: float = DEFAULT_MARGIN,
    device: str = "cpu",
    endpoints: Sequence[Endpoint] = (),
    store: Store | None = None,
    fresh: bool = False,
    warn: Callable[[str], None] = _logger.warning,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> FollowingReport:
    """Every ranker over every topic of `task_set`. One that takes an instruction gets it as its option, whatever its id says;
    the others get it behind the query.

    What the `store` holds is not computed again, unless `fresh`. A topic that a ranker fails on is named in its result. Raises
    InputError for an unusable measure, without rankers, and as `topics_of` does, and Cancelled once `cancel` is set.
    """
    parse_measure(measure)
    topics = topics_of(task_set)
    if not specs:
        raise InputError("There is no ranker to tell anything. Choose at least one.")
    steps = len(specs) * len(topics) * _READINGS
    results = []
    for number, spec in enumerate(specs):

        def told(done: int, *, before: int = number * len(topics) * _READINGS, label: str = spec.id) -> None:
            check_cancel(cancel)
            report(progress, done=before + done, total=steps, unit="ranking", label=label)

        work = _Work(
            task_set=task_set, spec=spec, device=device, endpoints=endpoints, store=store, fresh=fresh, warn=warn, cancel=cancel
        )
        results.append(_over_topics(work, topics, measure=measure, margin=margin, told=told))
    collection = task_set.collection
    return FollowingReport(
        title=f"{collection.name} ({collection.split}), {len(topics)} topics with two instructions each, {task_set.rule}",
        measure=measure,
        topics=topics,
        rankers=tuple(results),
        notes=task_set.notes,
    )


@dataclass(slots=True, kw_only=True)
class _Work:
    """One ranker at work, told one thing after the other."""

    task_set: TaskSet
    spec: RankerSpec
    device: str
    endpoints: Sequence[Endpoint]
    store: Store | None
    fresh: bool
    warn: Callable[[str], None]
    cancel: CancelSignal | None
    stored: int = 0
    _makers: dict[str, str] = field(default_factory=dict)

    @property
    def way(self) -> Way:
        return "option" if takes_instruction(self.spec) else "query"

    def rank(self, topic: Topic, instruction: str) -> Ranking:
        """Raises what the ranker raises."""
        by_option = self.way == "option"
        spec = instructed(self.spec, instruction) if by_option else self.spec
        query = topic.query("" if by_option else instruction)
        with contained(self.spec.id):
            ranker = build_ranker(spec, device=self.device, statistics=self.task_set.statistics, endpoints=self.endpoints)
            settings = RunSettings(specs=(spec,), device=self.device, endpoints=self.endpoints)
            if spec.id not in self._makers:
                made_by = maker(spec, settings, context=self.task_set.context([spec]))
                self._makers[spec.id] = f"{made_by}\n{_UNMEASURED}"
            key = result_key(query, topic.documents, spec, settings, made_by=self._makers[spec.id])
            known = self._find(key)
            if known is not None:
                self.stored += 1
                return known
            ranking = ranked(ranker, query, topic.documents, warm_up=False, cancel=self.cancel)
        self._keep(key, ranking)
        return ranking

    def _find(self, key: str) -> Ranking | None:
        if self.store is None or self.fresh:
            return None
        try:
            return self.store.results.get(key)
        except StorageError:
            return None  # a damaged one is computed again

    def _keep(self, key: str, ranking: Ranking) -> None:
        if self.store is None:
            return
        try:
            self.store.results.put(key, ranking)
        except StorageError as error:
            self.warn(f"{error} Results are shown and not all kept.")
            self.store = None


def _over_topics(
    work: _Work, topics: Sequence[Topic], *, measure: str, margin: float, told: Callable[[int], None]
) -> RankerFollowing:
    found: list[TopicResult] = []
    errors: list[str] = []
    for number, topic in enumerate(topics):
        rankings: list[Ranking] = []
        try:
            for instruction in ("", *(side.instruction for side in topic.sides)):
                told(number * _READINGS + len(rankings))
                rankings.append(work.rank(topic, instruction))
        except Cancelled:
            raise
        except RerankLabError as error:
            errors.append(f"{topic.name}: {error}")
            continue
        found.append(topic_result(topic, *rankings, measure=measure))
    told(len(topics) * _READINGS)
    values: dict[str, dict[str, float]] = {name: {each.topic.name: each.values[name] for each in found} for name in TOLD}
    return RankerFollowing(
        ranker=work.spec.id,
        way=work.way,
        topics=tuple(found),
        means={name: bca_mean(list(values[name].values()), seed=0) for name in TOLD} if found else {},
        differences=compare_all(values, measure=measure, margin=margin) if found else (),
        errors=tuple(errors),
        stored=work.stored,
    )


def topic_result(topic: Topic, without: Ranking, first: Ranking, second: Ranking, *, measure: str) -> TopicResult:
    """One topic from its rankings: with no instruction, with the first side's, and with the second's."""
    told = (first, second)
    ranks = (first.rank_of(), second.rank_of())
    moves = tuple(
        tuple(
            Move(document=document, asked_for=ranks[1 - side][document], not_asked_for=ranks[side][document])
            for document in topic.fallen(side)
        )
        for side in (0, 1)
    )

    def mean(rankings: Sequence[Ranking]) -> float:
        """Of the two sides' judgements, each with its ranking."""
        scores = [
            score_ranking(replace(ranking, query=replace(ranking.query, id=side.query)), side.grades, (measure,))[measure]
            for ranking, side in zip(rankings, topic.sides, strict=True)
        ]
        return sum(scores) / len(scores)

    values: Mapping[Told, float] = {RIGHT: mean(told), WRONG: mean((second, first)), NONE: mean((without, without))}
    return TopicResult(topic=topic, moves=(moves[0], moves[1]), values=values, ranks=ranks, without=without.rank_of())
