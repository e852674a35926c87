"""A fresh server of a Streamlit script, its processor time, and ratios of what was measured on two of them."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, sync_playwright

from reranklab.evaluate.confidence import bootstrap_mean

ROOT = Path(__file__).resolve().parents[1]
_START_SECONDS = 120
_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """`started` is the seconds from the start of the process until the server answered."""

    address: str
    pid: int
    started: float

    def processor_seconds(self) -> float:
        """What the process has computed so far, all threads together."""
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICK

    def rest(self) -> None:
        """Wait for a second in which the process computes next to nothing."""
        deadline, before = time.monotonic() + _START_SECONDS, self.processor_seconds()
        while time.monotonic() < deadline:
            time.sleep(1.0)
            now = self.processor_seconds()
            if now - before < 0.05:
                return
            before = now
        sys.exit("The server does not come to rest.")


@contextmanager
def serve(script: str | Path, *, command: Sequence[str] = ("-m", "streamlit")) -> Iterator[Served]:
    """A process of its own, with data of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder, (Path(folder) / "log").open("w+b") as log:
        begun = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, *command, "run", str(script), "--server.port", str(port), "--server.headless", "true"],
            cwd=ROOT,
            env={**os.environ, "RERANKLAB_DATA": folder, "PYTHONPATH": str(ROOT)},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            address = f"http://127.0.0.1:{port}"
            while not _answers(f"{address}/_stcore/health"):
                if process.poll() is not None or time.perf_counter() - begun > _START_SECONDS:
                    log.seek(0)
                    sys.exit(f"The server did not start:\n{log.read().decode(errors='replace')[-2000:]}")
                time.sleep(0.02)
            yield Served(address=address, pid=process.pid, started=time.perf_counter() - begun)
        finally:
            process.terminate()
            process.wait(timeout=30)


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2):
            return True
    except (urllib.error.URLError, OSError):
        return False


@contextmanager
def chromium() -> Iterator[Browser]:
    """From RERANKLAB_CHROMIUM or the search path."""
    path = os.environ.get("RERANKLAB_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        sys.exit("There is no chromium here. Install it, or set RERANKLAB_CHROMIUM to its path.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


def ratio(above: Sequence[float], below: Sequence[float]) -> str:
    """The geometric mean of the ratios of pairs, with the 95 % interval of a bootstrap over the pairs."""
    logs = np.log(np.asarray(above) / np.asarray(below))
    found = bootstrap_mean(list(logs), resamples=10_000)
    value, low, high = np.exp([found.mean, found.low, found.high])
    return f"{value:.2f} [{low:.2f}, {high:.2f}]"
