"""The lines of a log in the schema `reranklab-log/1` (docs/watch.md), and under other names for its fields."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from itertools import repeat
from typing import Annotated, Any, cast

import msgspec
from msgspec import UNSET, Meta

from reranklab.errors import InputError
from reranklab.watch.log.otlp import ResourceSpans

SCHEMA = "reranklab-log/1"
_ITEM = "candidates."
_Whole = Annotated[int, Meta(ge=-(2**53), le=2**53)]


class LoggedItem(msgspec.Struct, gc=False):
    """A candidate as a line gives it."""

    id: str | int
    score: float | None = None
    rank: _Whole | None = None
    tokens: _Whole | None = None
    characters: _Whole | None = None
    truncated: bool | None = None
    title: str | None = None
    text: str | None = None


class LoggedLine(msgspec.Struct, gc=False):
    """A line: a request with its candidates as objects, or as lists of equal length; or spans, which are read apart."""

    schema: Any = None
    time: int | float | str | None = None
    request_id: str | int | None = None
    query: str | None = None
    ranker: str | None = None
    ranker_version: str | int | float | None = None
    rerank_ms: float | None = None
    candidates: list[LoggedItem] | None = None
    candidate_ids: list[str | int] | None = None
    candidate_scores: list[float | None] | None = None
    candidate_ranks: list[_Whole | None] | None = None
    candidate_tokens: list[_Whole | None] | None = None
    candidate_characters: list[_Whole | None] | None = None
    candidate_truncated: list[bool | None] | None = None
    candidate_titles: list[str | None] | None = None
    candidate_texts: list[str | None] | None = None
    answer: str | None = None
    answer_chunks: list[str | int] | None = None
    resourceSpans: list[ResourceSpans] | None = None  # noqa: N815
    attributes: Any = UNSET


_LISTS = (
    "candidate_scores",
    "candidate_ranks",
    "candidate_tokens",
    "candidate_characters",
    "candidate_truncated",
    "candidate_titles",
    "candidate_texts",
)
"""What a line with lists has, in the order of the fields of LoggedItem behind the id."""
_SPANS = ("schema", "resourceSpans", "attributes")


class UnevenError(ValueError):
    """Lists of a line that differ in length. Its text names the list."""


def field_names() -> tuple[str, ...]:
    """The fields that a log may have under another name: `time`, `candidates.score` and so on."""
    line = [each for each in LoggedLine.__struct_fields__ if each not in _SPANS]
    return (*line, *(_ITEM + each for each in LoggedItem.__struct_fields__))


@cache
def line_type(names: tuple[tuple[str, str], ...]) -> type[LoggedLine]:
    """Lines whose fields have other names: pairs of our name and the log's. Raises InputError for a field that is unknown, and
    for two fields of one name."""
    if not names:
        return LoggedLine
    for name, _ in names:
        if name not in field_names():
            raise InputError(f"A line of a log has no field {name!r}. Choose from: {', '.join(field_names())}.")
    item = _renamed(LoggedItem, {name.removeprefix(_ITEM): own for name, own in names if name.startswith(_ITEM)}, {})
    own = {name: own for name, own in names if not name.startswith(_ITEM)}
    return cast(type[LoggedLine], _renamed(LoggedLine, own, {"candidates": list[item] | None}))  # type: ignore[valid-type]


def _renamed(struct: type[msgspec.Struct], names: Mapping[str, str], types: Mapping[str, Any]) -> type[msgspec.Struct]:
    every = msgspec.structs.fields(struct)
    taken = [names.get(each.name, each.name) for each in every]
    if len(set(taken)) < len(taken):
        twice = next(name for name in taken if taken.count(name) > 1)
        raise InputError(f"Two fields of a line would be called {twice!r}. Give each its own name.")
    described = [(each.name, types.get(each.name, each.type), *(() if each.required else (each.default,))) for each in every]
    return msgspec.defstruct(struct.__name__, described, rename=dict(names) or None, gc=False)


def with_items(line: LoggedLine) -> list[LoggedItem] | None:
    """The candidates of a line, also where it gives them as lists; None where it has none of either. Raises UnevenError."""
    if line.candidates is not None:
        return line.candidates
    if line.candidate_ids is None:
        return None
    given = [(own, getattr(line, own)) for own in _LISTS]
    size = len(line.candidate_ids)
    for own, values in given:
        if values is not None and len(values) != size:
            raise UnevenError(f"{own} has {len(values):,} entries and candidate_ids {size:,}")
    columns: list[Iterable[Any]] = [repeat(None, size) if values is None else values for _, values in given]
    return list(map(LoggedItem, line.candidate_ids, *columns))
