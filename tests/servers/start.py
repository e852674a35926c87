"""Real rerank servers, which nobody here wrote, for the tests of this folder: python -m tests.servers.start ENVIRONMENT.

infinity comes from ENVIRONMENT, a virtual environment with requirements.txt, and serves the embedded cross-encoder's folder.
llama.cpp's llama-server is started where it is on the path (or LLAMA_SERVER names it) and LLAMA_RERANKER names a GGUF file of a
reranker. The tests find the servers by variables of the environment.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO
from urllib.error import URLError
from urllib.request import urlopen

from reranklab.models.store import fetch_embedded
from tests.servers.found import INFINITY, LLAMACPP, MODEL

FOLDER = Path(__file__).parent
_PATIENCE = 300
"""Seconds until a server answers. infinity takes one minute on a small machine."""


def main(environment: Path) -> int:
    """The exit status of the tests. What cannot be started is said."""
    with ExitStack() as stack:
        found = {INFINITY: stack.enter_context(infinity(environment))}
        llama, model = os.environ.get("LLAMA_SERVER") or shutil.which("llama-server"), os.environ.get("LLAMA_RERANKER")
        if llama and model:
            found[LLAMACPP] = stack.enter_context(llamacpp(llama, model))
        elif llama:
            print("llama.cpp is not tested: LLAMA_RERANKER names no GGUF file of a reranker.")
        else:
            print("llama.cpp is not tested: there is no llama-server on the path, and LLAMA_SERVER names none.")
        command = [sys.executable, "-m", "pytest", "-q", "-rs", str(FOLDER)]
        return subprocess.run(command, env=os.environ | found, check=False).returncode


@contextmanager
def infinity(environment: Path) -> Iterator[str]:
    folder = next(stored.folder for stored in fetch_embedded() if stored.entry.id == MODEL)
    port = free_port()
    command = [
        environment / "bin" / "infinity_emb", "v2", "--model-id", folder, "--served-model-name", "minilm", "--device", "cpu",
        "--engine", "torch", "--port", port, "--host", "127.0.0.1", "--no-bettertransformer",
    ]  # fmt: skip
    with running("infinity", command, port=port, environment={"HF_HUB_OFFLINE": "1", "DO_NOT_TRACK": "1"}) as url:
        yield url


@contextmanager
def llamacpp(binary: str, model: str) -> Iterator[str]:
    port = free_port()
    with running("llama.cpp", [binary, "--rerank", "-m", model, "--port", port, "--host", "127.0.0.1"], port=port) as url:
        yield url


@contextmanager
def running(name: str, command: list[object], *, port: int, environment: dict[str, str] | None = None) -> Iterator[str]:
    """The address of a server that answers /health. Ends the program with the end of its log where it does not."""
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(
            [str(part) for part in command],
            stdout=log,
            stderr=log,
            env=os.environ | (environment or {}),
            stdin=subprocess.DEVNULL,
        )
        try:
            print(f"Starting {name} …", flush=True)
            wait_for(f"{url}/health", name, process, log)
            yield url
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_for(url: str, name: str, process: subprocess.Popen[bytes], log: IO[str]) -> None:
    latest = time.monotonic() + _PATIENCE
    while time.monotonic() < latest and process.poll() is None:
        try:
            with urlopen(url, timeout=5) as answer:
                if answer.status == 200:
                    return
        except (URLError, OSError):
            time.sleep(0.5)
    log.seek(0)
    sys.exit(f"{name} does not answer. The end of its log:\n{log.read()[-3000:]}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
