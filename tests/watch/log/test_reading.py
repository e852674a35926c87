"""Logs to columns: the numbers of each request, and a count of all that is none."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reranklab.errors import Cancelled, InputError
from reranklab.watch.log import lines
from reranklab.watch.log.back import requests_at
from reranklab.watch.log.columns import Columns
from reranklab.watch.log.reading import ReadLog, read_log
from reranklab.watch.log.reasons import Reason, Remark
from tests.watch.simulated import LONGER_DOCUMENTS, simulate_requests

NOW = 1_764_000_000.0
TIME = "2025-09-01T12:00:00Z"
CANDIDATES = [{"id": "a", "score": 1.0}, {"id": "b", "score": 4.0}]


def line(**fields: Any) -> str:
    return json.dumps({"time": TIME, "query": "tide times", "candidates": CANDIDATES, "rerank_ms": 8.5, **fields})


def read(tmp_path: Path, *lines: str | bytes, end: bytes = b"\n", **options: Any) -> ReadLog:
    path = tmp_path / "log.jsonl"
    path.write_bytes(b"\n".join(each if isinstance(each, bytes) else each.encode() for each in lines) + end)
    return read_log(path, now=NOW, **options)


def left_out(log: ReadLog) -> dict[Reason | Remark, int]:
    return {each.what: each.number for each in log.counts.left_out}


def remarks(log: ReadLog) -> dict[Reason | Remark, int]:
    return {each.what: each.number for each in log.counts.remarks}


@pytest.mark.parametrize("compact", [False, True])
def test_a_simulated_log_gives_the_columns_it_was_written_from(tmp_path: Path, compact: bool) -> None:
    simulated = simulate_requests(days=15, per_day=400, seed=3, changes=[LONGER_DOCUMENTS])
    simulated.write(tmp_path / "log.jsonl", compact=compact)
    log, wanted = read_log(tmp_path / "log.jsonl", now=NOW), simulated.columns()
    assert log.counts.sentences() == (f"{len(wanted):,} lines: {len(wanted):,} requests read.",)
    for name in Columns.__dataclass_fields__.keys() - {"offset", "key", "rankers"}:
        np.testing.assert_allclose(getattr(log.columns, name), getattr(wanted, name), rtol=1e-6, atol=1e-6, err_msg=name)
    assert log.columns.rankers == wanted.rankers
    assert len(set(log.columns.key.tolist())) == len(wanted)


def test_numbers_of_one_request(tmp_path: Path) -> None:
    items = [
        {"id": "a", "score": 1, "title": "Tides", "text": "Low at six.", "tokens": 5, "truncated": True},
        {"id": 7, "score": 4.0, "text": "Höhe", "tokens": 2, "truncated": False},
        {"id": "c", "score": None},
    ]
    columns = read(tmp_path, line(candidates=items, ranker="ce", ranker_version=3, answer="At six.")).columns
    assert columns.time.tolist() == [1_756_728_000.0]
    assert columns.candidates.tolist() == [3]
    assert columns.query_characters.tolist() == [10]
    assert columns.document_characters.tolist() == [(len("Tides Low at six.") + len("Höhe")) / 2]
    assert columns.document_tokens.tolist() == [3.5]
    assert columns.truncated.tolist() == [0.5]
    assert (columns.top_score[0], columns.mean_score[0], columns.spread[0]) == (4.0, 2.5, 1.5)
    assert (columns.milliseconds[0], columns.answered[0]) == (8.5, 1)
    assert columns.rankers == ("ce@3",)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", Reason.BLANK),
        (b"  \r", Reason.BLANK),
        (line().encode()[:-9], Reason.BROKEN),
        (b'{"time": "\xff", "candidates": []}', Reason.ENCODING),
        (b"[" * 100_000, Reason.BROKEN),
        (b"[1]", Reason.NO_OBJECT),
        (b"null", Reason.NO_OBJECT),
        (b'{"level": "info", "message": "started"}', Reason.SCHEMA),
        (line(schema="reranklab-log/9"), Reason.SCHEMA),
        (line(candidates=None), Reason.NO_CANDIDATES),
        (line(time=None), Reason.NO_TIME),
        (line(time="yesterday"), Reason.UNREADABLE_TIME),
        (line(time="2025-02-30T00:00:00Z"), Reason.UNREADABLE_TIME),
        (line(time=float("nan")), Reason.UNREADABLE_TIME),
        (line(time=-5), Reason.EARLY_TIME),
        (line(time=-(10**400)), Reason.EARLY_TIME),
        (line(time=0), Reason.EARLY_TIME),
        (line(time="2099-01-01T00:00:00Z"), Reason.LATE_TIME),
        (line(time=10**400), Reason.LATE_TIME),
        (line(candidates=[{"score": 1.0}]), Reason.FIELD),
        (line(candidates=[{"id": "a", "tokens": 10**30}]), Reason.FIELD),
        (line(query={"text": "tide"}), Reason.FIELD),
        (line(candidates=None, candidate_ids=["a"], candidate_scores=[1.0, 2.0]), Reason.UNEVEN),
        (line(candidates=None, candidate_scores=[1.0, 2.0]), Reason.NO_CANDIDATES),
    ],
)
def test_what_is_no_request_is_counted_with_its_reason(tmp_path: Path, content: str | bytes, reason: Reason) -> None:
    log = read(tmp_path, line(), content, line(time="2025-09-01T13:00:00Z"))
    assert left_out(log) == {reason: 1}
    assert log.counts.left_out[0].places == ("line 2",)
    assert (log.counts.lines, log.counts.entries, log.counts.read, len(log.columns)) == (3, 3, 2, 2)


def test_a_last_line_without_an_end_is_told_apart_from_a_broken_one(tmp_path: Path) -> None:
    assert left_out(read(tmp_path, line(), line()[:-9], end=b"")) == {Reason.CUT: 1}
    assert left_out(read(tmp_path, line(), "ü".encode()[:1], end=b"")) == {Reason.CUT: 1}
    assert left_out(read(tmp_path, line(), end=b"")) == {}


@pytest.mark.parametrize(
    ("fields", "remark"),
    [
        ({"time": "2025-09-01T12:00:00"}, Remark.NO_ZONE),
        ({"time": 1_756_728_000_000}, Remark.MILLISECONDS),
        ({"time": "1756728000000000"}, Remark.MICROSECONDS),
        ({"time": 1_756_728_000_000_000_000}, Remark.NANOSECONDS),
        ({"rerank_ms": None}, Remark.NO_MILLISECONDS),
        ({"rerank_ms": -1}, Remark.BAD_MILLISECONDS),
        ({"rerank_ms": float("inf")}, Remark.BAD_MILLISECONDS),
        ({"candidates": [{"id": "a"}]}, Remark.NO_SCORES),
        ({"candidates": [{"id": "a", "score": 1}, {"id": "b", "score": float("nan")}]}, Remark.BAD_SCORES),
        ({"candidates": [{"id": "a", "score": 1, "tokens": -2}]}, Remark.BAD_COUNTS),
        ({"candidates": [{"id": "a", "score": 1}, {"id": "a", "score": 2}]}, Remark.SAME_CANDIDATE),
        ({"candidates": []}, Remark.EMPTY),
        ({"query": None}, Remark.NO_QUERY),
    ],
)
def test_what_is_odd_about_a_request_is_counted_and_the_request_read(
    tmp_path: Path, fields: dict[str, Any], remark: Remark
) -> None:
    log = read(tmp_path, line(**fields))
    assert (remarks(log), log.counts.read) == ({remark: 1}, 1)
    assert log.columns.time.tolist() == [1_756_728_000.0]
    assert not np.isinf(log.columns.milliseconds).any()


@pytest.mark.parametrize("time", ["2025-09-01T14:00:00+02:00", "2025-09-01 12:00:00.000Z", "20250901T120000Z", 1_756_728_000])
def test_times_of_every_writing_are_the_same_moment(tmp_path: Path, time: str | float) -> None:
    log = read(tmp_path, line(time=time))
    assert (log.columns.time.tolist(), remarks(log)) == ([1_756_728_000.0], {})


def test_requests_stand_in_the_order_of_time_and_a_clock_that_went_back_is_said(tmp_path: Path) -> None:
    hours = [3, 5, 4, 4, 9]
    log = read(tmp_path, *(line(time=f"2025-09-01T0{hour}:00:00Z", request_id=place) for place, hour in enumerate(hours)))
    assert np.diff(log.columns.time).tolist() == [3600, 0, 3600, 4 * 3600]
    assert log.columns.offset[1] < log.columns.offset[2]
    assert remarks(log) == {Remark.BACKWARDS: 1}
    assert log.counts.remarks[0].places == ("line 3",)


def test_a_line_that_was_sent_twice_counts_once_and_an_id_of_two_times_is_said(tmp_path: Path) -> None:
    again = line(request_id="r", time="2025-09-01T13:00:00Z")
    log = read(tmp_path, line(request_id="r"), line(request_id="r"), again, line(), line())
    assert (left_out(log), remarks(log)) == ({Reason.REPEATED: 1}, {Remark.SHARED_ID: 1, Remark.BACKWARDS: 1})
    assert (log.counts.entries, len(log.columns)) == (5, 4)


def test_answers_are_missed_only_where_others_have_one(tmp_path: Path) -> None:
    assert remarks(read(tmp_path, line(), line())) == {}
    log = read(tmp_path, line(answer="At six."), line())
    assert remarks(log) == {Remark.NO_ANSWER: 1}
    assert log.columns.answered.tolist() == [1, 0]


def test_fields_of_other_names(tmp_path: Path) -> None:
    other = json.dumps({"ts": TIME, "hits": [{"doc": "a", "relevance": 2.0}], "query": "tide"})
    names = {"time": "ts", "candidates": "hits", "candidates.id": "doc", "candidates.score": "relevance"}
    assert read(tmp_path, other, names=names).columns.top_score.tolist() == [2.0]
    assert left_out(read(tmp_path, other)) == {Reason.SCHEMA: 1}
    with pytest.raises(InputError, match=r"no field 'tim'"):
        read(tmp_path, other, names={"tim": "ts"})
    with pytest.raises(InputError, match=r"both|called 'query'"):
        read(tmp_path, other, names={"time": "query"})


def test_several_files_plain_and_gzipped_are_one_log(tmp_path: Path) -> None:
    early, late = tmp_path / "a.jsonl", tmp_path / "b.jsonl.gz"
    early.write_text(f"\ufeff{line()}\n", encoding="utf-8")
    late.write_bytes(gzip.compress(f"{line(time='2025-09-01T06:00:00Z')}\n\nnonsense\n".encode()))
    log = read_log(early, late, now=NOW)
    assert log.starts == (0, early.stat().st_size)
    assert log.columns.offset.tolist() == [early.stat().st_size, 0]
    assert [each.places for each in log.counts.left_out] == [("b.jsonl.gz line 2",), ("b.jsonl.gz line 3",)]


def test_a_gzipped_file_that_ends_early_gives_what_it_has(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl.gz"
    lines = [line(request_id=place, query=str(place) * 50) for place in range(2000)]
    path.write_bytes(gzip.compress("\n".join(lines).encode())[:-400])
    log = read_log(path, now=NOW)
    assert left_out(log)[Reason.CUT] >= 1
    assert 0 < log.counts.read < 2000
    assert log.counts.entries == log.counts.read + sum(left_out(log).values())


@pytest.mark.parametrize("data", [(b"{}" + b" " * 998 + b"\n") * 20_000, b" " * 20_000_000], ids=["lines", "one line"])
def test_a_gzipped_file_that_grows_without_end_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "log.jsonl.gz"
    path.write_bytes(gzip.compress(data))
    with pytest.raises(InputError, match=r"log\.jsonl\.gz is refused: it unpacks to more than 100 times its size"):
        read_log(path, now=NOW)


def test_a_pipe_is_read_and_nothing_can_be_read_back_from_it(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.write(writing, f"{line()}\n".encode() * 3)
    os.close(writing)
    path = Path(f"/dev/fd/{reading}")
    log = read_log(path, now=NOW)
    os.close(reading)
    assert log.counts.read == 3
    with pytest.raises(InputError, match="cannot be read"):
        requests_at(log, log.columns, masking=None)


def test_a_line_without_end_is_not_kept_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "LONGEST_LINE", 1000)
    log = read(tmp_path, line(), line(query="a" * 5_000_000), line(query="a" * 2000), line(request_id="r"))
    assert left_out(log) == {Reason.TOO_LONG: 2}
    assert log.counts.left_out[0].places == ("line 2", "line 3")
    assert requests_at(log, log.columns, masking=None)[1].id == "r"


def test_files_that_are_not_there_and_a_stop(tmp_path: Path) -> None:
    class Stop:
        def is_set(self) -> bool:
            return True

    with pytest.raises(InputError, match=r"absent\.jsonl cannot be read"):
        read_log(tmp_path / "absent.jsonl")
    with pytest.raises(Cancelled):
        read(tmp_path, *[line()] * 5000, cancel=Stop())


def test_sentences_say_all_of_it_and_nothing_of_the_texts(tmp_path: Path) -> None:
    log = read(tmp_path, line(query=5), line(time=1_756_728_000_000), "{secret", line())
    assert log.counts.sentences() == (
        "4 lines: 2 requests read.",
        "1 line left out: not valid JSON (line 3: Expecting property name enclosed in double quotes at column 2).",
        "1 line left out: with a field of the wrong kind (line 1: Expected `str | null`, got `int` - at `$.query`).",
        "1 request with a time in milliseconds since 1970 (line 2).",
    )
