"""Disagreement with a reference ranker, and shares of truncated and unknown text, on requests made by hand."""

from __future__ import annotations

import json
from collections.abc import Iterable

import pytest

from reranklab.engine.build import build_ranker
from reranklab.errors import Cancelled, InputError
from reranklab.evaluate.agreement import overlap_of_orders
from reranklab.models.store import StoredModel
from reranklab.progress import Step
from reranklab.types import Document
from reranklab.watch import reference
from reranklab.watch.detect.series import extra_series
from reranklab.watch.log.back import requests_at
from reranklab.watch.log.reading import read_log
from reranklab.watch.log.request import LoggedCandidate, LoggedRequest
from reranklab.watch.log.sample_log import sample_documents_path, sample_log_path
from reranklab.watch.reference import disagreement, read_shares
from reranklab.watch.sample import sample_evenly

TEXTS = ("milk and cheese", "cheese cheese cheese", "bread")


def request(
    *scores: float | None, time: float = 0.0, query: str = "cheese", texts: tuple[str | None, ...] = TEXTS
) -> LoggedRequest:
    candidates = tuple(
        LoggedCandidate(id="same", score=score, text=text) for score, text in zip(scores, texts[: len(scores)], strict=True)
    )
    return LoggedRequest(time=time, query=query, candidates=candidates)


def test_the_same_order_disagrees_by_nothing_and_another_by_its_overlap() -> None:
    steps: list[Step] = []
    requests = [request(2, 3, 1, time=5), request(3, 2, 1, time=6), request(1, 2, 3, time=7)]
    found = disagreement(requests, build_ranker("bm25"), progress=steps.append)
    # BM25: 1, 0, 2. The log: 0, 1, 2 agrees on 0 of 1, 2 of 2, 3 of 3; 2, 1, 0 on 0 of 1, 1 of 2, 3 of 3.
    first = 0.9**3 + 0.1 / 0.9 * (0 * 0.9 + 1 * 0.9**2 + 1 * 0.9**3)
    second = 0.9**3 + 0.1 / 0.9 * (0 * 0.9 + 0.5 * 0.9**2 + 1 * 0.9**3)
    assert found.values == pytest.approx([0, 1 - first, 1 - second])
    assert (found.times.tolist(), found.places.tolist()) == ([5, 6, 7], [0, 1, 2])
    assert (steps[-1].done, steps[-1].total) == (3, 3)


def test_what_cannot_be_ranked_anew_is_counted_by_its_reason() -> None:
    requests = [
        request(1, 2, query=" "),
        request(1),
        request(None, None),
        request(1, 2, texts=("cheese", None)),
        request(1, 2, texts=("bread", "wine")),
        request(1, 2),
        request(*range(1001), texts=("cheese",) * 1001),
    ]
    found = disagreement(requests, build_ranker("bm25"))
    assert found.places.tolist() == [5]
    assert found.left_out == {
        reference.NO_QUERY: 1,
        reference.ONE_CANDIDATE: 1,
        reference.NO_ORDER: 1,
        reference.NO_TEXTS: 1,
        reference.FOUND_NOTHING: 1,
        reference.TOO_MANY: 1,
    }


def test_candidates_without_a_score_are_last() -> None:
    assert disagreement([request(2, 3, None)], build_ranker("bm25")).values == pytest.approx([0])


def test_the_static_ranker_is_a_reference_too(weights: Iterable[StoredModel]) -> None:
    found = disagreement([request(1, 3, 2)], build_ranker("bi-encoder:embedded/wordllama-256"))
    assert len(found) == 1
    assert 0 <= found.values[0] <= 1


def test_a_service_gets_no_text_of_a_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RERANKLAB_COHERE_KEY", "a-key")
    with pytest.raises(InputError, match="the texts of a log stay here"):
        disagreement([request(1, 2)], build_ranker("hosted:cohere/rerank-v3.5"))


def test_cancelling() -> None:
    class Set:
        def is_set(self) -> bool:
            return True

    with pytest.raises(Cancelled):
        disagreement([request(1, 2)], build_ranker("bm25"), cancel=Set())


def test_shares_of_truncated_and_unknown_text(weights: Iterable[StoredModel]) -> None:
    texts = ("cheese " * 600, "cheese", "\U00013000\U00013001", "cheese")
    found = read_shares([request(1, 2, 3, 4, time=9, texts=texts), request(1, query="")], build_ranker("cross-encoder"))
    assert found.truncated.values.tolist() == [0.25]
    assert found.unknown.values == pytest.approx([0.25])
    assert (found.truncated.times.tolist(), found.unknown.left_out) == ([9], {reference.NO_QUERY: 1})


def test_places_are_those_of_the_log_that_was_sampled() -> None:
    log = read_log(sample_log_path())
    lines = map(json.loads, sample_documents_path().read_text(encoding="utf-8").splitlines())
    documents = {line["_id"]: Document(id=line["_id"], title=line["title"], text=line["text"]) for line in lines}
    chosen = sample_evenly(log.columns, 20)
    requests = requests_at(log, log.columns.take(chosen), masking=None, documents=documents)
    found = disagreement(requests, build_ranker("bm25")).among(chosen)
    assert len(found) + sum(found.left_out.values()) == 20
    assert found.times.tolist() == log.columns.time[found.places].tolist()
    assert len(extra_series("disagreement", log.columns, found.places, found.values)) == len(found)


def test_overlap_of_orders_needs_one_list() -> None:
    assert overlap_of_orders(["a", "b"], ["a", "b"]) == pytest.approx(1)
    for other in (["a"], ["a", "c"], ["a", "a"]):
        with pytest.raises(InputError):
            overlap_of_orders(["a", "b"], other)
