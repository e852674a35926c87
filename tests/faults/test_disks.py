"""Disks that are full or may not be written, and files in the place of folders."""

import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

from reranklab.cli import main
from tests.faults.conftest import StartPlan
from tests.faults.disturbing import NEEDS_FORK, disturb

pytestmark = [pytest.mark.process, pytest.mark.slow, NEEDS_FORK]


@cache
def own_disk() -> tuple[str, ...]:
    """A command that lets a program mount disks of its own, where this machine allows that; else nothing."""
    if shutil.which("unshare") is None or shutil.which("mount") is None:
        return ()
    for way in (("unshare", "--mount"), ("unshare", "--mount", "--map-root-user")):
        attempt = [*way, "mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", "/mnt"]
        if subprocess.run(attempt, capture_output=True, check=False, timeout=30).returncode == 0:
            return way
    return ()


def test_a_file_in_the_place_of_a_folder_is_told(fast_folder: Path, fault_plan: StartPlan) -> None:
    with fault_plan("files in the place of folders") as plan:
        for outcome in disturb("blocked", fast_folder):
            plan.tried(**outcome)


def test_a_full_disk_is_told(tmp_path: Path, fault_plan: StartPlan) -> None:
    """Where no disk can be mounted, a limit on the size of files stands for one."""
    with fault_plan("full disks") as plan:
        for outcome in disturb("full", tmp_path, way=own_disk()) if own_disk() else disturb("limited", tmp_path):
            plan.tried(**outcome)


def test_a_disk_that_may_not_be_written_can_be_read(tmp_path: Path, fault_plan: StartPlan) -> None:
    if not own_disk():
        pytest.skip("this machine lets no program mount a disk of its own, and so there is none that may only be read")
    with fault_plan("disks that may only be read") as plan:
        for outcome in disturb("read-only", tmp_path, way=own_disk()):
            plan.tried(**outcome)


@pytest.mark.parametrize(
    "arguments",
    [("models", "fetch", "embedded/all-MiniLM-L6-v2"), ("datasets", "fetch", "scifact")],
    ids=lambda value: value[0],
)
def test_commands_say_it_in_a_line(
    arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    blocked = tmp_path / "cache"
    blocked.write_text("a file")
    monkeypatch.setenv("RERANKLAB_CACHE", str(blocked))
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert f"{blocked} is a file, not a folder. Move it away, or set RERANKLAB_CACHE to another folder." in captured.err
