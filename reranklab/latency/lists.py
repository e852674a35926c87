"""Lists of documents of given lengths, made of real text."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import cast

from reranklab.data.samples import list_samples, load_sample
from reranklab.errors import InputError
from reranklab.progress import CancelSignal, check_cancel
from reranklab.rankers.base import MAX_CANDIDATES
from reranklab.rankers.explainable import Tokenizes
from reranklab.rankers.family import Capability, Ranker
from reranklab.types import Document, Query

QUERY = Query(text="How does the length of a document change the time that a ranker takes?")
MAX_TOKENS = 8192
_WORDS_PER_TOKEN = 0.8
"""Of English text, where a ranker does not tell its tokens: the lengths are then those of words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedList:
    """A query with candidates. `tokens` is the length that was asked for, None for documents as they are."""

    query: Query
    documents: tuple[Document, ...]
    tokens: int | None = None


def made_lists(
    ranker: Ranker, *, candidates: Sequence[int], tokens: Sequence[int], seed: int = 0, cancel: CancelSignal | None = None
) -> tuple[TimedList, ...]:
    """A list for each number of candidates and each length of document in tokens.

    The text is that of the samples, in random order; each document begins at another place of it. It is cut where the ranker's
    own tokenizer ends a token, or where the ranker has none to ask, after a word. Raises InputError for numbers out of range.
    """
    for number, what, most in (
        *((n, "candidates", MAX_CANDIDATES) for n in candidates),
        *((t, "tokens", MAX_TOKENS) for t in tokens),
    ):
        if not 1 <= number <= most:
            raise InputError(f"{number:,} {what} do not work. Give 1 to {most:,}.")
    if not candidates or not tokens:
        raise InputError("There is nothing to measure. Give at least one number of candidates and one of tokens.")
    words = _words(seed)
    lists = []
    for length in tokens:
        documents = []
        for number in range(max(candidates)):
            check_cancel(cancel)
            documents.append(
                Document(id=f"d{number}", text=_text(ranker, words, start=131 * number, tokens=length, cancel=cancel))
            )
        lists += [TimedList(query=QUERY, documents=tuple(documents[:count]), tokens=length) for count in candidates]
    return tuple(lists)


def real_lists(tasks: Iterable[tuple[Query, Sequence[Document]]], *, candidates: Sequence[int]) -> tuple[TimedList, ...]:
    """The first documents of each query's candidates, as many as each number of `candidates` says; shorter ones are left out.

    Raises InputError where nothing is left.
    """
    lists = tuple(
        TimedList(query=query, documents=tuple(documents[:count]))
        for query, documents in tasks
        for count in candidates
        if 1 <= count <= len(documents)
    )
    if not lists:
        raise InputError(f"No query has {min(candidates, default=0):,} candidates. Take fewer, or another collection.")
    return lists


def _words(seed: int) -> list[str]:
    texts = [
        document.text
        for sample in list_samples()
        if not sample.name.endswith("-adversarial")
        for document in load_sample(sample.name).documents.values()
    ]
    random.Random(seed).shuffle(texts)
    return " ".join(texts).split()


def _text(ranker: Ranker, words: Sequence[str], *, start: int, tokens: int, cancel: CancelSignal | None) -> str:
    def taken(count: int) -> str:
        return " ".join(words[(start + place) % len(words)] for place in range(count))

    if Capability.TOKENIZER not in ranker.capabilities:
        return taken(max(1, round(_WORDS_PER_TOKEN * tokens)))
    read = cast(Tokenizes, ranker).read_text(taken(tokens + 8), cancel=cancel)
    return read.text[: read.ends[tokens - 1]] if len(read.ends) >= tokens else read.text
