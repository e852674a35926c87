"""Answers of a log: which requests are judged, against which chunks, and what is left out."""

from __future__ import annotations

import pytest

from reranklab.errors import Cancelled
from reranklab.watch.log.request import LoggedCandidate, LoggedRequest
from reranklab.watch.support.over_log import NO_ANSWER, NO_CHUNKS, NO_SENTENCE, answer_support, chunks_of, support_estimate
from reranklab.watch.support.verdict import Verdict
from tests.watch.support.test_verdict import Holds

CANDIDATES = (
    LoggedCandidate(id="a", score=1.0, text="Red and Blue"),
    LoggedCandidate(id="b", score=3.0, text="not Red", title="Green"),
    LoggedCandidate(id="c", score=2.0),
)


def request(answer: str | None, *, time: float = 0.0, chunks: tuple[str, ...] | None = None) -> LoggedRequest:
    return LoggedRequest(time=time, query="which?", candidates=CANDIDATES, answer=answer, chunks=chunks, id=f"r{time:g}")


def test_chunks_are_those_named_else_the_candidates_in_the_logs_order() -> None:
    assert chunks_of(request("Red.")) == (("b", "Green\nnot Red"), ("a", "Red and Blue"))
    assert [id_ for id_, _ in chunks_of(request("Red.", chunks=("a", "c", "x", "a", "b")))] == ["a", "b"]
    assert chunks_of(request("Red.", chunks=("c",))) == ()


def test_shares_over_time_and_what_is_left_out() -> None:
    requests = [
        request("Red. Blue.", time=10, chunks=("a",)),
        request(None, time=11),
        request("Red. Green.", time=12, chunks=("b", "a")),
        request("...", time=13),
        request("Red.", time=14, chunks=("c",)),
    ]
    found = answer_support(requests, Holds())
    supported = found.shares()
    assert supported.times.tolist() == [10, 12]
    assert supported.places.tolist() == [0, 2]
    assert supported.values.tolist() == [1.0, 1.0]
    assert found.shares(top=True).values.tolist() == [1.0, 0.5]
    assert found.shares(Verdict.CONTRADICTED, top=True).values.tolist() == [0.0, 0.5]
    assert found.left_out == {NO_ANSWER: 1, NO_SENTENCE: 1, NO_CHUNKS: 1}
    assert (found.answers[1].id, found.answers[1].chunks) == ("r12", ("b", "a"))
    assert found.answers[1].judged.sentences[0].whole.chunk == 1


def test_an_empty_log_has_an_empty_series() -> None:
    found = answer_support([request(None)], Holds())
    assert (len(found.shares()), found.shares().left_out) == (0, {NO_ANSWER: 1})
    assert support_estimate([request(None)], Holds()) is None


def test_cancelling() -> None:
    class Set:
        def is_set(self) -> bool:
            return True

    with pytest.raises(Cancelled):
        answer_support([request("Red.")], Holds(), cancel=Set())
