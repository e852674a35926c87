"""The checks that every ranker shares, and scores to ranks."""

import threading

import pytest

from reranklab.errors import Cancelled
from reranklab.progress import Step, check_cancel, report
from reranklab.rankers.base import check_input, rank_by_score
from reranklab.types import Document, Query


def documents(*texts: str) -> list[Document]:
    return [Document(id=f"d{number}", text=text) for number, text in enumerate(texts)]


def test_highest_score_first_and_ties_in_input_order() -> None:
    scores = [1.0, 3.0, 1.0, -2.0, 3.0]
    items = rank_by_score(documents(*"abcde"), scores, used=[1, 2, 3, 4, 5], total=[5] * 5, ranker="x")
    assert [(item.id, item.rank, item.score, item.candidate) for item in items] == [
        ("d1", 1, 3.0, 1),
        ("d4", 2, 3.0, 4),
        ("d0", 3, 1.0, 0),
        ("d2", 4, 1.0, 2),
        ("d3", 5, -2.0, 3),
    ]
    assert [(item.tokens_used, item.truncated) for item in items] == [(2, True), (5, False), (1, True), (3, True), (4, True)]


def test_a_title_alone_is_a_document() -> None:
    check_input(Query(text="q"), [Document(id="a", title="only a title", text=""), Document(id="b", text="")])


def test_text_outside_of_ascii_is_text() -> None:
    check_input(Query(text="straße 🗼 עברית"), documents("👩‍👩‍👧‍👦", "e\u0301", "\U0010ffff", "\x00 and \x7f"))


def test_a_thousand_documents_are_allowed() -> None:
    check_input(Query(text="q"), documents(*["text"] * 1000))


def test_cancel_is_looked_at_and_may_be_absent() -> None:
    check_cancel(None)
    cancel = threading.Event()
    check_cancel(cancel)
    cancel.set()
    with pytest.raises(Cancelled):
        check_cancel(cancel)


def test_progress_may_be_absent() -> None:
    report(None, done=1, total=2, unit="batch")
    steps: list[Step] = []
    report(steps.append, done=1, total=2, unit="window", label="x")
    assert steps == [Step(done=1, total=2, unit="window", label="x")]
