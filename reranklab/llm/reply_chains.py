"""Chains, [2] > [3] > [1], and numbers in a row, 2, 3, 1."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from reranklab.llm.reply_forms import Mention, ReplyForm, Weight, ascending, line_after, line_before, mentions

_FROM_ARROW, _TO_ARROW, _JOINT = 40, 200, 40
_TIE = re.compile(r"[ \t]*[,=~≈&/+][ \t]*")
_ASIDE = re.compile(r"\([^()\n]{0,60}\)")
_ELLIPSIS = re.compile(r"[\s\[(]*(?:\.\.|…)")
_WORD = re.compile(r"[^\W\d_]+")
_OPENS, _CLOSES = "\"“'(«", "\"“')»"


@dataclass(slots=True)
class _Chain:
    members: list[Mention] = field(default_factory=list)
    linked: bool = False
    abbreviated: bool = False

    @property
    def whole(self) -> bool:
        return self.linked and not self.abbreviated


def read_chains(text: str) -> list[ReplyForm]:
    """At least two numbers with an arrow or ">" between each; "<" counts from the worst to the best.

    A chain that goes on with "..." is an example of the form, not a ranking.
    """
    found = [_reading(text, chain) for chain in _chains(text, ">") if chain.whole]
    return found or [_reading(text, chain, backwards=True) for chain in _chains(text, "<") if chain.whole]


def _chains(text: str, sign: str) -> Iterator[_Chain]:
    """Every link is what stands between two signs. One with several numbers that are no tie ends a chain and starts another."""
    if sign not in text:
        return
    chain = _Chain()
    offset = 0
    for place, link in enumerate(text.split(sign)):
        groups = _groups(link, offset)
        ellipsis = place > 0 and bool(_ELLIPSIS.match(link))
        chain.abbreviated |= ellipsis
        if groups:
            follows = place > 0 and not ellipsis and groups[0][0].start - offset <= _FROM_ARROW
            if follows:
                chain.linked = bool(chain.members)
                chain.members += groups[0]
            if not follows or len(groups) > 1:
                yield chain
                chain = _Chain(members=list(groups[-1]))
            rest = link[groups[-1][-1].end - offset :]
            if "\n\n" in rest or len(rest) > _TO_ARROW:
                yield chain
                chain = _Chain()
        elif "\n" in link or len(link) > _FROM_ARROW:
            yield chain
            chain = _Chain()
        offset += len(link) + 1
    yield chain


def _groups(link: str, offset: int) -> list[list[Mention]]:
    """The numbers of a link, those that tie together. Labels go before bare numbers, bare ones before those in parentheses."""
    found = mentions(link, offset=offset)
    chosen = [mention for mention in found if mention.label]
    if not chosen and "(" in link:
        chosen = mentions(_ASIDE.sub(lambda aside: "\x00" * len(aside[0]), link), offset=offset)
    groups: list[list[Mention]] = []
    for mention in chosen or found:
        if groups and _TIE.fullmatch(link[groups[-1][-1].end - offset : mention.start - offset]):
            groups[-1].append(mention)
        else:
            groups.append([mention])
    return groups


def _reading(text: str, chain: _Chain, *, backwards: bool = False) -> ReplyForm:
    numbers = tuple(mention.number for mention in chain.members)
    start, end = chain.members[0].start, chain.members[-1].end
    lead, tail = line_before(text, start), line_after(text, end)
    quoted = lead[-1:] in _OPENS and tail[:1] in _CLOSES and bool(lead and tail)
    within = bool(_WORD.search(lead)) and not lead[:-1].rstrip().endswith(":")
    weight = Weight.REMARKS if quoted and within else Weight.RANKING
    return ReplyForm(numbers=numbers[::-1] if backwards else numbers, start=start, end=end, weight=weight)


def read_rows(text: str) -> list[ReplyForm]:
    """Numbers that follow each other with little between: commas, spaces, line ends, or one word.

    Inside of a sentence they weigh least, and never count in the order given: "I cannot rank passages 1, 2 and 3".
    """
    rows: list[list[Mention]] = []
    for mention in mentions(text):
        if rows and _joins(text[rows[-1][-1].end : mention.start][: _JOINT + 1]):
            rows[-1].append(mention)
        else:
            rows.append([mention])
    return [reading for row in rows if (reading := _row(text, row))]


def _joins(joint: str) -> bool:
    words = _WORD.findall(joint)
    return len(joint) <= _JOINT and not re.search("[:\x00]", joint) and (not words or (len(words) == 1 and "\n" not in joint))


def _row(text: str, row: list[Mention]) -> ReplyForm | None:
    numbers = tuple(mention.number for mention in row)
    start, end = row[0].start, row[-1].end
    lead = line_before(text, start).rstrip(" \t[({\"“'")
    tail = _ASIDE.sub("", line_after(text, end))
    heads = lead.endswith((":", "=")) or len(_WORD.findall(lead)) <= 1
    alone = heads and not re.search("[0-9]", lead) and not re.search(r"\w", tail)
    if len(row) == 2 and not row[0].label and _WORD.search(text[row[0].end : row[1].start]):
        alone = False
    if not alone:
        return None if ascending(numbers) else ReplyForm(numbers=numbers, start=start, end=end, weight=Weight.SENTENCE)
    weight = Weight.REMARKS if len(row) > 1 and ascending(numbers) else Weight.RANKING
    return ReplyForm(numbers=numbers, start=start, end=end, weight=weight)
