"""What a ranker's tokenizer makes of a collection's documents: lengths, what is cut, what is unknown, how words are split."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from reranklab.data.words import tokenise
from reranklab.types import Document, RankedDocument, Ranking


@dataclass(frozen=True, slots=True, kw_only=True)
class TextProfile:
    """The distinct candidates of a collection, as one ranker read them.

    Lengths are tokens of its own tokenizer. `truncated` is the share of documents of which it read a part only. `unknown` is
    the mean share of a document's characters that stand in unknown tokens, and `with_unknown` the share of documents that have
    any. `tokens_per_word` is the mean over documents, punctuation counted in: a WordPiece vocabulary hardly ever gives an
    unknown token, and writes what it does not know in many pieces. None where no document has a word.
    """

    documents: int
    median: float
    p95: float
    truncated: float
    unknown: float
    with_unknown: float
    tokens_per_word: float | None


def text_profile(rankings: Sequence[Ranking], words: Mapping[str, int]) -> TextProfile:
    """Of one ranker's rankings, of which there is at least one. `words` is document id to its number of words."""
    items: dict[str, RankedDocument] = {item.id: item for ranking in rankings for item in ranking.items}
    total = np.array([item.tokens_total for item in items.values()])
    unknown = np.array([item.unknown_share for item in items.values()])
    split = [item.tokens_total / words[item.id] for item in items.values() if words.get(item.id)]
    return TextProfile(
        documents=len(items),
        median=float(np.median(total)),
        p95=float(np.quantile(total, 0.95)),
        truncated=float(np.mean([item.truncated for item in items.values()])),
        unknown=float(unknown.mean()),
        with_unknown=float(np.mean(unknown > 0)),
        tokens_per_word=float(np.mean(split)) if split else None,
    )


def word_counts(documents: Mapping[str, Document]) -> dict[str, int]:
    """Document id to its number of words, as the BM25 analyser "words" finds them."""
    return {id_: len(tokenise(document.content, analyser="words")) for id_, document in documents.items()}
