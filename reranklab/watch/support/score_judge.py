"""Judging by what every install has: a cross-encoder's score, and exact numbers, names and negations."""

from __future__ import annotations

from collections.abc import Sequence

from reranklab.data.blank import is_blank
from reranklab.engine.build import build_ranker
from reranklab.errors import InputError, QueryTooLongError
from reranklab.progress import CancelSignal, Progress, check_cancel
from reranklab.rankers.base import MAX_CANDIDATES
from reranklab.rankers.estimate import Estimate
from reranklab.rankers.family import Ranker
from reranklab.types import Document, Query
from reranklab.watch.support.calibration import Calibration, shipped_calibration
from reranklab.watch.support.evidence import Evidence, evidence_of, holds_verbatim, pieces_of
from reranklab.watch.support.judge import Spent
from reranklab.watch.support.languages import language_of, script_of
from reranklab.watch.support.verdict import Judgement, Verdict

SCORES = "scores"
_LATIN = "Latin"


class ScoreJudge:
    """The sentence is the query, and the sentences of a chunk are the documents.

    A chunk that has the sentence word for word supports it. One that speaks of it (`Calibration.speaks`) does too, unless a
    number, a name or a negation is another: then it contradicts, or, where nothing stands in the number's or name's place, the
    sentence is absent. It does not see that words are opposites (open, closed) or that parts are exchanged (A beat B): its
    agreement says what that costs. Of text in another language than the sentence it tells nothing.
    """

    def __init__(self, ranker: Ranker, *, calibration: Calibration | None = None) -> None:
        """Raises InputError for a ranker whose scores the calibration that comes with the program is not of."""
        shipped = shipped_calibration()
        if calibration is None and _model_of(ranker.id) != _model_of(shipped.ranker):
            raise InputError(
                f"The scores of {ranker.id} are not calibrated on judged answers. Use {shipped.ranker}, or give a calibration."
            )
        self._ranker = ranker
        self._calibration = calibration or shipped

    @property
    def id(self) -> str:
        return f"{SCORES}:{self._ranker.id}"

    @property
    def spent(self) -> Spent:
        return Spent()

    def estimate(self, pairs: Sequence[tuple[str, Sequence[str]]]) -> Estimate | None:
        return None

    def judge(
        self,
        sentence: str,
        chunks: Sequence[str],
        *,
        cancel: CancelSignal | None = None,
        progress: Progress | None = None,
    ) -> tuple[Judgement, ...]:
        try:
            found = self.evidence(sentence, chunks, cancel=cancel, progress=progress)
        except QueryTooLongError:
            reason = f"The sentence is longer than {self._ranker.id} reads."
            return tuple(Judgement(verdict=Verdict.UNTOLD, reason=reason) for _ in chunks)
        return tuple(
            _unjudged(sentence, chunk) if evidence is None else decide(evidence, self._calibration)
            for chunk, evidence in zip(chunks, found, strict=True)
        )

    def evidence(
        self,
        sentence: str,
        chunks: Sequence[str],
        *,
        cancel: CancelSignal | None = None,
        progress: Progress | None = None,
    ) -> tuple[Evidence | None, ...]:
        """What `judge` decides by; None for a chunk without text, or of which nothing can be told."""
        readable = ["" if _unreadable(sentence, chunk) else chunk for chunk in chunks]
        pieces = [() if is_blank(chunk) else pieces_of(chunk, sentence) for chunk in readable]
        scored = [
            script_of(sentence) == script_of(chunk) == _LATIN and not holds_verbatim(own, sentence)
            for chunk, own in zip(readable, pieces, strict=True)
        ]
        texts = [piece.text for own, asked in zip(pieces, scored, strict=True) if asked for piece in own]
        scores = self._scores(sentence, texts, cancel=cancel, progress=progress)
        found: list[Evidence | None] = []
        for chunk, own, asked in zip(readable, pieces, scored, strict=True):
            given = [scores.pop(0) for _ in own] if asked else None
            found.append(evidence_of(sentence, chunk, pieces=own, scores=given) if own else None)
        return tuple(found)

    def _scores(
        self, sentence: str, texts: Sequence[str], *, cancel: CancelSignal | None, progress: Progress | None
    ) -> list[float]:
        """All in one ranking, where so many fit."""
        documents = [Document(id=str(number), text=text) for number, text in enumerate(texts)]
        scores: list[float] = []
        for start in range(0, len(documents), MAX_CANDIDATES):
            check_cancel(cancel, "Stopped before every sentence was judged.")
            part = documents[start : start + MAX_CANDIDATES]
            ranking = self._ranker.rank(Query(text=sentence), part, cancel=cancel, progress=progress)
            scores += [item.score for item in sorted(ranking.items, key=lambda item: item.candidate)]
        return scores


def score_judge(*, device: str = "cpu") -> ScoreJudge:
    """The judge by the ranker that was calibrated."""
    return ScoreJudge(build_ranker(shipped_calibration().ranker, device=device))


def decide(evidence: Evidence, calibration: Calibration) -> Judgement:
    """The verdict on one chunk."""
    if evidence.verbatim:
        return Judgement(verdict=Verdict.SUPPORTED, confidence=1.0, reason="The chunk says it in the same words.")
    speaks = calibration.speaks(evidence)
    coverage = evidence.coverage or 0.0
    if speaks < 0.5:
        return Judgement(verdict=Verdict.ABSENT, confidence=1 - speaks, reason="The chunk does not speak of it.")
    if evidence.other_numbers:
        said, there = evidence.other_numbers[0]
        return _found(Verdict.CONTRADICTED, speaks, f"The chunk has {there} where the sentence has {said}.")
    if evidence.missing_numbers:
        return _found(Verdict.ABSENT, speaks, f"The chunk does not have the number {evidence.missing_numbers[0]}.")
    if evidence.missing_names and evidence.other_names and coverage >= calibration.name_coverage:
        said, there = evidence.missing_names[0], evidence.other_names[0]
        return _found(Verdict.CONTRADICTED, speaks, f"The chunk has {there} where the sentence has {said}.")
    if evidence.missing_names:
        return _found(Verdict.ABSENT, speaks, f"The chunk does not have the name {evidence.missing_names[0]}.")
    if evidence.negated and coverage >= calibration.negation_coverage:
        return _found(Verdict.CONTRADICTED, speaks, "One of them negates what the other says.")
    unread = "" if evidence.language is not None else "Negations and names are not told in this language."
    return _found(Verdict.SUPPORTED, speaks, unread)


def _model_of(ranker: str) -> str:
    """A ranker's id without its options: tiers and precisions of a model differ little."""
    return ranker.partition("?")[0]


def _found(verdict: Verdict, confidence: float, reason: str) -> Judgement:
    return Judgement(verdict=verdict, confidence=confidence, reason=reason)


def _unjudged(sentence: str, chunk: str) -> Judgement:
    if is_blank(chunk):
        return Judgement(verdict=Verdict.ABSENT, confidence=1.0, reason="The chunk has no text.")
    return Judgement(verdict=Verdict.UNTOLD, reason=_unreadable(sentence, chunk))


def _unreadable(sentence: str, chunk: str) -> str:
    """Why nothing can be told of them; "" where something can."""
    first, second = script_of(sentence), script_of(chunk)
    if first and second and first != second:
        return "Sentence and chunk are in different scripts."
    own, other = language_of([sentence]), language_of([chunk])
    if own is not None and other is not None and own != other:
        return f"The sentence is in another language ({own.id}) than the chunk ({other.id})."
    return ""
