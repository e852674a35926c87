"""Where tokens end in a text, by the tokenizer of one of the run's models."""

from __future__ import annotations

from dataclasses import dataclass

from reranklab.data.spans import word_spans
from reranklab.explain.edit_steps import TokenEnds
from reranklab.rankers.explainable import Tokenizes, ask
from reranklab.rankers.family import Capability
from reranklab.ui.explain.cost import ranker_name
from reranklab.ui.explain.subject import Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Counting:
    """A way of counting tokens. `words` says whose they are."""

    words: str
    ends: TokenEnds


def counting(subject: Subject) -> Counting:
    """By the first ranker of the run that has a tokenizer here, else by words."""
    spec = next((spec for spec in subject.specs if spec.can(Capability.TOKENIZER)), None)
    if spec is None:
        return Counting(words="counted in words: no ranker of the run has a tokenizer here", ends=_ends_of_words)
    tokenizer = ask(subject.build(spec), Capability.TOKENIZER, Tokenizes)  # type: ignore[type-abstract]
    return Counting(words=f"as {ranker_name(subject, spec.id)} counts them", ends=lambda text: tokenizer.read_text(text).ends)


def _ends_of_words(text: str) -> list[int]:
    return [span.end for span in word_spans(text)]
