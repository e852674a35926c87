"""What counts as no text: space, and characters that leave no mark on a page."""

from __future__ import annotations

import regex

UNSEEN = r"\p{White_Space}\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800"
"""The inside of a character class of `regex`: spaces, controls, zero-width and other invisible characters, the empty Braille
cell. Some format characters are drawn (Arabic number signs); `is_blank` sees them."""

_SEEN = regex.compile(rf"[[^{UNSEEN}]\p{{Prepended_Concatenation_Mark}}]", regex.V1)


def is_blank(text: str) -> bool:
    """Whether nothing of the text can be seen, so that there is nothing to rank: the one place that decides this."""
    return _SEEN.search(text) is None
