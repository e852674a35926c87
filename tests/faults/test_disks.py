"""Disks that are full or may not be written, files in the place of folders, and programs that are killed as they write."""

import json
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from reranklab.cli import main
from tests.faults.conftest import StartPlan

ROOT = Path(__file__).parents[2]
SECONDS = 400

pytestmark = [
    pytest.mark.process,
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork processes"),
]


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


def disturb(what: str, folder: Path, *, way: tuple[str, ...] = ()) -> list[dict[str, str]]:
    command = [*way, sys.executable, "-m", "tests.faults.disturbed", what, str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=SECONDS)
    assert done.returncode == 0, done.stderr
    outcomes: list[dict[str, str]] = json.loads(done.stdout)
    return outcomes


@pytest.mark.parametrize(
    ("what", "kind"),
    [("killed", "writers killed"), ("blocked", "files in the place of folders"), ("damaged", "damaged stores")],
    ids=lambda value: value,
)
def test_whatever_happens_the_old_is_there_and_the_next_run_completes(
    fast_folder: Path, fault_plan: StartPlan, what: str, kind: str
) -> None:
    with fault_plan(kind) as plan:
        for outcome in disturb(what, fast_folder):
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
