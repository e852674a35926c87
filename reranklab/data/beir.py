"""The BEIR datasets by name, and any dataset in BEIR layout: from a folder, a zip, the cache, or a download."""

from __future__ import annotations

import difflib
import hashlib
import itertools
import os
import shutil
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from reranklab.data.archive import unpack_zip
from reranklab.data.collection import Collection, list_splits, load_collection
from reranklab.data.download import download, file_turn
from reranklab.data.ir_collections import check_ir_id, is_ir_id, load_ir_collection
from reranklab.data.judged import judged_folder, judged_names
from reranklab.data.paths import cache_dir, is_file, is_folder, is_hidden, is_there, shown, typed_path
from reranklab.data.samples import load_sample, sample_names
from reranklab.data.storage import remove, storing
from reranklab.data.uploads import upload_names, uploaded_file
from reranklab.errors import DataUnavailableError, InputError
from reranklab.operator import Lock, check_unlocked, is_locked
from reranklab.progress import CancelSignal, Progress

BEIR_URL = "https://public.ukp.informatik.tu-darmstadt.de/thakur/BEIR/datasets"
"""The BEIR project's own address; the environment variable RERANKLAB_BEIR_URL replaces it."""

_LONGEST_NAME = 80
"""Characters. What is longer is like no dataset's name."""

CATALOGUE = Path(__file__).with_name("beir.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class BeirDataset:
    """What is known of a dataset before it is here; "" and None stand for unknown.

    `documents` is the size of the corpus, `queries` the number of queries of the `evaluated` split, `size` the bytes
    of the zip `archive`, which other datasets may share. `source` says where to ask for one that is not `public`.
    """

    name: str
    title: str
    archive: str
    documents: int | None = None
    queries: int | None = None
    splits: tuple[str, ...] = ()
    evaluated: str = "test"
    size: int | None = None
    md5: str = ""
    licence: str = ""
    non_commercial: bool = False
    public: bool = True
    source: str = ""
    note: str = ""

    @property
    def folder(self) -> Path:
        """Where its files are, or belong."""
        return cache_dir().joinpath("datasets", *self.name.split("/"))

    @property
    def available(self) -> bool:
        """Whether its files are in the cache."""
        return _is_dataset(self.folder)


@cache
def list_datasets() -> tuple[BeirDataset, ...]:
    """All datasets of BEIR, the four that are not public last. CQADupStack's forums stand for themselves."""
    entries = tomllib.loads(CATALOGUE.read_text(encoding="utf-8"))["dataset"]
    return tuple(dataset for entry in entries for dataset in _datasets(entry))


def find_dataset(name: str) -> BeirDataset:
    """The dataset of that name. Raises InputError, with similar names, where BEIR has none."""
    names = {dataset.name: dataset for dataset in list_datasets()}
    if name not in names:
        similar = [known for known in names if known.startswith(f"{name}/")] or difflib.get_close_matches(
            name[:_LONGEST_NAME], names
        )
        hint = f"Did you mean {' or '.join(similar)}?" if similar else "`reranklab datasets` lists the names."
        raise InputError(f"There is no dataset, folder or zip archive {shown(name)}. {hint}")
    return names[name]


def dataset_path(name_or_path: str | Path, *, cancel: CancelSignal | None = None, progress: Progress | None = None) -> Path:
    """The folder of a dataset in BEIR layout.

    Takes a folder, a zip archive (unpacked into the cache once), or the name of a dataset that was downloaded before or of a
    collection that was judged or uploaded here.
    Raises DataUnavailableError for a BEIR dataset that is not here, saying where its files belong, and InputError for
    anything else that is not a dataset. Where the operator has locked folders, only names work, and anything else is a
    LockedError: the disk is not even looked at.
    """
    if not str(name_or_path).strip():
        raise InputError("No dataset is named. Give a name, a folder or a zip archive.")
    name = str(name_or_path)
    is_known = any(dataset.name == name for dataset in list_datasets())
    is_judged = not is_known and name in judged_names()
    is_uploaded = not is_known and not is_judged and name in upload_names()
    if not (is_known or is_judged or is_uploaded):
        check_unlocked(Lock.LOCAL_FILES, f"The dataset {shown(name)}", "Use the name of a BEIR dataset or of a sample.")
    if not is_locked(Lock.LOCAL_FILES):
        path = typed_path(name_or_path, what="The dataset")
        if _is_dataset(path):
            return path
        if path.suffix.lower() == ".zip" and is_file(path):
            return _unpacked(path, cancel=cancel, progress=progress)
        if is_folder(path) and not (is_known or is_judged or is_uploaded):
            list_splits(path)  # raises with what is missing
    if is_judged:
        return judged_folder(name)
    if is_uploaded:
        return _unpacked(uploaded_file(name), cancel=cancel, progress=progress)
    dataset = find_dataset(name)
    if not dataset.available:
        raise DataUnavailableError(_absent(dataset))
    return dataset.folder


def dataset_source(name_or_path: str | Path) -> str:
    """What names a dataset, folder or zip archive from any working directory."""
    name = str(name_or_path)
    if is_locked(Lock.LOCAL_FILES):
        return name
    path = typed_path(name_or_path, what="The dataset")
    is_here = _is_dataset(path) or (path.suffix.lower() == ".zip" and is_file(path))
    return str(path.resolve()) if is_here else name


def check_dataset(name_or_path: str | Path, *, cancel: CancelSignal | None = None, progress: Progress | None = None) -> None:
    """Raise as `load_dataset` does for what is no dataset or not here, without reading it."""
    if is_ir_id(name_or_path):
        check_ir_id(str(name_or_path))
        return
    try:
        dataset_path(name_or_path, cancel=cancel, progress=progress)
    except InputError:
        if str(name_or_path) not in sample_names():
            raise


def load_dataset(
    name_or_path: str | Path, *, split: str | None = None, cancel: CancelSignal | None = None, progress: Progress | None = None
) -> Collection:
    """Load a dataset that dataset_path finds, a sample collection by its name, or one of ir_datasets by its id.

    `split` None is the one that published results use: test, for msmarco dev. Raises what dataset_path and
    load_collection raise, or `load_ir_collection`.
    """
    if is_ir_id(name_or_path):
        return load_ir_collection(str(name_or_path), split=split, cancel=cancel, progress=progress)
    try:
        folder = dataset_path(name_or_path, cancel=cancel, progress=progress)
    except InputError:
        if str(name_or_path) not in sample_names():
            raise
        if split not in (None, "test"):
            raise InputError(f"The sample {name_or_path} has no split {split!r}, only test.") from None
        return load_sample(str(name_or_path))
    dataset = next((dataset for dataset in list_datasets() if dataset.folder == folder), None)
    if dataset is not None:
        collection = load_collection(folder, split=split or dataset.evaluated)
        return replace(collection, name=dataset.name, licence=dataset.licence)
    collection = load_collection(folder, split=split or list_splits(folder)[0])
    path = typed_path(name_or_path, what="The dataset")
    return collection if is_folder(path) else replace(collection, name=path.stem)


def download_dataset(name: str, *, cancel: CancelSignal | None = None, progress: Progress | None = None) -> Path:
    """Fetch a dataset by name; see fetch_dataset."""
    return fetch_dataset(find_dataset(name), cancel=cancel, progress=progress)


def fetch_dataset(dataset: BeirDataset, *, cancel: CancelSignal | None = None, progress: Progress | None = None) -> Path:
    """Download and unpack a dataset that is not here, and return its folder. The archive is removed afterwards.

    Raises DataUnavailableError, StorageError, Cancelled, and InputError for an archive that is not safe to unpack.
    """
    if dataset.available:
        return dataset.folder
    if not dataset.public:
        raise DataUnavailableError(_absent(dataset))
    datasets, downloads = cache_dir() / "datasets", cache_dir() / "downloads"
    with storing(dataset.name, datasets), file_turn(datasets / f".{dataset.archive}.lock", cancel=cancel):
        if not dataset.available:
            address = f"{os.environ.get('RERANKLAB_BEIR_URL', BEIR_URL).rstrip('/')}/{dataset.archive}"
            archive = download(
                address,
                downloads / dataset.archive,
                md5=dataset.md5 or None,
                size=dataset.size,
                advice=f"Or put the unpacked files into {dataset.folder}, so that corpus.jsonl lies there.",
                cancel=cancel,
                progress=progress,
            )
            try:
                _install(archive, dataset, cancel=cancel, progress=progress)
            except InputError:
                remove(archive)  # it would be found here the next time, and refused again
                raise
            remove(archive)
    if not dataset.available:
        raise DataUnavailableError(
            f"{dataset.archive} does not hold {dataset.name} in BEIR layout. Put its files into {dataset.folder}."
        )
    return dataset.folder


def _datasets(entry: Mapping[str, Any]) -> Iterator[BeirDataset]:
    """The dataset of a catalogue entry, or those of its parts."""
    common = {key: value for key, value in entry.items() if key != "parts"}
    common |= {"archive": f"{entry['name']}.zip", "splits": tuple(entry["splits"])}
    for part in entry.get("parts", [{}]):
        own = dict(part)
        if part:
            own |= {"name": f"{entry['name']}/{part['name']}", "title": f"{entry['title']}: {part['name']}"}
        yield BeirDataset(**(common | own))


def _absent(dataset: BeirDataset) -> str:
    remedy = f"put its files into {dataset.folder}, so that corpus.jsonl lies there"
    if not dataset.public:
        return f"{dataset.name} is not public. Ask its owners ({dataset.source}) and {remedy}."
    return f"{dataset.name} is not here yet. Download it, or {remedy}."


def _is_dataset(folder: Path) -> bool:
    try:
        list_splits(folder)
    except InputError:
        return False
    return True


def _install(archive: Path, dataset: BeirDataset, *, cancel: CancelSignal | None, progress: Progress | None) -> None:
    """Unpack beside the archive's place in the cache and rename. The archive's top folder, where it has the place's name,
    becomes the place. Where a part of it is here, such as another forum, only the dataset's own folder is put in."""
    target = cache_dir() / "datasets" / Path(dataset.archive).stem
    with tempfile.TemporaryDirectory(prefix=".unpacking-", dir=target.parent) as temporary:
        files = unpack_zip(archive, Path(temporary) / "files", cancel=cancel, progress=progress)
        inner = files / target.name
        found, folder = (inner if inner.is_dir() else files), target
        if is_folder(target) and dataset.folder != target:
            inside = dataset.folder.relative_to(target)
            found, folder = found / inside, dataset.folder
        if not found.is_dir():
            return
        folder.parent.mkdir(parents=True, exist_ok=True)
        _make_way(folder)
        found.replace(folder)


def _make_way(folder: Path) -> None:
    """Move aside what is no complete dataset: people put files there by hand, so nothing is deleted. An empty folder goes."""
    if not is_there(folder):
        return
    if is_folder(folder) and not any(folder.iterdir()):
        folder.rmdir()
        return
    for number in itertools.count(1):
        aside = folder.with_name(f"{folder.name}.incomplete-{number}")
        if not is_there(aside):
            folder.rename(aside)
            return


def _unpacked(archive: Path, *, cancel: CancelSignal | None, progress: Progress | None) -> Path:
    """The dataset inside a zip, unpacked under the digest of the archive's content. Damaged files there are unpacked again."""
    try:
        with archive.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"{archive.name} cannot be read: {error.strerror}. Check the path.") from error
    files = unpack_zip(archive, cache_dir() / "unpacked" / digest[:32], cancel=cancel, progress=progress)
    names = ("corpus.jsonl", "corpus.jsonl.gz")
    corpora = {file.parent for file in files.rglob("*") if file.name in names and not is_hidden(file.relative_to(files))}
    if len(corpora) == 1:
        folder = corpora.pop()
        list_splits(folder)
        return folder
    shutil.rmtree(files, ignore_errors=True)
    inside = ", ".join(sorted(str(corpus.relative_to(files)) for corpus in corpora))
    if inside:
        raise InputError(f"{archive.name} holds several datasets: {inside}. Unpack it and choose one of the folders.")
    raise InputError(f"{archive.name} is not in BEIR layout: it has no corpus.jsonl. Add it, or choose another archive.")
