"""What judges a sentence, and an answer judged sentence by sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from reranklab.data.blank import is_blank
from reranklab.data.segments import word_places
from reranklab.data.spans import Span, sentence_spans
from reranklab.errors import InputError
from reranklab.progress import CancelSignal, Progress, check_cancel, part_of, report
from reranklab.rankers.estimate import Estimate
from reranklab.watch.support.verdict import Judgement, Verdict, over_chunks

_STOPPED = "Stopped before every sentence was judged."


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What a judge has asked of an endpoint so far. All 0 for one that computes here."""

    calls: int = 0
    tokens: int = 0
    repairs: int = 0
    unanswered: int = 0


class Judge(Protocol):
    """Says of a sentence what each chunk says of it.

    `judge` gives one judgement a chunk, in their order, and is told neither ranks nor numbers of them: the same chunk gets the
    same judgement wherever it stands, where the judge is deterministic. Raises InputError, ModelError, EndpointError,
    Cancelled.
    """

    @property
    def id(self) -> str:
        """How the judge is told apart in results: its kind, and behind a colon its model."""
        ...

    @property
    def spent(self) -> Spent: ...

    def judge(
        self,
        sentence: str,
        chunks: Sequence[str],
        *,
        cancel: CancelSignal | None = None,
        progress: Progress | None = None,
    ) -> tuple[Judgement, ...]: ...

    def estimate(self, pairs: Sequence[tuple[str, Sequence[str]]]) -> Estimate | None:
        """What judging these sentences, each with its chunks, will ask of an endpoint. None for a judge that computes here."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedSentence:
    """A sentence of an answer. `top` is what the first chunk says of it, `whole` what all of them say, `chunks` what each says
    by itself."""

    text: str
    span: Span
    top: Judgement
    whole: Judgement
    chunks: tuple[Judgement, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedAnswer:
    """The sentences of an answer in reading order; none for an answer without words."""

    sentences: tuple[JudgedSentence, ...]

    def share(self, verdict: Verdict, *, top: bool = False) -> float | None:
        """The share of sentences with that verdict, of those that were told. None where none was."""
        told = [each.top.verdict if top else each.whole.verdict for each in self.sentences]
        told = [each for each in told if each is not Verdict.UNTOLD]
        return sum(each is verdict for each in told) / len(told) if told else None


def answer_sentences(answer: str) -> tuple[Span, ...]:
    """The sentences that say something: a line of signs is none, nor is a number alone that heads an item of a list."""
    spans = tuple(span for span in sentence_spans(answer) if any(word_places(span.of(answer))))
    return tuple(span for span in spans if len(spans) == 1 or any(map(str.isalpha, span.of(answer))))


def judge_answer(
    judge: Judge,
    answer: str,
    chunks: Sequence[str],
    *,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> JudgedAnswer:
    """Every sentence of the answer against the first chunk and against all. `chunks` stand in the order of their rank.

    Raises InputError where no chunk has text, and what the judge raises.
    """
    if all(is_blank(chunk) for chunk in chunks):
        raise InputError("The answer has no chunk with text to be held against. Log the texts of the chunks with the answer.")
    spans = answer_sentences(answer)
    judged = []
    for number, span in enumerate(spans):
        check_cancel(cancel, _STOPPED)
        report(progress, done=number, total=len(spans), unit="sentence")
        inner = part_of(progress, before=number, part=1, total=len(spans), unit="sentence")
        each = judge.judge(span.of(answer), chunks, cancel=cancel, progress=inner)
        judged.append(
            JudgedSentence(text=span.of(answer), span=span, top=over_chunks(each[:1]), whole=over_chunks(each), chunks=each)
        )
    report(progress, done=len(spans), total=len(spans), unit="sentence")
    return JudgedAnswer(sentences=tuple(judged))
