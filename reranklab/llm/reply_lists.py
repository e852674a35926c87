"""One passage an item: numbered lists, "rank 1: passage 2", bullets, bare numbers, and passages with scores."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from reranklab.llm.reply_forms import RANK_WORD, SCORE_WORD, ReplyForm, Weight, ascending, to_number

_WORDS = r"(?P<{name}>(?:[^\W\d_]{{1,20}}[ \t.]{{0,3}}){{0,{most}}})"
_ORDINAL = r"(?:st|nd|rd|th|er|ère|e|º|ª|位|名)?"
_START = r"[ \t\-•·–+\"“'(]{0,12}"

_RANKED = re.compile(
    _START
    + _WORDS.format(name="rank_word", most=1)
    + rf"[#№ ]{{0,3}}(?P<rank>[0-9]{{1,4}}){_ORDINAL}[ \t\"”)]{{0,3}}(?P<sign>[.):：、=>–-](?![0-9])|(?=[ \t]+\[))"
    + r"(?:(?P<remark>[^\[\]0-9\n>]{0,60})(?=\[)|"
    + r"[ \t\"“(:]{0,6}"
    + _WORDS.format(name="word", most=1)
    + r"[#№ :(]{0,3})"
    + r"(?:\[[^\[\]0-9\n]{0,20}(?P<label>[0-9]+)\s{0,3}\]|(?P<bare>[0-9]+)(?![0-9]|[.,/][0-9]| ?[%/]))"
)
"""A rank, and behind it a passage: a label behind up to 60 characters, or a number behind one word."""

_PLAIN = re.compile(
    _START
    + _WORDS.format(name="word", most=2)
    + r"[#№ ]{0,3}"
    + r"(?:\[[^\[\]0-9\n]{0,20}(?P<label>[0-9]+)\s{0,3}\]|(?P<bare>[0-9]+)(?![0-9]|[.,/][0-9]| ?[%/]))"
)

_VALUE = re.compile(
    r"(?P<words>[^0-9\n>]{0,30}?)(?P<sign>(?<![\w])-)?(?P<value>[0-9]{1,9}(?:\.[0-9]{1,17})?)"
    r"(?P<of>[ \t]*(?:/[ \t]*[0-9]+|%|out of [0-9]+))?(?![0-9.]*[0-9])"
)
_SEPARATOR = re.compile(r"[ \t]*[.):：,–-]|[ \t]*$")
_RANKED_SHAPE = "1."
_INNER = re.compile(r"[;,、，；]")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Item:
    number: int
    rank: int | None = None
    score: float | None = None
    certain: bool = False
    """The score is written as one: with a word, as a decimal, a fraction or a percentage."""
    shape: str = ""
    remark: bool = False
    start: int = 0
    end: int = 0


def read_lists(text: str) -> list[ReplyForm]:
    """Blocks of items, in the order of their ranks, else of their scores where each has one, else as written.

    Items of a block look alike; lines between them that are no items are remarks. A block ends where a rank or a passage
    comes again.
    """
    blocks: list[list[_Item]] = []
    taken: set[int] = set()
    for item in _items(text):
        key = item.number if item.rank is None else item.rank
        if blocks and item.shape == blocks[-1][0].shape and key not in taken:
            blocks[-1].append(item)
        else:
            blocks.append([item])
            taken = set()
        taken.add(key)
    return [reading for block in blocks if (reading := _reading(block))]


def _items(text: str) -> list[_Item]:
    items: list[_Item] = []
    offset = 0
    for line in text.split("\n"):
        items += _line_items(line, offset)
        offset += len(line) + 1
    return items


def _line_items(line: str, offset: int) -> list[_Item]:
    """The item of a line, or several where every part between commas is a ranked or scored one."""
    if "\x00" in line:
        return []
    parts: list[_Item] = []
    begin = 0
    for end in [found.start() for found in _INNER.finditer(line)] + [len(line)]:
        item = _item(line[begin:end], offset + begin)
        if item is None or item.remark or (item.rank is None and item.score is None):
            parts = []
            break
        parts.append(item)
        begin = end + 1
    if len(parts) > 1:
        return parts
    whole = _item(line, offset)
    return [whole] if whole else []


def _item(part: str, offset: int) -> _Item | None:
    found = _RANKED.match(part)
    if found and _is_ranked(found) and ">" not in part[found.end() :]:
        tail = part[found.end() :]
        digits = found["label"] or found["bare"]
        return _Item(
            number=to_number(digits),
            rank=to_number(found["rank"]),
            shape=_RANKED_SHAPE,
            remark=bool(re.search(r"\w", tail)),
            start=offset,
            end=offset + len(part),
        )
    plain = _PLAIN.match(part)
    if plain is None or ">" in part or "<" in part:
        return None
    return _plain_item(part, plain, offset)


def _is_ranked(found: re.Match[str]) -> bool:
    """ "Passage 1: 2" gives passage 1 a value; "rank 1: 2", "1: 2" and "1: passage 2" give a rank to passage 2."""
    before, word = found["rank_word"].strip(), (found["word"] or "").strip()
    if RANK_WORD.search(word) or SCORE_WORD.search(word) or SCORE_WORD.search(found["remark"] or ""):
        return False
    if found["sign"] == ">":
        return bool(found["label"]) and (not before or bool(RANK_WORD.search(before)))
    return not before or bool(RANK_WORD.search(before)) or bool(word or found["label"])


def _plain_item(part: str, plain: re.Match[str], offset: int) -> _Item | None:
    label, word = plain["label"], plain["word"].strip(" \t.").lower()
    tail = part[plain.end() :]
    remark = bool(re.search(r"\w", tail))
    value = _VALUE.match(tail) if remark else None
    shape = word + ("[]" if label else "")
    number = to_number(label or plain["bare"])
    if value:
        words = value["words"]
        ranked = bool(RANK_WORD.search(words))
        scored = bool(SCORE_WORD.search(words) or value["of"] or "." in value["value"])
        if ranked and not scored:
            return _Item(
                number=number, rank=to_number(value["value"]), shape=_RANKED_SHAPE, start=offset, end=offset + len(part)
            )
        if scored or ((label or word) and not re.search(r"\w", words) and re.search("[:=(–-]", words)):
            score = float((value["sign"] or "") + value["value"])
            more = bool(re.search(r"\w", tail[value.end() :]))
            return _Item(
                number=number, score=score, certain=scored, shape=shape, remark=more, start=offset, end=offset + len(part)
            )
    if remark and not (re.search(r"[^\W\d_]", tail) and (label or _SEPARATOR.match(tail))):
        return None
    return _Item(number=number, shape=shape, remark=remark, start=offset, end=offset + len(part))


def _reading(block: Sequence[_Item]) -> ReplyForm | None:
    items = list(block)
    if len(items) == 1 and items[0].rank is None:
        return None
    scored = all(item.score is not None for item in items)
    ranks = sorted(item.rank for item in items if item.rank is not None)
    weight = Weight.RANKING
    if ranks:
        if ranks != list(range(1, len(items) + 1)):
            return None
        items.sort(key=lambda item: item.rank or 0)
        if any(item.remark for item in items) and ascending([item.number for item in items]):
            weight = Weight.REMARKS
    elif scored and not _as_written(items):
        if not any(item.certain for item in items) and sorted(item.score or 0 for item in items) == [
            float(place) for place in range(1, len(items) + 1)
        ]:
            return None
        items.sort(key=lambda item: -(item.score or 0))
    elif not scored:
        remarks = any(item.remark or item.score is not None for item in items)
        if ascending([item.number for item in items]) and len(items) > 1:
            if remarks:
                return None
            weight = Weight.REMARKS
        elif remarks:
            weight = Weight.REMARKS
    numbers = tuple(item.number for item in items)
    return ReplyForm(numbers=numbers, start=block[0].start, end=block[-1].end, weight=weight)


def _as_written(items: Sequence[_Item]) -> bool:
    """Whether whole numbers behind the passages count up from 1 in the order written: they are ranks, not scores."""
    return not any(item.certain for item in items) and [item.score for item in items] == list(range(1, len(items) + 1))
