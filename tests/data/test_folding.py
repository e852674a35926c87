import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reranklab.data.folding import fold


@pytest.mark.parametrize(
    ("words", "folded"),
    [
        (["İstanbul", "istanbul", "ISTANBUL", "I\u0307STANBUL", "ıstanbul"], "istanbul"),
        (["Straße", "STRASSE", "STRAẞE"], "strasse"),
        (["ΛΟΓΟΣ", "λογος", "λογοσ"], "λογοσ"),
        (["ﬂuﬀy", "FLUFFY"], "fluffy"),
        (["ＡＢＣ１", "abc1"], "abc1"),
        (["ﾊﾟﾝ", "パン", "ハ\u309aン"], "パン"),
        (["Á", "a\u0301"], "á"),
        (["co\u00adop", "coop"], "coop"),
        (["m²", "M2"], "m2"),
        (["ᾳ", "ΑΙ"], "αι"),
        (["п’ять", "П'ЯТЬ"], "п'ять"),
        (["\u3164"], ""),
    ],
)
def test_words_that_meet(words: list[str], folded: str) -> None:
    assert [fold(word) for word in words] == [folded] * len(words)


@pytest.mark.parametrize(("one", "other"), [("schon", "schön"), ("कल", "काल"), ("か", "が"), ("résumé", "resume")])
def test_words_that_stay_apart(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@given(st.text())
def test_folding_once_is_enough(word: str) -> None:
    assert fold(fold(word)) == fold(word)
    assert fold(word) == fold(unicodedata.normalize("NFD", word)) == fold(unicodedata.normalize("NFC", word))
