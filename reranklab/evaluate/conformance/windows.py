"""Ways in which a served model may cut a long document: each is tried on the reference."""

from __future__ import annotations

from dataclasses import dataclass, replace

from reranklab.evaluate.conformance.texts import Pair

WINDOWS = (64, 128, 192, 256, 384, 512, 1024, 2048, 4096)
"""Tokens of the whole pair."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A long pair cut in another way. `name` completes "the served model reads"."""

    name: str
    pairs: tuple[Pair, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """Where a document's tokens end in its text, and how many tokens of a pair are not the document's."""

    ends: tuple[int, ...]
    frame: int


def windows(pairs: tuple[Pair, ...], cuts: tuple[Cut, ...], *, own: int) -> list[Window]:
    """The pairs in each shorter window than the reference's `own`, and the end of the document in that window."""
    tried = []
    for size in (each for each in WINDOWS if each < own):
        cut = tuple(_first(pair, each, size) for pair, each in zip(pairs, cuts, strict=True))
        tried.append(Window(name=f"the first {size:,} tokens of a pair", pairs=cut))
    for size in (each for each in WINDOWS if each <= own):
        cut = tuple(_last(pair, each, size) for pair, each in zip(pairs, cuts, strict=True))
        tried.append(Window(name=f"the query and the end of the document, {size:,} tokens in all", pairs=cut))
    return tried


def _first(pair: Pair, cut: Cut, size: int) -> Pair:
    room = size - cut.frame
    if room < 1 or room >= len(cut.ends):
        return pair
    return replace(pair, document=pair.document[: cut.ends[room - 1]])


def _last(pair: Pair, cut: Cut, size: int) -> Pair:
    room = size - cut.frame
    if room < 1 or room >= len(cut.ends):
        return pair
    return replace(pair, document=pair.document[cut.ends[-room - 1] :])
