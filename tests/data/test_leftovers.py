import os
import time
from pathlib import Path

import pytest

from reranklab.data.leftovers import OLD_SECONDS, remove_leftovers

UNFINISHED = (
    "cache/indexes/.building-a1",
    "cache/indexes/.deleting-a1",
    "cache/models/.partial-some-package-a1",
    "cache/datasets/.unpacking-a1",
    "cache/unpacked/.unpacking-a1",
    "data/.probes-a1",
    "data/trained/.building-a1",
    "data/training/.building-a1",
)
KEPT = (
    "cache/indexes/0123abc",
    "cache/models/.some-package.lock",
    "cache/datasets/.probes-a1",
    "cache/downloads/.partial-x",
    "cache/downloads/scifact.zip.part",
    "data/probes.jsonl",
    "data/.building-a1",
    "data/training/mine",
)


@pytest.fixture(autouse=True)
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RERANKLAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("RERANKLAB_DATA", str(tmp_path / "data"))


def put(path: Path, *, folder: bool) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if folder:
        (path / "inside").mkdir(parents=True)
        (path / "inside" / "part").write_bytes(b"x")
    else:
        path.write_bytes(b"x")


def age(path: Path) -> None:
    long_ago = time.time() - OLD_SECONDS - 60
    for each in (*path.rglob("*"), path):
        os.utime(each, (long_ago, long_ago))


@pytest.mark.parametrize("folder", [True, False])
def test_old_leftovers_go_and_everything_else_stays(tmp_path: Path, folder: bool) -> None:
    for name in (*UNFINISHED, *KEPT):
        put(tmp_path / name, folder=folder)
    age(tmp_path)
    assert set(remove_leftovers()) == {tmp_path / name for name in UNFINISHED}
    assert all((tmp_path / name).exists() for name in KEPT)
    assert not any((tmp_path / name).exists() for name in UNFINISHED)
    assert remove_leftovers() == ()


def test_what_is_being_written_stays(tmp_path: Path) -> None:
    building = tmp_path / UNFINISHED[0]
    put(building, folder=True)
    age(tmp_path)
    (building / "inside" / "part").write_bytes(b"xy")
    assert remove_leftovers() == ()
    assert building.is_dir()


def test_a_link_goes_and_not_what_it_leads_to(tmp_path: Path) -> None:
    put(tmp_path / "mine", folder=True)
    link = tmp_path / UNFINISHED[0]
    link.parent.mkdir(parents=True)
    link.symlink_to(tmp_path / "mine", target_is_directory=True)
    long_ago = time.time() - OLD_SECONDS - 60
    os.utime(link, (long_ago, long_ago), follow_symlinks=False)
    assert remove_leftovers() == (link,)
    assert (tmp_path / "mine" / "inside" / "part").is_file()


def test_without_folders_there_is_nothing() -> None:
    assert remove_leftovers() == ()
