"""A file server on 127.0.0.1 whose manners a test chooses."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Files:
    """`files` by path. `break_after` ends the next answer after so many bytes, though more were announced."""

    files: dict[str, bytes]
    ranges: bool = True
    etag: str = '"v1"'
    modified: str = ""
    status: int = 200
    announce_length: bool = True
    break_after: int | None = None
    requests: list[dict[str, str]] = field(default_factory=list)
    url: str = ""


@contextmanager
def serve(files: Files) -> Iterator[Files]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            files.requests.append({"path": self.path, **{name.lower(): value for name, value in self.headers.items()}})
            self.close_connection = True
            body = files.files.get(self.path)
            status = files.status if body is not None else 404
            if status != 200 or body is None:
                self.send_error(status)
                return
            start = self._start(body)
            if start is not None and start >= len(body):
                self.send_response(416)
                self.send_header("Content-Range", f"bytes */{len(body)}")
                self.end_headers()
                return
            self.send_response(200 if start is None else 206)
            if start is not None:
                self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
            for name, value in (("ETag", files.etag), ("Last-Modified", files.modified)):
                if value:
                    self.send_header(name, value)
            rest = body[start or 0 :]
            if files.announce_length:
                self.send_header("Content-Length", str(len(rest)))
            self.end_headers()
            if files.break_after is not None:
                rest, files.break_after = rest[: files.break_after], None
            self.wfile.write(rest)

        def _start(self, body: bytes) -> int | None:
            wanted = self.headers.get("Range", "")
            same = self.headers.get("If-Range") in (files.etag, files.modified)
            return int(wanted.removeprefix("bytes=").removesuffix("-")) if files.ranges and wanted and same else None

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    files.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield files
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
