"""A key of the environment, through commands that print, store, export, report and fail: what they leave has no byte of it."""

import sqlite3
from pathlib import Path

import pytest

from tests.contract.command import run_command
from tests.services.rerank_server import KEY, serve_service

RANKER = "hosted:cohere/rerank-v4.0-fast"


def left(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def test_a_key_of_the_environment_is_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data, cache = tmp_path / "data", tmp_path / "cache"
    monkeypatch.setenv("RERANKLAB_DATA", str(data))
    monkeypatch.setenv("RERANKLAB_CACHE", str(cache))
    documents = tmp_path / "docs.txt"
    documents.write_text("Paris is the capital of France.\nBerlin is in Germany.\n", encoding="utf-8")
    listed = ("--query", "capital of France", "--documents", documents, "--ranker", RANKER)
    collection = ("--dataset", "negation", "--candidates", "judged", "--ranker", "bm25", "--ranker", RANKER)
    with serve_service("cohere") as server:
        monkeypatch.setenv("RERANKLAB_COHERE_URL", server.url)
        monkeypatch.setenv("RERANKLAB_COHERE_KEY", KEY)
        told = [
            run_command("rank", *listed, "--save", tmp_path / "saved.json"),
            run_command("rank", *listed, "--format", "table"),
            run_command("rank", *listed, "--estimate"),
            run_command("explain", *listed, "--document", "d1"),
            run_command("evaluate", *collection, "--out", tmp_path / "report.html"),
            run_command("runs", "show", "1"),
            run_command("runs", "export", "1", "--ranker", RANKER),
        ]
        assert [status for status, _, _ in told] == [0] * len(told), told
        assert len(server.requests) > 10
        monkeypatch.setenv("RERANKLAB_COHERE_KEY", KEY + "-wrong")
        told.append(run_command("rank", *listed))
        monkeypatch.setenv("RERANKLAB_COHERE_URL", f"http://{KEY}@127.0.0.1:1")
        told.append(run_command("rank", *listed))
    assert [status for status, _, _ in told[-2:]] == [2, 2]
    assert "refused the key (status 401)" in told[-2][2] and "user name or password" in told[-1][2]
    everything = "".join(out + err for _, out, err in told).encode() + left(tmp_path)
    assert f"To be asked of {RANKER}: 1 call, about" in told[0][2] and "by the table of prices" in told[0][2]
    assert f"To be asked of {RANKER} over 12 queries, but for what is stored: 12 calls, about" in told[4][2]
    assert RANKER.encode() in everything and b"negation" in everything, "there is something to look through"
    assert KEY.encode() not in everything
    (results,) = data.rglob("results.sqlite")
    with sqlite3.connect(results) as database:
        assert KEY not in "\n".join(database.iterdump())
    database.close()
    assert server.url.encode() not in everything
