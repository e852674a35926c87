"""A model hub on this machine: one repository, served as the real hub serves it, or with answers that are wrong."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

COMMIT = "0123456789abcdef0123456789abcdef01234567"
_LARGE = 1000
"""Bytes from which a file is named by its SHA-256, as large files are on the hub; smaller ones by git."""


def blob_name(content: bytes) -> str:
    if len(content) >= _LARGE:
        return hashlib.sha256(content).hexdigest()
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


class HubServer(ThreadingHTTPServer):
    """`pages` answer before the repository does, by path. `paths` are all that were asked for.

    `stalls` are requests, such as "GET /api/", that never end: "silent" ones get no answer, "drip" ones a byte of the file
    now and then. `reached` is set by the first of them. `etag` is what every file is named by, where it is given.
    """

    daemon_threads = True

    def __init__(
        self,
        files: Mapping[str, bytes],
        *,
        pages: Mapping[str, bytes],
        damaged: bool,
        stalls: Mapping[str, str],
        etag: str,
    ) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.files = files
        self.pages = pages
        self.damaged = damaged
        self.stalls = stalls
        self.etag = etag
        self.paths: list[str] = []
        self.reached = threading.Event()
        self.over = threading.Event()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Answer(BaseHTTPRequestHandler):
    server: HubServer

    def do_GET(self) -> None:
        self._answer(body=True)

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def log_message(self, *arguments: object) -> None: ...

    def _answer(self, *, body: bool) -> None:
        path = self.path.partition("?")[0]
        self.server.paths.append(f"{self.command} {path}")
        stall = next((how for start, how in self.server.stalls.items() if f"{self.command} {path}".startswith(start)), "")
        if stall:
            return self._stall(stall)
        for start, page in self.server.pages.items():
            if path.startswith(start):
                return self._send(page, {"Content-Type": "text/html"}, body)
        if path.startswith("/api/") and "/tree/" in path:
            return self._send(json.dumps([self._entry(name) for name in self.server.files]).encode(), {}, body)
        if path.startswith("/api/"):
            siblings = [{"rfilename": name} for name in self.server.files]
            return self._send(json.dumps({"id": "x", "sha": COMMIT, "siblings": siblings}).encode(), {}, body)
        name = path.partition(f"/resolve/{COMMIT}/")[2] or path.partition("/resolve/main/")[2]
        if name not in self.server.files:
            return self._send(b"", {}, body, status=404 if path != "/" else 200)
        content = self.server.files[name]
        headers = {"ETag": f'"{self.server.etag or blob_name(content)}"', "X-Repo-Commit": COMMIT}
        return self._send(bytes(len(content)) if self.server.damaged else content, headers, body)

    def _stall(self, how: str) -> None:
        self.close_connection = True
        if how == "drip":
            self.send_response(200)
            self.send_header("Content-Length", "1000000")
            self.end_headers()
        self.server.reached.set()
        while not self.server.over.wait(0.05):
            if how == "drip":
                try:
                    self.wfile.write(b"{")
                except OSError:
                    return

    def _entry(self, name: str) -> dict[str, object]:
        content = self.server.files[name]
        entry: dict[str, object] = {"type": "file", "path": name, "size": len(content), "oid": blob_name(content)[:40]}
        if len(content) >= _LARGE:
            entry["lfs"] = {"oid": blob_name(content), "size": len(content), "pointerSize": 130}
        return entry

    def _send(self, content: bytes, headers: Mapping[str, str], body: bool, *, status: int = 200) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), "Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if body:
            self.wfile.write(content)


@contextmanager
def serve_hub(
    folder: Path,
    *,
    extra: Mapping[str, bytes] | None = None,
    pages: Mapping[str, bytes] | None = None,
    damaged: bool = False,
    stalls: Mapping[str, str] | None = None,
    etag: str = "",
) -> Iterator[HubServer]:
    """Serve the files of a folder, and `extra` ones; with `damaged` zeros in their place, under the right names."""
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
    server = HubServer({**files, **(extra or {})}, pages=pages or {}, damaged=damaged, stalls=stalls or {}, etag=etag)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        server.shutdown()
        server.server_close()
        thread.join()
