import pytest

from reranklab.errors import InputError
from reranklab.explain.faithfulness import DeletionCurve
from reranklab.plots.deletion import draw_deletion
from reranklab.types import BM25_SCORE, LOGIT


def make_curve(ranker="<m>", *, scale=LOGIT):
    return DeletionCurve(
        ranker=ranker,
        method="leave-one-out",
        document_id="d",
        fractions=(0, 0.5, 1),
        most=(4, 0, 0),
        least=(4, 4, 0),
        random=((4, 3, 0), (4, 1, 0)),
        scale=scale,
        calls=9,
    )


def trace(figure, name):
    return next(trace for trace in figure.data if trace.name == name)


def test_three_orders_and_the_range_of_the_random_ones():
    figure = draw_deletion([make_curve()]).figure
    assert trace(figure, "most important first").y == (4, 0, 0)
    assert trace(figure, "least important first").y == (4, 4, 0)
    assert trace(figure, "random order, mean").y == (4, 2, 0)
    assert figure.data[0].y == (4, 1, 0)
    assert trace(figure, "random orders, range").y == (4, 3, 0)
    assert trace(figure, "random orders, range").fill == "tonexty"
    assert trace(figure, "most important first").x == (0, 50, 100)
    assert len({line.line.dash for line in figure.data[2:]}) == 3
    assert figure.data[-1].hovertext[1] == "most important first<br>50% of words deleted<br>logit 0"


def test_axes_and_headings():
    figure = draw_deletion([make_curve(), make_curve("bm25", scale=BM25_SCORE)]).figure
    assert figure.layout.title.text == "Faithfulness by deletion"
    assert {axis.title.text for axis in figure.select_xaxes()} == {"words deleted (%)"}
    assert [axis.title.text for axis in figure.select_yaxes()] == ["score (logit)", "score (BM25)"]
    # Between random and most: a triangle of base 1 and height 2, over a spread of 4.
    assert [annotation.text for annotation in figure.layout.annotations] == [
        "&lt;m&gt;<br>leave-one-out<br>deletion score +0.25",
        "BM25<br>leave-one-out<br>deletion score +0.25",
    ]
    assert sum(line.showlegend is True for line in figure.data) == 4


def test_panels_wrap_after_three():
    figure = draw_deletion([make_curve()] * 4).figure
    assert len({axis.domain for axis in figure.select_yaxes()}) == 2


def test_in_words():
    assert draw_deletion([make_curve()]).words == (
        "Faithfulness by the deletion score, where 0 is no better than random order and 1 cannot be exceeded: "
        "<m> by leave-one-out +0.25 (from 4 to 0, logit)."
    )


def test_refusals():
    with pytest.raises(InputError, match="no deletion curves"):
        draw_deletion([])
