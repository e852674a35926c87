"""Rerankings from spans of a trace, by the table formats.toml."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from reranklab.watch.log.otlp import Span, WrittenSpan
from reranklab.watch.log.reasons import Reason, Refusal
from reranklab.watch.log.schema import LoggedItem, LoggedLine

_NOT_A_NUMBER = float("nan")


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanFormat:
    """One table `span` of formats.toml."""

    title: str
    when: Mapping[str, Sequence[str]]
    query: Sequence[str]
    ranker: Sequence[str]
    handed: Sequence[str]
    returned: Sequence[str]
    id: Sequence[str]
    text: Sequence[str]
    score: Sequence[str]
    place: Sequence[str] = ()
    search: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerFormat:
    """One table `answer` of formats.toml."""

    when: Mapping[str, Sequence[str]]
    text: Sequence[str]
    messages: Sequence[str]


@cache
def span_formats() -> tuple[SpanFormat, ...]:
    return tuple(SpanFormat(**each) for each in _table()["span"])


@cache
def answer_formats() -> tuple[AnswerFormat, ...]:
    return tuple(AnswerFormat(**each) for each in _table()["answer"])


@cache
def _table() -> Mapping[str, Any]:
    return tomllib.loads(files("reranklab.watch.log").joinpath("formats.toml").read_text(encoding="utf-8"))


def rerankings(written: Iterable[WrittenSpan], *, searches: bool = False) -> list[LoggedLine | Refusal]:
    """One entry for each span, in their order. Of each trace the answer is that of the last span of a language model among
    these, and goes to the last reranking that had ended when it began. Spans of a search count as rerankings where `searches`
    says so."""
    entries: list[LoggedLine | Refusal] = []
    ended: dict[str, list[tuple[int, LoggedLine]]] = {}
    answers: dict[str, tuple[int, str]] = {}
    for one in written:
        try:
            span = one.span()
        except (ValueError, RecursionError):
            entries.append(Refusal(Reason.FIELD, "a number of the span is none"))
            continue
        entries.append(found := _reranking(span, searches))
        if isinstance(found, LoggedLine) and span.end is not None:
            ended.setdefault(span.trace, []).append((span.end, found))
        answer = _answer(span)
        if answer and span.start is not None and span.start >= answers.get(span.trace, (0,))[0]:
            answers[span.trace] = (span.start, answer)
    for trace, (start, answer) in answers.items():
        before = [each for each in ended.get(trace, ()) if each[0] <= start]
        if trace and before:
            max(before, key=lambda each: each[0])[1].answer = answer
    return entries or [Refusal(Reason.NO_SPAN)]


def _reranking(span: Span, searches: bool) -> LoggedLine | Refusal:
    form = next((each for each in span_formats() if _is(span, each.when)), None)
    if form is None:
        return Refusal(Reason.OTHER_SPAN)
    if form.search and not searches:
        return Refusal(Reason.SEARCH_SPAN)
    if span.failed:
        return Refusal(Reason.FAILED_SPAN)
    handed, returned = _documents(span.attributes, form.handed), _documents(span.attributes, form.returned)
    if not handed and not returned:
        return Refusal(Reason.NO_CANDIDATES, f"none in {' or '.join((*form.handed, *form.returned))}")
    query, ranker = _first(span.attributes, form.query), _first(span.attributes, form.ranker)
    return LoggedLine(
        time=None if span.start is None else span.start / 1e9,
        request_id=f"{span.trace}:{span.id}" if span.id else None,
        query=None if query is None else str(query),
        ranker=None if ranker is None else str(ranker),
        rerank_ms=None if span.start is None or span.end is None else (span.end - span.start) / 1e6,
        candidates=_items(form, handed, returned),
    )


def _items(form: SpanFormat, handed: Sequence[Mapping[str, Any]], returned: Sequence[Mapping[str, Any]]) -> list[LoggedItem]:
    """The candidates as they were handed over, with rank and score of those that came back. The score that a document had when
    it was handed over is that of the search before, and left out."""
    items = [_item(form, document, place) for place, document in enumerate(handed)]
    for item in items:
        item.score = None
    known = _Known(form, items, handed)
    for rank, document in enumerate(returned, start=1):
        same = known.same(document)
        item = same or _item(form, document, len(items))
        if same is None:
            items.append(item)
        item.rank, item.score = rank, _score(form, document)
    return items


class _Known:
    """Which of the documents handed over one that came back is: by id, or by text where either has no id, or by the place that
    it tells."""

    def __init__(self, form: SpanFormat, items: Sequence[LoggedItem], handed: Sequence[Mapping[str, Any]]) -> None:
        self._form, self._items = form, items
        self._by_id: dict[str, LoggedItem] = {}
        self._by_text: dict[str, tuple[LoggedItem, bool]] = {}
        for item, document in zip(items, handed, strict=True):
            name, text = _first(document, form.id), item.text
            if name is not None:
                self._by_id.setdefault(str(name), item)
            if text is not None:
                self._by_text.setdefault(text, (item, name is not None))

    def same(self, document: Mapping[str, Any]) -> LoggedItem | None:
        name, text = _first(document, self._form.id), _first(document, self._form.text)
        if name is not None and (found := self._by_id.get(str(name))):
            return found
        item, has_id = self._by_text.get(str(text), (None, False))
        if item is not None and not (has_id and name is not None):
            return item
        place = _first(document, self._form.place)
        return self._items[place] if isinstance(place, int) and 0 <= place < len(self._items) else None


def _item(form: SpanFormat, document: Mapping[str, Any], place: int) -> LoggedItem:
    name, text = _first(document, form.id), _first(document, form.text)
    return LoggedItem(
        id=f"document {place + 1}" if name is None else str(name),
        score=_score(form, document),
        text=None if text is None else str(text),
    )


def _score(form: SpanFormat, document: Mapping[str, Any]) -> float | None:
    value = _first(document, form.score)
    if value is None:
        return None
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return _NOT_A_NUMBER


def _answer(span: Span) -> str:
    for form in answer_formats():
        if _is(span, form.when) and not span.failed:
            text = _first(span.attributes, form.text)
            return str(text) if text is not None else _message(_first(span.attributes, form.messages))
    return ""


def _message(value: Any) -> str:
    """The text of the parts of messages."""
    messages = _parsed(value)
    parts = [part for message in messages if isinstance(message, dict) for part in _parsed(message.get("parts"))]
    return "\n".join(
        part["content"]
        for part in parts
        if isinstance(part, dict) and part.get("type") == "text" and isinstance(part.get("content"), str)
    )


def _documents(attributes: Mapping[str, Any], prefixes: Sequence[str]) -> list[Mapping[str, Any]]:
    """The documents of the first attribute that has some, as a list or spread over attributes PREFIX.0.NAME."""
    for prefix in prefixes:
        if prefix in attributes:
            whole = _parsed(attributes[prefix])
            return [each if isinstance(each, dict) else {"text": str(each), "content": str(each)} for each in whole]
        spread: dict[int, dict[str, Any]] = {}
        start = len(prefix) + 1
        for key, value in attributes.items():
            if key.startswith(f"{prefix}."):
                number, _, name = key[start:].partition(".")
                if number.isascii() and number.isdigit() and len(number) < 7:
                    spread.setdefault(int(number), {})[name] = value
        if spread:
            return [spread[number] for number in sorted(spread)]
    return []


def _parsed(value: Any) -> list[Any]:
    """A list, also one that is written as JSON; empty for anything else."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return []
    return value if isinstance(value, list) else []


def _first(values: Mapping[str, Any], names: Sequence[str]) -> Any:
    """The first of the names that is there; `document.id` also as an object `document` with `id`."""
    for name in names:
        if (value := values.get(name)) is not None:
            return value
        head, _, rest = name.partition(".")
        inner = values.get(head)
        if rest and isinstance(inner, dict) and (value := inner.get(rest)) is not None:
            return value
    return None


def _is(span: Span, when: Mapping[str, Sequence[str]]) -> bool:
    return all(span.attributes.get(name) in values for name, values in when.items())
