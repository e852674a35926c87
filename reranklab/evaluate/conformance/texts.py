"""What a served reranker is asked: pairs that differ in one thing each."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

LONG_WORDS = (60, 120, 240, 360, 480, 700, 1400)
"""Words of the long documents, about 1.2 tokens each: below, around and above the usual windows of 128, 256 and 512 tokens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One query with one document. `name` says what is special about it."""

    name: str
    query: str
    document: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Documents that are read for one query."""

    query: str
    documents: tuple[str, ...]


def plain_groups() -> tuple[Group, ...]:
    return tuple(Group(query=each["query"], documents=tuple(each["documents"])) for each in _read()["plain"])


def plain_pairs() -> tuple[Pair, ...]:
    """Every query of the plain groups with each of its documents, and with the first of the next group's."""
    groups = plain_groups()
    pairs = []
    for number, group in enumerate(groups):
        documents = (*group.documents, groups[(number + 1) % len(groups)].documents[0])
        pairs += [
            Pair(name=f"plain {number + 1}.{place}", query=group.query, document=text)
            for place, text in enumerate(documents, start=1)
        ]
    return tuple(pairs)


def script_pairs() -> tuple[Pair, ...]:
    return tuple(Pair(**each) for each in _read()["script"])


def special_pairs() -> tuple[Pair, ...]:
    return tuple(Pair(**each) for each in _read()["special"])


def batch_group() -> Group:
    """One query with every plain document and some long ones: a batch of unequal lengths, in which the second document stands
    again at the end, 16 in all."""
    groups = plain_groups()
    texts = [text for group in groups for text in group.documents]
    longer = [long_document(words, answer_last=False) for words in (40, 90, 150)]
    return Group(query=groups[0].query, documents=(*texts, *longer, texts[1]))


def long_pairs() -> tuple[Pair, ...]:
    """Documents of rising length, the answer once at their beginning and once at their end."""
    query = _read()["long"]["query"]
    return tuple(
        Pair(
            name=f"{words} words, answer {'last' if last else 'first'}",
            query=query,
            document=long_document(words, answer_last=last),
        )
        for words in LONG_WORDS
        for last in (False, True)
    )


def long_document(words: int, *, answer_last: bool) -> str:
    """A document of about so many words. One of them answers the long query."""
    long = _read()["long"]
    count = max(words - len(long["answer"].split()), 0)
    filler = " ".join(_first(_endless(long["filler"]), count))
    return " ".join(filter(None, (filler, long["answer"]) if answer_last else (long["answer"], filler)))


def _endless(sentences: list[str]) -> Iterator[str]:
    while True:
        for sentence in sentences:
            yield from sentence.split()


def _first(words: Iterator[str], count: int) -> list[str]:
    return [next(words) for _ in range(count)]


@cache
def _read() -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("texts.toml").read_text(encoding="utf-8"))
