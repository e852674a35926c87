"""Which part of a text gets which colour."""

from __future__ import annotations

from dataclasses import replace

from reranklab.data.spans import Span, Unit
from reranklab.explain.attribution import Attribution
from reranklab.types import LOGIT, Provenance
from reranklab.ui.coloured.data import (
    Legend,
    Segment,
    attribution_segments,
    coloured_page,
    component_data,
    largest_share,
)

TEXT = "Good news. Bad <b>news</b>."
LEGEND = Legend(raises="raises the score", lowers="lowers the score", full="full colour: 80%")
PROVENANCE = Provenance(
    ranker="r", family="cross-encoder", model="m", revision="1", weights_sha256="0", device="cpu", device_name="cpu",
    precision="fp32", backend="torch", parameters={}, versions={},
)  # fmt: skip


def attribution(*, values, spans):
    units = tuple(Unit(label="u", spans=tuple(Span(start=start, end=end) for start, end in places)) for places in spans)
    return Attribution(
        ranker="r", method="leave-one-out", document_id="d", text=TEXT, units=units, values=values, base=1.0, scale=LOGIT,
        provenance=PROVENANCE, calls=1, possible=len(values),
    )  # fmt: skip


def test_pieces_are_the_text_and_carry_their_share_of_the_largest():
    found = attribution(values=(3.0, -1.0), spans=[[(0, 10)], [(11, 27)]])
    # Shares are 0.75 and -0.25.
    pieces = attribution_segments(found, largest=0.75)
    assert "".join(piece.text for piece in pieces) == TEXT
    assert [(piece.text, piece.value) for piece in pieces] == [("Good news.", 1.0), (" ", None), ("Bad <b>news</b>.", -1 / 3)]
    assert pieces[0].help == "+75.0% of the score change (+3, logit)"


def test_a_term_in_two_places_is_coloured_in_both_and_overlaps_add_up():
    found = attribution(values=(1.0, 1.0), spans=[[(5, 9), (18, 22)], [(0, 10)]])
    pieces = attribution_segments(found, largest=1.0)
    assert [(piece.text, piece.value) for piece in pieces] == [
        ("Good ", 0.5), ("news", 1.0), (".", 0.5), (" Bad <b>", None), ("news", 0.5), ("</b>.", None),
    ]  # fmt: skip


def test_one_scale_for_all_rankers():
    one = attribution(values=(1.0, -1.0), spans=[[(0, 4)], [(5, 9)]])
    two = replace(one, values=(1.0, -4.0))
    assert largest_share([one, two]) == 0.8
    assert attribution_segments(one, largest=0.8)[0].value == 0.625
    assert largest_share([replace(one, values=(0.0, 0.0))]) == 0
    assert {piece.value for piece in attribution_segments(replace(one, values=(0.0, 0.0)), largest=0.0)} == {0.0, None}


def test_the_strongest_pieces_have_a_line_besides_their_colour():
    segments = [Segment(text="a", value=1.0), Segment(text="b", value=-0.5), Segment(text="c", value=0.4), Segment(text="d")]
    assert [piece["strong"] for piece in component_data(segments, LEGEND)["pieces"]] == [True, True, False, False]


def test_a_huge_text_is_cut_for_the_browser():
    data = component_data([Segment(text="x" * 150_000), Segment(text="y" * 150_000), Segment(text="z")], LEGEND)
    assert [len(piece["text"]) for piece in data["pieces"]] == [150_000, 50_000]
    assert data["left"] == 100_001


def test_the_page_shows_text_as_text():
    segments = [Segment(text="<script>x</script>", value=1.0, help='"quoted" <i>'), Segment(text=" plain & simple")]
    page = coloured_page(segments, LEGEND, title="A <title>")
    assert "&lt;script&gt;x&lt;/script&gt;</span> plain &amp; simple" in page
    assert "<script" not in page
    assert "A &lt;title&gt;" in page
    assert "underline solid" in page
    assert "&quot;quoted&quot; &lt;i&gt;" in page
