import pytest

from reranklab.errors import InputError
from reranklab.plots.palette import grade_style
from reranklab.plots.score_scatter import draw_score_scatter
from reranklab.types import LOGIT, RANK_ONLY
from tests.evaluate.make import make_ranking

BM25 = make_ranking(["a", "<b>", "c"], scores=[9, 5, 1])
CROSS = make_ranking(["c", "a", "<b>"], ranker="<m>", scores=[2, 1, -3], scale=LOGIT)
LLM = make_ranking(["c", "<b>", "a"], ranker="listwise-llm", scale=RANK_ONLY)


def test_a_point_a_document():
    figure = draw_score_scatter(BM25, CROSS, labelled=[]).figure
    points = figure.data[0]
    assert list(zip(points.customdata, points.x, points.y, strict=True)) == [("a", 9, 1), ("<b>", 5, -3), ("c", 1, 2)]
    assert points.text == ("", "", "")
    assert points.hovertext[1] == "<b>&lt;b&gt;</b><br>BM25: rank 2, BM25 5<br>&lt;m&gt;: rank 3, logit -3"
    assert figure.layout.xaxis.title.text == "BM25: score (BM25)"
    assert figure.layout.yaxis.title.text == "&lt;m&gt;: score (logit)"
    assert figure.layout.title.text == "Score against score"


def test_only_the_labelled_are_named():
    points = draw_score_scatter(BM25, CROSS, labelled=["<b>", "gone"]).figure.data[0]
    assert points.text == ("", "&lt;b&gt;", "")
    assert points.marker.size[1] > points.marker.size[0]


def test_names_keep_out_of_each_others_way():
    ids = ["first", "second", "third"]
    one = make_ranking(ids, scores=[5, 5, 0])
    other = make_ranking(ids, ranker="x", scores=[5, 5, 0])
    positions = draw_score_scatter(one, other, labelled=ids).figure.data[0].textposition
    # Two on the same point, at the right edge: neither name to the right of it, and not the same place.
    assert positions[0] != positions[1]
    assert "right" not in positions[0]


def test_a_ranker_without_scores_has_its_ranks_with_the_first_on_top():
    figure = draw_score_scatter(BM25, LLM, labelled=["a"]).figure
    assert figure.data[0].y == (3, 2, 1)
    assert figure.layout.yaxis.title.text == "Listwise LLM: rank (no scores)"
    assert figure.layout.yaxis.autorange == "reversed"
    assert figure.layout.xaxis.autorange is True


def test_grades_have_colour_and_symbol():
    figure = draw_score_scatter(BM25, CROSS, labelled=[], grades={"a": 2, "c": 0}).figure
    assert [(trace.name, trace.customdata, trace.marker.symbol) for trace in figure.data] == [
        (grade_style(grade).name, (document,), grade_style(grade).symbol)
        for grade, document in ((2, "a"), (0, "c"), (None, "<b>"))
    ]
    assert figure.layout.showlegend
    assert not draw_score_scatter(BM25, CROSS, labelled=[]).figure.layout.showlegend


def test_in_words():
    assert draw_score_scatter(BM25, CROSS, labelled=["c", "c", "gone"]).words == (
        "Scores of 3 documents: BM25 on the x axis from 1 to 9 (BM25), <m> on the y axis from -3 to 2 (logit). "
        "Named, with the rank at each: c (rank 3 and 1)."
    )
    assert draw_score_scatter(BM25, LLM, labelled=[]).words == (
        "Scores of 3 documents: BM25 on the x axis from 1 to 9 (BM25), "
        "Listwise LLM on the y axis by rank, since it has no scores."
    )


def test_refusals():
    with pytest.raises(InputError, match="different documents"):
        draw_score_scatter(BM25, make_ranking("xyz", ranker="y"), labelled=[])
