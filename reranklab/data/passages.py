"""Long texts as passages: whole sentences, up to a size, each overlapping the one before."""

from __future__ import annotations

from itertools import pairwise

from reranklab.data.spans import Span, sentence_spans, word_spans


def passage_spans(text: str, *, words: int, overlap: int) -> tuple[Span, ...]:
    """Passages of at most `words` words in reading order, which together hold every sentence of the text.

    A passage ends where a sentence ends, and the next one begins with the last whole sentences of it that make up `overlap`
    words or fewer. A sentence longer than a passage is cut behind `words` words. A text without words is one passage.
    """
    pieces = [piece for sentence in sentence_spans(text) for piece in _pieces(text, sentence, words)]
    if not pieces:
        return (Span(start=0, end=len(text)),)
    lengths = [len(word_spans(piece.of(text))) for piece in pieces]
    found: list[Span] = []
    start = 0
    while start < len(pieces):
        end, total = start, 0
        while end < len(pieces) and (end == start or total + lengths[end] <= words):
            total += lengths[end]
            end += 1
        found.append(Span(start=pieces[start].start, end=pieces[end - 1].end))
        if end == len(pieces):
            break
        start = _next_start(lengths, start, end, overlap, words)
    return tuple(found)


def _next_start(lengths: list[int], start: int, end: int, overlap: int, words: int) -> int:
    """As far back from `end` as `overlap` words allow, but on from `start`, and so that the next piece still fits."""
    place, held = end, 0
    while place - 1 > start and held + lengths[place - 1] <= overlap and held + lengths[place - 1] + lengths[end] <= words:
        place -= 1
        held += lengths[place]
    return place


def _pieces(text: str, sentence: Span, words: int) -> list[Span]:
    """The sentence, or stretches of it of `words` words where it has more."""
    found = word_spans(sentence.of(text))
    if len(found) <= words:
        return [sentence]
    cuts = [sentence.start + found[place].start for place in range(words, len(found), words)]
    edges = [sentence.start, *cuts, sentence.end]
    return [Span(start=left, end=left + len(text[left:right].rstrip())) for left, right in pairwise(edges)]
