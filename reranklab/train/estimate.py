"""What a training will take, before it begins: minutes from a few true steps on a copy of the model, memory from a formula."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from reranklab.latency.memory import PeakMemory
from reranklab.models.device import resolve_device
from reranklab.progress import CancelSignal, Progress, check_cancel
from reranklab.rankers.family import RankerSpec
from reranklab.train.history import Course
from reranklab.train.prepare import Prepared, Reader, prepare
from reranklab.train.quiet import quietly
from reranklab.train.rows import Row
from reranklab.train.sets.examples import TrainingSet
from reranklab.train.settings import TrainingSettings
from reranklab.train.trainers import Work, half, make_trainer, one_at_a_time

STEPS = 3
"""True steps that are measured; the first warms up and does not count."""

_ADAM = 4
"""Numbers a trained weight takes: itself, its gradient, and the two moments of Adam."""
_PER_TOKEN, _PER_ATTENTION = 34, 5
_FLOAT32 = 2
"""As many bytes as at 16 bits."""
_BYTES = 1e9


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingEstimate:
    """`minutes` of all `steps` and `scores` of the held-back lists, without an early end. `gigabytes` is what the formula says
    for weights, gradients, moments and activations; `peak` the most that the process took in the measured steps, all else that
    it holds included, None where the system does not tell."""

    steps: int
    scores: int
    tokens: int
    step_seconds: float
    score_seconds: float
    gigabytes: float
    peak: float | None
    parts: str

    @property
    def minutes(self) -> float:
        return (self.steps * self.step_seconds + self.scores * self.score_seconds) / 60

    @property
    def words(self) -> str:
        """Such as "about 12 minutes: 200 steps of 3.1 s, ..."."""
        peak = f", {self.peak:.1f} GB in all in the steps measured" if self.peak is not None else ""
        return (
            f"about {self.minutes:,.1f} minutes: {self.steps:,} steps of {self.step_seconds:.1f} s ({self.tokens:,} tokens), "
            f"and {self.scores} times {self.score_seconds:.0f} s for the held-back lists. Memory: {self.gigabytes:.1f} GB for "
            f"the training{peak}. Trained: {self.parts}."
        )

    def foretold(self, course: Course) -> float:
        """The minutes it would have said for the steps and scores that there were."""
        return (len(course.losses) * self.step_seconds + len(course.scores) * self.score_seconds) / 60


def estimate_training(
    spec: RankerSpec,
    training_set: TrainingSet,
    *,
    settings: TrainingSettings | None = None,
    device: str = "cpu",
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> TrainingEstimate:
    """Measure a few steps on a copy of the model, which is given up. Steps of other lengths are taken to cost what their tokens
    cost. Raises as `train` does, before its first step."""
    with one_at_a_time.hold(cancel), quietly():
        memory = PeakMemory(resolve_device(device).id)
        prepared = prepare(
            spec, training_set, settings or TrainingSettings(), device=resolve_device(device), cancel=cancel, progress=progress
        )
        size = prepared.batch * prepared.pieces
        groups = [prepared.rows[start : start + size] for start in range(0, len(prepared.rows), size)]
        tokens = [sum(row_tokens(prepared, group)) for group in groups]
        chosen = _spread(len(groups), STEPS)
        seconds = _measure(prepared, [groups[place] for place in chosen], cancel=cancel)
        counted = list(zip(chosen, seconds, strict=True))[1:] or list(zip(chosen, seconds, strict=True))
        each = sum(spent for _, spent in counted) / max(sum(tokens[place] for place, _ in counted), 1)
        score_seconds = _score_seconds(prepared)
        most = memory.most()
    return TrainingEstimate(
        steps=prepared.steps,
        scores=len(prepared.scored_steps) + bool(prepared.held_back),
        tokens=sum(tokens),
        step_seconds=each * sum(tokens) / len(tokens),
        score_seconds=score_seconds,
        gigabytes=training_gigabytes(prepared),
        peak=None if most is None else most / 1000,
        parts=prepared.parts.words,
    )


def row_tokens(prepared: Prepared, rows: Sequence[Row]) -> list[int]:
    """The tokens that the model reads of each row, padding aside."""
    window, lengths = prepared.settings.window, _lengths(prepared, rows)
    found = []
    for row in rows:
        query, *documents = _texts(row)
        read = [lengths[document] for document in documents]
        if prepared.learner.together:
            found.append(sum(min(lengths[query] + each, window) for each in read))
        else:
            found.append(min(lengths[query], window) + sum(min(each, window) for each in read))
    return found


def training_gigabytes(prepared: Prepared) -> float:
    """Weights, gradients and Adam's moments in float32, and what the trained layers keep of one piece for the way back.

    For each token and layer 34 times the width in bytes at 16 bits, and 5 times the window for each head (Korthikanti et al.
    2022, "Reducing activation recomputation in large transformer models", eq. 2); twice that in float32, and with bfloat16
    products too: softmax, layer norms and their inputs stay in float32 there.
    """
    config = getattr(getattr(prepared.model, "transformers_model", None), "config", None)
    width, heads = (int(getattr(config, name, 0) or 0) for name in ("hidden_size", "num_attention_heads"))
    window, parts = prepared.settings.window, prepared.parts
    weights = 4 * (parts.weights + (_ADAM - 1) * parts.trained)
    texts = prepared.batch * max(sum(1 for _ in _texts(prepared.rows[0])) - 1, 1)
    kept = _FLOAT32 * texts * window * (_PER_TOKEN * width + _PER_ATTENTION * heads * window) * parts.trained_layers
    return (weights + kept) / _BYTES


class _Unscored(Work):
    """Steps without checkpoints and scores."""

    def end_step(self, step: int) -> tuple[bool, bool]:
        super().leave_turn()
        self.spent.append(time.perf_counter() - self.began)
        return False, self.cancel is not None and self.cancel.is_set()

    spent: list[float]


def _measure(prepared: Prepared, groups: Sequence[Sequence[Row]], *, cancel: CancelSignal | None) -> list[float]:
    """The seconds of a step on each group of rows."""
    few = replace(prepared, rows=[row for group in groups for row in group])
    with tempfile.TemporaryDirectory(prefix="reranklab-") as folder:
        work = _Unscored(few, Path(folder), Course(), cancel=cancel, progress=None, label="")
        work.spent = []
        trainer = make_trainer(few, work, Path(folder))
        try:
            trainer.train()
        finally:
            work.leave_turn()
    check_cancel(cancel, "Stopped while the first steps were measured.")
    return work.spent


def _score_seconds(prepared: Prepared) -> float:
    """What one score of all held-back lists takes, from a few of them."""
    if not prepared.held_back:
        return 0.0
    few = prepared.held_back[:: max(len(prepared.held_back) // 4, 1)][:4]
    start = time.perf_counter()
    with half(prepared):
        prepared.learner.score(prepared.model, Reader(prepared.model, prepared.stored).texts(few))
    share = sum(len(each.documents) for each in few) / sum(len(each.documents) for each in prepared.held_back)
    return (time.perf_counter() - start) / share


def _spread(count: int, most: int) -> list[int]:
    """At most so many places, from one end to the other."""
    if count <= most:
        return list(range(count))
    return [round(place * (count - 1) / (most - 1)) for place in range(most)]


def _texts(row: Row) -> list[str]:
    """The texts of a row, its query first."""
    found: list[str] = []
    for name, value in row.items():
        if name != "label":
            found += value if isinstance(value, list) else [value]
    return found


def _lengths(prepared: Prepared, rows: Sequence[Row]) -> dict[str, int]:
    texts = list(dict.fromkeys(text for row in rows for text in _texts(row)))
    tokenizer: Any = prepared.model.tokenizer
    encoded = tokenizer(texts, add_special_tokens=False, truncation=True, max_length=prepared.settings.window)["input_ids"]
    return {text: len(ids) + 1 for text, ids in zip(texts, encoded, strict=True)}
