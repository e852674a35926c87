import pytest

from reranklab.errors import InputError
from reranklab.plots.palette import DOCUMENT_COLOURS, GREY, HATCHES
from reranklab.plots.terms import draw_term_contributions

TERMS = [("<d1>", [("fox", 2.5), ("$x$", 0.5), ("cat", 0)]), ("d2", [("fox", 1), ("$x$", 1.5), ("cat", 0)])]


def test_a_row_a_document_a_colour_a_term():
    figure = draw_term_contributions(TERMS, scale="BM25").figure
    fox, other, totals = figure.data
    assert figure.layout.barmode == "relative"
    assert (fox.name, fox.x) == ("fox", (2.5, 1))
    assert (other.name, other.x) == ("&#36;x&#36;", (0.5, 1.5))
    assert fox.marker.color != other.marker.color
    assert (totals.x, totals.text) == ((3, 2.5), (" 3", " 2.5"))
    assert figure.layout.yaxis.ticktext == ("&lt;d1&gt;", "d2")
    assert figure.layout.yaxis.range[0] > figure.layout.yaxis.range[1]
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == ("contribution to the score (BM25)", "document")
    assert figure.layout.title.text == "BM25 score by query term"
    assert other.hovertext[0] == "<b>&lt;d1&gt;</b><br>&#36;x&#36;: 0.5 of 3"


def test_a_term_named_twice_is_added_up():
    assert draw_term_contributions([("d", [("a", 1), ("a", 2)])], scale="BM25").figure.data[0].x == (3,)


def test_hatching_where_colours_end():
    figure = draw_term_contributions([("d", [(f"t{number}", 1.0) for number in range(7)])], scale="BM25").figure
    assert (figure.data[6].marker.color, figure.data[6].marker.pattern.shape) == (DOCUMENT_COLOURS[0], HATCHES[1])


def test_smaller_terms_share_a_bar():
    figure = draw_term_contributions([("d", [(f"t{number}", 1.0 + number) for number in range(13)])], scale="BM25").figure
    names = [trace.name for trace in figure.data[:-1]]
    # 13 terms: the two smallest, of 1 and 2, are together, and the others in the order of the query.
    assert names == [*(f"t{number}" for number in range(2, 13)), "2 other terms"]
    assert (figure.data[11].x, figure.data[11].marker.color) == ((3,), GREY)


def test_ten_documents_are_drawn():
    figure = draw_term_contributions([(f"d{number}", [("a", 1)]) for number in range(12)], scale="BM25").figure
    assert len(figure.layout.yaxis.ticktext) == 10


def test_in_words():
    assert draw_term_contributions(TERMS, scale="BM25").words == (
        "BM25 scores by query term: <d1> 3, most from fox (2.5); d2 2.5, most from $x$ (1.5). "
        "No contribution to any of them: cat."
    )
    many = [(f"d{number}", [("a", 1)]) for number in range(5)]
    assert draw_term_contributions(many, scale="BM25").words == (
        "BM25 scores by query term: d0 1, most from a (1); d1 1, most from a (1); d2 1, most from a (1). "
        "These are the first 3 of 5 documents drawn."
    )


def test_no_match_at_all():
    nothing = [("d", [("a", 0.0)])]
    drawing = draw_term_contributions(nothing, scale="BM25")
    assert drawing.figure.data[0].x == (0,)
    assert drawing.words == "BM25 scores by query term: d 0. No contribution to any of them: a."


@pytest.mark.parametrize("terms", [[], [("d", [])]])
def test_refusals(terms):
    with pytest.raises(InputError, match="no query terms"):
        draw_term_contributions(terms, scale="BM25")
