import pytest

from reranklab.errors import InputError
from reranklab.explain.shuffles import OrderStability, OrderTrial
from reranklab.plots.palette import VERMILION
from reranklab.plots.position_bias import draw_position_bias
from reranklab.plots.rank_spread import draw_rank_spread


def make_trial(start, end, *, window=20, repairs=0):
    def places(ids):
        return {document: place for place, document in enumerate(ids, start=1)}

    return OrderTrial(seed=0, window=window, step=10, start=places(start), end=places(end), repairs=repairs)


A, B, C = "a", "<b>", "$c$"
# Mean ranks: a (2 + 1) / 2 = 1.5, <b> (1 + 2) / 2 = 1.5, $c$ 3.
STABLE = OrderStability(
    ranker="<m>",
    trials=(make_trial([B, A, C], [B, A, C], window=10, repairs=2), make_trial([A, C, B], [A, B, C], repairs=1)),
)
ONE = OrderStability(ranker="m", trials=(make_trial([B, A], [A, B]),))


def test_a_row_a_document_by_mean_rank():
    figure = draw_rank_spread(STABLE).figure
    dots = figure.data[0]
    assert dots.customdata == (B, A, C)
    assert (dots.x, dots.y) == ((1.5, 1.5, 3), (1, 2, 3))
    assert (dots.error_x.arrayminus, dots.error_x.array) == ((0.5, 0.5, 0), (0.5, 0.5, 0))
    assert dots.hovertext[0] == "<b>&lt;b&gt;</b><br>mean rank 1.5, from 1 to 2"
    assert figure.layout.yaxis.ticktext == ("&lt;b&gt;", "a", "&#36;c&#36;")
    assert figure.layout.yaxis.range[0] > figure.layout.yaxis.range[1]
    assert figure.layout.xaxis.title.text == "rank: mean, lowest and highest"
    assert figure.layout.yaxis.title.text == "document"
    assert figure.layout.title.text == "Ranks over 2 shuffled runs, &lt;m&gt;"


def test_the_selected_document_is_marked():
    figure = draw_rank_spread(STABLE, selected=A).figure
    assert figure.data[0].marker.color[1] == VERMILION
    assert figure.data[0].marker.symbol == ("circle", "diamond", "circle")
    assert figure.layout.yaxis.ticktext[1] == "<b>a</b>"


def test_200_documents_have_a_row_each():
    ids = [f"d{number}" for number in range(200)]
    figure = draw_rank_spread(OrderStability(ranker="m", trials=(make_trial(ids, ids),))).figure
    assert len(figure.layout.yaxis.ticktext) == 200
    assert 2500 < figure.layout.height < 3500
    assert figure.layout.xaxis.tickvals[:3] == (1, 20, 40)


def test_bias_by_start_position():
    figure = draw_position_bias(STABLE).figure
    # Position 1: <b> ended 0.5 before its mean, a 0.5 before. 2: a 0.5 behind, $c$ 0. 3: $c$ 0, <b> 0.5 behind.
    assert figure.data[0].x == (1, 2, 3)
    assert figure.data[0].y == (-0.5, 0.25, 0.25)
    assert figure.layout.xaxis.title.text == "start position in the list"
    assert figure.layout.yaxis.title.text == "rank less the document's mean rank<br>(below 0: favoured)"
    assert figure.layout.yaxis.range == (-0.575, 0.575)
    assert figure.layout.yaxis.zerolinewidth == 2
    assert figure.layout.title.text == "Position bias over 2 shuffled runs, &lt;m&gt;"


def test_in_words():
    assert draw_rank_spread(STABLE).words == (
        "Ranks of 3 documents over 2 shuffled runs of <m> (windows 10, 20): 1 always at the same rank, "
        "widest <b> from 1 to 2, a from 1 to 2. Repaired replies: 3."
    )
    assert draw_rank_spread(ONE).words == (
        "Ranks of 2 documents over 1 shuffled run of m (window 20): 2 always at the same rank. Repaired replies: 0."
    )
    assert draw_position_bias(STABLE).words == (
        "Position bias of <m> over 2 shuffled runs: most favoured is start position 1 "
        "(-0.50 ranks against the documents' means), least favoured is 2 (+0.25)."
    )
    assert draw_position_bias(ONE).words == "One shuffled run of m cannot show a position bias. Run more."


@pytest.mark.parametrize("trials", [(), (make_trial([], []),)])
def test_refusals(trials):
    for call in (draw_rank_spread, draw_position_bias):
        with pytest.raises(InputError, match="no shuffled runs"):
            call(OrderStability(ranker="m", trials=trials))
