"""Rankings written as data: JSON objects and arrays, and tables."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reranklab.llm.reply_forms import RANK_WORD, SCORE_WORD, ReplyForm, ascending, to_number

_DEEPEST = 20
_CLOSING = {"]": "[", "}": "{"}
_TRAILING_COMMA = re.compile(r",\s*(?=[\]}])")
_IDENTIFIER_WORD = re.compile(r"passage|doc|^id$|_id$|^index$|number|label|identifier", re.IGNORECASE)
_IDENTIFIER = re.compile(r"[^\w]{0,4}(?:[^\W\d_]{1,20}[ .#:_-]{0,3})?[\[(#]{0,2}([0-9]+)(?![0-9]|\.[0-9]| ?[/%])")
_NUMBER = re.compile(r"[^0-9]{0,20}?(-?[0-9]{1,9}(?:\.[0-9]{1,17})?)(?![0-9])")
_RULE = re.compile(r"[\s:|+=-]+")
_MOST_CELLS = 12


def read_json(text: str) -> list[ReplyForm]:
    """Outermost JSON values that hold a ranking: a list of passages, a list of objects with a rank or a score, or an object
    that names such a list. Objects one behind the other are one list."""
    readings: list[ReplyForm] = []
    row: list[tuple[int, int, Mapping[str, Any]]] = []
    for start, end in _outermost(text):
        value = _load(text[start:end])
        if isinstance(value, dict) and _order(value) is None:
            if row and text[row[-1][1] : start].strip(" \t\n,"):
                readings.append(_joined(row))
                row = []
            row.append((start, end, value))
        elif (numbers := _order(value)) and not (isinstance(value, list) and len(value) < 2):
            readings.append(ReplyForm(numbers=numbers, start=start, end=end))
    if row:
        readings.append(_joined(row))
    return [reading for reading in readings if reading.numbers or ">" not in text[reading.start : reading.end]]


def _joined(row: Sequence[tuple[int, int, Mapping[str, Any]]]) -> ReplyForm:
    """Objects as one list; without numbers where they are no ranking, so that no other form reads the lists in them."""
    numbers = _order([value for _, _, value in row]) if len(row) > 1 else None
    return ReplyForm(numbers=numbers or (), start=row[0][0], end=row[-1][1])


def _outermost(text: str) -> list[tuple[int, int]]:
    """Spans between matching brackets that lie in no other such span; one pass over the text."""
    spans: list[tuple[int, int]] = []
    open_at: list[int] = []
    quoted = escaped = False
    for position, character in enumerate(text):
        if quoted:
            quoted = character != "\n" and (escaped or character != '"')
            escaped = character == "\\" and not escaped
        elif character == '"':
            quoted = bool(open_at)
        elif character in "[{":
            open_at.append(position)
        elif character in "]}":
            if open_at and text[open_at[-1]] == _CLOSING[character]:
                start = open_at.pop()
                while spans and spans[-1][0] > start:
                    spans.pop()
                spans.append((start, position + 1))
            else:
                open_at.clear()
    return spans


def _load(text: str) -> Any:
    """The value, or nothing. Quotes of other kinds and commas before a closing bracket are forgiven."""
    depth = deepest = 0
    for bracket in re.findall(r"[\[\]{}]", text):
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
    if deepest > _DEEPEST:
        return None
    for attempt in (text, _TRAILING_COMMA.sub("", text if '"' in text else text.replace("'", '"').replace("“", '"'))):
        try:
            return json.loads(attempt, parse_int=lambda digits: int(digits[:18]))
        except ValueError:
            continue
    return None


def _order(value: Any) -> tuple[int, ...] | None:
    if isinstance(value, list) and value:
        if all(isinstance(entry, dict) for entry in value):
            return _order_of_objects(value)
        numbers = [_identifier(entry) for entry in value]
        return None if None in numbers else tuple(number for number in numbers if number is not None)
    if isinstance(value, dict):
        named = {key: order for key, entry in value.items() if (order := _order(entry)) and isinstance(entry, list | dict)}
        ranked = [order for key, order in named.items() if RANK_WORD.search(key) or "order" in key.lower()]
        if ranked or len(named) == 1:
            return ranked[-1] if ranked else next(iter(named.values()))
        return None if named else _order_of_keys(value)
    return None


def _order_of_keys(value: Mapping[str, Any]) -> tuple[int, ...] | None:
    """{"rank 1": 2, ...} gives passages by rank, {"passage 2": 0.9, ...} scores; {"1": 3, "2": 1} could be either and is not
    read."""
    keys = [_identifier(key) for key in value]
    if len(value) < 2 or None in keys:
        return None
    entries = list(value.values())
    places = range(1, len(value) + 1)
    if all(RANK_WORD.search(key) for key in value) or all(isinstance(entry, str) for entry in entries):
        numbers = [_identifier(entry) for entry in entries]
        if None in numbers or sorted(key or 0 for key in keys) != list(places):
            return None
        return tuple(number or 0 for _, number in sorted(zip(keys, numbers, strict=True), key=lambda pair: pair[0] or 0))
    if not all(isinstance(entry, int | float) and not isinstance(entry, bool) for entry in entries):
        return None
    if all(isinstance(entry, int) for entry in entries) and sorted(entries) == list(places):
        return None
    by_score = sorted(zip(keys, entries, strict=True), key=lambda pair: -pair[1])
    return tuple(key or 0 for key, _ in by_score)


def _order_of_objects(entries: Sequence[Mapping[str, Any]]) -> tuple[int, ...] | None:
    keys = list(entries[0])
    rank = next((key for key in keys if RANK_WORD.search(key)), None)
    score = next((key for key in keys if SCORE_WORD.search(key) and key != rank), None)
    others = [key for key in keys if key not in (rank, score)]
    others.sort(key=lambda key: not _IDENTIFIER_WORD.search(key))
    return _by_columns(
        [
            (
                next((number for key in others if (number := _identifier(entry.get(key))) is not None), None),
                _value(entry.get(rank)) if rank else None,
                _value(entry.get(score)) if score else None,
            )
            for entry in entries
        ],
        remarks=len(others) > 1,
    )


def _by_columns(rows: Sequence[tuple[int | None, float | None, float | None]], *, remarks: bool) -> tuple[int, ...] | None:
    """Passages with their rank and score, best first. Without either the order written holds, unless it is the order given
    and comes with remarks: that is a commentary."""
    if any(number is None for number, _, _ in rows) or not rows:
        return None
    ranks = [rank for _, rank, _ in rows if rank is not None]
    scores = [score for _, _, score in rows if score is not None]
    ordered = list(rows)
    if len(ranks) == len(rows) and len(set(ranks)) == len(rows):
        ordered.sort(key=lambda row: row[1] or 0)
    elif len(scores) == len(rows):
        ordered.sort(key=lambda row: -(row[2] or 0))
    elif remarks and ascending([number or 0 for number, _, _ in rows]):
        return None
    return tuple(number or 0 for number, _, _ in ordered)


def _identifier(entry: Any) -> int | None:
    if isinstance(entry, bool):
        return None
    if isinstance(entry, int):
        return to_number(str(entry)) if entry >= 0 else 0
    if isinstance(entry, str) and entry.count(">") == 0:
        found = _IDENTIFIER.match(entry)
        return to_number(found[1]) if found else None
    return None


def _value(entry: Any) -> float | None:
    if isinstance(entry, int | float) and not isinstance(entry, bool):
        return float(entry)
    found = _NUMBER.match(entry) if isinstance(entry, str) else None
    return float(found[1]) if found else None


def read_tables(text: str) -> list[ReplyForm]:
    """Tables of Markdown, and of columns between tabs or commas where the first line names them."""
    return [reading for sign in "|\t," for reading in _tables(text, sign)]


def _tables(text: str, sign: str) -> Iterator[ReplyForm]:
    rows: list[list[str]] = []
    start = offset = 0
    for line in [*text.split("\n"), ""]:
        cells = [cell.strip() for cell in line.strip(" |" if sign == "|" else " ").split(sign, _MOST_CELLS)]
        if len(cells) > 1 and "\x00" not in line and (not rows or len(cells) == len(rows[0])):
            start = start if rows else offset
            rows.append(cells)
        elif rows:
            if numbers := _table_order([row for row in rows if not _RULE.fullmatch("".join(row))], headed=sign != "|"):
                yield ReplyForm(numbers=numbers, start=start, end=max(start, min(offset - 1, len(text))))
            rows = []
        offset += len(line) + 1


def _table_order(rows: Sequence[Sequence[str]], *, headed: bool) -> tuple[int, ...] | None:
    header: Sequence[str] = ()
    if rows and not any(re.search("[0-9]", cell) for cell in rows[0]):
        header, rows = rows[0], rows[1:]
    elif headed:
        return None
    if not rows:
        return None
    columns = list(zip(*rows, strict=True))
    rank = next((place for place, name in enumerate(header) if RANK_WORD.search(name)), None)
    score = next((place for place, name in enumerate(header) if SCORE_WORD.search(name) and place != rank), None)
    numbered = [
        place
        for place, column in enumerate(columns)
        if place not in (rank, score) and all(_identifier(cell) is not None for cell in column)
    ]
    if rank is None and len(numbered) > 1:
        counting = list(range(1, len(rows) + 1))
        rank = next((place for place in numbered if [_identifier(cell) for cell in columns[place]] == counting), None)
        numbered = [place for place in numbered if place != rank]
    if not numbered and rank is not None:
        numbered, rank = [rank], None
    if not numbered:
        return None
    named = [place for place in numbered if header and _IDENTIFIER_WORD.search(header[place])]
    chosen = (named or numbered)[0]
    return _by_columns(
        [
            (
                _identifier(row[chosen]),
                None if rank is None else _value(row[rank]),
                None if score is None else _value(row[score]),
            )
            for row in rows
        ],
        remarks=len(columns) > 1,
    )
