"""A real server of the app in a process of its own, and requests to it as bytes, with whatever Host and Origin."""

from __future__ import annotations

import base64
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
START_SECONDS = 120.0
COMMAND = (sys.executable, "-m", "reranklab.cli", "app")


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A server that answers, where, and what it prints."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def ask(self, path: str, *lines: str, method: str = "GET", body: bytes = b"") -> tuple[int, str]:
        """Status and everything else of the answer to a request with these header lines."""
        sent = [f"{method} {path} HTTP/1.1", *lines, "Connection: close", f"Content-Length: {len(body)}"]
        return self._send(sent, body)

    def shake_hands(self, *lines: str) -> tuple[int, str]:
        """The same for a WebSocket to a session; 101 is a welcome."""
        key = base64.b64encode(os.urandom(16)).decode()
        upgrade = ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {key}"]
        return self._send(["GET /_stcore/stream HTTP/1.1", *lines, *upgrade], b"")

    def _send(self, lines: Sequence[str], body: bytes) -> tuple[int, str]:
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as connection:
            connection.sendall("\r\n".join([*lines, "", ""]).encode() + body)
            answer = b""
            while not answer.startswith(b"HTTP/1.1 101") and (piece := connection.recv(65536)):
                answer += piece
        head, _, rest = answer.decode("utf-8", errors="replace").partition("\r\n")
        return int(head.split()[1]), rest

    def end(self, number: int, *, seconds: float = 5.0) -> int | None:
        """Exit status after a signal, None where the process lives on for that long."""
        self.process.send_signal(number)
        try:
            return self.process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            return None

    @property
    def answers(self) -> bool:
        """Whether anything listens on the port."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return True
        except OSError:
            return False


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@contextmanager
def serve(
    folder: Path, *arguments: str, command: Sequence[str] = COMMAND, environment: Mapping[str, str] | None = None
) -> Iterator[Served]:
    """`command` with a free port and `arguments`, once it answers. What it prints is in `folder`/log. Ended in any case."""
    port = free_port()
    everything = {**os.environ, "RERANKLAB_DATA": str(folder / "data"), **(environment or {})}
    flags = [text.replace("PORT", str(port)) for text in arguments]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*command, *flags], cwd=ROOT, env=everything, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
        )
    served = Served(process=process, port=port, log=folder / "log")
    try:
        _wait(served)
        yield served
    finally:
        process.kill()
        process.wait(timeout=30)


def _wait(served: Served) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and served.process.poll() is None:
        try:
            if served.ask("/_stcore/health", f"Host: {served.host}")[0] == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"The server did not start:\n{served.log.read_text(errors='replace')[-2000:]}")


def xsrf(answer: str) -> str:
    """The token that an answer sets."""
    found = re.search(r"set-cookie: _streamlit_xsrf=([^;]+);", answer, re.IGNORECASE)
    assert found, answer[:1000]
    return found[1]
