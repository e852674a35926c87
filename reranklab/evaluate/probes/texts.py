"""What the rules know of a text: the query's terms, the sentence that answers, and whether it is English prose."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from reranklab.data.folding import fold
from reranklab.data.spans import Span, sentence_spans, word_spans
from reranklab.data.words import tokenise
from reranklab.errors import InputError
from reranklab.explain.function_words import FUNCTION_WORDS
from reranklab.types import Document

_FUNCTION_STEMS = frozenset(tokenise(" ".join(sorted(FUNCTION_WORDS)), analyser="english"))
_ENGLISH_SHARE = 0.2
_LEAST_SHARE = 2 / 3
_ASKS_FOR = re.compile(r"\s*(?:what|who|whom|whose|when|where|which|why|how)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The sentence of a document's text that holds most of the query's terms. `number` counts sentences from 1."""

    number: int
    span: Span
    sentence: str
    sentences: int


def terms_of(text: str) -> frozenset[str]:
    """The stems of the content words."""
    return frozenset(tokenise(text, analyser="english")) - _FUNCTION_STEMS


_ASKS_WHETHER = re.compile(
    r"\s*(?:am|is|are|was|were|can|could|will|would|shall|should|may|might|must|has|have|had|do|does|did)\b", re.IGNORECASE
)


def asks_for(query: str) -> bool:
    """Whether the query is a question that yes and no do not answer."""
    return _ASKS_FOR.match(query) is not None


def is_question(query: str) -> bool:
    return asks_for(query) or query.rstrip().endswith("?") or _ASKS_WHETHER.match(query) is not None


def word_count(text: str) -> int:
    return len(word_spans(text))


def check_english(text: str) -> None:
    """Raise InputError for what is not English prose: a fifth of its words are function words there."""
    words = [fold(span.of(text)) for span in word_spans(text)]
    if not words or sum(word in FUNCTION_WORDS for word in words) < _ENGLISH_SHARE * len(words):
        raise InputError("the document is not English prose")


def find_answer(query: str, document: Document, *, sentences: int = 1) -> Answer:
    """The sentence that answers, as far as words tell: at least two and two thirds of the query's terms stand in it, more than
    in any other sentence and in the title. Where the query asks what, who or when, all of them: a sentence on the same thing
    need not hold what is asked for. Raises InputError, saying why, where no sentence is so clear, and where the text has fewer
    than `sentences` sentences."""
    spans = sentence_spans(document.text)
    if len(spans) < sentences:
        raise InputError(f"the text has fewer than {sentences} sentences")
    asked = terms_of(query)
    counts = [len(asked & terms_of(span.of(document.text))) for span in spans]
    best = max(range(len(spans)), key=lambda place: counts[place], default=None)
    least = len(asked) if asks_for(query) else _LEAST_SHARE * len(asked)
    if best is None or counts[best] < max(2, least):
        raise InputError("no sentence holds enough of the query's words to be the answer for sure")
    if counts.count(counts[best]) > 1:
        raise InputError("several sentences hold as many of the query's words")
    if len(asked & terms_of(document.title)) >= counts[best]:
        raise InputError("the title holds as many of the query's words")
    return Answer(number=best + 1, span=spans[best], sentence=spans[best].of(document.text), sentences=len(spans))


def unrelated_sentences(query: str, documents: Sequence[Document], *, words: int) -> str:
    """At least `words` words of whole sentences from `documents`, none with a term of the query. Raises InputError where
    there are not so many."""
    asked = terms_of(query)
    chosen: list[str] = []
    counted = 0
    for document in documents:
        for span in sentence_spans(document.text):
            sentence = re.sub(r"\s+", " ", span.of(document.text))
            length = word_count(sentence)
            if not 6 <= length <= 60 or asked & terms_of(sentence):
                continue
            chosen.append(sentence)
            counted += length
            if counted >= words:
                return " ".join(chosen)
    raise InputError(f"there are not {words:,} words of other documents without a word of the query")
