"""What rankers say they will ask, counted by hand."""

import pytest

from reranklab.errors import InputError
from reranklab.latency.cost import dollars_in_words, estimated_usd, fitting_prices
from reranklab.latency.prices import packaged_prices
from reranklab.rankers.catalogue import families, new_spec, parse_ranker_id
from reranklab.rankers.estimate import Estimate, Workload, rounded, workload_of
from reranklab.types import Document, Query

LOAD = Workload(documents=100, document_tokens=50, query_tokens=10)


def test_a_workload_is_counted_in_words() -> None:
    load = workload_of(Query(text="one two three"), [Document(id="a", text="one two"), Document(id="b", text="a b c d")])
    assert (load.documents, load.document_tokens, load.query_tokens) == (2, 4, 4)


def test_windows_by_hand() -> None:
    """100 documents in windows of 20, step 10: 9 prompts of 20 passages; 120 + 10 tokens a prompt, 50 + 6 a passage."""
    found = parse_ranker_id("listwise-llm").estimate(LOAD)
    assert found == Estimate(calls=9, tokens=9 * 130 + 180 * 56, written=0)
    cut = parse_ranker_id("listwise-llm?method=chat&passage_tokens=20").estimate(LOAD)
    assert cut == Estimate(calls=9, tokens=9 * 130 + 180 * 26, written=180 * 5)


def test_rankers_inside_of_others_are_counted() -> None:
    alone = parse_ranker_id("listwise-llm").estimate(LOAD)
    assert alone is not None
    assert parse_ranker_id("hybrid(bm25,listwise-llm)").estimate(LOAD) == alone
    kept = parse_ranker_id("cascade(bm25,listwise-llm)?keep=20").estimate(LOAD)
    assert kept is not None
    assert (kept.calls, kept.tokens) == (1, 130 + 20 * 56)
    both = parse_ranker_id("hybrid(listwise-llm,listwise-llm)").estimate(LOAD)
    assert both is not None
    assert both.calls == 2 * alone.calls
    assert parse_ranker_id("hybrid(bm25,cross-encoder)").estimate(LOAD) is None
    long = Workload(documents=10, document_tokens=400, query_tokens=10)  # 300 words each
    passages = parse_ranker_id("chunked(listwise-llm)?words=100&overlap=0").estimate(long)
    assert passages is not None
    assert (passages.calls, passages.exact) == (2, False)  # 30 passages


def test_every_family_says_something_or_nothing() -> None:
    for family in families().values():
        found = new_spec(family).estimate(LOAD)
        assert found is None or found.calls > 0


def test_an_option_that_does_not_work_is_an_error() -> None:
    with pytest.raises(InputError, match="window=0"):
        parse_ranker_id("listwise-llm?window=0").estimate(LOAD)


def test_in_words_and_dollars() -> None:
    found = Estimate(calls=1, tokens=14_260, written=500, exact=False)
    assert found.words == "at most 1 call, about 14,000 tokens read, 500 written"
    assert [rounded(each) for each in (0, 7, 99, 149, 14_999)] == [0, 7, 99, 150, 15_000]
    prices = packaged_prices()
    mini = fitting_prices(prices, "gpt-4o-mini", found)
    assert [price.id for price in mini] == ["gpt-4o-mini"]
    assert estimated_usd(mini[0], found) == pytest.approx((14_260 * 0.15 + 500 * 0.6) / 1e6)
    assert dollars_in_words(mini, found) == "$0.0024"
    assert {price.kind for price in fitting_prices(prices, "unknown", found)} == {"chat"}
    assert [price.id for price in fitting_prices(prices, "cohere/rerank-v4.0-fast", found)] == ["cohere-rerank-v4.0-fast"]
    assert dollars_in_words((), found) == ""
