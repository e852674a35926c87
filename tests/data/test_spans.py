"""Sentences, words and terms of a text."""

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reranklab.data.spans import Span, sentence_spans, units_of, without, word_spans


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
        ("Dr. Miller met J. Smith. They spoke, e.g. of No. 5.", ["Dr. Miller met J. Smith.", "They spoke, e.g. of No. 5."]),
        ('He said "Stop." Then he left.', ['He said "Stop."', "Then he left."]),
        ("It costs 3.50 euros. that is cheap", ["It costs 3.50 euros. that is cheap"]),
        ("Title\n\nBody here", ["Title", "Body here"]),
        ("- one\n- two", ["- one", "- two"]),
        ("これは文です。次の文。", ["これは文です。", "次の文。"]),
        ("水很冷！你去吗？去。", ["水很冷！", "你去吗？", "去。"]),
        ("नदी गहरी है।नाव छोटी है॥ अंत", ["नदी गहरी है।", "नाव छोटी है॥", "अंत"]),
        ("هل تمطر؟ نعم", ["هل تمطر؟", "نعم"]),
        ("بارش ہوئی۔ ڈی۔سی آیا", ["بارش ہوئی۔", "ڈی۔سی آیا"]),
        ("ฝนตก แล้วหยุด", ["ฝนตก แล้วหยุด"]),
        ("", []),
        ("  \n ", []),
    ],
)
def test_sentences(text: str, sentences: list[str]):
    assert [span.of(text) for span in sentence_spans(text)] == sentences


def test_a_title_is_a_sentence_of_its_own():
    units = units_of("On Tides The moon pulls. The sea follows.", "sentence", title="On Tides")
    assert [unit.label for unit in units] == ["On Tides", "The moon pulls.", "The sea follows."]
    assert [units_of("The moon pulls.", "sentence", title=title)[0].label for title in ("", " ", "Other")] == [
        "The moon pulls."
    ] * 3


def test_words_and_terms():
    text = "Don't stop; don't STOP now"
    assert [span.of(text) for span in word_spans(text)] == ["Don't", "stop", "don't", "STOP", "now"]
    assert [(unit.label, len(unit.spans)) for unit in units_of(text, "term")] == [("don't", 2), ("stop", 2), ("now", 1)]


def test_words_and_terms_of_other_scripts():
    text = "Ärger İZMİR izmir ΣΟΦΟΣ σοφός हिन्दी 東京"
    assert [span.of(text) for span in word_spans(text)] == [*text.split()[:-1], "東", "京"]
    assert [unit.label for unit in units_of(text, "term")] == ["ärger", "izmir", "σοφοσ", "σοφόσ", "हिन्दी", "東", "京"]


@pytest.mark.parametrize(
    ("spans", "left"),
    [([(0, 3)], " two three"), ([(4, 7)], "one three"), ([(8, 13)], "one two "), ([(0, 13)], ""), ([(4, 9), (2, 6)], "onhree")],
)
def test_cutting_out(spans: list[tuple[int, int]], left: str):
    found = without("one two three", [Span(start=start, end=end) for start, end in spans])
    assert found.strip() == left.strip()


@given(st.text())
def test_sentences_hold_every_visible_character_once(text: str):
    spans = sentence_spans(text)
    assert all(first.end <= second.start for first, second in pairwise(spans))
    inside = {position for span in spans for position in range(span.start, span.end)}
    assert all(position in inside or character.isspace() for position, character in enumerate(text))


@given(st.text())
def test_words_lie_in_the_text_in_order(text: str):
    words = word_spans(text)
    assert all(0 <= word.start < word.end <= len(text) for word in words)
    assert all(first.end <= second.start for first, second in pairwise(words))
    # No letter or digit is left between them.
    rest = "".join(text[first.end : second.start] for first, second in pairwise([Span(start=0, end=0), *words]))
    assert not any(unicodedata.category(character) in ("Lu", "Ll", "Lt", "Nd") for character in rest)


@given(st.text(), st.sampled_from(["sentence", "word", "term"]))
def test_units_cut_out_leave_the_rest(text: str, kind):
    units = units_of(text, kind)
    rest = without(text, [span for unit in units for span in unit.spans])
    assert not word_spans(rest)
    assert kind != "sentence" or not rest.strip()
