"""A chat model's reply read as a permutation: unusable numbers are dropped, missing ones put back, and both counted."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import chain

from reranklab.errors import EndpointError

_QUOTE = 80

_THOUGHT = re.compile(r"(</?think(?:ing)?>)", re.IGNORECASE)
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")

_WIDE = str.maketrans(
    {chr(0xFF10 + digit): str(digit) for digit in range(10)}
    | {chr(0x2460 + place): f"[{place + 1}]" for place in range(20)}
    | dict.fromkeys("［【〔", "[")
    | dict.fromkeys("］】〕", "]")
    | dict.fromkeys("＞〉》→", ">")
)
"""Full-width digits, circled numbers 1 to 20, and other scripts' brackets and arrows, as ASCII."""

_CUT_LABEL = re.compile(r"\[\s*[0-9]*$")
_LABEL = re.compile(r"\[\s*([0-9]+)\s*\]")
_LIST_NUMBER = re.compile(r"^[ \t]*[0-9]+[.):][ \t]+(?=.*[0-9])", re.MULTILINE)
_DECIMAL = re.compile(r"(?<![0-9.])[0-9]+\.[0-9]+(?![0-9.])")
_BARE = re.compile(r"[0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedReply:
    """`order` holds positions from 0, best first, each exactly once. `repairs` counts duplicates and numbers out of range
    that were dropped, and passages that were missing and appended in input order."""

    order: tuple[int, ...]
    repairs: int


def parse_permutation(reply: str, *, count: int) -> ParsedReply:
    """Read the order of passages 1 to `count` from a reply.

    Thoughts in <think> tags are dropped. Numbers in brackets or circles count before bare ones, and in a chain of ">" what
    stands before and behind the chain does not count: "the 20 passages" and the numbers of a list are not places. The first
    mention of a passage holds. Raises EndpointError where no number names a passage.
    """
    order: list[int] = []
    dropped = 0
    for number in _numbers(reply, digits=len(str(count))):
        if 1 <= number <= count and number - 1 not in order:
            order.append(number - 1)
        else:
            dropped += 1
    if not order:
        raise EndpointError(
            f"The chat model's reply names none of the {count} passages: {_quote(reply)}. "
            "Try again, or use a model that follows instructions better."
        )
    missing = [position for position in range(count) if position not in set(order)]
    return ParsedReply(order=(*order, *missing), repairs=dropped + len(missing))


def _numbers(reply: str, *, digits: int) -> list[int]:
    """The numbers in order of mention; one of more than `digits` digits is given as 0, which is out of range too."""
    text = _TAG.sub(" ", _without_thoughts(reply).translate(_WIDE))
    significant = [number.lstrip("0") for number in _mentions(_CUT_LABEL.sub("", text.rstrip()))]
    return [int(number) if 0 < len(number) <= digits else 0 for number in significant]


def _mentions(text: str) -> list[str]:
    links = text.split(">")
    labels = [_LABEL.findall(link) for link in links]
    bare = [_BARE.findall(_DECIMAL.sub(" ", link)) for link in links]
    if bare[0] and any(bare[1:]):
        bare[0], bare[-1] = bare[0][-1:], bare[-1][:1]
        return [number for label, numbers in zip(labels, bare, strict=True) for number in label or numbers]
    return list(chain.from_iterable(labels)) or _BARE.findall(_DECIMAL.sub(" ", _LIST_NUMBER.sub("", text)))


def _without_thoughts(reply: str) -> str:
    """The answer without the thoughts. A block may lack its start, which some chat templates give to the model, or its end,
    where the reply was cut off."""
    kept: list[str] = []
    thinking = False
    for part in _THOUGHT.split(reply):
        if _THOUGHT.fullmatch(part):
            opening = not part.startswith("</")
            if not opening and not thinking:
                kept.clear()
            thinking = opening
        elif not thinking:
            kept.append(part)
    return " ".join(kept)


def _quote(reply: str) -> str:
    words = " ".join(reply.split())
    if not words:
        return "it is empty"
    return f"“{words[:_QUOTE]}…”" if len(words) > _QUOTE else f"“{words}”"
