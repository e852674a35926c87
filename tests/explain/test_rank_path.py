from dataclasses import replace

import pytest

from reranklab.errors import InputError
from reranklab.explain.rank_path import PathStage, RankPath, rank_path
from reranklab.types import BM25_SCORE, COSINE, RANK_ONLY
from tests.evaluate.make import make_ranking

BM25 = make_ranking("abc", ranker="bm25", scores=[7.5, 5.0, 1.25])
DENSE = make_ranking("bca", ranker="bi-encoder", scores=[0.5, 0.5, -0.25], scale=COSINE)
LIST = make_ranking("cba", ranker="listwise-llm", scores=[1, 1 / 2, 1 / 3], scale=RANK_ONLY)


def test_every_stage_worked_out_by_hand() -> None:
    path = rank_path([BM25, DENSE, LIST], "b", pool=5183)
    assert path == RankPath(document_id="b", pool=5183, stages=path.stages)
    assert path.stages[0] == PathStage(
        ranker="bm25",
        rank=2,
        candidates=3,
        candidate=1,
        score=5.0,
        scale=BM25_SCORE,
        tokens_used=7,
        tokens_total=9,
        above="a",
        below="c",
        margin_above=2.5,
        margin_below=3.75,
    )
    assert path.stages[0].tokens_cut == 2
    dense, listed = path.stages[1:]
    assert (dense.rank, dense.above, dense.margin_above, dense.below, dense.margin_below) == (1, None, None, "c", 0.0)
    # A rank has neighbours but no margin.
    assert (listed.rank, listed.above, listed.below) == (2, "c", "a")
    assert (listed.margin_above, listed.margin_below) == (None, None)


def test_the_ends_of_a_list() -> None:
    (last,) = rank_path([BM25], "c").stages
    assert (last.rank, last.below, last.margin_below, last.margin_above) == (3, None, None, 3.75)
    alone = rank_path([make_ranking("a")], "a")
    assert (alone.pool, alone.stages[0].above, alone.stages[0].below, alone.stages[0].candidates) == (None, None, None, 1)


def test_a_document_outside_of_the_pool() -> None:
    with pytest.raises(InputError) as caught:
        rank_path([BM25, replace(DENSE, items=DENSE.items[:1])], "a", pool=5183)
    assert str(caught.value) == (
        "Document 'a' is not among the 1 candidates drawn from 5,183 that bi-encoder ranked: no ranker saw it. "
        "Choose a candidate, or add it to the list."
    )
    with pytest.raises(InputError, match="'zz' is not among the 3 candidates that bm25 ranked"):
        rank_path([BM25], "zz")
    with pytest.raises(InputError, match="no rankings to follow"):
        rank_path([], "a")
