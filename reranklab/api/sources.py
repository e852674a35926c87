"""Collections as a script names them."""

from __future__ import annotations

import os
from pathlib import Path

from reranklab.data.collection import Collection

Source = str | os.PathLike[str] | Collection
"""A name, a path, or a collection that was loaded."""


def as_source(source: Source) -> str | Path | Collection:
    """As the rooms below take it."""
    return source if isinstance(source, Collection | str) else Path(source)
