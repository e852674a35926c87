"""Spans as programs write them in JSON: OTLP, one export a line, and single spans, in OTLP or as the Python SDK prints them.

OTLP/JSON writes 64-bit numbers as text and an attribute's value as an object that names its kind (OpenTelemetry protocol
specification, JSON Protobuf encoding).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from reranklab.watch.log.times import read_time

_LARGEST = 2**64
_FAILED = (2, "STATUS_CODE_ERROR", "ERROR")


class Value(msgspec.Struct, gc=False, rename="camel"):
    string_value: str | None = None
    int_value: str | int | None = None
    double_value: float | str | None = None
    bool_value: bool | None = None
    array_value: Values | None = None
    kvlist_value: Attributes | None = None

    def plain(self) -> Any:
        """As Python has it; None for bytes and for nothing. Raises ValueError for a number that is none."""
        if self.string_value is not None:
            return self.string_value
        if self.double_value is not None:
            return float(self.double_value)
        if self.int_value is not None:
            return int(self.int_value)
        if self.bool_value is not None:
            return self.bool_value
        if self.array_value is not None:
            return [each.plain() for each in self.array_value.values]
        if self.kvlist_value is not None:
            return {each.key: each.value.plain() for each in self.kvlist_value.values}
        return None


class Values(msgspec.Struct, gc=False):
    values: list[Value] = []


class Attribute(msgspec.Struct, gc=False):
    key: str
    value: Value = msgspec.field(default_factory=Value)


class Attributes(msgspec.Struct, gc=False):
    values: list[Attribute] = []


class Status(msgspec.Struct, gc=False):
    code: int | str | None = None
    status_code: str | None = None


class Context(msgspec.Struct, gc=False):
    trace_id: str = ""
    span_id: str = ""


class WrittenSpan(msgspec.Struct, gc=False):
    """A span in OTLP or as the Python SDK prints it."""

    traceId: str = ""  # noqa: N815
    spanId: str = ""  # noqa: N815
    startTimeUnixNano: str | int | None = None  # noqa: N815
    endTimeUnixNano: str | int | None = None  # noqa: N815
    attributes: list[Attribute] | dict[str, Any] = []
    status: Status | None = None
    context: Context | None = None
    start_time: str | None = None
    end_time: str | None = None

    def span(self) -> Span:
        """Raises ValueError for a number that is none."""
        context = self.context or Context(self.traceId, self.spanId)
        given = self.attributes
        return Span(
            trace=context.trace_id,
            id=context.span_id,
            start=_nanoseconds(self.startTimeUnixNano, self.start_time),
            end=_nanoseconds(self.endTimeUnixNano, self.end_time),
            failed=self.status is not None and (self.status.code in _FAILED or self.status.status_code in _FAILED),
            attributes=given if isinstance(given, dict) else {each.key: each.value.plain() for each in given},
        )


class ScopeSpans(msgspec.Struct, gc=False):
    spans: list[WrittenSpan] = []


class ResourceSpans(msgspec.Struct, gc=False):
    scopeSpans: list[ScopeSpans] = []  # noqa: N815
    instrumentationLibrarySpans: list[ScopeSpans] = []  # noqa: N815


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """`start` and `end` are nanoseconds since 1970; None where they are missing or not to be read."""

    trace: str
    id: str
    start: int | None
    end: int | None
    failed: bool
    attributes: Mapping[str, Any]


def spans_of(resources: list[ResourceSpans]) -> Iterator[WrittenSpan]:
    """`instrumentationLibrarySpans` is what versions of OTLP before 0.16 called `scopeSpans`."""
    for resource in resources:
        for scope in (*resource.scopeSpans, *resource.instrumentationLibrarySpans):
            yield from scope.spans


def _nanoseconds(given: str | int | None, written: str | None) -> int | None:
    if given is not None:
        whole = int(given)
        if abs(whole) > _LARGEST:
            raise ValueError("more than 64 bits")
        return whole or None
    found = read_time(written, latest=float("inf"))
    return round(found[0] * 1e6) * 1000 if isinstance(found, tuple) else None
