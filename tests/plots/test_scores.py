import pytest

from reranklab.errors import InputError
from reranklab.plots.palette import family_colour
from reranklab.plots.scores import describe_scores, scores_figure
from reranklab.types import COSINE, RANK_ONLY
from tests.evaluate.make import make_ranking

RANKINGS = [
    make_ranking("ab", ranker="bm25", scores=[7.5, 1.25]),
    make_ranking("ba", ranker="bi-encoder", scores=[0.5, -0.25], scale=COSINE),
    make_ranking("ab", ranker="listwise-llm", scores=[1, 0.5], scale=RANK_ONLY),
]


def test_a_panel_a_ranker_with_its_own_scale():
    figure = scores_figure(RANKINGS)
    assert [tuple(trace.y) for trace in figure.data] == [(7.5, 1.25), (0.5, -0.25), (1, 0.5)]
    assert [trace.yaxis for trace in figure.data] == ["y", "y2", "y3"]
    assert [axis.title.text for axis in figure.select_yaxes()] == ["score (BM25)", "score (cosine)", "1 / rank (no scores)"]
    assert all(axis.matches is None for axis in figure.select_yaxes())
    assert {axis.title.text for axis in figure.select_xaxes()} == {"rank"}
    assert [annotation.text for annotation in figure.layout.annotations] == ["bm25", "bi-encoder", "listwise-llm"]
    assert [trace.line.color for trace in figure.data] == [family_colour(ranking.ranker) for ranking in RANKINGS]
    assert tuple(figure.data[1].customdata) == ("b", "a")
    assert figure.data[1].hovertext[0] == "<b>b</b><br>rank 1, cosine 0.5"


def test_the_selected_document_is_marked_everywhere():
    figure = scores_figure(RANKINGS, selected="b")
    assert [(trace.x[0], trace.y[0]) for trace in figure.data[1::2]] == [(2, 1.25), (1, 0.5), (2, 0.5)]
    assert figure.data[1].text == ("<b>b</b>",)


def test_panels_wrap_after_four():
    figure = scores_figure([make_ranking("ab", ranker=f"bm25?k1={number}") for number in range(5)])
    assert len({axis.domain for axis in figure.select_yaxes()}) == 2
    assert figure.layout.height > scores_figure(RANKINGS).layout.height


def test_ids_are_escaped():
    figure = scores_figure([make_ranking(["<a>", "b"])], selected="<a>")
    assert figure.data[0].hovertext[0].startswith("<b>&lt;a&gt;</b>")
    assert figure.data[1].text == ("<b>&lt;a&gt;</b>",)
    assert figure.data[1].customdata == ("<a>",)


def test_description():
    assert describe_scores(RANKINGS, selected="b") == (
        "Scores from first to last rank, each on its own scale: bm25 from 7.5 to 1.25 (BM25); "
        "bi-encoder from 0.5 to -0.25 (cosine); listwise-llm has no scores. "
        "The selected document b has rank 2, BM25 1.25 at bm25, rank 1, cosine 0.5 at bi-encoder, rank 2 at listwise-llm."
    )


def test_refusal():
    with pytest.raises(InputError, match="no rankings"):
        scores_figure([])
