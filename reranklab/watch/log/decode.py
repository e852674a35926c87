"""One line of a log to the requests in it, whatever its schema, or to the reason why there is none."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import msgspec
from msgspec import UNSET

from reranklab.watch.log.lines import LONGEST_LINE, RawLine
from reranklab.watch.log.otlp import WrittenSpan, spans_of
from reranklab.watch.log.reasons import Reason, Refusal
from reranklab.watch.log.schema import SCHEMA, LoggedLine, line_type
from reranklab.watch.log.spans import rerankings

_FAMILY = SCHEMA.split("/")[0]


class LineDecoder:
    """`names` is our name of a field to the log's, `searches` whether spans of a search are read too. Raises InputError for a
    field that is unknown."""

    def __init__(self, names: Mapping[str, str], *, searches: bool) -> None:
        self._searches = searches
        self._type = line_type(tuple(sorted(names.items())))
        self._decode = msgspec.json.Decoder(self._type).decode

    def requests(self, raw: RawLine) -> Sequence[LoggedLine | Refusal]:
        """One for each entry of the line, in its order."""
        if raw.content is None:
            return (Refusal(Reason.TOO_LONG, f"more than {LONGEST_LINE // 1024**2} MB"),)
        try:
            line = self._decode(raw.content)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            found = self._decode_slowly(raw)
            if isinstance(found, Refusal):
                return (found,)
            line = found
        if line.candidates is not None or line.candidate_ids is not None:
            return (_of_our_schema(line),)
        if line.resourceSpans is not None:
            return rerankings(spans_of(line.resourceSpans), searches=self._searches)
        if line.attributes is not UNSET:
            return self._single_span(raw, line)
        return (_unknown(line),)

    def _single_span(self, raw: RawLine, line: LoggedLine) -> Sequence[LoggedLine | Refusal]:
        value = _parse(raw)
        if isinstance(value, Refusal):
            return (value,)
        try:
            span = msgspec.convert(value, WrittenSpan)
        except (msgspec.ValidationError, UnicodeEncodeError, RecursionError) as error:
            return (Refusal(Reason.FIELD, str(error)),)
        is_span = span.startTimeUnixNano is not None or span.start_time is not None
        return rerankings([span], searches=self._searches) if is_span else (_unknown(line),)

    def _decode_slowly(self, raw: RawLine) -> LoggedLine | Refusal:
        """What the strict decoder refused: Python's own also takes NaN and halves of surrogate pairs, which other programs
        write."""
        value = _parse(raw)
        if isinstance(value, Refusal):
            return value
        try:
            return msgspec.convert(value, self._type)
        except (msgspec.ValidationError, UnicodeEncodeError, RecursionError) as error:
            return Refusal(Reason.FIELD, str(error))


def _parse(raw: RawLine) -> object:
    """The object of a line, or the Refusal of what is none."""
    content = (raw.content or b"").strip()
    if not content:
        return Refusal(Reason.BLANK)
    try:
        value = json.loads(content.decode("utf-8"))
    except UnicodeDecodeError:
        return Refusal(Reason.ENCODING if raw.ended else Reason.CUT)
    except json.JSONDecodeError as error:
        return Refusal(Reason.BROKEN, f"{error.msg} at column {error.colno:,}") if raw.ended else Refusal(Reason.CUT)
    except (ValueError, RecursionError):
        return Refusal(Reason.BROKEN, "nested too deep, or with a number too long")
    return value if isinstance(value, dict) else Refusal(Reason.NO_OBJECT)


def _of_our_schema(line: LoggedLine) -> LoggedLine | Refusal:
    if isinstance(line.schema, str) and line.schema.startswith(_FAMILY) and line.schema != SCHEMA:
        return Refusal(Reason.SCHEMA, f"this program reads {SCHEMA}")
    return line


def _unknown(line: LoggedLine) -> Refusal:
    known = line.time is not None and line.query is not None
    return Refusal(Reason.NO_CANDIDATES) if known else Refusal(Reason.SCHEMA)
