"""What a chunk has of a sentence: how near its nearest words are, and which numbers, names and negations differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from reranklab.data.spans import sentence_spans
from reranklab.watch.support.languages import Language, folded_words, language_of
from reranklab.watch.support.names import name_terms, names_of, terms_of
from reranklab.watch.support.numbers import Number, numbers_of

MOST_PIECES = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """`piece` is the sentence of the chunk, or two that follow each other, that is nearest to the sentence: with the highest
    `score`, or the highest coverage where scores are not used. `coverage` is the share, 0 to 1, of the sentence's words that
    the piece has; None for a sentence without a word.

    `missing_numbers` stand nowhere in the chunk. `other_numbers` are pairs of such a number and the one that the piece has in
    its place. `missing_names` stand nowhere in the chunk, and `other_names` in the piece and not in the sentence. `negated`
    says that one of the sentence and the nearest sentence of the chunk has a negation and the other none; None where the
    language is not known. `verbatim` says that a piece has the words of the sentence, all of them and no other, in their order.
    """

    piece: str
    score: float | None
    language: Language | None
    coverage: float | None
    missing_numbers: tuple[str, ...]
    other_numbers: tuple[tuple[str, str], ...]
    missing_names: tuple[str, ...]
    other_names: tuple[str, ...]
    negated: bool | None
    verbatim: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A sentence of a chunk, or two that follow each other: what is said in one breath may stand in two."""

    text: str
    single: bool


def pieces_of(chunk: str, sentence: str) -> tuple[Piece, ...]:
    """The pieces of a chunk, those of single sentences first; of a long chunk the 64 that have most words of `sentence`."""
    spans = sentence_spans(chunk)
    singles = [Piece(text=span.of(chunk), single=True) for span in spans]
    pairs = [Piece(text=chunk[first.start : second.end], single=False) for first, second in pairwise(spans)]
    language = language_of([sentence, chunk])
    most = MOST_PIECES // 2
    return (*nearest(singles, sentence, language, most=most), *nearest(pairs, sentence, language, most=most))


def holds_verbatim(pieces: Sequence[Piece], sentence: str) -> bool:
    """Whether one of the pieces is the sentence, apart from case and signs."""
    words = folded_words(sentence)
    return bool(words) and any(folded_words(piece.text) == words for piece in pieces)


def nearest(pieces: Sequence[Piece], sentence: str, language: Language | None, *, most: int) -> tuple[Piece, ...]:
    """As many of the pieces as `most`, in their order: those that have most words of the sentence, of equal ones the first."""
    if len(pieces) <= most:
        return tuple(pieces)
    shares = [_coverage(sentence, piece.text, language) or 0.0 for piece in pieces]
    chosen = sorted(range(len(pieces)), key=lambda place: -shares[place])[:most]
    return tuple(pieces[place] for place in sorted(chosen))


def evidence_of(sentence: str, chunk: str, *, pieces: Sequence[Piece], scores: Sequence[float] | None) -> Evidence:
    """Of a chunk with text and its `pieces_of`. `scores` run along them; None where no ranker's scores mean anything for such
    text."""
    language = language_of([sentence, chunk])
    nearness = [_coverage(sentence, piece.text, language) or 0.0 for piece in pieces] if scores is None else scores
    place = max(range(len(pieces)), key=lambda position: nearness[position])
    single = max((position for position, each in enumerate(pieces) if each.single), key=lambda position: nearness[position])
    piece = pieces[place].text
    numbers, in_chunk, in_piece = (numbers_of(text, language) for text in (sentence, chunk, piece))
    missing = [number for number in numbers if not any(number.equals(each) for each in in_chunk)]
    names = names_of(sentence, language)
    chunk_terms, said = name_terms(chunk), name_terms(sentence)
    return Evidence(
        piece=piece,
        score=None if scores is None else scores[place],
        language=language,
        coverage=_coverage(sentence, piece, language),
        missing_numbers=tuple(number.text for number in missing),
        other_numbers=tuple(pair for number in missing if (pair := _in_its_place(number, numbers, in_piece)) is not None),
        missing_names=tuple(name for name in names if not name_terms(name) <= chunk_terms),
        other_names=tuple(name for name in names_of(piece, language) if not name_terms(name) & said),
        verbatim=holds_verbatim(pieces, sentence),
        negated=None if language is None else language.negates(sentence) != language.negates(pieces[single].text),
    )


def _in_its_place(number: Number, said: Sequence[Number], there: Sequence[Number]) -> tuple[str, str] | None:
    """The first number of the piece that says how much of the same, and that the sentence does not say as well."""
    for other in there:
        if number.beside(other) and not any(each.equals(other) for each in said):
            return number.text, other.text
    return None


def _coverage(sentence: str, text: str, language: Language | None) -> float | None:
    wanted = terms_of(sentence, language)
    return len(wanted & terms_of(text, language)) / len(wanted) if wanted else None
