"""Ranking again after an edit."""

from collections.abc import Callable

import pytest

from reranklab.data.collection import judged_candidates
from reranklab.data.samples import load_sample
from reranklab.engine.build import build_ranker
from reranklab.errors import InputError
from reranklab.explain.shuffles import order_stability
from reranklab.explain.what_if import ScoreCache, exact_spec, rank_again
from reranklab.models.store import StoredModel
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.types import Document, Query
from tests.explain.counting import CountingRanker

QUERY = Query(text="metal")
DOCUMENTS = (Document(id="a", text="gold"), Document(id="b", text="silver"), Document(id="c", text="gold"))


def again(ranker: CountingRanker, documents, cache: ScoreCache, **options):
    return rank_again(lambda _: ranker, ranker.spec, QUERY, documents, device="cpu", cache=cache, **options)


def test_only_what_changed_is_scored():
    ranker, cache = CountingRanker(), ScoreCache()
    first = again(ranker, DOCUMENTS, cache)
    assert [(item.id, item.rank) for item in first.items] == [("a", 1), ("c", 2), ("b", 3)]
    assert (first.computed, first.reused) == (2, 1)  # a and c are the same text
    edited = (Document(id="a", text="gold gold"), *DOCUMENTS[1:])
    second = again(ranker, edited, cache)
    assert (second.computed, second.reused) == (1, 2)
    assert ranker.lists[-1] == ["gold gold"]
    assert second.item("a").score == 8
    assert again(ranker, DOCUMENTS, cache).computed == 0
    assert again(ranker, DOCUMENTS, cache).milliseconds == 0


def test_a_blank_edit_and_another_context():
    ranker, cache = CountingRanker(), ScoreCache()
    again(ranker, DOCUMENTS, cache)
    blank = again(ranker, (Document(id="a", text=" "), *DOCUMENTS[1:]), cache)
    assert blank.item("a").score == 0
    assert (blank.computed, blank.reused) == (1, 2)
    assert again(ranker, DOCUMENTS, cache, context="another").computed == 2
    with pytest.raises(InputError, match="blank"):
        again(ranker, [Document(id="a", text="")], cache)


def test_scores_of_other_weights_are_never_mixed_in():
    cache = ScoreCache()
    again(CountingRanker(revision="1"), DOCUMENTS, cache)
    edited = (Document(id="a", text="mud"), *DOCUMENTS[1:])
    found = again(CountingRanker(revision="2"), edited, cache)
    assert (found.computed, found.provenance.revision) == (3, "2")


def test_a_ranker_that_compares_reuses_whole_lists():
    ranker, cache = CountingRanker(listwise=True), ScoreCache()
    assert again(ranker, DOCUMENTS, cache).computed == 3
    assert again(ranker, DOCUMENTS, cache).reused == 3
    edited = (Document(id="a", text="mud"), *DOCUMENTS[1:])
    assert again(ranker, edited, cache).computed == 3
    assert len(ranker.lists) == 2


@pytest.mark.parametrize("ranker", ["cross-encoder", "bi-encoder"])
def test_an_edit_of_one_of_twenty_gives_the_scores_of_a_fresh_run_for_a_tenth_of_its_work(
    weights: dict[str, StoredModel], ranker: str, record_property: Callable[[str, object], None]
):
    collection = load_sample("novel-facts")
    query = next(iter(collection.queries.values()))
    documents = list(judged_candidates(collection, query.id))
    assert len(documents) == 20
    spec, cache = parse_ranker_id(ranker), ScoreCache()
    whole = rank_again(build_ranker, spec, query, documents, device="cpu", cache=cache)
    documents[7] = Document(id=documents[7].id, text=f"{documents[7].content} None of this is true.")
    found = rank_again(build_ranker, spec, query, documents, device="cpu", cache=cache)
    assert (whole.computed, found.computed, found.reused) == (20, 1, 19)
    record_property("milliseconds of the edit for each of the full run", found.milliseconds / whole.milliseconds)
    fresh = build_ranker(exact_spec(spec)).rank(query, documents)
    assert [(item.id, item.score) for item in found.items] == [(item.id, item.score) for item in fresh.items]
    batched = build_ranker(spec).rank(query, documents)
    scores = {item.id: item.score for item in batched.items}
    assert all(item.score == pytest.approx(scores[item.id], abs=1e-4) for item in found.items)


def test_shuffles_of_a_ranker_that_keeps_the_first_place_first():
    documents = [Document(id=name, text="x") for name in "abcd"]  # all equal: the input order stays
    found = order_stability(lambda _: CountingRanker(), CountingRanker().spec, QUERY, documents, shuffles=4)
    assert len(found.trials) == 4
    for trial in found.trials:
        assert trial.start == trial.end
    bias = found.position_bias()
    assert sorted(bias) == [1, 2, 3, 4]
    assert bias[1] < 0 < bias[4]
    low, mean, high = found.spread()["a"]
    assert low <= mean <= high
    with pytest.raises(InputError, match="1 runs do not work"):
        order_stability(lambda _: CountingRanker(), CountingRanker().spec, QUERY, documents, shuffles=1)
