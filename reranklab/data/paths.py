"""The places on disk that the program knows: its cache, what its users keep, and its own app files."""

from __future__ import annotations

import os
from pathlib import Path, PurePath

import platformdirs

from reranklab.errors import InputError, RerankLabError

PACKAGE = Path(__file__).resolve().parents[1]


_LONGEST_SHOWN = 160


def cache_dir() -> Path:
    """Where weights, datasets and indexes are kept: RERANKLAB_CACHE, else the user's cache directory. It may not exist yet.

    Raises InputError where RERANKLAB_CACHE is no path.
    """
    return _chosen("RERANKLAB_CACHE") or Path(platformdirs.user_cache_dir("reranklab", appauthor=False)).absolute()


def data_dir() -> Path:
    """Where is kept what cannot be computed again: RERANKLAB_DATA, else the user's data directory. It may not exist yet.

    Raises InputError where RERANKLAB_DATA is no path.
    """
    return _chosen("RERANKLAB_DATA") or Path(platformdirs.user_data_dir("reranklab", appauthor=False)).absolute()


def typed_path(text: str | os.PathLike[str], *, what: str) -> Path:
    """A path as a person types it, with ~ for a home folder. It may not exist.

    Raises InputError, which `what` begins, for a NUL and for the home of a user that this machine does not have.
    """
    written = os.fspath(text)
    if "\0" in written:
        raise InputError(f"{what} {shown(written)} holds a NUL, which no path has. Type it again.")
    try:
        return Path(written).expanduser()
    except RuntimeError as error:
        raise InputError(
            f"{what} {shown(written)} begins with the home of a user that is not known here. Give the whole path."
        ) from error


def shown(text: str | os.PathLike[str]) -> str:
    """A path or name in quotes, as it can stand in a sentence: without control characters and not too long."""
    return repr(shortened(text))


def shortened(text: str | os.PathLike[str]) -> str:
    """A path or name without its middle, where it is too long for a sentence."""
    written = os.fspath(text)
    half = _LONGEST_SHOWN // 2
    return written if len(written) <= _LONGEST_SHOWN else f"{written[:half]}…{written[-half:]}"


def is_folder(path: Path) -> bool:
    """Whether a folder is there, as far as can be seen: False too where the path cannot be looked at."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def is_there(path: Path) -> bool:
    """Whether anything at all is in a place, a broken link too."""
    try:
        path.lstat()
    except (OSError, ValueError):
        return False
    return True


def is_file(path: Path) -> bool:
    """Whether a file is there, as far as can be seen: False too where the path cannot be looked at."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _chosen(variable: str) -> Path | None:
    """The absolute folder that an environment variable names; None where it is not set or blank."""
    text = os.environ.get(variable, "")
    return typed_path(text, what=variable).absolute() if text.strip() else None


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
