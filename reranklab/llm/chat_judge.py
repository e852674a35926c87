"""Questions on a few passages, answered in words by a chat endpoint."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from reranklab.errors import EndpointError
from reranklab.llm.chat import ask_chat, chat_messages, chat_order
from reranklab.llm.local import WindowOrder
from reranklab.llm.reply_forms import mentions
from reranklab.llm.reply_text import plain_text
from reranklab.models.clock import RunClock
from reranklab.progress import CancelSignal
from reranklab.services.endpoint import Endpoint
from reranklab.services.faults import scrub

_LEAST_CHANCE = -20.0
"""The log-probability taken for an answer that is not among the 20 likeliest."""


class ChatJudge:
    """Answers on one ranking's passages, which are cut already. `unanswered` counts replies that named no passage: these say
    that all are equal."""

    def __init__(
        self, endpoint: Endpoint, *, query: str, passages: Sequence[str], clock: RunClock, cancel: CancelSignal | None
    ) -> None:
        self._endpoint = endpoint
        self._query = query
        self._passages = passages
        self._clock = clock
        self._cancel = cancel
        self.tokens = self.written = 0
        self.repairs = 0
        self.unanswered = 0

    def order(self, positions: Sequence[int]) -> WindowOrder:
        window = [self._passages[position] for position in positions]
        found = chat_order(self._endpoint, query=self._query, passages=window, clock=self._clock, cancel=self._cancel)
        self.tokens += found.tokens
        self.written += found.written
        self.repairs += found.repairs
        return found

    def best(self, positions: Sequence[int]) -> tuple[float, ...]:
        """1 for the passage that the reply names, 0 for the others."""
        text, _ = self._ask("chat-best", positions)
        chosen = named_passage(text, count=len(positions))
        self.unanswered += chosen is None
        return tuple(float(place == chosen) for place in range(len(positions)))

    def ranked(self, positions: Sequence[int]) -> tuple[float, ...]:
        """The rank of each passage in the order of the reply, negative."""
        places = {position: place for place, position in enumerate(self.order(positions).order)}
        return tuple(-float(places[place]) for place in range(len(positions)))

    def relevance(self, position: int) -> float:
        """Raises EndpointError where the server tells no log-probabilities, or none of Yes and No."""
        _, first = self._ask("chat-relevance", [position], probabilities=True)
        yes, no = _chance(first, "yes"), _chance(first, "no")
        if yes is None and no is None:
            told = "is neither Yes nor No" if first else "comes without the log-probabilities that were asked for"
            raise EndpointError(
                f"The answer of the chat endpoint at {self._endpoint.host} {told}. Use method=setwise or pairwise, or a model "
                "that answers at once, on a server that tells log-probabilities."
            )
        return (_LEAST_CHANCE if yes is None else yes) - (_LEAST_CHANCE if no is None else no)

    def query_likelihood(self, position: int) -> float:
        raise EndpointError("A chat endpoint does not tell the likelihood of a query. Take relevance=yes-no.")

    def _ask(self, name: str, positions: Sequence[int], *, probabilities: bool = False) -> tuple[str, Mapping[str, float]]:
        with self._clock.stage("tokenise"):
            messages = chat_messages(self._query, [self._passages[position] for position in positions], name=name)
        reply = ask_chat(self._endpoint, messages, clock=self._clock, cancel=self._cancel, probabilities=probabilities)
        self.tokens += reply.tokens
        self.written += reply.written
        return scrub(reply.text, self._endpoint), reply.first


def named_passage(reply: str, *, count: int) -> int | None:
    """The position, from 0, of the one passage that a reply names, None where it names none or several.

    Numbers in brackets go before others, and the last line that names one alone before the whole text.
    """
    text = plain_text(reply)
    for part in (text, *reversed(text.splitlines())):
        found = [mention for mention in mentions(part) if 1 <= mention.number <= count]
        for numbers in ({each.number for each in found if each.label}, {each.number for each in found}):
            if len(numbers) == 1:
                return numbers.pop() - 1
    return None


def _chance(first: Mapping[str, float], word: str) -> float | None:
    """The log of the summed probability of a word's ways to be written; None where none is told."""
    return _log_sum(value for token, value in first.items() if token.strip().casefold() == word)


def _log_sum(values: Iterable[float]) -> float | None:
    known = list(values)
    if not known:
        return None
    most = max(known)
    return most + math.log(sum(math.exp(value - most) for value in known))
