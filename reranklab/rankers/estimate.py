"""What ranking a list will ask of a model, told before it is asked: calls and tokens."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from reranklab.data.segments import counted_ends
from reranklab.types import Document, Query

PROMPT_TOKENS, PASSAGE_TOKENS, ANSWER_TOKENS = 120, 6, 5
"""Of a language model's prompt without its texts, of each passage's frame, and of each identifier in an answer: estimates,
since every model has a tokenizer of its own."""

TOKENS_PER_WORD = 4 / 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """One list: so many documents of `document_tokens` each on average, and a query of `query_tokens`."""

    documents: int
    document_tokens: float
    query_tokens: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """`calls` are prompts that a model here reads, or requests to a service: so many, or, where the answers decide how many are
    asked, at most so many (`exact` is False). `tokens` are about those of all prompts, `written` of the answers. What is read
    once and used for several prompts counts in each, so a model here may read fewer. `load` is the list, for a service that may
    charge by documents."""

    calls: int
    tokens: int
    written: int = 0
    exact: bool = True
    load: Workload | None = None

    @property
    def words(self) -> str:
        """Such as "at most 62 calls, about 14,000 tokens read"."""
        calls = f"{'' if self.exact else 'at most '}{self.calls:,} {'call' if self.calls == 1 else 'calls'}"
        written = f", {rounded(self.written):,} written" if self.written else ""
        return f"{calls}, about {rounded(self.tokens):,} tokens read{written}"


def workload_of(query: Query, documents: Sequence[Document]) -> Workload:
    """Counted in words, as if a word were 4/3 tokens."""
    words = sum(len(counted_ends(document.content)) for document in documents)
    return Workload(
        documents=len(documents),
        document_tokens=TOKENS_PER_WORD * words / max(len(documents), 1),
        query_tokens=TOKENS_PER_WORD * len(counted_ends(query.text)),
    )


def prompts(
    load: Workload, *, calls: int, passages: int, most: float = math.inf, answers: int = 0, exact: bool = True
) -> Estimate:
    """Of prompts that hold `passages` of at most `most` tokens in all of them together, and whose answers name `answers`."""
    each = min(load.document_tokens, most) + PASSAGE_TOKENS
    read = calls * (PROMPT_TOKENS + load.query_tokens) + passages * each
    return Estimate(calls=calls, tokens=round(read), written=answers * ANSWER_TOKENS, exact=exact)


def together(estimates: Iterable[Estimate | None]) -> Estimate | None:
    """The sum; None where nobody says anything."""
    known = [each for each in estimates if each is not None]
    if not known:
        return None
    if len(known) == 1:
        return known[0]
    return Estimate(
        calls=sum(each.calls for each in known),
        tokens=sum(each.tokens for each in known),
        written=sum(each.written for each in known),
        exact=all(each.exact for each in known),
    )


def rounded(tokens: float) -> int:
    """To two digits, since the rest of an estimate says nothing."""
    digits = max(0, int(math.log10(max(tokens, 1))) - 1)
    return int(round(tokens, -digits))
