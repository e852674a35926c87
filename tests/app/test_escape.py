"""Text that Streamlit would read as Markdown."""

from __future__ import annotations

import html

from hypothesis import given
from hypothesis import strategies as st

from reranklab.ui.escape import markdown, shorten


def test_marks_become_character_references():
    assert markdown("**a**") == "&#42;&#42;a&#42;&#42;"
    assert markdown("[x](y)") == "&#91;x&#93;&#40;y&#41;"


def test_what_streamlit_turns_into_symbols_is_parted():
    assert html.unescape(markdown(":material/home:")) == ":\u200bmaterial/home:"
    assert html.unescape(markdown("a -> b")) == "a -\u200b> b"


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
