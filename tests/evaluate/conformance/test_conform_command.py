"""`reranklab conform` over HTTP, against a server with a fault."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from reranklab.cli import main
from reranklab.engine.build import build_ranker
from reranklab.errors import EndpointError, InputError
from reranklab.evaluate.conformance.record import to_json
from reranklab.evaluate.conformance.run import check_conformance
from reranklab.evaluate.conformance.target import find_target
from reranklab.types import Document, Query
from tests.evaluate.conformance.counted import Counted
from tests.services.rerank_server import KEY, serve_service


@contextmanager
def serving(fault: str) -> Iterator[str]:
    """An infinity server whose model is the counted one."""
    model = Counted(fault=fault)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            fields = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            documents = [Document(id=str(place), text=text) for place, text in enumerate(fields["documents"])]
            ranking = model.rank(Query(text=fields["query"]), documents)
            results = [{"index": item.candidate, "relevance_score": item.score} for item in ranking.items]
            body = json.dumps({"results": results, "model": "m"}).encode()
            self.send_response(200 if self.path == "/rerank" and "documents" in fields else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


@pytest.mark.parametrize(
    ("fault", "failed"),
    [
        ("", ()),
        ("swapped", ("template",)),
        ("suffix", ("truncation",)),
        ("half batches", ("batch",)),
        ("shuffled", ("indices",)),
        ("sigmoid", ("scale",)),
    ],
)
def test_each_broken_server_is_named(fault: str, failed: tuple[str, ...]):
    with serving(fault) as url:
        target = find_target(url, service="infinity", model="m")
        found = check_conformance(build_ranker(target.spec, endpoints=target.endpoints), Counted())
    assert target.spec.id == "hosted:infinity/m"
    assert found.failed == failed
    record = json.loads(json.dumps(to_json(found), allow_nan=False))
    assert record["conforms"] == (not failed) and len(record["verdicts"]) == 10


def test_the_first_protocol_that_is_understood_is_taken(monkeypatch: pytest.MonkeyPatch):
    with serve_service("tei") as server:
        assert find_target(server.url).spec.id == "hosted:tei"
    with serve_service("vllm") as server:
        assert find_target(server.url, model="m").spec.id == "hosted:vllm/m"
    monkeypatch.setenv("RERANKLAB_COHERE_KEY", KEY)
    with serve_service("cohere") as server:
        target = find_target(server.url, service="cohere", model="rerank-v3.5")
        assert target.endpoints[0].key == KEY and KEY not in repr(target)


def test_no_server_is_sent_a_key_that_is_not_its_own(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RERANKLAB_TEI_KEY", KEY)
    with serve_service("tei") as server:
        assert find_target(server.url).endpoints[0].key == ""
        monkeypatch.setenv("RERANKLAB_TEI_URL", server.url)
        assert find_target(server.url).endpoints[0].key == KEY


def test_what_cannot_be_a_target():
    with pytest.raises(EndpointError, match="No rerank service is understood there"):
        find_target("http://127.0.0.1:9")
    with pytest.raises(InputError, match="no rerank service"):
        find_target("http://127.0.0.1:9", service="nobody")
    with pytest.raises(InputError, match="names its service and model itself"):
        find_target("cross-encoder", model="m")


@pytest.mark.model
def test_a_tier_is_checked_like_a_server(capsys: pytest.CaptureFixture[str], weights: None):
    """8-bit products are another precision than the exact tier's, and nothing else."""
    status = main(["conform", "cross-encoder?tier=fast", "--reference", "cross-encoder", "--format", "json"])
    record = json.loads(capsys.readouterr().out)
    states = {each["check"]: each["state"] for each in record["verdicts"]}
    assert (status, record["conforms"]) == (1, False)
    assert states == {**dict.fromkeys(states, "pass"), "precision": "fail"}
