"""Batches of similar length under a token budget, and what batching must not do to scores."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence

COMPUTED_TOKENS = "computed_tokens"
"""The detail of a ranking that counts the tokens of all batches, padding included."""
PART_CHARACTERS = 1_000_000
"""Characters that go through a tokenizer in one call: under a second or two, however many texts there are."""


def token_batches(lengths: Sequence[int], *, budget: int) -> list[list[int]]:
    """Positions of `lengths` (tokens), longest first, cut into batches.

    A batch costs its longest length times its size, padding included, and stays within `budget` unless it holds one item.
    """
    batches: list[list[int]] = []
    for position in sorted(range(len(lengths)), key=lambda position: -lengths[position]):
        if batches and lengths[batches[-1][0]] * (len(batches[-1]) + 1) <= budget:
            batches[-1].append(position)
        else:
            batches.append([position])
    return batches


def equal_batches(lengths: Sequence[int], *, budget: int) -> list[list[int]]:
    """As `token_batches`, with nothing but one length (tokens) in a batch: no padding, so that a score cannot depend on it."""
    batches: list[list[int]] = []
    for batch in token_batches(lengths, budget=budget):
        for position in batch:
            if (
                batches
                and lengths[batches[-1][0]] == lengths[position]
                and lengths[position] * (len(batches[-1]) + 1) <= budget
            ):
                batches[-1].append(position)
            else:
                batches.append([position])
    return batches


def text_parts(texts: Sequence[str], *, most: int = PART_CHARACTERS) -> Iterator[Sequence[str]]:
    """The texts in order, in parts of at most `most` characters or one text."""
    start, size = 0, 0
    for position, text in enumerate(texts):
        if position > start and size + len(text) > most:
            yield texts[start:position]
            start, size = position, 0
        size += len(text)
    if start < len(texts):
        yield texts[start:]


def score_duplicates_alike(scores: Sequence[float], inputs: Sequence[Hashable]) -> list[float]:
    """Equal inputs get the score of the first of them.

    The same text in another batch, or in another row of one, can score 1e-7 higher, which would undo the order of ties.
    """
    first: dict[Hashable, float] = {}
    return [first.setdefault(key, score) for key, score in zip(inputs, scores, strict=True)]
