"""A chat-completions server on 127.0.0.1 that answers as a test tells it to, and keeps what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[["Call"], None]


class Call(BaseHTTPRequestHandler):
    """One request. An `Answer` uses the methods below to reply to it."""

    server: ChatServer
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.body: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.calls.append(self)
        self.server.asked.set()
        self.server.answer(self)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Silent: the tests read what is logged."""

    def send(self, status: int, content: bytes, *, kind: str = "application/json") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def send_json(self, status: int, data: object) -> None:
        self.send(status, json.dumps(data).encode())

    def start_stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True

    def send_event(self, data: object) -> None:
        text = data if isinstance(data, str) else json.dumps(data)
        self.wfile.write(f"data: {text}\n\n".encode())

    def send_piece(self, content: str | None, *, finish: str | None = None) -> None:
        choice = {"index": 0, "delta": {"content": content}, "finish_reason": finish}
        self.send_event({"id": "1", "object": "chat.completion.chunk", "choices": [choice]})

    def wait_until_left(self) -> None:
        """Return once the client has closed the connection."""
        if self.connection.recv(1) == b"":
            self.server.left.set()
        self.close_connection = True


class ChatServer(ThreadingHTTPServer):
    """`calls` holds the requests so far; `asked` is set by the first, `left` when a client goes away unanswered."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(("127.0.0.1", 0), Call)
        self.answer = answer
        self.calls: list[Call] = []
        self.asked = threading.Event()
        self.left = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


@contextmanager
def serve(answer: Answer) -> Iterator[ChatServer]:
    with ChatServer(answer) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def streamed(*pieces: str, tokens: int | None = None, finish: str = "stop") -> Answer:
    """A streamed reply, with its token count where the request asked for it."""

    def answer(call: Call) -> None:
        call.start_stream()
        for piece in pieces:
            call.send_piece(piece)
        call.send_piece(None, finish=finish)
        if tokens is not None and call.body.get("stream_options", {}).get("include_usage"):
            usage = {"prompt_tokens": tokens - 1, "completion_tokens": 1, "total_tokens": tokens}
            call.send_event({"id": "1", "object": "chat.completion.chunk", "choices": [], "usage": usage})
        call.send_event("[DONE]")

    return answer


def whole(content: str | None, *, tokens: int | None = None, finish: str = "stop") -> Answer:
    """A reply in one piece, from a server that does not stream."""

    def answer(call: Call) -> None:
        message = {"role": "assistant", "content": content}
        data: dict[str, Any] = {"choices": [{"index": 0, "message": message, "finish_reason": finish}]}
        if tokens is not None:
            data["usage"] = {"total_tokens": tokens}
        call.send_json(200, data)

    return answer


def refused(status: int, message: str) -> Answer:
    return lambda call: call.send_json(status, {"error": {"message": message, "type": "error", "code": None}})
