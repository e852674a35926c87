import pytest

from reranklab.data.spans import Span, Unit
from reranklab.errors import InputError
from reranklab.explain.attribution import Attribution
from reranklab.plots.attribution import draw_attribution
from reranklab.plots.palette import LOWERS, RAISES
from reranklab.types import ATTENTION, BM25_SCORE, RANK_ONLY
from tests.evaluate.make import make_ranking
from tests.plots.explained import make_attribution

# Shares 3/8, -1/8, 4/8 and 1/4, 3/4.
CROSS = make_attribution([3, -1, 4], labels=["First.", "Not <b>$x$</b>.", "Last."], gap=0.0213)
TERMS = make_attribution([1, 3], labels=["fox", "dog"], ranker="bm25", method="terms", scale=BM25_SCORE, base=4)


def test_a_panel_a_ranker_on_one_range():
    figure = draw_attribution([CROSS, TERMS]).figure
    assert [tuple(trace.x) for trace in figure.data] == [(37.5, -12.5, 50), (25, 75)]
    assert [trace.yaxis for trace in figure.data] == ["y", "y2"]
    assert figure.data[0].marker.color == (RAISES, LOWERS, RAISES)
    assert figure.data[0].text == ("+37.5%", "-12.5%", "+50.0%")
    # The largest share of all, 75 %, and a quarter for the number.
    assert {tuple(axis.range) for axis in figure.select_xaxes()} == {(-93.75, 93.75)}
    assert figure.layout.title.text == "Attribution for d1, by part of the text"
    assert {axis.title.text for axis in figure.select_xaxes()} == {"share of all score change (%), above 0 raises the score"}
    assert [annotation.text for annotation in figure.layout.annotations] == [
        "Cross-encoder<br>leave-one-out, score 2.5 (logit), completeness gap 2.1%",
        "BM25<br>terms, score 4 (BM25)",
    ]


def test_reading_order_from_the_top():
    axis = draw_attribution([CROSS]).figure.layout.yaxis
    assert axis.ticktext == ("First.", "Not &lt;b&gt;&#36;x&#36;&lt;/b&gt;.", "Last.")
    assert axis.range[0] > axis.range[1]


def test_only_the_12_largest():
    # 15 parts of 1 to 15: the first three are the smallest.
    many = make_attribution(range(1, 16))
    figure = draw_attribution([many]).figure
    assert figure.layout.yaxis.ticktext[0] == "u3"
    assert len(figure.data[0].x) == 12
    assert figure.data[0].x[-1] == 12.5
    assert "12 of 15 parts" in figure.layout.annotations[0].text


def test_without_negative_shares_the_range_starts_at_nothing():
    assert draw_attribution([TERMS]).figure.layout.xaxis.range == (0, 93.75)


def test_long_parts_are_cut_at_the_bar_and_whole_in_the_hover_text():
    sentence = " ".join(["word"] * 30)
    figure = draw_attribution([make_attribution([1], labels=[sentence])]).figure
    assert len(figure.layout.yaxis.ticktext[0]) == 60
    lines = figure.data[0].hovertext[0].split("<br>")
    assert " ".join(lines[:-1]) == sentence
    assert lines[-1] == "+1 (logit), +100.0% in this document"


def test_a_term_in_several_places():
    spans = (Span(start=0, end=1), Span(start=2, end=3))
    attribution = Attribution(
        ranker="bm25", method="terms", document_id="d", text="a a", units=(Unit(label="a", spans=spans),), values=(2.0,),
        base=2, scale=BM25_SCORE, provenance=make_ranking("a").provenance, calls=1, possible=1,
    )  # fmt: skip
    assert draw_attribution([attribution]).figure.data[0].hovertext == (
        "a<br>+2 (BM25), +100.0% in this document, 2 occurrences",
    )


def test_attention_is_no_change_of_a_score():
    attention = make_attribution([0.25, 0.75], method="attention", scale=ATTENTION)
    figure = draw_attribution([attention]).figure
    assert figure.layout.xaxis.title.text == "share of all attention (%)"
    assert figure.data[0].hovertext[0] == "u0<br>+0.25 (share of attention), +25.0% in this document"
    assert draw_attribution([attention]).words == (
        "Attribution for d1, the largest shares among its parts. "
        "Cross-encoder (attention, of all attention): “u1” +75.0% and “u0” +25.0%."
    )


@pytest.mark.parametrize("values", [[], [0, 0]])
def test_nothing_found(values):
    nothing = make_attribution(values, scale=RANK_ONLY)
    figure = draw_attribution([nothing]).figure
    assert figure.layout.xaxis.range == (0, 125)
    assert figure.layout.annotations[0].text == "Cross-encoder<br>leave-one-out"
    assert draw_attribution([nothing]).words.endswith("of all score change): no part changes it.")


def test_in_words():
    assert draw_attribution([CROSS, TERMS]).words == (
        "Attribution for d1, the largest shares among its parts. "
        "Cross-encoder (leave-one-out, of all score change): "
        "“Last.” +50.0% and “First.” +37.5%; BM25 (terms, of all score change): “dog” +75.0% and “fox” +25.0%."
    )


def test_refusals():
    with pytest.raises(InputError, match="no attributions"):
        draw_attribution([])
