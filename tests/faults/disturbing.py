"""How the plans start `disturbed`, the program in which writers come to harm."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SECONDS = 400
NEEDS_FORK = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork processes")


def disturb(what: str, folder: Path, *, way: tuple[str, ...] = ()) -> list[dict[str, str]]:
    command = [*way, sys.executable, "-m", "tests.faults.disturbed", what, str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=SECONDS)
    assert done.returncode == 0, done.stderr
    outcomes: list[dict[str, str]] = json.loads(done.stdout)
    return outcomes
