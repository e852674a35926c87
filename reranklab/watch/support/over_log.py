"""The answers of a log, each sentence held against the chunks that it was written from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from reranklab.data.blank import is_blank
from reranklab.data.text import clean_text
from reranklab.progress import CancelSignal, Progress, check_cancel, part_of, report
from reranklab.rankers.estimate import Estimate
from reranklab.watch.log.request import LoggedRequest
from reranklab.watch.per_request import PerRequest, per_request
from reranklab.watch.support.judge import Judge, JudgedAnswer, answer_sentences, judge_answer
from reranklab.watch.support.verdict import Verdict

NO_ANSWER = "no answer"
NO_SENTENCE = "an answer without a sentence"
NO_CHUNKS = "no text of a chunk"
_LABEL = "Answer support"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredRequest:
    """A judged answer: `place` is that of its request among those given, `chunks` the ids of the chunks in their order."""

    place: int
    time: float
    id: str
    chunks: tuple[str, ...]
    judged: JudgedAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportOverTime:
    """What a judge said of the answers of a log. `left_out` counts the other requests by the reason, in words; the judge's
    agreement with people stands under its id (see `agreement_words`)."""

    judge: str
    answers: tuple[AnsweredRequest, ...]
    left_out: Mapping[str, int] = field(default_factory=dict)

    def shares(self, verdict: Verdict = Verdict.SUPPORTED, *, top: bool = False) -> PerRequest:
        """For each answer the share of its sentences with that verdict, against all chunks or the first alone. An answer of
        which nothing is told is left out."""
        rows: list[tuple[float, float, int]] = []
        left_out = Counter(self.left_out)
        for each in self.answers:
            share = each.judged.share(verdict, top=top)
            if share is None:
                left_out["nothing told"] += 1
            else:
                rows.append((each.time, share, each.place))
        return per_request(rows, left_out)


def chunks_of(request: LoggedRequest) -> tuple[tuple[str, str], ...]:
    """Id and text of the chunks, best first: those that the log names, else all candidates in the log's order. Those without
    text are left out."""
    texts: dict[str, str] = {}
    for each in request.ranked:
        if each.text is not None:
            texts.setdefault(each.id, clean_text(f"{each.title}\n{each.text}" if each.title else each.text))
    named = request.chunks if request.chunks is not None else tuple(texts)
    return tuple((id_, texts[id_]) for id_ in dict.fromkeys(named) if not is_blank(texts.get(id_, "")))


def answer_support(
    requests: Sequence[LoggedRequest],
    judge: Judge,
    *,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> SupportOverTime:
    """Judge every answer of the requests that has text and chunks with text. Raises what the judge raises, and Cancelled."""
    answers: list[AnsweredRequest] = []
    left_out: Counter[str] = Counter()
    for place, request in enumerate(requests):
        check_cancel(cancel, "Stopped before every answer was judged.")
        report(progress, done=place, total=len(requests), unit="request", label=_LABEL)
        chunks = chunks_of(request)
        if reason := _why_not(request, chunks):
            left_out[reason] += 1
            continue
        inner = part_of(progress, before=place, part=1, total=len(requests), unit="request", label=_LABEL)
        texts = [text for _, text in chunks]
        judged = judge_answer(judge, clean_text(request.answer or ""), texts, cancel=cancel, progress=inner)
        ids = tuple(id_ for id_, _ in chunks)
        answers.append(AnsweredRequest(place=place, time=request.time, id=request.id, chunks=ids, judged=judged))
    report(progress, done=len(requests), total=len(requests), unit="request", label=_LABEL)
    return SupportOverTime(judge=judge.id, answers=tuple(answers), left_out=dict(left_out))


def support_estimate(requests: Sequence[LoggedRequest], judge: Judge) -> Estimate | None:
    """What `answer_support` will ask of an endpoint; None for a judge that computes here."""
    pairs = []
    for request in requests:
        chunks = chunks_of(request)
        if _why_not(request, chunks):
            continue
        answer = clean_text(request.answer or "")
        pairs += [(span.of(answer), [text for _, text in chunks]) for span in answer_sentences(answer)]
    return judge.estimate(pairs)


def _why_not(request: LoggedRequest, chunks: Sequence[tuple[str, str]]) -> str:
    if request.answer is None or is_blank(request.answer):
        return NO_ANSWER
    if not answer_sentences(clean_text(request.answer)):
        return NO_SENTENCE
    return "" if chunks else NO_CHUNKS
