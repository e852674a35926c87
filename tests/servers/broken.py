"""Servers of the embedded cross-encoder by transformers, each with one fault that served rerankers have had."""

from __future__ import annotations

import copy
import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, Literal

Fault = Literal["", "template", "suffix", "precision", "indices", "sigmoid"]
WINDOW = 512


class Served:
    """The model of a folder; `fault` is what is wrong with it, "" for nothing."""

    def __init__(self, folder: Path) -> None:
        import torch
        from transformers import AutoModelForSequenceClassification, AutoTokenizer

        self.fault: Fault = ""
        self._tokenizer: Any = AutoTokenizer.from_pretrained(folder)
        self._network: Any = AutoModelForSequenceClassification.from_pretrained(folder).eval()
        self._half: Any = copy.deepcopy(self._network).to(torch.bfloat16)

    def scores(self, query: str, documents: Sequence[str]) -> list[float]:
        import torch

        network = self._half if self.fault == "precision" and len(documents) > 1 else self._network
        with torch.inference_mode():
            logits = network(**self._features(query, documents)).logits[:, 0].float()
        if self.fault == "sigmoid":
            logits = torch.sigmoid(logits)
        if self.fault == "indices":
            logits = logits.roll(1)
        return [float(each) for each in logits]

    def _features(self, query: str, documents: Sequence[str]) -> Any:
        pairs = [(query, document) for document in documents]
        if self.fault == "suffix":
            encoded = [self._tokenizer(*pair, verbose=False) for pair in pairs]
            cut = {name: [each[name][:WINDOW] for each in encoded] for name in ("input_ids", "token_type_ids")}
            return self._tokenizer.pad(cut, return_tensors="pt")
        first = self.fault == "template"
        if first:
            pairs = [(document, query) for query, document in pairs]
        return self._tokenizer(
            [one for one, _ in pairs],
            [other for _, other in pairs],
            truncation="only_first" if first else "only_second",
            max_length=WINDOW,
            padding=True,
            return_tensors="pt",
        )


@contextmanager
def serving(model: Served) -> Iterator[str]:
    """The address of a server with infinity's protocol."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.path != "/rerank" or "documents" not in asked:
                self.send_error(404)
                return
            scores = model.scores(asked["query"], asked["documents"])
            results = [{"index": index, "relevance_score": score} for index, score in enumerate(scores)]
            body = json.dumps({"results": results, "model": "minilm"}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
