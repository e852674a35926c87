"""The timing of a ranking and of its stages: over repeated runs, and marked as shown again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from reranklab.types import Ranking, Stage, Timing


def over_runs(rankings: Sequence[Ranking], *, warmup: str) -> Ranking:
    """The first ranking with the measured runs of all, its stages with theirs. All are of one ranker and input."""
    first = rankings[0]
    timing = _together([ranking.timing for ranking in rankings], warmup)
    return replace(first, timing=timing, stages=_stages([ranking.stages for ranking in rankings], warmup))


def as_cached(ranking: Ranking) -> Ranking:
    """The ranking marked as measured earlier, its stages too."""
    return replace(ranking, timing=replace(ranking.timing, cached=True), stages=tuple(map(_cached, ranking.stages)))


def _stages(stages: Sequence[Sequence[Stage]], warmup: str) -> tuple[Stage, ...]:
    """`stages` are those of each run, in the same order."""
    return tuple(
        replace(
            same[0],
            timing=_together([stage.timing for stage in same], warmup),
            stages=_stages([stage.stages for stage in same], warmup),
        )
        for same in zip(*stages, strict=True)
    )


def _together(timings: Sequence[Timing], warmup: str) -> Timing:
    return replace(timings[0], runs=tuple(run for timing in timings for run in timing.runs), warmup=warmup)


def _cached(stage: Stage) -> Stage:
    return replace(stage, timing=replace(stage.timing, cached=True), stages=tuple(map(_cached, stage.stages)))
