"""`reranklab app`: start the web app from wherever it is installed."""

from __future__ import annotations

import argparse
import os
import runpy
import signal
import socket
import sys

from reranklab.commands.log import log_to_stderr
from reranklab.errors import InputError
from reranklab.extras import APP
from reranklab.hosts import LOOPBACK, allowed_host
from reranklab.operator import ALLOW_HOST, operator_settings
from reranklab.progress import CancelSignal

NAME = "app"
HELP = "Start the web app."

_FIRST_PORT, _LAST_PORT = 8501, 8599
_EVERYWHERE = ("0.0.0.0", "[::]")
_PATIENT_THREADS = ("OMP_WAIT_POLICY", "PASSIVE")
"""torch's threads sleep instead of spinning while they wait for each other. Spinning on a busy machine slows a model down many
times over. Read once, when torch loads."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, metavar="N", help=f"default: the first free one from {_FIRST_PORT}")
    parser.add_argument("--address", default="127.0.0.1", metavar="HOST", help="default: 127.0.0.1, this machine only")
    parser.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help=f"a name, or NAME:PORT, that browsers may use besides {', '.join(LOOPBACK)}; may be repeated",
    )
    parser.add_argument("--no-browser", action="store_true", help="print the address, open no browser window")


def run(options: argparse.Namespace, cancel: CancelSignal) -> int:
    """Become the server. There is no second process that could outlive this one."""
    from reranklab.data.paths import app_dir

    APP.check("The app")
    port = options.port or _free_port(options.address)
    if options.port and not _is_free(options.address, options.port):
        raise InputError(f"Port {options.port} of {options.address} is taken or not allowed. Choose another with --port.")
    _allow_hosts(options)
    sys.stderr.write(f"RerankLab: http://{options.address}:{port}  (stop with Ctrl-C)\n")
    os.environ.setdefault(*_PATIENT_THREADS)
    sys.argv = ["streamlit", "run", str(app_dir() / "app.py"), f"--server.address={options.address}", f"--server.port={port}"]
    sys.argv += [
        "--server.showEmailPrompt=false",
        "--logger.hideWelcomeMessage=true",
    ]  # it would ask a server for our address
    if options.no_browser or not sys.stdin.isatty():
        sys.argv.append("--server.headless=true")
    log_to_stderr()
    for number in (signal.SIGTERM, signal.SIGINT):  # until the server has its own way to end
        signal.signal(number, lambda *_: os._exit(0))
    try:
        runpy.run_module("streamlit", run_name="__main__", alter_sys=True)
    except SystemExit as end:  # it could not start, and has said why
        return end.code if isinstance(end.code, int) else 2
    return 0


def _allow_hosts(options: argparse.Namespace) -> None:
    """Put the hosts of the command where the server looks for them. Raises InputError where any or the settings are no good."""
    address = f"[{options.address}]" if ":" in options.address else options.address
    named = [*options.allow_host, *([] if address in (*_EVERYWHERE, *LOOPBACK) else [address])]
    for name in named:
        allowed_host(name)
    os.environ[ALLOW_HOST] = " ".join([os.environ.get(ALLOW_HOST, ""), *named])
    settings = operator_settings()
    if address in _EVERYWHERE and not settings.hosts:
        sys.stderr.write("reranklab: Browsers elsewhere need a name of this machine that you allow: --allow-host NAME.\n")


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
