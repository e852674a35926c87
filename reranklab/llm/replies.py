"""A chat model's reply read as a permutation: unusable numbers are dropped, missing ones put back, and both counted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from reranklab.errors import EndpointError
from reranklab.llm.reply_chains import read_chains, read_rows
from reranklab.llm.reply_forms import ReplyForm, Weight, blank, line_before, mentions
from reranklab.llm.reply_lists import read_lists
from reranklab.llm.reply_records import read_json, read_tables
from reranklab.llm.reply_text import plain_text

_QUOTE = 80

_FORMS = (read_json, read_tables, read_lists, read_chains, read_rows)
"""What one form has read, the next does not see."""

_FINAL = re.compile(r"(?:final|endgültig|définiti|最終|最终|итог)(?:[^\n:]*:|\w*\W+(?:\w+\W+){0,3})\W*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedReply:
    """`order` holds positions from 0, best first, each exactly once. `repairs` counts duplicates and numbers out of range
    that were dropped, and passages that were missing and appended in input order."""

    order: tuple[int, ...]
    repairs: int


def parse_permutation(reply: str, *, count: int) -> ParsedReply:
    """Read the order of passages 1 to `count` from a reply.

    Forms, in this order of precedence where they overlap: JSON, tables, lists of one passage an item (by rank, by score, as
    written), chains of ">" or arrows, and numbers in a row. Thoughts in <think> tags are dropped. Of several rankings one
    counts:

    1. Only those that name at least half of the passages, and inside of a sentence only those that name all of them.
    2. What is written as a ranking goes before lists with remarks and quoted chains, and these before numbers in a sentence.
    3. One headed "final" goes before others, and one that names at least three quarters of what the fullest names before a
       shorter one.
    4. Of those the last. Where it only repeats the beginning or a part of an earlier, fuller one in the same order, that one.

    The first mention of a passage holds. Passages merely mentioned or enumerated in the order given, as in a refusal or a
    commentary, are no ranking. Raises EndpointError, which quotes the beginning of the reply, where no ranking is left.
    """
    text = plain_text(reply)
    readings = _readings(text)
    usable = [reading for reading in readings if _counts(reading, count)]
    if not usable:
        raise EndpointError(
            f"The chat model's reply {_shortfall(text, readings, count)}: {_quote(reply)}. "
            "Try again, or use a model that follows instructions better."
        )
    numbers = _chosen(usable, text, count).numbers
    named = _named(numbers, count)
    missing = [position for position in range(count) if position + 1 not in set(named)]
    order = (*(number - 1 for number in named), *missing)
    return ParsedReply(order=order, repairs=len(numbers) - len(named) + len(missing))


def _readings(text: str) -> list[ReplyForm]:
    found: list[ReplyForm] = []
    for read in _FORMS:
        readings = read(text)
        text = blank(text, sorted((reading.start, reading.end) for reading in readings))
        found += readings
    return sorted(found, key=lambda reading: reading.start)


def _named(numbers: Sequence[int], count: int) -> list[int]:
    """The passages named, each once, by their first mention."""
    return list(dict.fromkeys(number for number in numbers if 1 <= number <= count))


def _counts(reading: ReplyForm, count: int) -> bool:
    named = len(_named(reading.numbers, count))
    return named == count if reading.weight is Weight.SENTENCE else named > 0 and 2 * named >= count


def _chosen(readings: Sequence[ReplyForm], text: str, count: int) -> ReplyForm:
    weight = max(reading.weight for reading in readings)
    rivals = [reading for reading in readings if reading.weight == weight]
    final = [reading for reading in rivals if _is_final(reading, text)]
    fullest = max(len(_named(reading.numbers, count)) for reading in rivals)
    last = (final or [reading for reading in rivals if 4 * len(_named(reading.numbers, count)) >= 3 * fullest])[-1]
    part = _named(last.numbers, count)
    for earlier in reversed(rivals):
        whole = _named(earlier.numbers, count)
        members = set(part)
        if earlier.start < last.start and len(whole) > len(part) and [n for n in whole if n in members] == part:
            return earlier
    return last


def _is_final(reading: ReplyForm, text: str) -> bool:
    """Whether the words before it, on its line or else on the last line with any, call it final."""
    lead = line_before(text, reading.start)
    if not re.search(r"\w", lead):
        lead = text[max(0, reading.start - len(lead) - 200) : reading.start - len(lead)].rstrip().rpartition("\n")[2]
    return bool(_FINAL.search(lead[-100:] + " "))


def _shortfall(text: str, readings: Sequence[ReplyForm], count: int) -> str:
    most = max((len(_named(reading.numbers, count)) for reading in readings), default=0)
    if 0 < 2 * most < count:
        return f"ranks {most} of the {count} passages, less than half"
    if any(1 <= mention.number <= count for mention in mentions(text)):
        return f"mentions passages and ranks none of the {count}"
    return f"names none of the {count} passages"


def _quote(reply: str) -> str:
    words = " ".join("".join(character if character.isprintable() else " " for character in reply).split())
    if not words:
        return "it is empty"
    return f"“{words[:_QUOTE]}…”" if len(words) > _QUOTE else f"“{words}”"
