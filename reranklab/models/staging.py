"""Chosen files of a folder in a folder of their own, so that no loader finds another beside them."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

PREFIX = "reranklab-"


@contextmanager
def only(folder: Path, names: Iterable[str]) -> Iterator[Path]:
    """A temporary folder with links to these files of `folder`, under the same names; copies where links are not allowed."""
    with tempfile.TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True) as place:
        for name in names:
            target = Path(place) / name
            target.parent.mkdir(parents=True, exist_ok=True)
            source = (folder / name).resolve()
            try:
                target.symlink_to(source)
            except (OSError, NotImplementedError):
                shutil.copyfile(source, target)
        yield Path(place)
