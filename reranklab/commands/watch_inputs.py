"""What `reranklab watch` reads besides the log: masks, names of fields, a baseline, documents, a law."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from reranklab.errors import InputError
from reranklab.progress import CancelSignal, Progress

if TYPE_CHECKING:
    from reranklab.latency.law import Law
    from reranklab.watch.log.mask import Masking
    from reranklab.watch.log.reading import ReadLog

NONE, ALL = "none", "all"


def read_masking(given: Sequence[str] | None) -> Masking | None:
    """Of --mask: kinds, LABEL=PATTERN, `all` (the default) or `none`. Raises InputError."""
    from reranklab.watch.log.mask import KINDS, Masking

    named = list(given or [ALL])
    if NONE in named:
        if len(named) > 1:
            raise InputError("--mask none stands alone. Leave it out, or the others.")
        return None
    patterns = dict(each.split("=", 1) for each in named if "=" in each)
    kinds = [each for each in named if "=" not in each and each != ALL]
    if unknown := [each for each in kinds if each not in KINDS]:
        raise InputError(f"--mask {unknown[0]} is not known. Choose {', '.join((ALL, NONE, *KINDS))}, or LABEL=PATTERN.")
    every = ALL in named or not kinds
    return Masking(kinds=tuple(KINDS) if every else tuple(kinds), patterns=patterns)


def read_names(given: Sequence[str] | None) -> Mapping[str, str]:
    """Of --field: OURS=THEIRS. Raises InputError for one without a sign of equality."""
    if wrong := [each for each in given or () if "=" not in each]:
        raise InputError(f"--field {wrong[0]} has no =. Write OURS=THEIRS, such as time=ts.")
    return dict(each.split("=", 1) for each in given or ())


def baseline_of(text: str | None) -> tuple[float | None, Path | None]:
    """Of --baseline: days, or a log that is read before the others. Raises InputError."""
    if text is None:
        return None, None
    number = text.removesuffix("d")
    try:
        return float(number), None
    except ValueError:
        pass
    path = Path(text)
    if not path.is_file():
        raise InputError(f"--baseline {text} is neither a number of days nor a file. Give one, such as 7 or last-month.jsonl.")
    return None, path


def stored_law(number: int | None) -> Law | None:
    """Of --law: that of a stored measurement of this machine. Raises InputError and StorageError."""
    if number is None:
        return None
    from reranklab.latency.kept import open_sweep
    from reranklab.latency.law import fit_law
    from reranklab.store.database import default_path
    from reranklab.store.store import open_store

    return fit_law(open_sweep(open_store(default_path()), number).cells)


def open_log(options: argparse.Namespace, *, before: Path | None, cancel: CancelSignal, progress: Progress | None) -> ReadLog:
    """The log of a command, a baseline's file before it."""
    from reranklab.watch.log.reading import read_log

    paths = [*([before] if before else []), *map(Path, options.log)]
    return read_log(*paths, names=read_names(options.field), searches=options.searches, cancel=cancel, progress=progress)
