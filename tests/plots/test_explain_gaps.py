import pytest

from reranklab.errors import InputError
from reranklab.plots.gaps import draw_gaps
from reranklab.plots.palette import BLUE, VERMILION
from reranklab.types import LOGIT, RANK_ONLY
from tests.evaluate.make import make_ranking

BM25 = make_ranking(["a", "<b>", "c", "d"], scores=[8, 4, 3.75, 0])
CROSS = make_ranking(["c", "a", "<b>", "d"], ranker="cross-encoder:m", scores=[2, 1, 0, -4], scale=LOGIT)
LLM = make_ranking(["a", "c"], ranker="listwise-llm", scale=RANK_ONLY)
NEAR = {"bm25": {2, 9}}


def test_a_bar_from_each_rank_to_the_next():
    figure = draw_gaps([BM25, CROSS, LLM]).figure
    assert [(trace.x, trace.y) for trace in figure.data] == [((1, 2, 3), (4, 0.25, 3.75)), ((1, 2, 3), (1, 1, 4))]
    assert figure.data[0].customdata == ("a", "<b>", "c")
    assert figure.data[0].hovertext[0] == "1: a<br>2: &lt;b&gt;<br>gap 4 (BM25)"
    assert {axis.title.text for axis in figure.select_xaxes()} == {"rank"}
    assert [axis.title.text for axis in figure.select_yaxes()] == ["gap to the next (BM25)", "gap to the next (logit)"]
    assert figure.layout.title.text == "Gap to the next document"


def test_near_ties_differ_by_colour_hatching_and_mark():
    bars, mark, other = draw_gaps([BM25, CROSS], near=NEAR).figure.data
    assert bars.marker.color == (BLUE, VERMILION, BLUE)
    assert bars.marker.pattern.shape == ("", "/", "")
    assert bars.hovertext[1].endswith("<br>near-tie")
    # A twentieth of the largest gap above the bar.
    assert (mark.name, mark.x, mark.y, mark.marker.symbol) == ("near-tie", (2,), (0.45,), "triangle-down")
    assert mark.showlegend
    assert other.marker.color == (BLUE, BLUE, BLUE)


def test_long_lists_have_the_whole_width():
    ids = [f"d{number}" for number in range(61)]
    figure = draw_gaps([make_ranking(ids), make_ranking(ids, ranker="bm25?k1=1")]).figure
    assert figure.layout.xaxis.domain == figure.layout.xaxis2.domain == (0, 1)


def test_all_equal_or_alone():
    assert draw_gaps([make_ranking("ab", scores=[1, 1])], near={"bm25": {1}}).figure.data[1].y == (0.05,)
    assert draw_gaps([make_ranking("a")]).figure.data[0].y == ()


def test_in_words():
    assert draw_gaps([BM25, CROSS, LLM], near=NEAR).words == (
        "Gaps between neighbours: BM25 widest below rank 1 (4 BM25), near-ties below rank 2; "
        "Cross-encoder widest below rank 3 (4 logit), no near-ties. Left out, since they have no scores: Listwise LLM."
    )
    assert draw_gaps([make_ranking("a")]).words == "Gaps between neighbours: BM25 has one document."
    many = make_ranking([f"d{number}" for number in range(13)])
    assert draw_gaps([many], near={"bm25": set(range(1, 13))}).words.endswith(
        "near-ties below ranks 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 2 more."
    )


def test_refusals():
    with pytest.raises(InputError, match="no rankings"):
        draw_gaps([])
    with pytest.raises(InputError, match="gives scores"):
        draw_gaps([LLM])
