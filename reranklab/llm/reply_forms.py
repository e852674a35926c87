"""What all written forms of a ranking share: a reading with its place and weight, mentions of numbers, and the words around."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise

_MOST_DIGITS = 6

MENTION = re.compile(r"\[[^\[\]0-9\n]{0,20}([0-9]+)\s{0,3}\]|([0-9]+)")
"""A number in brackets (group 1, a label), which may hold a word such as [Passage 2], or a bare number (group 2)."""

RANK_WORD = re.compile(
    r"rank|rang|place|platz|position|puesto|posto|место|順位|排名|第|^\W*#\W*$|^\W*(?:no|nr)\W*$", re.IGNORECASE
)
SCORE_WORD = re.compile(r"score|relevan|rating|grade|punkt|puntu|note|оценк|分", re.IGNORECASE)
"""Words that tell ranks and scores from identifiers where both are plain numbers. Without them the shape decides."""

_NO_IDENTIFIER = re.compile(
    r"(?<![0-9.])[0-9]+\.[0-9]+(?![0-9.])"  # a decimal
    r"|(?<![0-9/])[0-9]+ ?/ ?[0-9]+(?![0-9/])"  # 9/10
    r"|(?<![0-9])[0-9]+ ?%"
)


class Weight(IntEnum):
    """How surely a piece of text is meant as the ranking."""

    SENTENCE = 1
    """Numbers inside of a sentence."""
    REMARKS = 2
    """A list with a remark to each passage, numbers in the order given, a chain quoted inside of a sentence."""
    RANKING = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyForm:
    """Numbers that one form finds between the offsets `start` and `end` of the text, best first, as written: some may be
    doubled or name no passage."""

    numbers: tuple[int, ...]
    start: int
    end: int
    weight: Weight = Weight.RANKING


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    number: int
    start: int
    end: int
    label: bool


def to_number(digits: str) -> int:
    """The number, or 0, which names no passage, for one that is too long to name any."""
    significant = digits.lstrip("0")
    return int(significant) if 0 < len(significant) <= _MOST_DIGITS else 0


def mentions(text: str, *, offset: int = 0) -> list[Mention]:
    """Numbers of the text that may name passages: no decimals, fractions or percentages."""
    return [
        Mention(
            number=to_number(found[1] or found[2]), start=offset + found.start(), end=offset + found.end(), label=bool(found[1])
        )
        for found in MENTION.finditer(blank(text, (found.span() for found in _NO_IDENTIFIER.finditer(text))))
    ]


def blank(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """The text with these parts, in order and apart from each other, taken out; what remains keeps its offsets."""
    parts: list[str] = []
    done = 0
    for start, end in spans:
        parts.append(text[done:start])
        parts.append("\x00" * (end - start))
        done = end
    parts.append(text[done:])
    return "".join(parts)


def ascending(numbers: Sequence[int]) -> bool:
    """Whether the numbers stand in the order of the passages given, which a mere enumeration has as well."""
    return all(first < second for first, second in pairwise(numbers))


def line_before(text: str, start: int) -> str:
    """What stands before `start` on its line; its last 200 characters."""
    lead = text[max(0, start - 200) : start]
    return lead[lead.rfind("\n") + 1 :]


def line_after(text: str, end: int) -> str:
    """What stands behind `end` on its line; its first 200 characters."""
    return text[end : end + 200].partition("\n")[0]
