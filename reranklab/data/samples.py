"""The sample collections that come with the app, each made to show one behaviour of rerankers."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

from reranklab.data.collection import Collection, find_records, load_collection, read_records
from reranklab.data.paths import app_dir, is_hidden
from reranklab.data.text import clean_text
from reranklab.errors import InputError, RerankLabError

LICENCE = "Apache-2.0"
ABOUT = "about.toml"
_OPTIONAL = ("recipe", "agreement", "finding")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What a person needs to choose a sample: the behaviour it shows, what to look for, and how many queries and documents.

    `recipe` says how its candidates were chosen, `agreement` how well a second reader's grades match, and `finding` what was
    measured on it. Each is "" where about.toml has none.
    """

    name: str
    title: str
    behaviour: str
    look_for: str
    queries: int
    documents: int
    recipe: str = ""
    agreement: str = ""
    finding: str = ""


def list_samples() -> tuple[Sample, ...]:
    """Every sample, by name. Raises RerankLabError where one is damaged."""
    return tuple(_describe(folder) for folder in _folders().values())


def sample_names() -> tuple[str, ...]:
    """The samples' names, without reading them."""
    return tuple(_folders())


def load_sample(name: str) -> Collection:
    """A sample's test split. Raises InputError for an unknown name."""
    return replace(load_collection(_folder(name)), licence=LICENCE)


def query_note(name: str, query_id: str) -> str:
    """What to look for in one query of a sample; "" where its author wrote nothing. Raises InputError for an unknown query."""
    for _, record in read_records(find_records(_folder(name), "queries")):
        if str(record.get("_id")) == query_id:
            metadata = record.get("metadata")
            note = metadata.get("note", "") if isinstance(metadata, Mapping) else ""
            return clean_text(str(note))
    raise InputError(f"The sample {name!r} has no query {query_id!r}. Choose another.")


def _describe(folder: Path) -> Sample:
    try:
        about = tomllib.loads((folder / ABOUT).read_text(encoding="utf-8"))
        title, behaviour, look_for = (str(about[key]) for key in ("title", "behaviour", "look_for"))
    except (OSError, ValueError, KeyError) as error:
        raise RerankLabError(f"{folder / ABOUT} cannot be used ({error}). Install RerankLab again.") from error
    return Sample(
        name=folder.name,
        title=title,
        behaviour=behaviour,
        look_for=look_for,
        queries=sum(1 for _ in read_records(find_records(folder, "queries"))),
        documents=sum(1 for _ in read_records(find_records(folder, "corpus"))),
        **{key: str(about.get(key, "")) for key in _OPTIONAL},
    )


def _folders() -> dict[str, Path]:
    folders = (about.parent for about in sorted((app_dir() / "sample_data").glob(f"*/{ABOUT}")))
    return {folder.name: folder for folder in folders if not is_hidden(PurePath(folder.name))}


def _folder(name: str) -> Path:
    folders = _folders()
    if name not in folders:
        raise InputError(f"There is no sample {name!r}. Choose one of: {', '.join(folders)}.")
    return folders[name]
