"""Progress and cancellation: what long work tells, and how it is stopped. The ground floor, beside `types` and `errors`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from reranklab.errors import Cancelled


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Progress: `done` of `total` units ("batch", "window", "call", "MB") of what `label` names. Without a unit the label says
    all."""

    done: int
    total: int
    unit: str
    label: str = ""


Progress = Callable[[Step], None]


class CancelSignal(Protocol):
    """Anything with `is_set()`; a threading.Event is one. Looked at between batches, windows and calls, and
    between the parts of a long batch."""

    def is_set(self) -> bool: ...


def check_cancel(cancel: CancelSignal | None, message: str = "Stopped before the ranking was complete.") -> None:
    """Raise Cancelled, with `message`, once `cancel` is set."""
    if cancel is not None and cancel.is_set():
        raise Cancelled(message)


def report(progress: Progress | None, *, done: int, total: int, unit: str, label: str = "") -> None:
    """Tell `progress`, where there is one, how far the work is."""
    if progress is not None:
        progress(Step(done=done, total=total, unit=unit, label=label))


def part_of(progress: Progress | None, *, before: int, part: int, total: int, unit: str, label: str = "") -> Progress:
    """Progress of one part of a longer work, told in units of the whole: `part` units after the first `before` of `total`."""

    def tell(step: Step) -> None:
        report(progress, done=before + part * step.done // max(step.total, 1), total=total, unit=unit, label=label)

    return tell


def because(progress: Progress | None, reason: str) -> Progress | None:
    """Progress whose labels say why the work is done."""
    if progress is None:
        return None
    return lambda step: progress(replace(step, label=f"{step.label}, because {reason}"))
