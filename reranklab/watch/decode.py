"""One line of a log to the requests in it, whatever its schema, or to the reason why there is none."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from reranklab.watch.lines import RawLine
from reranklab.watch.reasons import Reason
from reranklab.watch.schema import SCHEMA, LoggedLine, line_type

_FAMILY = SCHEMA.split("/")[0]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an entry is no request. `example` names the field or the place and holds nothing of a text."""

    reason: Reason
    example: str = ""


class LineDecoder:
    """`names` is our name of a field to the log's. Raises InputError for a field that is unknown."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._type = line_type(tuple(sorted(names.items())))
        self._decode = msgspec.json.Decoder(self._type).decode

    def requests(self, raw: RawLine) -> Sequence[LoggedLine | Refusal]:
        """One for each entry of the line, in its order."""
        if raw.content is None:
            return (Refusal(Reason.TOO_LONG),)
        try:
            line = self._decode(raw.content)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            found = self._decode_slowly(raw.content.strip(), ended=raw.ended)
            if isinstance(found, Refusal):
                return (found,)
            line = found
        if line.candidates is not None or line.candidate_ids is not None:
            return (_of_our_schema(line),)
        return (_unknown(line),)

    def _decode_slowly(self, content: bytes, *, ended: bool) -> LoggedLine | Refusal:
        """What the strict decoder refused: Python's own also takes NaN and halves of surrogate pairs, which other programs
        write."""
        if not content:
            return Refusal(Reason.BLANK)
        try:
            value = json.loads(content.decode("utf-8"))
        except UnicodeDecodeError:
            return Refusal(Reason.ENCODING if ended else Reason.CUT)
        except json.JSONDecodeError as error:
            return Refusal(Reason.BROKEN, f"{error.msg} at column {error.colno:,}") if ended else Refusal(Reason.CUT)
        except (ValueError, RecursionError):
            return Refusal(Reason.BROKEN, "nested too deep, or with a number too long")
        if not isinstance(value, dict):
            return Refusal(Reason.NO_OBJECT)
        try:
            return msgspec.convert(value, self._type)
        except (msgspec.ValidationError, RecursionError) as error:
            return Refusal(Reason.FIELD, str(error))


def _of_our_schema(line: LoggedLine) -> LoggedLine | Refusal:
    if isinstance(line.schema, str) and line.schema.startswith(_FAMILY) and line.schema != SCHEMA:
        return Refusal(Reason.SCHEMA, f"this program reads {SCHEMA}")
    return line


def _unknown(line: LoggedLine) -> Refusal:
    known = line.time is not None and line.query is not None
    return Refusal(Reason.NO_CANDIDATES) if known else Refusal(Reason.SCHEMA)
