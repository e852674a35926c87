"""Requests read back by their places, and masked."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reranklab.errors import InputError
from reranklab.watch.log.back import requests_at
from reranklab.watch.log.mask import Masking
from reranklab.watch.log.reading import read_log
from reranklab.watch.log.request import LoggedCandidate, LoggedRequest

NOW = 1_764_000_000.0
TIDE = (7, "tide at 7, ask a@b.org")


def record(hour: int, **fields: Any) -> dict[str, Any]:
    query = f"tide at {hour}, ask a@b.org"
    candidates = [{"id": "a", "score": 1.0, "title": "At 030 901820", "text": "Low."}, {"id": 2, "score": 4.0, "characters": 9}]
    fields = {"query": query, "candidates": candidates, "request_id": hour, "answer_chunks": ["a", 2], **fields}
    return {"time": f"2025-09-01T{hour:02d}:00:00Z", "rerank_ms": 5, **fields}


def write(path: Path, *records: dict[str, Any]) -> Path:
    data = "".join(f"{json.dumps(each)}\n" for each in records).encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


@pytest.mark.parametrize("name", ["b.jsonl", "b.jsonl.gz"])
def test_requests_come_back_in_the_order_asked_for(tmp_path: Path, name: str) -> None:
    log = read_log(
        write(tmp_path / "a.jsonl", *(record(hour) for hour in (7, 5, 6))),
        write(tmp_path / name, *(record(hour, query="Höhe") for hour in (2, 4, 3))),
        now=NOW,
    )
    found = requests_at(log, log.columns, masking=None)
    assert [each.id for each in found] == ["2", "3", "4", "5", "6", "7"]
    assert [each.time for each in found] == log.columns.time.tolist()
    chosen = requests_at(log, log.columns.take(np.array([5, 0, 5])), masking=None)
    assert [(each.id, each.query) for each in chosen] == [(str(hour), query) for hour, query in (TIDE, (2, "Höhe"), TIDE)]


def test_all_of_a_request(tmp_path: Path) -> None:
    log = read_log(write(tmp_path / "a.jsonl", record(7, ranker="ce", answer="Six.")), now=NOW)
    (found,) = requests_at(log, log.columns, masking=None)
    assert found == LoggedRequest(
        time=log.columns.time[0],
        id="7",
        query="tide at 7, ask a@b.org",
        candidates=(
            LoggedCandidate(id="a", score=1.0, characters=18, title="At 030 901820", text="Low."),
            LoggedCandidate(id="2", score=4.0, characters=9),
        ),
        milliseconds=5,
        ranker="ce",
        answer="Six.",
        chunks=("a", "2"),
    )
    assert [each.id for each in found.ranked] == ["2", "a"]


def test_texts_are_masked_and_ids_of_documents_stay(tmp_path: Path) -> None:
    odd = record(7, answer="Ask \ud800 a@b.org\r\n", request_id="a@b.org/7")
    log = read_log(write(tmp_path / "a.jsonl", odd), now=NOW)
    (found,) = requests_at(log, log.columns, masking=Masking())
    assert (found.id, found.query, found.answer) == ("[e-mail]/7", "tide at 7, ask [e-mail]", "Ask \ufffd [e-mail]\n")
    assert [(each.id, each.title) for each in found.candidates] == [("a", "At [phone]"), ("2", "")]
    assert found.masked == 4


def test_ranks_go_before_scores_and_neither_is_the_order_of_the_list(tmp_path: Path) -> None:
    ranked = [{"id": "a", "score": 9, "rank": 2}, {"id": "b", "score": 1, "rank": 1}, {"id": "c", "score": 5}]
    plain = [{"id": "b"}, {"id": "a"}]
    log = read_log(write(tmp_path / "a.jsonl", record(1, candidates=ranked), record(2, candidates=plain)), now=NOW)
    first, second = requests_at(log, log.columns, masking=None)
    assert [each.id for each in first.ranked] == ["b", "a", "c"]
    assert [each.id for each in second.ranked] == ["b", "a"]


@pytest.mark.parametrize("hours", [(1,), (5, 2), (3, 1)])
def test_a_file_that_changed_since_is_refused(tmp_path: Path, hours: tuple[int, ...]) -> None:
    log = read_log(write(tmp_path / "a.jsonl", record(1), record(2)), now=NOW)
    write(tmp_path / "a.jsonl", *(record(hour) for hour in hours))
    with pytest.raises(InputError, match=r"a\.jsonl (is shorter|has changed)"):
        requests_at(log, log.columns, masking=None)
