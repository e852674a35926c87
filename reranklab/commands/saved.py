"""Results in files: written by one command, opened by another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reranklab.commands.terminal import complain
from reranklab.errors import InputError

if TYPE_CHECKING:
    from reranklab.engine.comparison import Comparison


def write_saved(comparison: Comparison, file: str) -> None:
    """Raises StorageError where the disk refuses."""
    from reranklab.data.paths import typed_path
    from reranklab.data.storage import storing
    from reranklab.engine.saved import save_comparison

    path = typed_path(file, what="The file")
    with storing("The result", path.parent, instead="choose another --save"):
        path.write_text(save_comparison(comparison), encoding="utf-8")
    complain(f"Saved {path}.")


def read_saved(file: str) -> Comparison:
    """The comparison in a file; what of it cannot be asked again here is told on stderr. Raises InputError."""
    from reranklab.data.paths import shortened, typed_path
    from reranklab.engine.opened import open_comparison
    from reranklab.operator import Lock, check_unlocked

    check_unlocked(Lock.LOCAL_FILES, f"The file {shortened(file)}", "Upload it on the page.")
    path = typed_path(file, what="The file")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{shortened(path)} cannot be read: {error.strerror}. Check the path.") from error
    comparison = open_comparison(path.name, content)
    for note in comparison.candidates.notes:
        complain(note)
    return comparison
