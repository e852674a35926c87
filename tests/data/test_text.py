import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reranklab.data import clean_text, parse_pasted
from reranklab.data.blank import is_blank
from reranklab.data.text import MAX_DOCUMENT_CHARACTERS
from reranklab.errors import InputError

anything = st.text(st.characters(codec=None, exclude_categories=()) | st.sampled_from("\n\n\n\r\t \0\x1f\ud83d\ude00\u2028a"))
_letters = st.characters(exclude_categories=("Cs", "Cc"))
line = st.text(_letters, min_size=1).map(str.strip).filter(lambda text: not is_blank(text))


def texts(pasted: str, mode: str = "auto") -> list[str]:
    return [document.text for document in parse_pasted(pasted, mode=mode).documents]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given_text", "expected"),
    [
        ("tab\tand\nnewline", "tab\tand\nnewline"),
        ("a\0b\x07c\x1fd\x0ce", "a\ufffdb\ufffdc\ufffdd\ufffde"),
        ("two\r\nlines\rthree", "two\nlines\nthree"),
        ("\ud83d\ude00", "\U0001f600"),
        ("\ude00\ud83d", "\ufffd\ufffd"),
        ("x\ud83dy", "x\ufffdy"),
        ("\ud83d\ud83d\ude00\ude00", "\ufffd\U0001f600\ufffd"),
        ("", ""),
    ],
)
def test_only_what_is_not_text_is_replaced(given_text: str, expected: str) -> None:
    assert clean_text(given_text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert('x')</script> & <b>bold</b> [link](http://a) `code` $x^2$",
        "مرحبا بالعالم \u200f(اختبار)\u200e",
        "שלום עולם",
        "family 👩‍👩‍👧‍👦, flag 🇫🇷, skin 👍🏽",
        "e\u0301 and \u00e9 are not unified, \u200b stays",
        "C1 \x85 and DEL \x7f are left to the tokenizer",
    ],
)
def test_text_of_every_kind_stays_as_it_is(text: str) -> None:
    assert clean_text(text) == text
    assert texts(text) == [text]
    assert parse_pasted(text).notes == ()


@given(anything)
def test_clean_text_can_be_encoded_and_is_clean(text: str) -> None:
    cleaned = clean_text(text)
    cleaned.encode("utf-8")
    assert clean_text(cleaned) == cleaned
    assert not set(cleaned) & {chr(code) for code in range(32) if chr(code) not in "\t\n"}


def test_one_document_a_line() -> None:
    parsed = parse_pasted("first\r\n  second \nthird\n")
    assert parsed.mode == "lines"
    assert [(document.id, document.text, document.title) for document in parsed.documents] == [
        ("d1", "first", ""),
        ("d2", "second", ""),
        ("d3", "third", ""),
    ]
    assert parsed.notes == ()


@pytest.mark.parametrize("gap", ["\n\n", "\n\n\n\n", "\n \t \n", "\r\n\r\n", "\n\u3000\n"])
def test_blocks_between_blank_lines(gap: str) -> None:
    pasted = f"\n\nTitle\nbody of one{gap}second{gap}third\n  indented\n\n"
    parsed = parse_pasted(pasted)
    assert parsed.mode == "blocks"
    assert [document.text for document in parsed.documents] == ["Title\nbody of one", "second", "third\n  indented"]


@pytest.mark.parametrize(
    ("pasted", "mode", "count"),
    [
        ("a\nb\nc", "lines", 3),
        ("a\n\nb\n\nc", "lines", 3),
        ("\n\na\nb\n\n", "lines", 2),
        ("a\nb\n\nc", "blocks", 2),
        ("a", "lines", 1),
        ("\ufeffa\nb", "lines", 2),
    ],
)
def test_the_split_is_detected(pasted: str, mode: str, count: int) -> None:
    parsed = parse_pasted(pasted)
    assert (parsed.mode, len(parsed.documents)) == (mode, count)


def test_the_split_can_be_corrected() -> None:
    assert texts("a\nb\n\nc", "lines") == ["a", "b", "c"]
    assert texts("a\nb\nc", "blocks") == ["a\nb\nc"]
    with pytest.raises(InputError, match=r"'pages'.*auto, lines, blocks"):
        texts("a", "pages")


@pytest.mark.parametrize("mode", ["auto", "lines", "blocks"])
@pytest.mark.parametrize("pasted", ["", " ", "\n\n\t\n", "\r\n", "\u3000\n\u2028", "\ufeff"])
def test_nothing_pasted_is_an_error(pasted: str, mode: str) -> None:
    with pytest.raises(InputError, match="no text in what was pasted"):
        texts(pasted, mode)


def test_the_notes_count_replaced_characters() -> None:
    assert parse_pasted("a\0b").notes == (
        "1 character that is not text was replaced by \ufffd (control characters and halves of surrogate pairs).",
    )
    parsed = parse_pasted("\0" * 1000 + "\n\ud800")
    assert parsed.documents[1].text == "\ufffd"
    assert parsed.notes[0].startswith("1,001 characters that are not text were replaced")


def test_the_notes_name_equal_texts_and_keep_them() -> None:
    parsed = parse_pasted("x\nsame\ny\nz\n same\nx\nx")
    assert len(parsed.documents) == 7
    assert parsed.notes == ("Documents d1, d6 and d7 have the same text.", "Documents d2 and d5 have the same text.")


def test_many_equal_texts_are_summed_up() -> None:
    parsed = parse_pasted("\n".join(["a"] * 8 + list("bcdefg") * 2))
    assert parsed.notes[0] == "Documents d1, d2, d3, d4, d5 and 3 more have the same text."
    assert len(parsed.notes) == 6
    assert parsed.notes[-1] == "2 more texts occur in several documents."


def test_a_document_of_a_megabyte_is_taken_and_a_longer_one_than_the_limit_is_not() -> None:
    long = "long text " * 104_858
    assert texts(f"short\n{long}") == ["short", long.strip()]
    with pytest.raises(InputError, match=r"'d2' has 2,000,001 characters.*2,000,000"):
        texts("short\n" + "x" * (MAX_DOCUMENT_CHARACTERS + 1))
    assert len(texts("x" * MAX_DOCUMENT_CHARACTERS)[0]) == MAX_DOCUMENT_CHARACTERS


def test_a_thousand_lines_are_a_thousand_documents() -> None:
    parsed = parse_pasted("\n".join(f"document number {number}" for number in range(1000)))
    assert [document.id for document in parsed.documents] == [f"d{number}" for number in range(1, 1001)]


@given(anything, st.sampled_from(["auto", "lines", "blocks"]))
@settings(deadline=None)
def test_any_pasted_text_gives_documents_or_an_input_error(pasted: str, mode: str) -> None:
    try:
        parsed = parse_pasted(pasted, mode=mode)  # type: ignore[arg-type]
    except InputError:
        assert is_blank(clean_text(pasted.removeprefix("\ufeff")))
        return
    assert len({document.id for document in parsed.documents}) == len(parsed.documents) > 0
    for document in parsed.documents:
        assert document.text.strip() == document.text == clean_text(document.text)
        assert not is_blank(document.text)
        assert "\n" not in document.text or parsed.mode == "blocks"


@given(st.lists(line, min_size=1), st.sampled_from(["\n", "\r\n", "\r", "\n\n", "\n \n"]))
@settings(deadline=None)
def test_lines_come_back(lines: list[str], separator: str) -> None:
    assert texts("\n" + separator.join(lines), "lines") == lines


@given(st.lists(st.lists(line, min_size=1), min_size=1), st.sampled_from(["\n\n", "\r\n\r\n", "\n\n\n", "\n\t\n"]))
@settings(deadline=None)
def test_blocks_come_back(blocks: list[list[str]], separator: str) -> None:
    expected = ["\n".join(block) for block in blocks]
    pasted = "\n" + separator.join(expected)
    assert texts(pasted, "blocks") == expected
    if len(blocks) > 1 and any(len(block) > 1 for block in blocks):
        assert texts(pasted) == expected
