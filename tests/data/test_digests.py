"""Digests of files: worked out by other programs' rules, once for as long as a file stays as it is."""

import hashlib
import os
import subprocess
import threading
from pathlib import Path

import pytest

from reranklab.data import digests
from reranklab.data.digests import digest_of_list, file_state, sha1_names, sha256
from reranklab.errors import Cancelled
from reranklab.progress import Step


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The digests that are computed, in a process that believes every clock."""
    made: list[str] = []
    new = hashlib.new

    def count(name: str, *arguments: bytes, **settings: bool) -> object:
        made.append(name)
        return new(name, *arguments, **settings)

    monkeypatch.setattr(digests.hashlib, "new", count)
    monkeypatch.setattr(digests, "_COARSEST_CLOCK", 0)
    return made


def test_an_unchanged_file_is_read_once(tmp_path: Path, read: list[str]) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"abc")
    assert {sha256(file) for _ in range(3)} == {hashlib.sha256(b"abc").hexdigest()}
    assert read == ["sha256"]


def test_a_file_that_was_written_just_now_is_read_again(
    tmp_path: Path, read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its time may be that of the next change too."""
    monkeypatch.setattr(digests, "_COARSEST_CLOCK", 10**15)
    (tmp_path / "file").write_bytes(b"abc")
    sha256(tmp_path / "file")
    sha256(tmp_path / "file")
    assert len(read) == 2


def test_another_content_of_the_same_size_and_time_is_noticed(tmp_path: Path, read: list[str]) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"abc")
    sha256(file)
    times = file.stat()
    file.write_bytes(b"xyz")
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert sha256(file) == hashlib.sha256(b"xyz").hexdigest()


def test_links_are_followed_and_folders_are_no_files(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"abc")
    (tmp_path / "link").symlink_to("file")
    assert file_state(tmp_path / "link") == file_state(tmp_path / "file")
    with pytest.raises(OSError, match="is not a file"):
        file_state(tmp_path)


@pytest.mark.process
def test_the_name_that_git_gives(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"what git calls a blob\n")
    given = subprocess.run(["git", "hash-object", "file"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert given.stdout.strip() in sha1_names(tmp_path / "file")


def test_a_list_of_files(tmp_path: Path) -> None:
    assert digest_of_list([("a", "1")]) == "1"
    both = hashlib.sha256(b"a 1\nb 2\n").hexdigest()
    assert digest_of_list([("a", "1"), ("b", "2")]) == digest_of_list([("b", "2"), ("a", "1")]) == both


def test_a_large_file_tells_how_far_it_is_and_stops_when_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(digests, "_LARGE", 1 << 20)
    with (tmp_path / "file").open("wb") as file:
        file.truncate(130 << 20)
    steps: list[Step] = []
    cancel = threading.Event()
    sha256(tmp_path / "file", cancel=cancel, progress=steps.append)
    assert [(step.done, step.total, step.label) for step in steps] == [(done, 131, "checking file") for done in (0, 64, 128)]
    cancel.set()
    with pytest.raises(Cancelled, match="file was checked"):
        sha256(tmp_path / "file", cancel=cancel)
