import pytest

from reranklab.plots.labels import column_labels, escape, label, milliseconds, placement, ranker_label, shorten
from reranklab.types import LOGIT, RANK_ONLY, RankedDocument


def test_markup_is_shown_literally():
    assert escape("<b>a & b</b>") == "&lt;b&gt;a &amp; b&lt;/b&gt;"
    assert escape("$x^2$") == "&#36;x^2&#36;"


def test_escaping_comes_after_shortening():
    # The other way round an entity could be cut in two.
    assert label("<" * 30, 5) == "&lt;&lt;…&lt;&lt;"


@pytest.mark.parametrize(
    ("text", "limit", "short"),
    [
        ("abc", 3, "abc"),
        ("abcdef", 5, "ab…ef"),
        ("abcdefg", 6, "abc…fg"),
        ("abcdef", 2, "a…"),
        ("a\n b\t\0c", 9, "a b c"),
        ("a\u202eb\u2066c", 9, "abc"),
    ],
)
def test_shorten(text, limit, short):
    assert shorten(text, limit) == short


def test_ranker_label_has_a_line_for_family_model_and_options():
    assert ranker_label("bm25") == "bm25"
    assert ranker_label("cross-encoder:a/b?precision=int8&x=1") == "cross-encoder<br>a/b<br>precision=int8, x=1"
    assert ranker_label("bm25?k1=<i>") == "bm25<br>k1=&lt;i&gt;"


def test_many_columns_have_shorter_labels():
    assert column_labels(["cross-encoder:somebody/some-model"]) == ["cross-encoder<br>somebody/some-model"]
    assert column_labels(["cross-encoder:somebody/some-model"] * 5)[0] == "cross-encoder<br>somebo…-model"


def test_milliseconds():
    assert [milliseconds(value) for value in (0, 1.234, 12.34, 1234.5)] == ["0.00 ms", "1.23 ms", "12.3 ms", "1,234 ms"]


def test_placement_names_the_scale():
    item = RankedDocument(id="a", rank=2, score=0.5, candidate=0, tokens_used=1, tokens_total=1)
    assert placement(item, LOGIT) == "rank 2, logit 0.5"
    assert placement(item, RANK_ONLY) == "rank 2"
