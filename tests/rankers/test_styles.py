import pytest

from reranklab.plots.palette import SELECTED
from reranklab.rankers.catalogue import families
from reranklab.rankers.styles import MARKS, family_colour, luminance, ranker_styles

THREE = ["cross-encoder", "cross-encoder?tier=fast", "cross-encoder:a/b"]
EIGHT = ["bm25", "bi-encoder", "bi-encoder:embedded/wordllama-256", *THREE, "listwise-llm", "hybrid(bm25,bi-encoder)"]


def test_families_have_their_own_colours():
    rankers = ["bm25?k1=2", "bi-encoder", "cross-encoder:somebody/model", "listwise-llm", "something else"]
    assert len({family_colour(ranker) for ranker in rankers}) == 5
    assert {ranker: style.colour for ranker, style in ranker_styles(rankers).items()} == {
        ranker: family_colour(ranker) for ranker in rankers
    }


def test_rankers_of_one_family_have_its_colour_and_shades_of_it():
    styles = ranker_styles(THREE)
    assert styles["cross-encoder"].colour == family_colour("cross-encoder")
    light = [luminance(style.colour) for style in styles.values()]
    # Green is at 0.26: 0.10 is farthest from it, then 0.45.
    assert light == pytest.approx([0.26, 0.10, 0.45], abs=0.006)
    assert [style.dash for style in styles.values()] == ["solid", "dash", "dot"]


def test_eight_rankers_differ_without_colour():
    styles = ranker_styles(EIGHT)
    assert [style.mark for style in styles.values()] == list(MARKS)
    assert len(set(MARKS)) == 8


def test_every_colour_is_seen_on_white_and_on_dark():
    """Contrast as WCAG 2.2 counts it; the families' own colours of Okabe and Ito have about 2.2 on white."""
    page = luminance("#12171D")
    for style in ranker_styles([f"{ranker}?{option}" for ranker, option in OPTIONS for option in option.split()]).values():
        own = luminance(style.colour)
        assert 1.05 / (own + 0.05) > 2
        assert (own + 0.05) / (page + 0.05) > 2


OPTIONS = [
    ("bm25", "k1=1 k1=2 k1=3 k1=4"),
    ("bi-encoder", "batch_tokens=1 batch_tokens=2 batch_tokens=3"),
    ("cross-encoder", "tier=fast tier=budgeted batch_tokens=1"),
    ("listwise-llm", "window=2 window=3 window=4"),
]


def test_every_family_has_a_colour_of_its_own_that_is_seen():
    colours = [family.colour for family in families().values()]
    assert len(set(colours)) == len(colours)
    assert SELECTED not in colours, "that marks the document that is followed"
    assert [colour for colour in colours if not 0.07 < luminance(colour) < 0.46] == []


def test_luminance_is_that_of_the_standard():
    assert [luminance(colour) for colour in ("#000000", "#FFFFFF", "#FF0000", "#00FF00", "#0000FF")] == pytest.approx(
        [0, 1, 0.2126, 0.7152, 0.0722]
    )
    assert luminance("#777777") == pytest.approx(0.1845, abs=1e-4), "4.48 to 1 on white"
