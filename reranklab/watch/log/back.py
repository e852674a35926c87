"""Chosen requests of a log again, with their texts."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from reranklab.data.text import clean_text
from reranklab.errors import InputError
from reranklab.types import Document
from reranklab.watch.log.columns import Columns
from reranklab.watch.log.decode import LineDecoder
from reranklab.watch.log.gather import characters_of, ranker_of
from reranklab.watch.log.lines import RawLine, lines_at
from reranklab.watch.log.mask import Masking
from reranklab.watch.log.reading import ReadLog
from reranklab.watch.log.request import LoggedCandidate, LoggedRequest
from reranklab.watch.log.schema import LoggedItem, LoggedLine, with_items
from reranklab.watch.log.times import read_time


def requests_at(
    log: ReadLog,
    which: Columns,
    *,
    masking: Masking | None,
    documents: Mapping[str, Document] = MappingProxyType({}),
) -> tuple[LoggedRequest, ...]:
    """The requests of `which`, a part of the log's columns, in its order. Candidates without a text get that of the document of
    their id in `documents`, where there is one.

    `masking` says what is replaced in queries, titles, texts, answers and request ids; None leaves them as they are. Ids of
    documents stay, for they are what texts are found by. Raises InputError for a file that was changed since it was read.
    """
    lines = lines_at(log.paths, log.starts, which.offset.tolist())
    decoder = LineDecoder(log.names, searches=log.searches)
    entries = {
        offset: decoder.requests(RawLine(content, 0, 0, offset, content.endswith(b"\n"), len(content)))
        for offset, content in lines.items()
    }
    found = []
    for offset, within, time in zip(which.offset.tolist(), which.within.tolist(), which.time.tolist(), strict=True):
        line = entries[offset][within] if within < len(entries[offset]) else None
        if not isinstance(line, LoggedLine) or not _is_at(line, time):
            raise InputError(f"{log.path_of(offset).name} has changed since it was read. Read the log again.")
        found.append(_request(line, time, _Cleaner(masking), documents))
    return tuple(found)


def _is_at(line: LoggedLine, time: float) -> bool:
    found = read_time(line.time, latest=time)
    return isinstance(found, tuple) and found[0] == time


def _request(line: LoggedLine, time: float, clean: _Cleaner, documents: Mapping[str, Document]) -> LoggedRequest:
    return LoggedRequest(
        time=time,
        id="" if line.request_id is None else clean(str(line.request_id)),
        query=clean(line.query or ""),
        candidates=tuple(_candidate(item, clean, documents) for item in with_items(line) or ()),
        milliseconds=line.rerank_ms if line.rerank_ms is not None and 0 <= line.rerank_ms < float("inf") else None,
        ranker=clean_text(ranker_of(line)),
        answer=None if line.answer is None else clean(line.answer),
        chunks=None if line.answer_chunks is None else tuple(clean_text(str(each)) for each in line.answer_chunks),
        masked=clean.masked,
    )


class _Cleaner:
    def __init__(self, masking: Masking | None) -> None:
        self._masking = masking
        self.masked = 0

    def __call__(self, text: str) -> str:
        text = clean_text(text)
        if self._masking is None:
            return text
        masked = self._masking.mask(text)
        self.masked += sum(masked.counts.values())
        return masked.text


def _candidate(item: LoggedItem, clean: _Cleaner, documents: Mapping[str, Document]) -> LoggedCandidate:
    title, text = item.title, item.text
    if text is None and (document := documents.get(str(item.id))):
        title, text = document.title, document.text
    return LoggedCandidate(
        id=clean_text(str(item.id)),
        score=item.score if item.score is not None and abs(item.score) < float("inf") else None,
        rank=item.rank,
        tokens=item.tokens,
        characters=characters_of(item),
        truncated=item.truncated,
        title=clean(title or ""),
        text=None if text is None else clean(text),
    )
