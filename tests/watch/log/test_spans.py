"""Rerankings from spans, as the instrumentations write them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reranklab.watch.log.back import requests_at
from reranklab.watch.log.reading import ReadLog, read_log
from reranklab.watch.log.reasons import Reason
from reranklab.watch.log.request import LoggedRequest
from reranklab.watch.log.spans import answer_formats, span_formats

NOW = 1_764_000_000.0
START = 1_756_728_000_000_000_000
OPEN_INFERENCE = {
    "openinference.span.kind": "RERANKER",
    "reranker.query": "tide times",
    "reranker.model_name": "ce-v2",
    "reranker.top_k": 2,
    **{
        f"reranker.input_documents.{place}.document.{key}": value
        for place, (name, text, score) in enumerate([("a", "Low.", 0.9), ("b", "High.", 0.8), ("c", "Moon.", 0.7)])
        for key, value in (("id", name), ("content", text), ("score", score))
    },
    **{
        f"reranker.output_documents.{place}.document.{key}": value
        for place, (name, text, score) in enumerate([("c", "Moon.", 4.5), ("a", "Low.", 1.5)])
        for key, value in (("id", name), ("content", text), ("score", score))
    },
}


def otlp(value: Any) -> dict[str, Any]:
    """A value as OTLP/JSON writes it: whole numbers as text."""
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    if isinstance(value, str):
        return {"stringValue": value}
    if isinstance(value, list):
        return {"arrayValue": {"values": [otlp(each) for each in value]}}
    return {"kvlistValue": {"values": [{"key": key, "value": otlp(each)} for key, each in value.items()]}}


def span(attributes: dict[str, Any], *, at: float = 0, ms: float = 25, trace: str = "t1", **more: Any) -> dict[str, Any]:
    start = START + int(at * 1e9)
    return {
        "traceId": trace,
        "spanId": f"s{at:g}",
        "name": "rerank",
        "startTimeUnixNano": str(start),
        "endTimeUnixNano": str(start + int(ms * 1e6)),
        "attributes": [{"key": key, "value": otlp(value)} for key, value in attributes.items()],
        **more,
    }


def export(*spans: dict[str, Any]) -> dict[str, Any]:
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "search"}}]}
    return {"resourceSpans": [{"resource": resource, "scopeSpans": [{"scope": {"name": "x"}, "spans": list(spans)}]}]}


def read(tmp_path: Path, *lines: dict[str, Any], **options: Any) -> ReadLog:
    path = tmp_path / "spans.jsonl"
    path.write_text("".join(f"{json.dumps(each)}\n" for each in lines))
    return read_log(path, now=NOW, **options)


def requests(log: ReadLog) -> tuple[LoggedRequest, ...]:
    return requests_at(log, log.columns, masking=None)


def left_out(log: ReadLog) -> dict[Any, int]:
    return {each.what: each.number for each in log.counts.left_out}


def test_an_openinference_reranking(tmp_path: Path) -> None:
    log = read(tmp_path, export(span(OPEN_INFERENCE)))
    (found,) = requests(log)
    assert (found.id, found.query, found.ranker, found.milliseconds) == ("t1:s0", "tide times", "ce-v2", 25)
    assert (found.time, found.answer) == (START / 1e9, None)
    assert [(each.id, each.rank, each.score, each.text) for each in found.candidates] == [
        ("a", 2, 1.5, "Low."),
        ("b", None, None, "High."),
        ("c", 1, 4.5, "Moon."),
    ]
    assert (log.columns.candidates[0], log.columns.mean_score[0], log.columns.document_characters[0]) == (3, 3.0, 14 / 3)


def test_documents_without_ids_are_known_by_their_texts(tmp_path: Path) -> None:
    attributes = {key: value for key, value in OPEN_INFERENCE.items() if not key.endswith(".id")}
    (found,) = requests(read(tmp_path, export(span(attributes))))
    assert [(each.id, each.rank) for each in found.candidates] == [("document 1", 2), ("document 2", None), ("document 3", 1)]


@pytest.mark.parametrize("written", ["list", "json"])
def test_a_genai_reranking_whose_documents_tell_their_places(tmp_path: Path, written: str) -> None:
    handed = [{"id": "a"}, {"id": "b"}]
    returned: list[dict[str, Any]] = [{"index": 1, "relevance_score": 0.75}, {"index": 0, "relevance_score": 0.25}]
    attributes: dict[str, Any] = {
        "gen_ai.operation.name": "rerank",
        "gen_ai.request.model": "ce",
        "gen_ai.rerank.query.text": "tide",
        "gen_ai.rerank.input_documents": handed if written == "list" else json.dumps(handed),
        "gen_ai.rerank.output_documents": returned if written == "list" else json.dumps(returned),
    }
    (found,) = requests(read(tmp_path, export(span(attributes))))
    assert [(each.id, each.rank, each.score) for each in found.candidates] == [("a", 2, 0.25), ("b", 1, 0.75)]


def test_a_search_is_read_only_when_asked_for(tmp_path: Path) -> None:
    documents = [{"id": "doc_1", "score": 0.95}, {"id": "doc_2", "score": 0.8}]
    attributes = {
        "gen_ai.operation.name": "retrieval",
        "gen_ai.data_source.id": "index-7",
        "gen_ai.retrieval.query.text": "tide",
        "gen_ai.retrieval.documents": documents,
    }
    assert left_out(read(tmp_path, export(span(attributes)))) == {Reason.SEARCH_SPAN: 1}
    (found,) = requests(read(tmp_path, export(span(attributes)), searches=True))
    assert [(each.id, each.rank, each.score) for each in found.candidates] == [("doc_1", 1, 0.95), ("doc_2", 2, 0.8)]
    assert found.ranker == "index-7"


@pytest.mark.parametrize(
    "written",
    [
        {"openinference.span.kind": "LLM", "llm.output_messages.0.message.content": "At six."},
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.output.messages": json.dumps(
                [{"role": "assistant", "parts": [{"type": "text", "content": "At six."}, {"type": "tool_call", "name": "x"}]}]
            ),
        },
    ],
)
def test_the_answer_of_a_trace_goes_to_the_last_reranking_before_it(tmp_path: Path, written: dict[str, Any]) -> None:
    rewritten = {"openinference.span.kind": "LLM", "output.value": "tide times today"}
    log = read(
        tmp_path,
        export(
            span(rewritten, at=-1),
            span(OPEN_INFERENCE),
            span(OPEN_INFERENCE, at=1),
            span(written, at=2),
            span(OPEN_INFERENCE, at=3),
        ),
        export(span(OPEN_INFERENCE, at=9, trace="t2")),
    )
    assert [each.answer for each in requests(log)] == [None, "At six.", None, None]
    assert left_out(log) == {Reason.OTHER_SPAN: 2}
    assert (log.counts.lines, log.counts.entries, log.counts.read) == (2, 6, 4)
    assert log.counts.sentences()[:2] == (
        "2 lines (6 entries): 4 requests read.",
        "2 entries left out: a span of something else than reranking (line 1, ...).",
    )


def test_single_spans_in_otlp_and_as_the_sdk_prints_them(tmp_path: Path) -> None:
    printed = {
        "name": "rerank",
        "context": {"trace_id": "0xab", "span_id": "0xcd", "trace_state": "[]"},
        "kind": "SpanKind.INTERNAL",
        "parent_id": None,
        "start_time": "2025-09-01T12:00:00.000000Z",
        "end_time": "2025-09-01T12:00:00.040000Z",
        "status": {"status_code": "UNSET"},
        "attributes": OPEN_INFERENCE,
        "events": [],
    }
    first, second = requests(read(tmp_path, span(OPEN_INFERENCE, at=60), printed))
    assert (first.id, first.milliseconds, second.id, second.milliseconds) == ("0xab:0xcd", 40, "t1:s60", 25)
    assert first.candidates == second.candidates


def test_spans_that_are_no_reranking_are_counted(tmp_path: Path) -> None:
    empty = {"openinference.span.kind": "RERANKER", "reranker.query": "tide"}
    log = read(
        tmp_path,
        export(
            span({"http.route": "/search"}),
            span(OPEN_INFERENCE, status={"code": 2, "message": "time out"}),
            span(empty),
            span({"x": 1}, startTimeUnixNano="soon"),
            span(OPEN_INFERENCE, startTimeUnixNano="0"),
        ),
        export(),
        {"resourceSpans": [{"scopeSpans": [{"spans": [{"attributes": [{"value": {}}]}]}]}]},
        {"attributes": {"a": 1}, "message": "no span"},
        {"time": "2025-09-01T12:00:00Z", "query": "tide", "candidates": [{"id": "a"}]},
    )
    assert left_out(log) == {
        Reason.OTHER_SPAN: 1,
        Reason.FAILED_SPAN: 1,
        Reason.NO_CANDIDATES: 1,
        Reason.FIELD: 2,
        Reason.NO_TIME: 1,
        Reason.NO_SPAN: 1,
        Reason.SCHEMA: 1,
    }
    assert (log.counts.lines, log.counts.entries, log.counts.read) == (5, 9, 1)


def test_the_table_is_whole() -> None:
    assert all(each.when and each.returned and each.id and each.score for each in span_formats())
    assert all(each.when and (each.text or each.messages) for each in answer_formats())
