"""A chat model's reply read as one word for each passage, strictly: what is not in the form asked for is no answer."""

from __future__ import annotations

import re

from reranklab.llm.reply_text import plain_text

SUPPORT_WORDS = ("supported", "contradicted", "absent")

_LINE = re.compile(r"[-•]?\s*\[\s*(?P<number>[0-9]{1,3})\s*\]\s*[:>-]*\s*(?P<word>[A-Za-z]+)\s*[.,;]?")
_BARE = re.compile(r"(?P<word>[A-Za-z]+)\s*\.?")


def parse_support(reply: str, *, count: int) -> tuple[str, ...] | None:
    """One of `SUPPORT_WORDS` for each of `count` passages, in their order.

    Every line must be a number in brackets and one of the words, each number from 1 to `count` once; for one passage the word
    alone will do. None for anything else, also a part of an answer: a passage that is left out is not absent.
    """
    lines = [line for line in (line.strip() for line in plain_text(reply).splitlines()) if line]
    if count == 1 and len(lines) == 1 and (bare := _BARE.fullmatch(lines[0])) and bare["word"].lower() in SUPPORT_WORDS:
        return (bare["word"].lower(),)
    found: dict[int, str] = {}
    for line in lines:
        match = _LINE.fullmatch(line)
        if match is None or match["word"].lower() not in SUPPORT_WORDS or int(match["number"]) in found:
            return None
        found[int(match["number"])] = match["word"].lower()
    if sorted(found) != list(range(1, count + 1)):
        return None
    return tuple(found[number] for number in range(1, count + 1))
