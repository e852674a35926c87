import pytest

from reranklab.errors import InputError
from reranklab.evaluate.agreement import agreement_table
from reranklab.plots.agreement import draw_agreement
from tests.evaluate.make import make_ranking

TABLE = agreement_table(
    [make_ranking("abc", ranker="x"), make_ranking("abc", ranker="y"), make_ranking("cba", ranker="bm25:<z>")], k=2
)


def test_symmetric_with_ones_on_the_diagonal():
    figure = draw_agreement(TABLE).figure
    cells = [[pytest.approx(value) for value in row] for row in ([1, 1, -1], [1, 1, -1], [-1, -1, 1])]
    assert [list(row) for row in figure.data[0].z] == cells
    assert (figure.data[0].zmin, figure.data[0].zmax) == (-1, 1)
    assert figure.data[0].texttemplate == "%{z:.2f}"
    assert tuple(figure.layout.xaxis.ticktext) == ("x", "y", "bm25:&lt;z&gt;")
    assert figure.layout.yaxis.autorange == "reversed"
    assert figure.layout.title.text == "Agreement: Kendall's tau"


@pytest.mark.parametrize(
    ("measure", "title", "value"),
    [("overlap", "Agreement: top-2 overlap", 0.5), ("rbo", "Agreement: rank-biased overlap (p = 0.9)", TABLE[1].rbo)],
)
def test_other_measures(measure, title, value):
    figure = draw_agreement(TABLE, measure=measure).figure
    assert figure.layout.title.text == title
    assert figure.data[0].z[0][2] == value
    assert figure.data[0].zmin == 0


def test_description():
    assert draw_agreement(TABLE).words == (
        "Kendall's tau: highest between x and y (1.00), lowest between x and bm25:<z> (-1.00)."
    )
    assert draw_agreement(TABLE[:1]).words == "Kendall's tau between x and y: 1.00."


def test_refusals():
    with pytest.raises(InputError, match="at least two rankers"):
        draw_agreement([])
    with pytest.raises(InputError, match="measure 'phi'"):
        draw_agreement(TABLE, measure="phi")
