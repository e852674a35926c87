import pytest

from reranklab.errors import InputError
from reranklab.explain.contrast import Contrast
from reranklab.plots.contrast import draw_contrast
from reranklab.plots.palette import DOCUMENT_A, DOCUMENT_B
from reranklab.types import LOGIT, RANK_ONLY
from tests.plots.explained import make_attribution


def make_contrast(above, below, **options):
    return Contrast(
        above=make_attribution(above, labels=["good", "<bad>"], document="<a>"),
        below=make_attribution(below, document="b"),
        **{"ranker": "cross-encoder:m", "margin": 1.25, "rank_above": 2, "rank_below": 7, "scale": LOGIT, **options},
    )


# All change is 4 + 1 + 2 + 1 = 8.
CONTRAST = make_contrast([4, -1], [2, -1])


def test_bars_to_the_right_are_for_a():
    above, below = draw_contrast([CONTRAST]).figure.data
    assert (above.x, below.x) == ((50, -12.5), (-25, 12.5))
    assert (above.y, below.y) == ((0, 1), (2.5, 3.5))
    assert (above.marker.color, below.marker.color) == (DOCUMENT_A, DOCUMENT_B)
    assert (above.marker.pattern.shape, below.marker.pattern.shape) == ("", "/")
    assert (above.name, below.name) == ("A: &lt;a&gt;", "B: b")


def test_axes_and_headings():
    figure = draw_contrast([CONTRAST, make_contrast([1, 0], [0, 0], ranker="listwise-llm", scale=RANK_ONLY)]).figure
    assert figure.layout.title.text == "Attribution of the margin between A and B, by part of the text"
    assert figure.layout.yaxis.ticktext == ("A: good", "A: &lt;bad&gt;", "B: u0", "B: u1")
    assert figure.layout.xaxis.title.text == "← for B   |   share of all score change in both (%)   |   for A →"
    assert figure.layout.xaxis.range == figure.layout.xaxis2.range == (-125, 125)
    assert [annotation.text for annotation in figure.layout.annotations] == [
        "Cross-encoder<br>leave-one-out: A rank 2, B rank 7, margin +1.25 (logit)",
        "Listwise LLM<br>leave-one-out: A rank 2, B rank 7",
    ]
    # One legend entry a document, however many panels.
    assert [trace.showlegend for trace in figure.data] == [True, True, False, False]


def test_hover_text_has_value_and_side():
    _, below = draw_contrast([CONTRAST]).figure.data
    assert below.hovertext[0] == "B: u0<br>+2 (logit), +66.7% in this document<br>25.0% for B, of all change in both"


def test_only_the_8_largest_of_each():
    contrast = Contrast(
        ranker="bm25", above=make_attribution(range(1, 11)), below=make_attribution([1]), margin=1, rank_above=1,
        rank_below=2, scale=LOGIT,
    )  # fmt: skip
    above, below = draw_contrast([contrast]).figure.data
    assert (len(above.x), len(below.x)) == (8, 1)
    # 1 + ... + 10 of A and 1 of B.
    assert above.x[-1] == pytest.approx(100 * 10 / 56)


def test_in_words():
    assert draw_contrast([CONTRAST, make_contrast([0, 0], [0, 0], ranker="bm25")]).words == (
        "A is <a> and B is b. Cross-encoder ranks A 2 and B 7, margin +1.25 (logit), most from “good” in A (50.0% for A); "
        "BM25 ranks A 2 and B 7, margin +1.25 (logit), and no part changes a score."
    )


def test_refusals():
    with pytest.raises(InputError, match="no margin"):
        draw_contrast([])
