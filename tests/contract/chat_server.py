"""A chat endpoint on 127.0.0.1 that answers with the passages in reverse, or with the last of them, whatever they say."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_LABEL = re.compile(r"^\[(\d+)\] ", re.MULTILINE)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        prompt = request["messages"][-1]["content"]
        labels = _LABEL.findall(prompt)
        answer = " > ".join(f"[{label}]" for label in reversed(labels))
        if "Reply with its number only" in prompt:
            answer = f"[{labels[-1]}]"
        chance = -1 / len(prompt)
        told = [{"token": "Yes", "logprob": chance}, {"token": "No", "logprob": -3.0}]
        body = json.dumps(
            {
                "id": "1",
                "object": "chat.completion",
                "created": 0,
                "model": request["model"],
                "choices": [
                    {
                        "index": 0,
                        "message": {"role": "assistant", "content": answer},
                        "finish_reason": "stop",
                        "logprobs": {"content": [{"token": "Yes", "logprob": chance, "top_logprobs": told}]}
                        if request.get("logprobs")
                        else None,
                    }
                ],
                "usage": {"prompt_tokens": 20, "completion_tokens": 10, "total_tokens": 30},
            }
        ).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Nothing: the server's own lines are no part of a test's output."""


@contextmanager
def reversing_server() -> Iterator[str]:
    """The base address of the running server."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
