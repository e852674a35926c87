"""Whatever a log is made of, every line is a request or is counted with its reason."""

from __future__ import annotations

import gzip
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from reranklab.watch.log.back import requests_at
from reranklab.watch.log.mask import Masking
from reranklab.watch.log.reading import read_log
from reranklab.watch.log.schema import LoggedItem, LoggedLine

NOW = 1_764_000_000.0
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.sampled_from(["a", 10**400, "\ud800"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
TIMES = (
    st.sampled_from(["2025-09-01T12:00:00Z", "2025-09-01T12:00:00", 1_756_728_000, 1_756_728_000_123, "1756728000", -1])
    | VALUES
)
GOOD = st.fixed_dictionaries(
    {"time": TIMES, "candidates": st.lists(st.fixed_dictionaries({"id": st.sampled_from("abc")}), max_size=3)},
    optional={"request_id": st.integers(1, 5), "rerank_ms": st.floats() | st.integers(), "query": st.text(max_size=9)},
)
ODD = st.dictionaries(st.sampled_from(LoggedLine.__struct_fields__), VALUES, max_size=4)
ITEMS = st.dictionaries(st.sampled_from(LoggedItem.__struct_fields__), VALUES, max_size=3)
SPANS = st.fixed_dictionaries(
    {
        "attributes": st.dictionaries(
            st.sampled_from(["reranker.query", "reranker.output_documents", "reranker.input_documents.0.document.id"]), VALUES
        ).map(lambda given: given | {"openinference.span.kind": "RERANKER"}),
        "start_time": TIMES,
    },
    optional={"status": VALUES, "context": VALUES, "end_time": TIMES, "startTimeUnixNano": st.integers() | st.text(max_size=5)},
)


@st.composite
def contents(draw: st.DrawFn) -> bytes:
    """One line: good, odd, cut, of spans, or anything at all."""
    value = draw(GOOD)
    kind = draw(st.sampled_from(["good", "good", "odd", "items", "span", "export", "cut", "bytes"]))
    if kind == "odd":
        value |= draw(ODD)
    if kind == "items":
        value["candidates"] = [draw(ITEMS), {"id": "a"} | draw(ITEMS)]
    if kind in ("span", "export"):
        spans = draw(st.lists(SPANS, min_size=1, max_size=3))
        value = spans[0] if kind == "span" else {"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}
    line = json.dumps(value).encode()
    if kind == "cut":
        return line[: draw(st.integers(0, len(line)))]
    return draw(st.binary(max_size=20)).replace(b"\n", b"") if kind == "bytes" else line


@given(st.lists(contents(), max_size=8), st.sampled_from([b"", b"\n", b"\r\n"]), st.booleans())
def test_every_line_is_read_or_counted(lines: list[bytes], end: bytes, packed: bool) -> None:
    data = b"\n".join(lines) + end
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "log")
        path.write_bytes(gzip.compress(data) if packed else data)
        log = read_log(path, now=NOW)
        counts, columns = log.counts, log.columns
        assert counts.lines == len(data.splitlines(keepends=True) if not data else data.removesuffix(b"\n").split(b"\n"))
        assert counts.entries == counts.read + sum(each.number for each in counts.left_out)
        assert counts.entries >= counts.lines
        assert counts.read == len(columns)
        assert all(0 < len(each.places) <= min(3, each.number) for each in (*counts.left_out, *counts.remarks))
        assert (np.diff(columns.time) >= 0).all()
        assert np.isfinite(columns.time).all()
        found = requests_at(log, columns, masking=Masking(kinds=("card",)))
        assert [(each.time, len(each.candidates)) for each in found] == list(
            zip(columns.time.tolist(), columns.candidates.tolist(), strict=True)
        )
        assert all("\ud800" not in each.query for each in found)
