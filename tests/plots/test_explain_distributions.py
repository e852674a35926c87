import math

import pytest

from reranklab.errors import InputError
from reranklab.plots.distributions import draw_distribution
from reranklab.plots.palette import VERMILION
from reranklab.rankers.styles import family_colour
from reranklab.types import COSINE, LOG_ODDS, LOGIT, RANK_ONLY
from tests.evaluate.make import make_ranking

BM25 = make_ranking(["a", "<b>", "c"], scores=[6, 0.1, 0])
CROSS = make_ranking(["c", "a", "<b>"], ranker="cross-encoder:m", scores=[math.log(3), 0, -math.log(3)], scale=LOGIT)
LLM = make_ranking(["a", "c", "<b>"], ranker="listwise-llm", scores=[1, 0.5, 1 / 3], scale=RANK_ONLY)


def test_a_dot_a_document_at_its_score():
    figure = draw_distribution([BM25, CROSS]).figure
    dots = figure.data[0]
    assert dots.x == (6, 0.1, 0)
    # Intervals of 6 / 30 = 0.2: the last two share the first.
    assert dots.y == (1, 1, 2)
    assert dots.customdata == ("a", "<b>", "c")
    assert dots.hovertext[1] == "<b>&lt;b&gt;</b><br>rank 2, BM25 0.1"
    assert dots.marker.color == family_colour("bm25")
    assert [trace.xaxis for trace in figure.data] == ["x", "x2"]
    assert [axis.title.text for axis in figure.select_xaxes()] == ["score (BM25)", "score (logit)"]
    assert {axis.title.text for axis in figure.select_yaxes()} == {"documents"}
    assert [annotation.text for annotation in figure.layout.annotations] == ["BM25", "Cross-encoder"]
    assert figure.layout.title.text == "Distribution of scores"


def test_many_documents_are_a_histogram():
    # 0 to 60 in intervals of 2: two in each, and the highest score belongs to the last one.
    many = make_ranking([f"d{number}" for number in range(61)], scores=[60.0 - number for number in range(61)])
    bars, mark = draw_distribution([many], selected="d60").figure.data
    assert bars.type == "bar"
    assert bars.y == (2,) * 29 + (3,)
    assert (bars.x[0], bars.width) == (1, 2)
    assert bars.hovertext[29] == "58 to 60<br>documents: 3"
    assert (mark.x, mark.y) == ((0,), (2,))


def test_the_selected_document_is_marked_on_its_dot():
    mark = draw_distribution([BM25], selected="c").figure.data[1]
    assert (mark.x, mark.y, mark.customdata) == ((0,), (2,), ("c",))
    assert (mark.marker.color, mark.marker.symbol) == (VERMILION, "diamond")


def test_probabilities_are_the_sigmoid_of_logits_and_log_odds():
    odds = make_ranking("ab", ranker="cross-encoder:o", scores=[1000, -1000], scale=LOG_ODDS)
    figure = draw_distribution([BM25, CROSS, odds], probability=True).figure
    assert [trace.x for trace in figure.data] == [pytest.approx((0.75, 0.5, 0.25)), (1, 0)]
    assert figure.data[0].hovertext[1] == "<b>a</b><br>rank 2, logit 0<br>probability 0.5"
    assert [axis.title.text for axis in figure.select_xaxes()] == [
        "probability (sigmoid of logit)",
        "probability (sigmoid of log-odds)",
    ]
    assert {tuple(axis.range) for axis in figure.select_xaxes()} == {(-0.03, 1.03)}
    assert figure.layout.title.text == "Distribution of probabilities"


def test_one_score_for_all():
    assert draw_distribution([make_ranking("ab", scores=[2, 2])]).figure.data[0].y == (1, 2)


def test_in_words():
    assert draw_distribution([BM25, CROSS, LLM]).words == (
        "Scores, each ranker on its own scale: BM25 0 to 6, median 0.1 (BM25); "
        "Cross-encoder -1.1 to 1.1, median 0 (logit). Left out, since they have no scores: Listwise LLM."
    )
    assert draw_distribution([BM25, CROSS, LLM], probability=True).words == (
        "Probabilities, the sigmoid of the score: Cross-encoder 0.25 to 0.75, median 0.5. "
        "Left out, since they have no probabilities: BM25, Listwise LLM."
    )


def test_refusals():
    with pytest.raises(InputError, match="no rankings"):
        draw_distribution([])
    with pytest.raises(InputError, match="gives scores"):
        draw_distribution([LLM])
    with pytest.raises(InputError, match="gives a probability"):
        draw_distribution([BM25, make_ranking("ab", scale=COSINE)], probability=True)
