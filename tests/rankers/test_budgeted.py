"""What the budgeted tier reads, what it leaves, and what it says of the rest."""

from __future__ import annotations

import math

import pytest

from reranklab.engine.build import build_ranker
from reranklab.errors import InputError
from reranklab.rankers.budgeted import Outlook, outlook
from reranklab.types import RANK_ONLY, Document, Query

QUERY = Query(text="what is the capital of france")
FRANCE = [Document(id=f"france{n}", text=f"France has a capital. Number {n}.") for n in range(6)]
CHEESE = [Document(id=f"cheese{n}", text=f"Cheese is made of milk. Number {n}.") for n in range(14)]
PARIS = Document(id="paris", text="Paris is the capital of France.")
EMPTY = Document(id="empty", text="  ")


def test_the_chance_of_a_document_by_hand() -> None:
    """Ten read documents on the line model = 2 * first, each off by 1 up or down: slope 2, intercept 0 by symmetry."""
    first = [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    model = [2 * x + (1 if n % 2 else -1) for n, x in enumerate(first)]
    found = outlook(list(zip(first, model, strict=True)), [0.0, 4.0, -2.0], top=10)
    deviation = math.sqrt(10 / 8)  # residuals of 1 each, two numbers fitted
    threshold = -1.0  # the tenth best of the ten
    by_hand = [0.5 * math.erfc((threshold - expected) / deviation / math.sqrt(2)) for expected in (0.0, 8.0, -4.0)]
    assert found.chances == pytest.approx(by_hand)
    assert found.expected == pytest.approx(sum(by_hand))
    assert found.sure == pytest.approx(math.prod(1 - chance for chance in by_hand))


def test_a_first_stage_that_says_nothing_or_the_contrary_has_no_slope() -> None:
    flat = outlook([(1.0, float(n)) for n in range(10)], [1.0, 9.0], top=5)
    falling = outlook([(float(n), -float(n)) for n in range(10)], [0.0, 9.0], top=5)
    assert flat.chances[0] == flat.chances[1]
    assert falling.chances[0] == falling.chances[1]
    assert outlook([(1.0, 2.0)] * 4, [3.0], top=10) == Outlook(chances=(1.0,))


@pytest.mark.usefixtures("weights")
def test_the_best_by_words_are_read_and_the_rest_keeps_its_order() -> None:
    documents = [*CHEESE[:7], EMPTY, *FRANCE, PARIS, *CHEESE[7:]]
    ranking = build_ranker("cross-encoder?tier=budgeted&keep=7").rank(QUERY, documents)
    ids = [item.id for item in ranking.items]
    assert set(ids[:7]) == {"paris", *(document.id for document in FRANCE)}
    assert ids[0] == "paris"
    first, second = ranking.stages
    assert (first.candidates, second.candidates) == (len(documents), 7)
    assert second.provenance.parameters["engine"] and ranking.scale == RANK_ONLY
    assert [item.score for item in ranking.items] == [1 / rank for rank in range(1, len(documents) + 1)]
    bm25 = [item.id for item in build_ranker("bm25").rank(QUERY, documents).items]
    assert ids[7:] == [each for each in bm25 if each not in ids[:7]]
    assert ranking.details["kept"] == 7 and ranking.details["skipped"] == 15
    assert "7 of 21 documents were read in full" in ranking.warnings[-1]
    assert "less than the top 10" in ranking.warnings[-1]
    fast = {item.id: item.score for item in build_ranker("cross-encoder?tier=fast").rank(QUERY, documents).items}
    assert ids[:7] == sorted(ids[:7], key=lambda each: -fast[each])


@pytest.mark.usefixtures("weights")
def test_time_is_a_budget_too_and_a_full_ranking_comes_back() -> None:
    documents = [*FRANCE, PARIS, *CHEESE, EMPTY]
    hurried = build_ranker("cross-encoder?tier=budgeted&budget_ms=1").rank(QUERY, documents)
    at_leisure = build_ranker("cross-encoder?tier=budgeted&budget_ms=600000").rank(QUERY, documents)
    assert len(hurried.items) == len(at_leisure.items) == len(documents)
    assert hurried.details["kept"] == 3
    assert at_leisure.details["kept"] >= 10  # all, or until nothing unread has a chance
    assert at_leisure.items[0].id == "paris" and at_leisure.items[-1].id == "empty"


@pytest.mark.usefixtures("weights")
def test_where_everything_is_read_nothing_is_said() -> None:
    ranking = build_ranker("cross-encoder?tier=budgeted").rank(QUERY, [*FRANCE, PARIS])
    assert ranking.warnings == ()
    assert (ranking.details["skipped"], ranking.details["top_is_sure"]) == (0, 1.0)


@pytest.mark.parametrize(
    ("ranker", "said"),
    [
        ("cross-encoder?budget_ms=5", "budget_ms is for the budgeted tier"),
        ("cross-encoder?keep=5&tier=fast", "keep is for the budgeted tier"),
        ("cross-encoder?precision=bf16&tier=budgeted", "do not go together"),
        ("cross-encoder?precision=int8&tier=fast", "do not go together"),
        ("cross-encoder?budget_ms=-1&tier=budgeted", "budget_ms=-1 does not work"),
        ("cross-encoder?keep=0&tier=budgeted", "keep=0 does not work"),
    ],
)
def test_options_that_do_not_go_together(ranker: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        build_ranker(ranker)
