"""Text that Streamlit would read as Markdown."""

from __future__ import annotations

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reranklab.ui.escape import Markdown, bold, definitions, markdown, shorten


def test_marks_become_character_references():
    assert markdown("**a**") == "&#42;&#42;a&#42;&#42;"
    assert markdown("![x](y)") == "!&#91;x&#93;(y)"
    assert markdown("1. _a_ &amp;") == "1&#46; &#95;a&#95; &#38;amp;"
    assert markdown("- a") == "&#45; a"


@pytest.mark.parametrize(
    "text", ["Cross-encoder: some_model-v1.5", "R & D", "owner/name, or a path", "Header: line 1", "As 2 (not 3)"]
)
def test_usual_labels_stay_as_they_are_for_screen_readers(text: str):
    assert markdown(text) == text


@pytest.mark.parametrize(
    ("text", "parted"),
    [
        (":material/home:", ":|material/home:"),
        (":+1:", ":|+1:"),
        ("a -> b", "a -|> b"),
        ("https://host/x", "https:|//host/x"),
        ("WWW.host.org", "WWW|.host.org"),
        ("someone@host.org", "someone@|host.org"),
    ],
)
def test_what_streamlit_turns_into_symbols_and_links_is_parted(text: str, parted: str):
    assert html.unescape(markdown(text)) == parted.replace("|", "\u200b")


def test_text_that_is_markdown_already_is_made_here_alone():
    assert bold("*a*") == "**&#42;a&#42;**"
    assert definitions({"a": "b_", "c": "d"}) == "**a**: b&#95;  \n**c**: d"
    assert isinstance(bold("a"), Markdown) and not isinstance(bold("a") + "b", Markdown)


def test_half_of_a_character_is_replaced():
    assert markdown("a\ud800b") == "a?b"


@given(st.text())
def test_nothing_but_space_is_lost(text: str):
    shown = html.unescape(markdown(text)).replace("\u200b", "")
    assert "".join(shown.split()) == "".join(text.replace("\u200b", "").split())


@given(st.text(), st.integers(min_value=2, max_value=50))
def test_shortened_text_fits_on_its_line(text: str, limit: int):
    assert len(shorten(text, limit=limit)) <= limit


def test_a_text_that_fits_stays():
    assert shorten("two  words", limit=9) == "two words"
    assert shorten("two words", limit=8) == "two wor…"
