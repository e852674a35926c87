"""One spelling for words that differ in case or in how their characters are encoded."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

import regex

_INVISIBLE = regex.compile(r"\p{Default_Ignorable_Code_Point}+")
_ONE_SIGN = str.maketrans('’׳"', "''״")


@lru_cache(maxsize=65_536)
def fold(word: str) -> str:
    """`word` as it is compared: Unicode's NFKC_Casefold (The Unicode Standard, section 3.13), and i for every Turkish i.

    Case folding, unlike lower case, makes one of ß and ss, and of the Greek sigmas. NFKC makes one of composed and decomposed
    characters, and takes away how a character is set: full width (ＡＢＣ), ligatures (ﬁ), half-width Katakana, raised digits
    (m² is m2, which costs little in a search). Soft hyphens and joiners go, and apostrophes
    are one sign, as are the quotes of Hebrew acronyms. The rest is what Lucene's ICUNormalizer2Filter does.

    In which language a word is cannot be known. Turkish and Azeri pair I with ı and İ with i, other languages I with i; so all
    four become i, and "İstanbul", "istanbul" and "ISTANBUL" are one word, as are "Isparta" and "ısparta". The price is that
    Turkish words that differ in the dot alone meet. Other accents and marks stay: they make other words.
    May be empty, for a word of invisible characters.
    """
    if word.isascii():
        return word.lower()
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFD", word).casefold())
    folded = unicodedata.normalize("NFKC", _INVISIBLE.sub("", folded.casefold()))
    return folded.replace("ı", "i").replace("i\u0307", "i").translate(_ONE_SIGN)
