import pytest

from reranklab.plots.labels import column_labels, escape, label, milliseconds, placement, shorten, titles_for, wrapped
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


def test_titles_are_wrapped_between_words():
    assert wrapped("BM25") == "BM25"
    assert wrapped("Cross-encoder: some-long-model-name") == "Cross-encoder:<br>some-long-model-name"
    assert wrapped("BM25 (k1=<i>)") == "BM25 (k1=&lt;i&gt;)"
    # A fourth line goes to the third, and what is too long for a line loses its middle.
    assert wrapped("one two three four five six", 5) == "one<br>two<br>th…ix"


def test_many_columns_have_narrower_labels():
    assert column_labels(["Cross-encoder: somebody/some-model"]) == ["Cross-encoder:<br>somebody/some-model"]
    assert column_labels(["Cross-encoder: somebody/some-model"] * 5)[0] == "Cross-encoder:<br>somebod…-model"


def test_the_titles_of_the_run_come_before_those_of_its_part():
    assert titles_for(["bm25", "cross-encoder"], None) == {"bm25": "BM25", "cross-encoder": "Cross-encoder"}
    given = {"cross-encoder": "Cross-encoder: a", "cross-encoder:b": "Cross-encoder: b"}
    assert titles_for(["bm25", "cross-encoder"], given) == {"bm25": "BM25", **given}


def test_milliseconds():
    assert [milliseconds(value) for value in (0, 1.234, 12.34, 1234.5, 12_345)] == [
        "0.00 ms",
        "1.23 ms",
        "12.3 ms",
        "1,234 ms",
        "12.3 s",
    ]


def test_placement_names_the_scale():
    item = RankedDocument(id="a", rank=2, score=0.5, candidate=0, tokens_used=1, tokens_total=1)
    assert placement(item, LOGIT) == "rank 2, logit 0.5"
    assert placement(item, RANK_ONLY) == "rank 2"
