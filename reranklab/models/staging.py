"""Chosen files of a folder in a folder of their own, so that no loader finds another beside them."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from reranklab.data.storage import storing

PREFIX = "reranklab-"


@contextmanager
def only(folder: Path, names: Iterable[str]) -> Iterator[Path]:
    """A temporary folder with links to these files of `folder`, under the same names; copies where links are not allowed.

    Raises StorageError where there is no place for temporary files.
    """
    usual = Path(tempfile.tempdir or os.environ.get("TMPDIR") or "/tmp")
    with ExitStack() as stack:
        with storing("The links to a model's files", usual, instead="set TMPDIR to another folder"):
            links = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True)))
            for name in names:
                target = links / name
                target.parent.mkdir(parents=True, exist_ok=True)
                source = (folder / name).resolve()
                try:
                    target.symlink_to(source)
                except (OSError, NotImplementedError):
                    shutil.copyfile(source, target)
        yield links
