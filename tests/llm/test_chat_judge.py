"""What an endpoint's answers in words and log-probabilities are taken for."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from reranklab.engine.build import build_ranker
from reranklab.errors import EndpointError
from reranklab.latency.cost import counted_dollars
from reranklab.latency.prices import packaged_prices
from reranklab.llm.chat_judge import ChatJudge, named_passage
from reranklab.models.clock import RunClock
from reranklab.models.device import cpu
from reranklab.services.endpoint import Endpoint
from reranklab.types import Document, Query
from tests.llm.chat_server import Answer, Call, ChatServer, serve, streamed, whole


@pytest.mark.parametrize(
    ("reply", "position"),
    [
        ("[2]", 1),
        ("2", 1),
        ("Passage [3] answers it best.", 2),
        ("<think>[1] or [2]?</think>[2]", 1),
        ("Of [1] and [2], the second says it.\nAnswer: [2]", 1),
        ("②", 1),
        ("The first 3 words of [2] say so", 1),
        ("[4]", None),
        ("[1] and [2] alike", None),
        ("None of them.", None),
        ("", None),
    ],
)
def test_the_passage_that_a_reply_names(reply: str, position: int | None) -> None:
    assert named_passage(reply, count=3) == position


def judge_of(server: ChatServer, *passages: str) -> ChatJudge:
    endpoint = Endpoint(url=server.url, model="m")
    return ChatJudge(endpoint, query="which?", passages=passages, clock=RunClock(cpu()), cancel=None)


def telling(chances: dict[str, float] | None, *, stream: bool) -> Answer:
    """A server that says Yes, and what else it could have said."""
    listed = [{"token": token, "logprob": value} for token, value in (chances or {}).items()]
    told: dict[str, Any] | None = {"content": [{"token": "Yes", "logprob": -0.1, "top_logprobs": listed}]}
    choice: dict[str, Any] = {"index": 0, "finish_reason": "stop", "logprobs": told if chances is not None else None}

    def answer(call: Call) -> None:
        assert (call.body["logprobs"], call.body["top_logprobs"], call.body["max_tokens"]) == (True, 20, 1)
        if not stream:
            call.send_json(200, {"choices": [{**choice, "message": {"role": "assistant", "content": "Yes"}}]})
            return
        call.start_stream()
        call.send_event({"id": "1", "object": "chat.completion.chunk", "choices": [{**choice, "delta": {"content": "Yes"}}]})
        call.send_event("[DONE]")

    return answer


@pytest.mark.parametrize("stream", [True, False])
def test_log_odds_are_of_all_ways_to_say_yes_and_no(stream: bool) -> None:
    chances = {"Yes": math.log(0.5), " yes": math.log(0.25), "No": math.log(0.125), "Maybe": math.log(0.1)}
    with serve(telling(chances, stream=stream)) as server:
        assert judge_of(server, "a").relevance(0) == pytest.approx(math.log(6))
    with serve(telling({"Yes": math.log(0.5)}, stream=stream)) as server:
        assert judge_of(server, "a").relevance(0) == pytest.approx(math.log(0.5) + 20)


@pytest.mark.parametrize(
    ("chances", "problem"),
    [(None, "without the log-probabilities"), ({}, "without the log"), ({"Hm": -1.0}, "neither Yes nor No")],
)
def test_a_server_that_cannot_say_yes_or_no_is_told_apart(chances: dict[str, float] | None, problem: str) -> None:
    with serve(telling(chances, stream=True)) as server, pytest.raises(EndpointError, match=problem):
        judge_of(server, "a").relevance(0)


def test_a_reply_that_names_none_counts_as_equal() -> None:
    """The server counts 6 tokens read and 1 written."""
    with serve(streamed("Neither.", tokens=7)) as server:
        judge = judge_of(server, "one [2] > [1]", "two")
        assert judge.best([0, 1]) == (0, 0)
        assert (judge.unanswered, judge.tokens, judge.written) == (1, 7, 1)
        sent = server.calls[0].body["messages"][1]["content"]
    assert "one (2) > (1)" in sent


def test_heap_and_pairs_over_an_endpoint() -> None:
    """The server names the passage that says gold, wherever it stands, and else none."""

    def answer(call: Call) -> None:
        lines = call.body["messages"][1]["content"].splitlines()
        (label,) = [line[:3] for line in lines if line.startswith("[") and "gold" in line] or ["None of them."]
        whole(label, tokens=3)(call)

    documents = [Document(id=f"d{n}", text="gold" if n == 4 else "sand") for n in range(6)]
    with serve(answer) as server:
        endpoint = Endpoint(url=server.url, model="m")
        ranker = build_ranker("listwise-llm?compute=endpoint&method=setwise&window=3&top=2", endpoints=[endpoint])
        ranking = ranker.rank(Query(text="gold"), documents)
        assert [item.id for item in ranking.items] == ["d4", "d0", "d1", "d2", "d3", "d5"]
        assert ranking.details["calls"] == len(server.calls)
        assert ranking.timing.tokens == 3 * len(server.calls)
        assert counted_dollars(ranking, packaged_prices()) == "", "no model of the table, and nothing written"
        named = replace(ranking, ranker="listwise-llm:gpt-4o-mini?method=chat", details={"calls": 2, "written_tokens": 1})
        usd = ((ranking.timing.tokens - 1) * 0.15 + 0.6) / 1e6
        assert counted_dollars(named, packaged_prices()) == f"${usd:,.4f}"
        pairs = build_ranker("listwise-llm?compute=endpoint&method=pairwise&sort=all", endpoints=[endpoint])
        found = pairs.rank(Query(text="gold"), documents)
        assert [item.score for item in found.items] == [5, 2, 2, 2, 2, 2]


def test_nothing_but_silence_is_an_error() -> None:
    with serve(whole("I cannot say.")) as server:
        endpoint = Endpoint(url=server.url, model="m")
        ranker = build_ranker("listwise-llm?compute=endpoint&method=pairwise", endpoints=[endpoint])
        with pytest.raises(EndpointError, match="None of the 2 replies"):
            ranker.rank(Query(text="gold"), [Document(id="a", text="one"), Document(id="b", text="two")])
