import pytest

from reranklab.errors import InputError
from reranklab.plots.gaps import describe_gaps, gap_figure
from reranklab.plots.palette import BLUE, VERMILION
from reranklab.types import LOGIT, RANK_ONLY
from tests.evaluate.make import make_ranking

BM25 = make_ranking(["a", "<b>", "c", "d"], scores=[8, 4, 3.75, 0])
CROSS = make_ranking(["c", "a", "<b>", "d"], ranker="cross-encoder:m", scores=[2, 1, 0, -4], scale=LOGIT)
LLM = make_ranking(["a", "c"], ranker="listwise-llm", scale=RANK_ONLY)
NEAR = {"bm25": {2, 9}}


def test_a_bar_from_each_rank_to_the_next():
    figure = gap_figure([BM25, CROSS, LLM])
    assert [(trace.x, trace.y) for trace in figure.data] == [((1, 2, 3), (4, 0.25, 3.75)), ((1, 2, 3), (1, 1, 4))]
    assert figure.data[0].customdata == ("a", "<b>", "c")
    assert figure.data[0].hovertext[0] == "1: a<br>2: &lt;b&gt;<br>gap 4 (BM25)"
    assert {axis.title.text for axis in figure.select_xaxes()} == {"rank"}
    assert [axis.title.text for axis in figure.select_yaxes()] == ["gap to the next (BM25)", "gap to the next (logit)"]
    assert figure.layout.title.text == "Gap to the next document"


def test_near_ties_differ_by_colour_hatching_and_mark():
    bars, mark, other = gap_figure([BM25, CROSS], near=NEAR).data
    assert bars.marker.color == (BLUE, VERMILION, BLUE)
    assert bars.marker.pattern.shape == ("", "/", "")
    assert bars.hovertext[1].endswith("<br>near-tie")
    # A twentieth of the largest gap above the bar.
    assert (mark.name, mark.x, mark.y, mark.marker.symbol) == ("near-tie", (2,), (0.45,), "triangle-down")
    assert mark.showlegend
    assert other.marker.color == (BLUE, BLUE, BLUE)


def test_long_lists_have_the_whole_width():
    ids = [f"d{number}" for number in range(61)]
    figure = gap_figure([make_ranking(ids), make_ranking(ids, ranker="bm25?k1=1")])
    assert figure.layout.xaxis.domain == figure.layout.xaxis2.domain == (0, 1)


def test_all_equal_or_alone():
    assert gap_figure([make_ranking("ab", scores=[1, 1])], near={"bm25": {1}}).data[1].y == (0.05,)
    assert gap_figure([make_ranking("a")]).data[0].y == ()


def test_in_words():
    assert describe_gaps([BM25, CROSS, LLM], near=NEAR) == (
        "Gaps between neighbours: bm25 widest below rank 1 (4 BM25), near-ties below rank 2; "
        "cross-encoder:m widest below rank 3 (4 logit), no near-ties. Left out, since they have no scores: listwise-llm."
    )
    assert describe_gaps([make_ranking("a")]) == "Gaps between neighbours: bm25 has one document."
    many = make_ranking([f"d{number}" for number in range(13)])
    assert describe_gaps([many], near={"bm25": set(range(1, 13))}).endswith(
        "near-ties below ranks 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 2 more."
    )


def test_refusals():
    for call in (gap_figure, describe_gaps):
        with pytest.raises(InputError, match="no rankings"):
            call([])
        with pytest.raises(InputError, match="gives scores"):
            call([LLM])
