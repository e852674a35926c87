"""What the budgeted tier reads, what it leaves, and what it says of the rest."""

from __future__ import annotations

import pytest

from reranklab.engine.build import build_ranker
from reranklab.errors import InputError
from reranklab.types import RANK_ONLY, Document, Query

QUERY = Query(text="what is the capital of france")
FRANCE = [Document(id=f"france{n}", text=f"France has a capital. Number {n}.") for n in range(6)]
CHEESE = [Document(id=f"cheese{n}", text=f"Cheese is made of milk. Number {n}.") for n in range(14)]
PARIS = Document(id="paris", text="Paris is the capital of France.")
EMPTY = Document(id="empty", text="  ")


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
        ("cross-encoder?prune=early-exit", "prune is for the budgeted tier"),
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
