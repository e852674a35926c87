"""Whom the server answers, and how it ends."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from tests.faults.conftest import StartPlan
from tests.faults.served import ROOT, Served, serve, xsrf

pytestmark = pytest.mark.process

WAIT = 60.0
END = 10.0
STREAMLIT = (sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"))
NAMES = ("--allow-host", "rerank.example.org", "--allow-host", "proxy.example.org:8443")
OTHERS = (
    "evil.example",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "0.0.0.0",
    "127.0.0.2",
    "localhost.",
    "evil@127.0.0.1",
)
PATHS = ("/", "/Explain", "/_stcore/health", "/_stcore/host-config", "/media/a.txt", "/component/a/b", "/nowhere/at/all")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve(tmp_path_factory.mktemp("server"), "--address", "0.0.0.0", "--port", "PORT", "--no-browser", *NAMES) as served:
        yield served


@contextmanager
def session(served: Served, query: str = "") -> Iterator[str]:
    """The id of a session whose browser window is connected, as far as the server knows."""
    origin, protocols = f"http://{served.host}", [Subprotocol("streamlit")]
    with connect(f"ws://{served.host}/_stcore/stream", origin=Origin(origin), subprotocols=protocols, max_size=None) as window:
        ask = BackMsg()
        ask.rerun_script.query_string = query
        window.send(ask.SerializeToString())
        answer = ForwardMsg()
        message = window.recv(timeout=WAIT)
        assert isinstance(message, bytes)
        answer.ParseFromString(message)
        yield answer.new_session.initialize.session_id


def test_its_own_names_get_an_answer(served: Served):
    port = served.port
    for host in (f"127.0.0.1:{port}", f"localhost:{port}", f"LOCALHOST:{port}", f"[::1]:{port}", "rerank.example.org"):
        assert served.ask("/", f"Host: {host}", f"Origin: http://{host}")[0] == 200
        assert served.shake_hands(f"Host: {host}", f"Origin: http://{host}")[0] == 101
    behind_tls = ("Host: proxy.example.org:8443", "Origin: https://proxy.example.org:8443")
    assert served.shake_hands(*behind_tls)[0] == 101
    assert served.shake_hands(f"Host: {served.host}")[0] == 101  # a program, which has no origin


def test_requests_of_other_hosts_are_refused(served: Served, fault_plan: StartPlan):
    here, port = served.host, served.port
    wrong = [(f"Host: {name}{end}",) for name in OTHERS for end in ("", f":{port}")]
    wrong += [("Host: localhost",), ("Host: localhost:1",), ("Host: proxy.example.org",), ("Host: proxy.example.org:1",)]
    wrong += [(), ("Host:",), (f"Host: {here}", "Host: evil.example"), (f"Host: {here}/x",), ("Host: \xe9",)]
    wrong += [(f"Host: {host}", f"Origin: http://{host}") for host in ("evil.example", f"evil.example:{port}")]
    for origin in (
        "http://evil.example",
        f"http://evil.example:{port}",
        "null",
        "http://127.0.0.1:3000",
        f"file://{here}",
        here,
    ):
        wrong.append((f"Host: {here}", f"Origin: {origin}"))
    wrong.append((f"Host: {here}", f"Origin: http://{here}", "Origin: http://evil.example"))
    wrong += [(*lines, f"X-Forwarded-Host: {here}", f"Forwarded: host={here}") for lines in wrong[:2]]
    with fault_plan("requests of other hosts and origins") as plan:
        for lines in wrong:
            for path in PATHS:
                status, _ = served.ask(path, *lines)
                plan.tried(f"{path} {lines}", failed="" if status in (400, 403) else f"status {status}")
            status, _ = served.shake_hands(*lines)
            plan.tried(f"WebSocket {lines}", failed="" if status in (400, 403) else f"status {status}")


def test_an_upload_needs_the_right_host_beside_the_right_token(served: Served, fault_plan: StartPlan):
    token = xsrf(served.ask("/_stcore/health", f"Host: {served.host}")[1])
    form = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nhello\r\n--x--\r\n'
    proof = ("Content-Type: multipart/form-data; boundary=x", f"Cookie: _streamlit_xsrf={token}", f"X-Xsrftoken: {token}")
    origin = f"Origin: http://{served.host}"
    with session(served) as known, fault_plan("uploads of other hosts and origins") as plan:
        path = f"/_stcore/upload_file/{known}/1"
        assert served.ask(path, f"Host: {served.host}", origin, *proof, method="PUT", body=form)[0] == 204
        assert served.ask(path, f"Host: {served.host}", origin, *proof[:2], method="PUT", body=form)[0] == 403
        for lines in (
            (f"Host: evil.example:{served.port}", f"Origin: http://evil.example:{served.port}"),
            (f"Host: {served.host}", "Origin: http://evil.example"),
            ("Host: evil.example", origin),
        ):
            for method in ("PUT", "DELETE", "OPTIONS"):
                status, _ = served.ask(path, *lines, *proof, method=method, body=form)
                plan.tried(f"{method} {lines}", failed="" if status == 403 else f"status {status}")


def test_it_tells_its_address_and_asks_no_other_server_for_it(served: Served):
    printed = set(served.log.read_text(encoding="utf-8").splitlines()) - {"Invalid HTTP request received."}
    assert printed == {f"RerankLab: http://0.0.0.0:{served.port}  (stop with Ctrl-C)"}


def test_no_other_site_may_steer_the_app_from_a_frame(served: Served):
    assert '"allowedOrigins":[]' in served.ask("/_stcore/host-config", f"Host: {served.host}")[1]


def test_nothing_is_left_when_it_is_killed(served: Served):
    assert served.end(signal.SIGKILL, seconds=END) == -signal.SIGKILL
    assert not served.answers


def test_streamlit_run_has_the_same_guard_and_the_same_end(tmp_path: Path):
    with serve(tmp_path, "--server.port=PORT", "--server.headless=true", command=STREAMLIT) as served:
        assert served.shake_hands(f"Host: {served.host}", f"Origin: http://{served.host}")[0] == 101
        for lines in (("Host: evil.example", "Origin: http://evil.example"), (f"Host: {served.host}", "Origin: http://evil")):
            assert served.ask("/", *lines)[0] == served.shake_hands(*lines)[0] == 403
        assert served.end(signal.SIGINT, seconds=END) == 0
        assert not served.answers


def test_it_ends_amid_work_and_tells_the_jobs(tmp_path: Path):
    command = (sys.executable, "-m", "tests.faults.busy_server", str(tmp_path), "app")
    with serve(tmp_path, "--port", "PORT", "--no-browser", command=command) as served, endless_work(served, tmp_path):
        assert served.end(signal.SIGTERM, seconds=END) == 0
        assert not served.answers
    assert (tmp_path / "told").read_text(encoding="utf-8") == "stop"
    assert "It will take an hour." in (tmp_path / "log").read_text(encoding="utf-8")  # stderr is a server's log


@contextmanager
def endless_work(served: Served, folder: Path) -> Iterator[None]:
    """A window whose ranking never ends, beside a request whose body never comes."""
    query = "source=sample&collection=negation&ranker=endless&run=1"
    with session(served, query), socket.create_connection(("127.0.0.1", served.port)) as slow:
        slow.sendall(f"PUT /_stcore/upload_file/a/b HTTP/1.1\r\nHost: {served.host}\r\nContent-Length: 9\r\n\r\n".encode())
        deadline = time.monotonic() + WAIT
        while not (folder / "ranking").exists():
            assert time.monotonic() < deadline, "the ranking did not begin"
            time.sleep(0.05)
        yield


@pytest.mark.skipif(os.name == "nt", reason="make is for the other systems")
def test_ending_make_run_ends_the_server(tmp_path: Path):
    (tmp_path / "reranklab").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m reranklab.cli "$@"\n', encoding="utf-8")
    (tmp_path / "reranklab").chmod(0o755)
    command = ["make", "-o", "setup", "run", f"BIN={tmp_path}"]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as make:
        assert make.stdout is not None
        told = next(line for line in make.stdout if line.startswith("RerankLab: "))
        found = re.search(r":(\d+) ", told)
        assert found, told
        served = Served(process=make, port=int(found[1]), log=tmp_path)  # type: ignore[arg-type]
        make.terminate()
        rest = make.stdout.read()  # to its end: the server writes there too
        assert make.wait(timeout=END) != 0, rest
    assert not served.answers
