"""The terminal of a command: progress on stderr, and text that cannot command it."""

from __future__ import annotations

import re
import sys

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from reranklab.progress import Progress as ShowStep
from reranklab.progress import Step

_SEQUENCE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # control sequences: colours, cursor
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"  # strings: titles, links
    r"|\x1b[ -/]*[0-~]?"
)
"""Escape sequences of ECMA-48."""

_JOINERS = "\u200c\u200d"
"""Parts of words in Persian and Hindi and of emoji, without a width."""


def printable(text: str) -> str:
    """The text on one line without escape sequences, and with spaces for control and other invisible characters."""
    plain = _SEQUENCE.sub("", text)
    return "".join(character if character.isprintable() or character in _JOINERS else " " for character in plain)


class _Display:
    """At most one progress display on the process's stderr. It is gone as soon as its work is done."""

    def __init__(self) -> None:
        self._progress: Progress | None = None
        self._task: TaskID | None = None
        self._label = ""

    def show(self, step: Step) -> None:
        if step.done >= step.total:
            self.end()
            return
        if self._progress is None:
            self._progress = _display()
            self._progress.start()
        if self._task is None or step.label != self._label:
            if self._task is not None:
                self._progress.remove_task(self._task)
            self._task = self._progress.add_task(printable(step.label), total=step.total, unit=printable(step.unit))
            self._label = step.label
        self._progress.update(self._task, completed=step.done, total=step.total)

    def end(self) -> None:
        if self._progress is not None:
            self._progress.stop()
        self._progress = self._task = None


_on_stderr = _Display()


def complain(message: str) -> None:
    """One line on stderr, whatever a file name, an argument or a server's words in it hold."""
    end_progress()
    sys.stderr.write(f"reranklab: {' '.join(printable(message).split())}\n")


def terminal_progress() -> ShowStep | None:
    """Progress with the time elapsed and left, on stderr where that is a terminal, else None."""
    return _on_stderr.show if sys.stderr.isatty() else None


def end_progress() -> None:
    """Take the progress away, where there is one: before anything else is printed, and when a command ends early."""
    _on_stderr.end()


def _display() -> Progress:
    console = Console(file=sys.stderr, force_terminal=True, force_jupyter=False, markup=False, emoji=False, highlight=False)
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=12),
        TextColumn("{task.completed:,.0f} of {task.total:,.0f} {task.fields[unit]}", markup=False),
        TimeElapsedColumn(),
        TextColumn("elapsed,", markup=False),
        TimeRemainingColumn(),
        TextColumn("left", markup=False),
        console=console,
        transient=True,
        redirect_stdout=False,
    )
