import pytest

from reranklab.errors import InputError
from reranklab.plots.listwise import draw_passage_attention
from reranklab.plots.palette import LOWERS, RAISES

DOCUMENTS = ["<b>", "d2", "$x$"]
ATTENTION = {"query": [0.5, 0.25, 0.125], "no_query": [0.25, 0.5, 0.125], "difference": [0.25, -0.25, 0]}


def test_three_readings_in_prompt_order():
    figure = draw_passage_attention(DOCUMENTS, **ATTENTION).figure
    assert [(trace.x, trace.y) for trace in figure.data] == [
        ((1, 2, 3), (0.5, 0.25, 0.125)),
        ((1, 2, 3), (0.25, 0.5, 0.125)),
        ((1, 2, 3), (0.25, -0.25, 0)),
    ]
    assert figure.data[2].marker.color == (RAISES, LOWERS, RAISES)
    assert figure.data[0].customdata == ("<b>", "d2", "$x$")
    assert figure.data[1].hovertext[2] == "C: <b>&#36;x&#36;</b><br>N/A: 0.125"
    assert [annotation.text for annotation in figure.layout.annotations] == [
        "for the query (calibration off)",
        "for “N/A” in place of the query",
        "query less “N/A” (calibration on)",
    ]


def test_axes():
    layout = draw_passage_attention(DOCUMENTS, **ATTENTION, selected="d2").figure.layout
    assert layout.title.text == "Attention by passage"
    assert layout.xaxis.ticktext == layout.xaxis2.ticktext == ("A", "<b>B</b>", "C")
    assert layout.xaxis3.ticktext == ("A  &lt;b&gt;", "<b>B  d2</b>", "C  &#36;x&#36;")
    assert layout.xaxis3.title.text == "passage, in the order of the prompt"
    assert [axis.title.text for axis in (layout.yaxis, layout.yaxis2, layout.yaxis3)] == [
        "attention",
        "attention",
        "difference",
    ]
    # What is compared has one range; the difference has its own.
    assert layout.yaxis.range == layout.yaxis2.range == (0, 0.54)
    assert layout.yaxis3.range is None


def test_beyond_the_letters_there_are_numbers_and_not_every_one_has_a_label():
    ids = [f"d{number}" for number in range(60)]
    zeros = [0.0] * 60
    layout = draw_passage_attention(ids, query=zeros, no_query=zeros, difference=zeros).figure.layout
    assert layout.xaxis.tickvals[:2] == (1, 3)
    assert (layout.xaxis.ticktext[9], layout.xaxis.ticktext[10]) == ("S", "21")


def test_in_words():
    assert draw_passage_attention(DOCUMENTS, **ATTENTION).words == (
        "Attention to 3 passages in the order of the prompt. "
        "Highest for the query at A, <b> (0.5); for N/A at B, d2 (0.5); calibrated at A, <b> (0.25)."
    )


def test_refusals():
    with pytest.raises(InputError, match="no passages"):
        draw_passage_attention([], query=[], no_query=[], difference=[])
    with pytest.raises(InputError, match="3 passages, and attention for 3, 2, 3"):
        draw_passage_attention(DOCUMENTS, query=[1, 1, 1], no_query=[1, 1], difference=[1, 1, 1])
