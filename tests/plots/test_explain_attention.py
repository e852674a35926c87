import numpy as np
import pytest

from reranklab.errors import InputError
from reranklab.plots.head_attention import draw_head_attention
from reranklab.plots.palette import SIGNED_SCALE
from reranklab.plots.word_map import draw_word_map

SHARES = [[0.125, 0.5, 0.25], [0.75, 0.0, 0.125]]
ROWS, COLUMNS = ["what", "<b>", "what"], ["is", "$x$"]
VALUES = [[0.5, -0.25], [0.0, 0.125], [-1.0, 0.25]]


def overview(**options):
    return draw_head_attention(SHARES, title="Heads", value_name="share", **options).figure


def word_map(**options):
    return draw_word_map(VALUES, rows=ROWS, columns=COLUMNS, title="Words", value_name="cosine", **options).figure


def test_a_cell_a_head_with_layer_1_on_top():
    figure = overview()
    cells, targets = figure.data
    assert cells.z.tolist() == SHARES
    assert (cells.zmin, cells.zmax) == (0, 0.75)
    assert (tuple(cells.x), tuple(cells.y)) == ((1, 2, 3), (1, 2))
    assert figure.layout.yaxis.range[0] > figure.layout.yaxis.range[1]
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == ("head", "layer")
    assert figure.layout.title.text == "Heads"
    assert figure.layout.annotations[0].text == "share"
    assert targets.customdata[:4] == ("0,0", "0,1", "0,2", "1,0")
    assert (targets.x[3], targets.y[3]) == (1, 2)
    assert targets.hovertext[3] == "layer 2, head 1<br>share: 0.75"


def test_the_selected_head_is_outlined():
    outlines = overview(selected=(1, 2)).layout.shapes
    assert {(shape.x0, shape.x1, shape.y0, shape.y1) for shape in outlines} == {(2.5, 3.5, 1.5, 2.5)}
    assert not overview().layout.shapes
    assert not overview(selected=(2, 0)).layout.shapes


def test_a_large_model_fits():
    assert draw_head_attention(np.zeros((36, 32)), title="t", value_name="share").figure.layout.height < 800


def test_overview_in_words():
    # (0.125 + 0.5 + 0.25 + 0.75 + 0 + 0.125) / 6 = 1.75 / 6
    assert draw_head_attention(SHARES, title="Heads", value_name="share").words == (
        "Heads: share, 2 layers of 3 heads. Mean 0.292, "
        "strongest at layer 2 head 1 (0.75), layer 1 head 2 (0.5), layer 1 head 3 (0.25)."
    )
    assert draw_head_attention([[0.1, -0.4]], title="Heads", value_name="change", diverging=True).words == (
        "Heads: change, 1 layer of 2 heads. Mean -0.15, strongest at layer 1 head 2 (-0.4), layer 1 head 1 (0.1)."
    )


def test_words_stand_by_position():
    figure = word_map()
    cells = figure.data[0]
    assert cells.z.tolist() == VALUES
    assert (tuple(cells.x), tuple(cells.y)) == (("0", "1"), ("0", "1", "2"))
    assert figure.layout.xaxis.labelalias == {"0": "is", "1": "&#36;x&#36;"}
    assert figure.layout.yaxis.labelalias == {"0": "what", "1": "&lt;b&gt;", "2": "what"}
    assert figure.layout.xaxis.type == figure.layout.yaxis.type == "category"
    assert figure.layout.yaxis.autorange == "reversed"
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == ("document word", "query word")


def test_signed_values_are_centred_on_nothing():
    cells = word_map(diverging=True).data[0]
    assert (cells.zmin, cells.zmax) == (-1, 1)
    assert cells.colorscale == SIGNED_SCALE
    assert (word_map().data[0].zmin, word_map().data[0].zmax) == (-1, 0.5)


def test_titles_are_escaped():
    figure = draw_word_map([[1.0]], rows=["a"], columns=["b"], title="<i>$t$", value_name="<v>").figure
    assert figure.layout.title.text == "&lt;i&gt;&#36;t&#36;"
    assert figure.layout.annotations[0].text == "&lt;v&gt;"
    assert "&lt;v&gt;" in figure.data[0].hovertemplate


def test_a_long_input_stays_small():
    words = ["internationalisation"] * 512
    values = np.random.default_rng(0).random((512, 512))
    figure = draw_word_map(values, rows=words, columns=words, title="t", value_name="v").figure
    assert len(figure.to_json()) < 2_000_000
    assert figure.layout.height < 1200


def test_word_map_in_words():
    drawing = draw_word_map(VALUES, rows=ROWS, columns=COLUMNS, title="Words", value_name="cosine", diverging=True)
    assert drawing.words == (
        "Words: cosine, 3 query words by 2 document words. "
        "Strongest: what with is (-1), what with is (0.5), what with $x$ (-0.25)."
    )
    assert draw_word_map([[0.5]], rows=["a"], columns=["b"], title="<Map>", value_name="share").words == (
        "<Map>: share, 1 query word by 1 document word. Strongest: a with b (0.5)."
    )


@pytest.mark.parametrize("values", [[], [[]], np.zeros((0, 4))])
def test_nothing_to_draw(values):
    with pytest.raises(InputError, match="no attention"):
        draw_head_attention(values, title="t", value_name="v")
    with pytest.raises(InputError, match="no words"):
        draw_word_map(values, rows=[], columns=[], title="t", value_name="v")


def test_words_must_fit_the_values():
    with pytest.raises(InputError, match="3 by 2 values for 1 by 2 words"):
        draw_word_map(VALUES, rows=["a"], columns=COLUMNS, title="t", value_name="v")
