"""Cascade, hybrid and diversified orders by hand: documents of single words, ranked by how many z and y they hold."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from reranklab.engine.build import build_ranker
from reranklab.errors import InputError
from reranklab.explain.rank_path import rank_path
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.rankers.composed.mmr import similarities
from reranklab.rankers.family import Capability
from reranklab.types import Document, Query, Ranking

QUERY = Query(text="zebra yak")
BY_ZEBRA = "bm25?b=0&k1=10"
TEXTS = {
    "none": "apple",
    "one zebra": "zebra apple",
    "two zebras": "zebra zebra apple",
    "both": "zebra yak",
    "a yak": "yak pear",
}
DOCUMENTS = tuple(Document(id=name, text=text) for name, text in TEXTS.items())


def rank(ranker: str, documents: Sequence[Document] = DOCUMENTS, query: Query = QUERY) -> Ranking:
    return build_ranker(parse_ranker_id(ranker)).rank(query, documents)


def order(ranking: Ranking) -> list[str]:
    return [item.id for item in ranking.items]


def test_a_cascade_passes_the_best_on_and_keeps_the_order_of_the_rest():
    first, second = rank("bm25"), rank("bm25?analyser=words&b=0&k1=0")
    ranking = rank("cascade(bm25,bm25?analyser=words&b=0&k1=0)?keep=2")
    kept = order(first)[:2]
    assert sorted(order(ranking)[:2]) == sorted(kept)
    assert order(ranking)[:2] == [name for name in order(second) if name in kept]
    assert order(ranking)[2:] == order(first)[2:]
    assert [item.score for item in ranking.items] == [1 / rank for rank in range(1, 6)]
    assert [DOCUMENTS[item.candidate].id for item in ranking.items] == order(ranking)
    assert [stage.candidates for stage in ranking.stages] == [5, 2]
    assert ranking.timing.p50() >= sum(stage.timing.p50() for stage in ranking.stages)
    assert ranking.provenance.parameters["stage_2"] == "bm25?analyser=words&b=0&k1=0"
    assert order(rank("cascade(bm25,bm25)?keep=1000")) == order(first)


def test_explain_knows_which_stage_lost_a_document():
    ranking = rank("cascade(bm25,cascade(bm25?b=0,bm25)?keep=1)?keep=3")
    ids = order(ranking)
    lost = [rank_path([ranking], name).stages[0].lost_at for name in ids]
    assert lost == [None, "bm25?b=0", "bm25?b=0", "bm25", "bm25"]
    assert rank_path([rank("bm25")], ids[0]).stages[0].lost_at is None


def test_a_cascade_that_passes_only_blank_documents_on_ends_there():
    documents = (Document(id="blank", text=" "), Document(id="text", text="pear"))
    ranking = rank("cascade(bm25,bm25)?keep=1", documents)
    assert order(ranking) == ["blank", "text"]
    assert (len(ranking.stages), ranking.matched) == (1, 0)


def test_reciprocal_ranks_add_up_and_what_is_not_found_counts_nothing():
    a, b = rank("bm25"), rank("bm25?b=0&k1=0")
    ranking = rank("hybrid(bm25,bm25?b=0&k1=0)?k=10&weight=0.25")
    assert a.matched == b.matched == 4

    def shared(ranking: Ranking, name: str) -> int:
        """The first rank of that score."""
        scores = {item.id: item.score for item in ranking.items}
        return min(item.rank for item in ranking.items if item.score == scores[name])

    assert len({shared(b, name) for name in TEXTS}) < 5, "equal scores share a rank"
    for item in ranking.items:
        found = item.id != "none"
        expected = 0.25 / (10 + shared(a, item.id)) + 0.75 / (10 + shared(b, item.id)) if found else 0.0
        assert item.score == pytest.approx(expected)
    assert order(ranking)[-1] == "none"
    assert ranking.scale.within_list


def test_scores_are_stretched_to_0_and_1_before_they_are_added():
    a, b = rank("bm25"), rank("bm25?b=0&k1=0")

    def stretched(ranking: Ranking) -> dict[str, float]:
        scores = {item.id: item.score for item in ranking.items}
        low, high = min(scores.values()), max(scores.values())
        return {name: (score - low) / (high - low) for name, score in scores.items()}

    ranking = rank("hybrid(bm25,bm25?b=0&k1=0)?fusion=scores&weight=0.25")
    for item in ranking.items:
        assert item.score == pytest.approx(0.25 * stretched(a)[item.id] + 0.75 * stretched(b)[item.id])
    with pytest.raises(InputError, match=r"gives an order and no scores. Fuse ranks"):
        rank("hybrid(bm25,cascade(bm25,bm25))?fusion=scores")


def test_repetition_goes_down_as_far_as_lambda_says():
    documents = (
        Document(id="best", text="zebra zebra zebra stripes"),
        Document(id="copy", text="zebra zebra zebra stripes"),
        Document(id="other", text="zebra savanna grass"),
    )
    assert order(rank("mmr(bm25)?lambda=1", documents)) == order(rank("bm25", documents)) == ["best", "copy", "other"]
    ranking = rank("mmr(bm25)?lambda=0.3", documents)
    assert order(ranking) == ["best", "other", "copy"]
    assert [item.score for item in ranking.items] == [1, 1 / 2, 1 / 3]
    nothing = rank("mmr(bm25)", documents, Query(text="unicorn"))
    assert (order(nothing), nothing.matched) == (["best", "copy", "other"], 0)


def test_similarities_are_cosines():
    found = similarities(["zebra apple", "zebra apple", "pear", ""])
    assert found == pytest.approx(np.array([[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]], dtype=float))


def test_what_holds_of_one_stage_holds_of_the_whole():
    assert parse_ranker_id("cascade(bm25,bm25)").can(Capability.CHEAP)
    assert not parse_ranker_id("cascade(bm25,cross-encoder)").can(Capability.CHEAP)
    assert parse_ranker_id("hybrid(bm25,listwise-llm?method=chat)").can(Capability.HOSTED)
    for ranker in ("cascade", "hybrid", "mmr"):
        assert not parse_ranker_id(ranker).can(Capability.POINTWISE)


@pytest.mark.parametrize(
    ("ranker", "problem"),
    [
        ("cascade(bm25)", "cascade holds 2 other rankers, not 1"),
        ("cascade?keep=0", "keep=0 does not work"),
        ("hybrid?weight=2", "weight=2 does not work"),
        ("mmr?lambda=-1", "lambda=-1 does not work"),
        ("hybrid?fusion=votes", "fusion=votes does not exist"),
    ],
)
def test_what_cannot_be_used_is_named(ranker: str, problem: str):
    with pytest.raises(InputError, match=problem):
        build_ranker(parse_ranker_id(ranker))
