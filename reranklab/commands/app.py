"""`reranklab app`: start the web app from wherever it is installed."""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys

from reranklab.errors import InputError
from reranklab.extras import APP
from reranklab.progress import CancelSignal

NAME = "app"
HELP = "Start the web app."

_FIRST_PORT, _LAST_PORT = 8501, 8599
_PATIENT_THREADS = {"OMP_WAIT_POLICY": "PASSIVE"}
"""torch's threads sleep instead of spinning while they wait for each other. Spinning on a busy machine slows a model down many
times over."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, metavar="N", help=f"default: the first free one from {_FIRST_PORT}")
    parser.add_argument("--address", default="127.0.0.1", metavar="HOST", help="default: 127.0.0.1, this machine only")
    parser.add_argument("--no-browser", action="store_true", help="print the address, open no browser window")


def run(options: argparse.Namespace, cancel: CancelSignal) -> int:
    from reranklab.data.paths import app_dir

    APP.check("The app")
    folder = app_dir()
    port = options.port or _free_port(options.address)
    if options.port and not _is_free(options.address, options.port):
        raise InputError(f"Port {options.port} of {options.address} is taken or not allowed. Choose another with --port.")
    sys.stderr.write(f"RerankLab: http://{options.address}:{port}  (stop with Ctrl-C)\n")
    command = [sys.executable, "-m", "streamlit", "run", str(folder / "app.py")]
    command += [f"--server.address={options.address}", f"--server.port={port}", "--server.showEmailPrompt=false"]
    if options.no_browser or not sys.stdin.isatty():
        command.append("--server.headless=true")
    process = subprocess.Popen(command, cwd=folder, env={**_PATIENT_THREADS, **os.environ})
    while True:
        try:
            return process.wait(timeout=0.5)
        except subprocess.TimeoutExpired:
            if cancel.is_set():
                process.terminate()
                process.wait(timeout=10)
                return 0


def _free_port(address: str) -> int:
    for port in range(_FIRST_PORT, _LAST_PORT + 1):
        if _is_free(address, port):
            return port
    raise InputError(f"No port from {_FIRST_PORT} to {_LAST_PORT} is free on {address}. Choose one with --port.")


def _is_free(address: str, port: int) -> bool:
    try:
        with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((address, port))
    except (OSError, OverflowError):
        return False
    return True
