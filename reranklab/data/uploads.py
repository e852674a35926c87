"""Collections that were uploaded: zip archives in BEIR layout in the data folder, found by their names."""

from __future__ import annotations

import hashlib
from pathlib import Path, PurePath

from reranklab.data.judged import checked_name
from reranklab.data.paths import data_dir, is_file, is_folder
from reranklab.data.shared_files import replace_file, writing

_WHAT = "The uploaded collection"


def upload_names() -> tuple[str, ...]:
    """The names of the archives that are kept."""
    folder = _room()
    return tuple(sorted(path.stem for path in folder.glob("[!.]*.zip"))) if is_folder(folder) else ()


def uploaded_file(name: str) -> Path:
    """Where an archive is. Raises InputError for what is no name."""
    return _room() / f"{checked_name(name, what='A collection')}.zip"


def keep_upload(file_name: str, content: bytes) -> str:
    """Keep an archive under the name of its file, in place of an earlier one of that name, and return the name. It is looked
    into when it is loaded. Raises InputError for a name that cannot be one, and StorageError."""
    name = checked_name(PurePath(file_name).stem, what="A collection")
    path = uploaded_file(name)
    with writing(path, what=_WHAT):
        replace_file(path, [content])
    return name


def keep_run(content: bytes) -> Path:
    """Keep a TREC run under the digest of its content, and return its place. Raises StorageError."""
    path = _room() / f"{hashlib.sha256(content).hexdigest()[:16]}.trec"
    with writing(path, what="The uploaded run"):
        replace_file(path, [content])
    return path


def is_uploaded(path: Path) -> bool:
    """Whether a file is one of those that are kept here, which locked folders do not forbid."""
    return path.parent == _room()


def delete_upload(name: str) -> None:
    """Delete an archive, where it is there. Raises InputError and StorageError."""
    path = uploaded_file(name)
    if is_file(path):
        with writing(path, what=_WHAT):
            path.unlink(missing_ok=True)


def _room() -> Path:
    return data_dir() / "uploads"
