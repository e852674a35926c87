"""Passages: nothing is lost, none is too long, and each begins where a sentence does."""

from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from reranklab.data.passages import passage_spans
from reranklab.data.spans import Span, sentence_spans, word_spans

PIECES = st.sampled_from(
    ["a", "tide", "it's", "3.5", "Dr.", "e.g.", ".", "!", "?", "…", "。", "\n\n", "\n- ", " ", "  ", "\t", "_", "U.S.", "-",
     "中国的首都是北京", "เมืองหลวงของไทย", "दिल्ली", "。」", "e\u0301te\u0301", "👩‍👩‍👧", "No. 7", "(", ")", "\u200b"]
)  # fmt: skip
TEXTS = st.lists(PIECES, max_size=120).map("".join) | st.lists(PIECES, max_size=120).map(" ".join) | st.text(max_size=80)
SIZES = st.integers(min_value=1, max_value=12)
OVERLAPS = st.integers(min_value=0, max_value=15)


def count(text: str) -> int:
    return len(word_spans(text))


def texts(text: str, *, words: int, overlap: int) -> list[str]:
    return [span.of(text) for span in passage_spans(text, words=words, overlap=overlap)]


@given(TEXTS, SIZES, OVERLAPS)
@example("a. b c. d e f. g", 3, 2)
@example("中国的首都是北京" * 10, 4, 2)
def test_every_word_is_in_a_passage_and_no_passage_has_too_many(text: str, words: int, overlap: int) -> None:
    spans = passage_spans(text, words=words, overlap=overlap)
    assert spans
    assert all(0 <= span.start <= span.end <= len(text) for span in spans)
    for word in word_spans(text):
        assert any(span.start <= word.start and word.end <= span.end for span in spans), word.of(text)
    assert all(count(span.of(text)) <= words for span in spans)


@given(TEXTS, SIZES, OVERLAPS)
def test_nothing_but_white_space_is_left_out(text: str, words: int, overlap: int) -> None:
    covered = 0
    for span in passage_spans(text, words=words, overlap=overlap):
        assert not text[covered : span.start].strip()
        covered = span.end
    assert not text[covered:].strip()


@given(TEXTS, SIZES, OVERLAPS)
def test_passages_go_on_and_share_no_more_than_the_overlap(text: str, words: int, overlap: int) -> None:
    spans = passage_spans(text, words=words, overlap=overlap)
    for before, after in pairwise(spans):
        assert before.start < after.start
        assert before.end < after.end
        assert count(text[after.start : max(before.end, after.start)]) <= overlap


@given(TEXTS, SIZES, OVERLAPS)
def test_a_passage_begins_where_a_sentence_does_unless_the_sentence_is_cut(text: str, words: int, overlap: int) -> None:
    sentences = sentence_spans(text)
    starts = {sentence.start for sentence in sentences}
    long = [sentence for sentence in sentences if count(sentence.of(text)) > words]
    for span in passage_spans(text, words=words, overlap=overlap)[1:]:
        assert span.start in starts or any(sentence.start < span.start < sentence.end for sentence in long)


def test_sentences_are_gathered_up_to_the_size() -> None:
    # 2, 2, 1 and 3 words: the first two make 4, the third would make 5.
    text = "One two. Three four. Five. Six seven eight."
    assert texts(text, words=4, overlap=0) == ["One two. Three four.", "Five. Six seven eight."]
    assert texts(text, words=4, overlap=1) == ["One two. Three four.", "Five. Six seven eight."]
    # With 2 words to share "Three four." comes again, as does "Five." before the last, which has 3 of 4 words.
    assert texts(text, words=4, overlap=2) == ["One two. Three four.", "Three four. Five.", "Five. Six seven eight."]


def test_an_overlap_that_leaves_no_room_is_not_taken() -> None:
    assert texts("One two. Three four. Five six seven.", words=4, overlap=4) == ["One two. Three four.", "Five six seven."]


def test_a_long_sentence_is_cut_behind_its_words() -> None:
    assert texts("a b c, d e f g.", words=3, overlap=0) == ["a b c,", "d e f", "g."]
    assert texts("Xx. A b c d e", words=3, overlap=0) == ["Xx.", "A b c", "d e"]


def test_a_script_without_spaces_is_cut_by_characters() -> None:
    text = "中国的首都是北京"
    assert texts(text, words=3, overlap=0) == ["中国的", "首都是", "北京"]


def test_a_text_that_fits_is_one_passage() -> None:
    assert texts(" One. Two. ", words=2, overlap=1) == ["One. Two."]
    assert passage_spans("", words=4, overlap=1) == (Span(start=0, end=0),)
    assert passage_spans(" \n ", words=4, overlap=1) == (Span(start=0, end=3),)
    assert texts("?! ...", words=1, overlap=0) == ["?! ..."]
