"""Where in the text a model stopped reading."""

from __future__ import annotations

from dataclasses import dataclass

from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.explainable import Tokenizes, ask
from reranklab.rankers.family import Capability, Ranker
from reranklab.types import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """The text as the model got it, before and after the offset where it stopped reading."""

    before: str
    after: str


def find_cut(
    ranker: Ranker,
    document: Document,
    *,
    used: int,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> Cut:
    """The document cut behind its first `used` tokens. Raises InputError for a ranker whose tokenizer is not here."""
    tokenizer = ask(ranker, Capability.TOKENIZER, Tokenizes)  # type: ignore[type-abstract]
    read = tokenizer.read_text(document.content, cancel=cancel, progress=progress)
    offset = read.ends[used - 1] if 0 < used <= len(read.ends) else 0
    return Cut(before=read.text[:offset], after=read.text[offset:].strip())
