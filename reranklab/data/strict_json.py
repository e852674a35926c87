"""JSON as RFC 8259 defines it: Python's own reader also takes NaN and Infinity, which are no JSON, and tells 3.0 from 3."""

from __future__ import annotations

import json
import math
from decimal import Decimal

from reranklab.errors import InputError


def parse_json(raw: str | bytes, *, where: str) -> object:
    """The value in `raw`, UTF-8 where it is bytes. `where` names it in errors, such as "Line 3 of docs.jsonl".

    A whole number becomes an int however it is written (3.0, 1e3, -0), so that as an id it has one spelling. Raises InputError
    for NaN and Infinity, for a number beyond floating point, and for what is not JSON or not UTF-8.
    """
    try:
        return json.loads(raw, parse_constant=_refuse_constant, parse_float=_number)
    except json.JSONDecodeError as error:
        raise InputError(
            f"{where} is not valid JSON ({error.msg} at column {error.colno}). Write one object a line."
        ) from error
    except UnicodeDecodeError as error:
        raise InputError(f"{where} is not UTF-8 (byte {error.start + 1} of the line). Save the file as UTF-8.") from error
    except _NoJsonNumberError as error:
        raise InputError(f"{where} holds {error}, which is no JSON number. Write null, or put it in quotes.") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{where} is nested too deep or holds a number too long. Simplify it.") from error


class _NoJsonNumberError(ValueError):
    """Its text is the number as it was written."""


def _refuse_constant(name: str) -> float:
    raise _NoJsonNumberError(name)


def _number(text: str) -> int | float:
    value = float(text)
    if math.isinf(value):
        raise _NoJsonNumberError(text if len(text) <= 20 else f"{text[:20]}…")
    exact = Decimal(text)
    if not exact:
        return 0
    return int(exact) if exact == exact.to_integral_value() else value
