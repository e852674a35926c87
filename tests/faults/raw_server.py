"""A server on 127.0.0.1 that answers with whatever bytes a fault wants, and keeps all that it was sent."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress

Answer = Callable[["Wire"], object]


class Wire:
    """One request's connection, for the answer to write to. `number` counts the server's requests from 1."""

    def __init__(self, connection: socket.socket, server: RawServer, number: int) -> None:
        self.connection = connection
        self.server = server
        self.number = number
        self.keep = False

    def send(self, *parts: bytes) -> None:
        for part in parts:
            self.connection.sendall(part)

    def head(self, status: str = "200 OK", **headers: str) -> None:
        """The head of a response, without a length unless one is given: the connection's end ends it."""
        given = {"Connection": "close"} | {name.replace("_", "-"): value for name, value in headers.items()}
        self.send(f"HTTP/1.1 {status}\r\n".encode(), *(f"{n}: {v}\r\n".encode("latin-1") for n, v in given.items()), b"\r\n")

    def whole(self, body: bytes, status: str = "200 OK", *, kind: str = "application/json", **headers: str) -> None:
        self.head(status, Content_Type=kind, Content_Length=str(len(body)), **headers)
        self.send(body)

    def stream(self) -> None:
        self.head(Content_Type="text/event-stream")

    def endless(self, block: bytes, *, pause: float = 0.0) -> None:
        """Until the client goes away, or the test is over."""
        while not self.server.over.is_set():
            self.send(block)
            time.sleep(pause)

    def hold(self) -> None:
        """Say nothing until the client goes away or the test is over."""
        self.connection.settimeout(0.05)
        while not self.server.over.is_set():
            with suppress(TimeoutError):
                if not self.connection.recv(1):
                    return

    def reset(self) -> None:
        """End the connection with a reset instead of an orderly end."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


class RawServer:
    """`received` holds the bytes of every request, or of a connection that sent no request."""

    def __init__(self) -> None:
        self.answer: Answer = lambda wire: None
        self.received: list[bytes] = []
        self.over = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.05)
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    @property
    def origin(self) -> str:
        return f"127.0.0.1:{self._listener.getsockname()[1]}"

    @property
    def url(self) -> str:
        return f"http://{self.origin}/v1"

    def close(self) -> None:
        self.over.set()
        for thread in self._threads:
            thread.join(10)
        self._listener.close()

    def _accept(self) -> None:
        while not self.over.is_set():
            with suppress(TimeoutError):
                connection, _ = self._listener.accept()
                thread = threading.Thread(target=self._serve, args=(connection,))
                thread.start()
                self._threads = [each for each in self._threads if each.is_alive()] + [thread]

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):  # the client may leave at any time
            keep = True
            while keep and (request := _read_request(connection)):
                self.received.append(request)
                wire = Wire(connection, self, len(self.received))
                self.answer(wire)
                keep = wire.keep


def _read_request(connection: socket.socket) -> bytes:
    connection.settimeout(10)
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return data
        data += piece
        if data[:1] == b"\x16":  # TLS
            return data
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    while lengths and len(body) < int(lengths[0]):
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


@contextmanager
def serve_raw() -> Iterator[RawServer]:
    server = RawServer()
    try:
        yield server
    finally:
        server.close()


def chunked(parts: Iterable[bytes]) -> Iterator[bytes]:
    """The parts in chunked transfer coding, without the last chunk."""
    for part in parts:
        yield f"{len(part):x}\r\n".encode() + part + b"\r\n"


def event(data: object) -> bytes:
    text = data if isinstance(data, str) else json.dumps(data)
    return f"data: {text}\n\n".encode()


def piece(content: object, **more: object) -> bytes:
    return event(
        {"id": "1", "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": content}}], **more}
    )


def message(content: object, **more: object) -> bytes:
    return json.dumps({"choices": [{"index": 0, "message": {"role": "assistant", "content": content}}], **more}).encode()
