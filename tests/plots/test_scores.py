import pytest

from reranklab.errors import InputError
from reranklab.plots.scores import draw_scores
from reranklab.rankers.styles import family_colour
from reranklab.types import COSINE, RANK_ONLY
from tests.evaluate.make import make_ranking

RANKINGS = [
    make_ranking("ab", ranker="bm25", scores=[7.5, 1.25]),
    make_ranking("ba", ranker="bi-encoder", scores=[0.5, -0.25], scale=COSINE),
    make_ranking("ab", ranker="listwise-llm", scores=[1, 0.5], scale=RANK_ONLY),
]


def test_a_panel_a_ranker_with_its_own_scale():
    figure = draw_scores(RANKINGS).figure
    assert [tuple(trace.y) for trace in figure.data] == [(7.5, 1.25), (0.5, -0.25), (1, 0.5)]
    assert [trace.yaxis for trace in figure.data] == ["y", "y2", "y3"]
    assert [axis.title.text for axis in figure.select_yaxes()] == ["score (BM25)", "score (cosine)", "1 / rank (no scores)"]
    assert all(axis.matches is None for axis in figure.select_yaxes())
    assert {axis.title.text for axis in figure.select_xaxes()} == {"rank"}
    assert [annotation.text for annotation in figure.layout.annotations] == ["BM25", "Bi-encoder", "Listwise LLM"]
    assert [trace.line.color for trace in figure.data] == [family_colour(ranking.ranker) for ranking in RANKINGS]
    assert tuple(figure.data[1].customdata) == ("b", "a")
    assert figure.data[1].hovertext[0] == "<b>b</b><br>rank 1, cosine 0.5"


def test_the_selected_document_is_marked_everywhere():
    figure = draw_scores(RANKINGS, selected="b").figure
    assert [(trace.x[0], trace.y[0]) for trace in figure.data[1::2]] == [(2, 1.25), (1, 0.5), (2, 0.5)]
    assert figure.data[1].text == ("<b>b</b>",)


def test_panels_wrap_after_four():
    figure = draw_scores([make_ranking("ab", ranker=f"bm25?k1={number}") for number in range(5)]).figure
    assert len({axis.domain for axis in figure.select_yaxes()}) == 2
    assert figure.layout.height > draw_scores(RANKINGS).figure.layout.height


def test_ids_are_escaped():
    figure = draw_scores([make_ranking(["<a>", "b"])], selected="<a>").figure
    assert figure.data[0].hovertext[0].startswith("<b>&lt;a&gt;</b>")
    assert figure.data[1].text == ("<b>&lt;a&gt;</b>",)
    assert figure.data[1].customdata == ("<a>",)


def test_description():
    assert draw_scores(RANKINGS, selected="b").words == (
        "Scores from first to last rank, each on its own scale: BM25 from 7.5 to 1.25 (BM25); "
        "Bi-encoder from 0.5 to -0.25 (cosine); Listwise LLM has no scores. "
        "The selected document b has rank 2, BM25 1.25 at BM25, rank 1, cosine 0.5 at Bi-encoder, rank 2 at Listwise LLM."
    )


def test_refusal():
    with pytest.raises(InputError, match="no rankings"):
        draw_scores([])


def test_rankers_of_one_family_look_the_same_wherever_they_stand():
    rankings = [make_ranking("ab", ranker=f"bm25?k1={number}") for number in range(3)]
    everything = draw_scores(rankings).figure.data
    assert len({trace.line.color for trace in everything}) == 3
    assert [trace.marker.symbol for trace in everything] == ["circle", "square", "diamond"]
    alone = draw_scores(rankings[2:], titles={ranking.ranker: "x" for ranking in rankings}).figure.data[0]
    assert (alone.line.color, alone.marker.symbol) == (everything[2].line.color, "diamond")
