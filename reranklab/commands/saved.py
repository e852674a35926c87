"""Results in files: written by one command, opened by another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reranklab.commands.terminal import complain

if TYPE_CHECKING:
    from reranklab.engine.comparison import Comparison


def write_saved(comparison: Comparison, file: str) -> None:
    """Raises StorageError where the disk refuses."""
    from reranklab.engine.saved import save_to_file

    complain(f"Saved {save_to_file(comparison, file)}.")


def read_saved(file: str) -> Comparison:
    """The comparison in a file; what of it cannot be asked again here is told on stderr. Raises InputError."""
    from reranklab.engine.opened import open_saved_file

    comparison = open_saved_file(file)
    for note in comparison.candidates.notes:
        complain(note)
    return comparison
