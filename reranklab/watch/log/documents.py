"""The texts of documents that a log names by their ids."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from reranklab.data.beir import load_dataset
from reranklab.data.collection import Collection, load_documents
from reranklab.errors import InputError
from reranklab.types import Document


def named_documents(sources: Sequence[str | Path | Collection]) -> dict[str, Document]:
    """Of corpus files, folders that hold one, or datasets, by id. Raises InputError for an id of two texts, and what reading
    them raises."""
    found: dict[str, Document] = {}
    for source in sources:
        new = dict(source.documents) if isinstance(source, Collection) else _read(source)
        if twice := next((name for name, document in new.items() if found.get(name, document) != document), None):
            raise InputError(f"The id {twice} stands for two texts in the documents given. Give one source of them.")
        found |= new
    return found


def _read(source: str | Path) -> dict[str, Document]:
    path = Path(source)
    return dict(load_documents(path)) if path.exists() else dict(load_dataset(source).documents)
