"""`reranklab app`: start the web app from wherever it is installed."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys

from reranklab.types import CancelSignal

NAME = "app"
HELP = "Start the web app."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=8501, metavar="N", help="default: 8501")
    parser.add_argument("--address", default="127.0.0.1", metavar="HOST", help="default: 127.0.0.1, this machine only")
    parser.add_argument("--no-browser", action="store_true", help="print the address, open no browser window")


def run(options: argparse.Namespace, cancel: CancelSignal) -> int:
    from reranklab.data.paths import app_dir

    folder = app_dir()
    sys.stderr.write(f"RerankLab starts on http://{options.address}:{options.port}\n")
    command = [sys.executable, "-m", "streamlit", "run", str(folder / "app.py")]
    command += [f"--server.address={options.address}", f"--server.port={options.port}"]
    if options.no_browser or not sys.stdin.isatty():
        command.append("--server.headless=true")
    process = subprocess.Popen(command, cwd=folder, env={**os.environ})
    while True:
        try:
            return process.wait(timeout=0.5)
        except subprocess.TimeoutExpired:
            if cancel.is_set():
                process.terminate()
                process.wait(timeout=10)
                return 0
