"""Judging by any chat endpoint that speaks the OpenAI protocol."""

from __future__ import annotations

from collections.abc import Sequence

from reranklab.data.blank import is_blank
from reranklab.data.segments import counted_ends
from reranklab.llm.chat import ask_chat, chat_messages
from reranklab.llm.reply_support import parse_support
from reranklab.models.clock import RunClock
from reranklab.models.device import REMOTE, Device
from reranklab.progress import CancelSignal, Progress, check_cancel, report
from reranklab.rankers.estimate import PASSAGE_TOKENS, TOKENS_PER_WORD, Estimate
from reranklab.services.endpoint import Endpoint
from reranklab.services.faults import scrub
from reranklab.services.limits import LIMITS, CallLimits
from reranklab.watch.support.judge import Spent
from reranklab.watch.support.verdict import Judgement, Verdict

CHAT = "chat"
CHUNKS_A_CALL = 10
CHUNK_WORDS = 400
_PROMPT_TOKENS = 160
_WORD_TOKENS = 6
"""Of the prompt without its texts, and of a line of the reply: estimates, since every model has a tokenizer of its own."""
_ASKED = ("chat-support", "chat-support-again")
_PLACE = Device(id=REMOTE, name="chat endpoint, network included")


class ChatSupportJudge:
    """Asks once for ten chunks, cut to 400 words each, and once more where the reply is not in the form that was asked for.

    Texts enter the prompt as `chat_messages` escapes them, and nothing of a reply but the words of the form is used: what a
    document tells the model to do can at most change the verdicts on itself and on the chunks beside it. A chunk whose second
    reply has another form as well is untold. The endpoint tells no confidence. Calls, tokens and repairs are counted in
    `spent`.
    """

    def __init__(self, endpoint: Endpoint, *, limits: CallLimits = LIMITS) -> None:
        self._endpoint = endpoint
        self._limits = limits
        self._calls = self._tokens = self._repairs = self._unanswered = 0

    @property
    def id(self) -> str:
        return f"{CHAT}:{self._endpoint.model}"

    @property
    def spent(self) -> Spent:
        return Spent(calls=self._calls, tokens=self._tokens, repairs=self._repairs, unanswered=self._unanswered)

    def estimate(self, pairs: Sequence[tuple[str, Sequence[str]]]) -> Estimate:
        """At most: every question asked twice, since a reply in another form is repaired once."""
        calls = written = 0
        words = 0.0
        for sentence, chunks in pairs:
            texts = [chunk for chunk in chunks if not is_blank(chunk)]
            own = -(-len(texts) // CHUNKS_A_CALL)
            calls += own
            written += _WORD_TOKENS * len(texts)
            words += own * len(counted_ends(sentence)) + sum(min(len(counted_ends(text)), CHUNK_WORDS) for text in texts)
        read = TOKENS_PER_WORD * words + calls * _PROMPT_TOKENS + sum(len(chunks) for _, chunks in pairs) * PASSAGE_TOKENS
        return Estimate(calls=2 * calls, tokens=round(2 * read), written=2 * written, exact=False)

    def judge(
        self,
        sentence: str,
        chunks: Sequence[str],
        *,
        cancel: CancelSignal | None = None,
        progress: Progress | None = None,
    ) -> tuple[Judgement, ...]:
        """See Judge. Raises EndpointError, also for an answer beyond the limits."""
        judged = [Judgement(verdict=Verdict.ABSENT, reason="The chunk has no text.") for _ in chunks]
        places = [place for place, chunk in enumerate(chunks) if not is_blank(chunk)]
        for start in range(0, len(places), CHUNKS_A_CALL):
            check_cancel(cancel, "Stopped before every sentence was judged.")
            report(progress, done=start, total=len(places), unit="chunk")
            asked = places[start : start + CHUNKS_A_CALL]
            for place, judgement in zip(asked, self._ask(sentence, [chunks[place] for place in asked], cancel), strict=True):
                judged[place] = judgement
        return tuple(judged)

    def _ask(self, sentence: str, chunks: Sequence[str], cancel: CancelSignal | None) -> list[Judgement]:
        shown = [_cut(chunk) for chunk in chunks]
        for turn, prompt in enumerate(_ASKED):
            messages = chat_messages(sentence, shown, name=prompt)
            clock = RunClock(_PLACE, cancel=cancel)
            reply = ask_chat(self._endpoint, messages, clock=clock, cancel=cancel, limits=self._limits)
            self._calls += 1
            self._tokens += reply.tokens
            self._repairs += turn
            words = parse_support(scrub(reply.text, self._endpoint), count=len(shown))
            if words is not None:
                return [
                    Judgement(verdict=Verdict(word), reason="" if text == chunk else f"Read up to {CHUNK_WORDS} words.")
                    for word, text, chunk in zip(words, shown, chunks, strict=True)
                ]
        self._unanswered += 1
        reason = "The endpoint's replies were not in the form that was asked for."
        return [Judgement(verdict=Verdict.UNTOLD, reason=reason) for _ in chunks]


def _cut(chunk: str) -> str:
    ends = counted_ends(chunk)
    return chunk[: ends[CHUNK_WORDS - 1]] if len(ends) > CHUNK_WORDS else chunk
