"""The command line in this process: what it prints, and its status."""

import contextlib
import io
import json
import signal
from pathlib import Path
from typing import Any

from reranklab.cli import main


def run_command(*arguments: str | Path) -> tuple[int, str, str]:
    """Exit status, stdout and stderr."""
    before = signal.getsignal(signal.SIGINT)
    out, err = io.StringIO(), io.StringIO()
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = main([str(argument) for argument in arguments])
    finally:
        signal.signal(signal.SIGINT, before)
    return status, out.getvalue(), err.getvalue()


def printed_json(*arguments: str | Path) -> Any:
    """What a command that succeeds prints as JSON."""
    status, out, err = run_command(*arguments, "--format", "json")
    assert status == 0, err
    return json.loads(out)
