"""What a signal does to jobs, and to the process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from reranklab.ui.jobs import Job, stop_jobs

WAIT = 20
PROGRAM = """
import signal, sys, time
from pathlib import Path
from reranklab.ui.ending import end_on_signals
from reranklab.ui.jobs import Job

def work(cancel, emit):
    while not cancel.is_set():
        time.sleep(0.01)
    Path(sys.argv[1]).write_text("told")

signal.signal(signal.SIGHUP, signal.SIG_IGN if sys.argv[2] == "ignored" else signal.SIG_DFL)  # whatever these tests run under
polite, stubborn = Job(work), Job(lambda cancel, emit: time.sleep(3600))
end_on_signals()
print("ready", flush=True)
time.sleep(3600)
"""


def test_every_job_is_told_and_none_is_waited_for_without_end():
    go_on = threading.Event()
    polite = Job(lambda cancel, emit: [go_on.wait(0.01) for _ in iter(cancel.is_set, True)])
    stubborn = Job(lambda cancel, emit: go_on.wait(WAIT))
    try:
        assert stop_jobs(0.3) is False
        assert polite.wait(WAIT) and not polite.running
        assert stubborn.cancelling
    finally:
        go_on.set()
    assert stubborn.wait(WAIT)
    assert stop_jobs(WAIT) is True


@pytest.mark.process
@pytest.mark.skipif(os.name == "nt", reason="these signals are of the other systems")
@pytest.mark.parametrize(("name", "before"), [("SIGHUP", "usual"), ("SIGTERM", "ignored")])
def test_a_signal_tells_the_jobs_and_ends_the_process_with_status_0(name: str, before: str, tmp_path: Path):
    told = tmp_path / "told"
    command = [sys.executable, "-c", PROGRAM, str(told), before]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None and process.stdout.readline() == "ready\n"
            if before == "ignored":
                process.send_signal(signal.SIGHUP)
                with pytest.raises(subprocess.TimeoutExpired):
                    process.wait(timeout=0.5)
            process.send_signal(getattr(signal, name))
            assert process.wait(timeout=WAIT) == 0
        finally:
            process.kill()
    assert told.read_text(encoding="utf-8") == "told"
