"""Training of a student that is small enough to be trained without a network: a matrix over token vectors, or a token table."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from reranklab.errors import InputError, ModelError
from reranklab.progress import CancelSignal, Progress, check_cancel, report
from reranklab.train.distil.losses import KL, LOSSES, list_loss
from reranklab.train.held_back import score_held_back
from reranklab.train.history import Course, HeldBackScore, StepLoss
from reranklab.train.sets.examples import Labels, TrainingList

if TYPE_CHECKING:
    from torch import Tensor

NumberedList = tuple[int, tuple[int, ...]]
"""A query and its documents, by number."""


class Student(Protocol):
    """What is fitted: scores of numbered lists, differentiable in its parameters."""

    learning_rate: float
    """The one that suits it."""

    def parameters(self) -> list[Any]: ...

    def scores(self, lists: Sequence[NumberedList]) -> Tensor:
        """(lists, documents): each a query and as many documents as the others have."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FitSettings:
    """A step reads `lists` lists of `documents` documents each. Both scores are divided by `temperature`. The fit ends after
    `epochs` rounds, or when the held-back score has not risen for `patience` of them. `learning_rate` 0 is the student's own.

    The defaults were chosen on 29 held-back lists of SciFact's training queries, with 112 to train on.
    """

    loss: str = KL
    epochs: int = 10
    learning_rate: float = 0.0
    lists: int = 8
    documents: int = 8
    temperature: float = 3.0
    patience: int = 4
    seed: int = 0

    def __post_init__(self) -> None:
        """Raise InputError for a value that no fit can have."""
        if self.loss not in LOSSES:
            raise InputError(f"There is no loss {self.loss!r} for this student. Choose one of: {', '.join(LOSSES)}.")
        ranges = {"epochs": (1, 1000), "lists": (1, 1024), "documents": (2, 200), "patience": (1, 1000)}
        for name, (low, high) in ranges.items():
            if not low <= getattr(self, name) <= high:
                raise InputError(f"{name} is {getattr(self, name)}. Give a whole number from {low:,} to {high:,}.")
        if not 0 <= self.learning_rate <= 1 or not 0 < self.temperature <= 1000:
            raise InputError("The learning rate is a number from 0 to 1, and the temperature one above 0, up to 1,000.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbered:
    """The texts of training lists, each once, and the lists by their numbers."""

    queries: tuple[str, ...]
    documents: tuple[str, ...]
    lists: tuple[NumberedList, ...]
    held_back: tuple[NumberedList, ...]


def numbered(lists: Sequence[TrainingList], held_back: Sequence[TrainingList]) -> Numbered:
    """Give each text a number."""
    queries: dict[str, int] = {}
    documents: dict[str, int] = {}

    def number(each: TrainingList) -> NumberedList:
        asked = queries.setdefault(each.query.text, len(queries))
        return asked, tuple(documents.setdefault(document.content, len(documents)) for document in each.documents)

    first, second = tuple(map(number, lists)), tuple(map(number, held_back))
    return Numbered(queries=tuple(queries), documents=tuple(documents), lists=first, held_back=second)


def fit(
    student: Student,
    texts: Numbered,
    lists: Sequence[TrainingList],
    held_back: Sequence[TrainingList],
    settings: FitSettings,
    *,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
    label: str = "fitting the student",
) -> Course:
    """Draw the student's scores to the labels, and leave the parameters of the best held-back score in it.

    The same input and seed give the same parameters on a processor. Without held-back lists the last parameters stay. A step of
    the course is one round over the lists. Raises Cancelled, and ModelError where the loss is no number any more.
    """
    import torch

    optimiser = torch.optim.Adam(student.parameters(), lr=settings.learning_rate or student.learning_rate)
    course, best = Course(), None
    if held_back:
        course.scores.append(_score(student, texts, held_back, step=0))
        best = _copy(student)
    for epoch in range(settings.epochs):
        began, losses = time.perf_counter(), []
        batches = list(_steps(texts, lists, settings, epoch=epoch))
        for done, (batch, labels) in enumerate(batches):
            check_cancel(cancel, "Stopped while the student was fitted.")
            told = epoch * len(batches) + done
            report(progress, done=told, total=settings.epochs * len(batches), unit="step", label=label)
            optimiser.zero_grad()
            loss = list_loss(settings.loss, student.scores(batch), torch.tensor(labels), temperature=settings.temperature)
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            losses.append(float(loss.detach()))
        mean = sum(losses) / len(losses)
        if not math.isfinite(mean):
            raise ModelError("The loss is no number any more. Take a lower learning rate.")
        course.losses.append(StepLoss(step=epoch + 1, loss=mean, seconds=time.perf_counter() - began))
        if held_back:
            course.scores.append(_score(student, texts, held_back, step=epoch + 1))
            if course.without_rise == 0:
                best = _copy(student)
            elif course.without_rise >= settings.patience:
                break
    if best is not None:
        for parameter, kept in zip(student.parameters(), best, strict=True):
            parameter.data.copy_(kept)
    report(progress, done=1, total=1, unit="step", label=label)
    return course


def _steps(
    texts: Numbered, lists: Sequence[TrainingList], settings: FitSettings, *, epoch: int
) -> Iterator[tuple[list[NumberedList], list[list[float]]]]:
    """Batches of lists of one length, each with the labels: the best document and others drawn anew each round."""
    random = np.random.default_rng([settings.seed, epoch])
    drawn: dict[int, list[tuple[NumberedList, list[float]]]] = {}
    for place in random.permutation(len(lists)):
        (query, documents), labels = texts.lists[place], lists[place].labels
        best = int(np.argmax(labels))
        others = [each for each in random.permutation(len(labels)) if each != best][: settings.documents - 1]
        chosen = [best, *(int(each) for each in others)]
        batch = drawn.setdefault(len(chosen), [])
        batch.append(((query, tuple(documents[each] for each in chosen)), [labels[each] for each in chosen]))
        if len(batch) == settings.lists:
            yield _columns(batch)
            batch.clear()
    for batch in drawn.values():
        if batch:
            yield _columns(batch)


def _columns(batch: Sequence[tuple[NumberedList, list[float]]]) -> tuple[list[NumberedList], list[list[float]]]:
    return [each for each, _ in batch], [each for _, each in batch]


def _score(student: Student, texts: Numbered, held_back: Sequence[TrainingList], *, step: int) -> HeldBackScore:
    import torch

    began = time.perf_counter()
    with torch.inference_mode():
        scores = [student.scores([each])[0].tolist() for each in texts.held_back]
    value = score_held_back(held_back, scores, Labels.SOFT)
    return HeldBackScore(step=step, score=value, seconds=time.perf_counter() - began)


def _copy(student: Student) -> list[Any]:
    return [parameter.detach().clone() for parameter in student.parameters()]
