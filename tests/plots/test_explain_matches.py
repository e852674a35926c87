"""Terms that two texts share, as bars."""

import pytest

from reranklab.errors import InputError
from reranklab.plots.term_matches import TermBar, draw_term_matches
from reranklab.plots.word_map import draw_word_map

KINDS = ("in both", "added to <b>", "of neither")
TERMS = (
    TermBar(term="<i>gold", kind="in both", contribution=2.5),
    TermBar(term="metal", kind="of neither", contribution=1.0),
    TermBar(term="ore", kind="in both", contribution=0.5),
)


def test_a_bar_a_term_by_its_kind() -> None:
    drawing = draw_term_matches(TERMS, kinds=KINDS, scale="weights", title="Shared")
    both, neither = drawing.figure.data
    assert (both.name, both.x, both.y) == ("in both: 3", (2.5, 0.5), (0, 2))
    assert (neither.name, neither.x, neither.y) == ("of neither: 1", (1.0,), (1,))
    assert both.marker.color != neither.marker.color
    assert both.marker.pattern.shape != neither.marker.pattern.shape
    assert drawing.figure.layout.yaxis.ticktext == ("&lt;i&gt;gold", "metal", "ore")
    assert drawing.words == (
        "Shared: weights by term. Most: <i>gold (2.5, in both), metal (1, of neither), ore (0.5, in both). "
        "Sums: in both 3, of neither 1."
    )


def test_many_terms_are_drawn_in_part_and_none_is_an_error() -> None:
    many = [TermBar(term=f"t{number}", kind="in both", contribution=1.0) for number in range(30)]
    drawing = draw_term_matches(many, kinds=KINDS, scale="weights", title="Shared")
    assert len(drawing.figure.data[0].x) == 25
    assert drawing.words.endswith("Sums: in both 30. The first 25 of 30 are drawn.")
    with pytest.raises(InputError, match="shares no term"):
        draw_term_matches([], kinds=KINDS, scale="weights", title="Shared")


def test_a_marked_cell_in_each_row() -> None:
    figure = draw_word_map([[1, 2], [3, 0]], rows="ab", columns="cd", title="t", value_name="v", marked=(1, 0)).figure
    assert (figure.data[1].x, figure.data[1].y) == (("1", "0"), ("0", "1"))
    assert len(draw_word_map([[1, 2]], rows="a", columns="cd", title="t", value_name="v").figure.data) == 1
