"""A server on 127.0.0.1 that speaks one rerank service's protocol as its documentation has it, written without a look at how
RerankLab asks. A score depends on the query and the document alone."""

from __future__ import annotations

import json
import math
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = "sk-canary-0815"
Fields = dict[str, Any]


class RefusedError(Exception):
    def __init__(self, status: int, body: object) -> None:
        super().__init__(status)
        self.status, self.body = status, body


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def logit(query: str, text: str) -> float:
    """Of how many of the query's words the text has, and how short it is."""
    found = set(words(query)) & set(words(text))
    return 3.0 * len(found) - 4.0 - 0.01 * len(words(text))


def sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-value))


def by_score(scores: list[float], field: str = "relevance_score", **more: object) -> list[Fields]:
    order = sorted(range(len(scores)), key=lambda index: -scores[index])
    return [{"index": index, field: scores[index], **more} for index in order]


def known(fields: Fields, *names: str) -> None:
    """Refuse what the documentation does not name."""
    if unknown := set(fields) - set(names):
        raise RefusedError(422, {"message": f"unknown fields: {sorted(unknown)}"})


def cohere(fields: Fields, headers: Fields) -> object:
    known(fields, "model", "query", "documents", "top_n", "max_tokens_per_doc", "priority")
    scores = [sigmoid(logit(fields["query"], text)) for text in fields["documents"]]
    units = math.ceil(len(scores) / 100)
    return {
        "id": "c-1",
        "results": by_score(scores),
        "meta": {"api_version": {"version": "2"}, "billed_units": {"search_units": units}},
    }


def voyage(fields: Fields, headers: Fields) -> object:
    known(fields, "model", "query", "documents", "top_k", "return_documents", "truncation")
    scores = [sigmoid(logit(fields["query"], text)) for text in fields["documents"]]
    if not fields.get("truncation", True) and any(len(words(text)) > 32_000 for text in fields["documents"]):
        raise RefusedError(400, {"detail": "a document is longer than 32000 tokens"})
    tokens = sum(len(words(text)) for text in fields["documents"])
    return {"object": "list", "data": by_score(scores), "model": fields["model"], "usage": {"total_tokens": tokens}}


def jina(fields: Fields, headers: Fields) -> object:
    known(fields, "model", "query", "documents", "top_n", "return_documents", "truncation")
    scores = [sigmoid(logit(fields["query"], text)) for text in fields["documents"]]
    return {"model": fields["model"], "object": "list", "usage": {"total_tokens": 77}, "results": by_score(scores)}


def zeroentropy(fields: Fields, headers: Fields) -> object:
    known(fields, "model", "query", "documents", "top_n", "latency")
    if fields.get("latency") != "fast":
        raise RefusedError(429, {"detail": "throttled"})
    return {"results": by_score([sigmoid(logit(fields["query"], text)) for text in fields["documents"]])}


def tei(fields: Fields, headers: Fields) -> object:
    known(fields, "query", "texts", "truncate", "truncation_direction", "raw_scores", "return_text")
    texts = fields["texts"]
    if len(texts) > 32:
        raise RefusedError(
            422, {"error": f"batch size {len(texts)} > maximum allowed batch size 32", "error_type": "Validation"}
        )
    raw = [logit(fields["query"], text) for text in texts]
    scores = raw if fields.get("raw_scores") else [sigmoid(value) for value in raw]
    time.sleep(0.003)  # a reply that came sooner than it says is not believed
    headers |= {"x-total-time": "2", "x-queue-time": "1", "x-tokenization-time": "0", "x-inference-time": "1"}
    order = sorted(range(len(scores)), key=lambda index: (-scores[index], -index))  # ties in reverse order
    return [{"index": index, "score": scores[index]} for index in order]


def vllm(fields: Fields, headers: Fields) -> object:
    known(fields, "model", "query", "documents", "top_n", "truncate_prompt_tokens")
    if any(len(words(text)) > 8000 for text in fields["documents"]):
        raise RefusedError(400, {"error": {"message": "maximum context length is 8192 tokens", "type": "BadRequestError"}})
    scores = [sigmoid(logit(fields["query"], text)) for text in fields["documents"]]
    results = [each | {"document": {"text": fields["documents"][each["index"]]}} for each in by_score(scores)]
    return {"id": "rerank-1", "model": fields.get("model", "m"), "usage": {"total_tokens": 55}, "results": results}


def infinity(fields: Fields, headers: Fields) -> object:
    known(fields, "model", "query", "documents", "top_n", "return_documents", "raw_scores")
    raw = [logit(fields["query"], text) for text in fields["documents"]]
    scores = raw if fields.get("raw_scores") else [sigmoid(value) for value in raw]
    usage = sum(len(fields["query"]) + len(text) for text in fields["documents"])
    return {
        "object": "rerank",
        "results": by_score(scores, document=None),
        "model": "minilm",
        "usage": {"prompt_tokens": usage, "total_tokens": usage},
    }


def llamacpp(fields: Fields, headers: Fields) -> object:
    known(fields, "model", "query", "documents", "top_n")
    results = by_score([logit(fields["query"], text) for text in fields["documents"]])
    return {"model": "m", "object": "list", "usage": {"prompt_tokens": 9, "total_tokens": 9}, "results": results}


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    path: str
    answer: Callable[[Fields, Fields], object]
    texts: str = "documents"
    asks_key: bool = False


SERVICES = {
    "cohere": Spoken(path="/v2/rerank", answer=cohere, asks_key=True),
    "voyage": Spoken(path="/v1/rerank", answer=voyage, asks_key=True),
    "jina": Spoken(path="/v1/rerank", answer=jina, asks_key=True),
    "zeroentropy": Spoken(path="/v1/models/rerank", answer=zeroentropy, asks_key=True),
    "tei": Spoken(path="/rerank", answer=tei, texts="texts"),
    "vllm": Spoken(path="/v1/rerank", answer=vllm),
    "infinity": Spoken(path="/rerank", answer=infinity),
    "llamacpp": Spoken(path="/v1/rerank", answer=llamacpp),
}


class _Handler(BaseHTTPRequestHandler):
    server: RerankServer
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        spoken = SERVICES[self.server.service]
        fields = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        headers: Fields = {}
        try:
            if self.path != spoken.path:
                raise RefusedError(404, {"detail": "Not Found"})
            if spoken.asks_key and self.headers["Authorization"] != f"Bearer {KEY}":
                raise RefusedError(401, {"message": "invalid api token"})
            if not fields.get(spoken.texts):
                raise RefusedError(400, {"error": "`inputs` cannot be empty", "error_type": "Empty"})
            self.server.requests.append(fields)
            status, data = 200, spoken.answer(fields, headers)
        except RefusedError as error:
            status, data = error.status, error.body
        body = json.dumps(data).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Nothing: the tests read what is logged."""


class RerankServer(ThreadingHTTPServer):
    """`requests` holds what was asked and not refused."""

    def __init__(self, service: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.service = service
        self.requests: list[Fields] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@contextmanager
def serve_service(service: str) -> Iterator[RerankServer]:
    with RerankServer(service) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
