"""The places on disk that the program knows: its cache, what its users keep, and its own app files."""

from __future__ import annotations

import os
from pathlib import Path, PurePath

import platformdirs

from reranklab.errors import RerankLabError

PACKAGE = Path(__file__).resolve().parents[1]


def cache_dir() -> Path:
    """Where weights, datasets and indexes are kept: RERANKLAB_CACHE, else the user's cache directory. It may not exist yet."""
    chosen = os.environ.get("RERANKLAB_CACHE")
    folder = Path(chosen).expanduser() if chosen else Path(platformdirs.user_cache_dir("reranklab", appauthor=False))
    return folder.absolute()


def data_dir() -> Path:
    """Where is kept what cannot be computed again: RERANKLAB_DATA, else the user's data directory. It may not exist yet."""
    chosen = os.environ.get("RERANKLAB_DATA")
    folder = Path(chosen).expanduser() if chosen else Path(platformdirs.user_data_dir("reranklab", appauthor=False))
    return folder.absolute()


def is_hidden(path: PurePath) -> bool:
    """Whether a relative path, or a folder on it, is hidden, a backup or what an archiver adds: .x, ._x, ~x, x~, __MACOSX."""
    return any(
        part.startswith((".", "~")) or PurePath(part).stem.endswith("~") or part.endswith("~") or part == "__MACOSX"
        for part in path.parts
    )


def app_dir() -> Path:
    """The folder of app.py, pages and sample_data: inside an installed wheel, or the root of a checkout.

    Raises RerankLabError where neither holds them.
    """
    places = (PACKAGE / "_app", PACKAGE.parent)
    for folder in places:
        if (folder / "sample_data").is_dir():
            return folder
    raise RerankLabError(
        f"The app and its sample data are neither in {places[0]} nor in {places[1]}. "
        "Install RerankLab again, or run it from a complete checkout."
    )
