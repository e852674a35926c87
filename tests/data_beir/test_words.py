import unicodedata
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reranklab.data.words import STOP_WORDS, Analyser, term_places, tokenise
from reranklab.errors import InputError


def test_words_are_lower_case_runs_of_letters_and_digits() -> None:
    assert tokenise("The Wing's lift: 3.5 N/m², x_1!", analyser="words") == [
        "the",
        "wing",
        "s",
        "lift",
        "3",
        "5",
        "n",
        "m2",
        "x_1",
    ]


def test_english_drops_stop_words_and_stems() -> None:
    assert tokenise("The wings are not flowing into relational databases", analyser="english") == [
        "wing",
        "flow",
        "relat",
        "databas",
    ]


def test_repeats_and_order_are_kept() -> None:
    assert tokenise("b a b c a", analyser="words") == ["b", "a", "b", "c", "a"]


@pytest.mark.parametrize("analyser", ["words", "english"])
@pytest.mark.parametrize("text", ["", " \n\t", "?!… —", "😀", "\ud800"])
def test_text_without_words(text: str, analyser: str) -> None:
    assert tokenise(text, analyser=analyser) == []  # type: ignore[arg-type]


def test_composed_and_decomposed_letters_are_the_same_word() -> None:
    assert tokenise("cafe\u0301", analyser="words") == tokenise("CAFÉ", analyser="words") == ["café"]


def test_other_scripts() -> None:
    assert tokenise("שלום עולם, мир 世界", analyser="english") == ["שלום", "עולם", "мир", "世界"]


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        pytest.param("我爱北京", ["我爱", "爱北", "北京"], id="Han"),
        pytest.param("我。爱北", ["我", "爱北"], id="a character alone; pairs stop at signs"),
        pytest.param("買ったペン", ["買っ", "った", "たペ", "ペン"], id="pairs cross Han, Hiragana and Katakana"),
        pytest.param("用Python写3个程序", ["用", "python", "写", "3", "个程", "程序"], id="words inside Chinese stay words"),
        pytest.param("⽔ ｶﾞﾁ Ｐ２Ｐ", ["水", "ガチ", "p2p"], id="radicals, half and full width"),
        # Characters as readers see them: ก + ิ is one, น another; ส + า is two, า being a letter to Unicode.
        pytest.param("กินปลา", ["กิน", "นป", "ปล", "ลา"], id="Thai"),
        pytest.param("ກິນ ດີ", ["ກິນ", "ດີ"], id="Lao"),
        pytest.param("ស្រូវ", ["ស្រូវ"], id="Khmer: a consonant stack is one character"),
        pytest.param("မီးရထား", ["မီးရ", "ရထား"], id="Myanmar"),
        pytest.param("\U00017001\U00017002", ["\U00017001\U00017002"], id="Tangut"),
        pytest.param("ཁང་པ་", ["ཁང", "པ"], id="Tibetan syllables"),
        pytest.param("나는 집에 간다", ["나는", "집에", "간다"], id="Korean has spaces"),
        pytest.param("गाँव में पानी नहीं", ["गाँव", "में", "पानी", "नहीं"], id="Hindi"),
        pytest.param("ذَهَبَ الوَلَدُ", ["ذَهَبَ", "الوَلَدُ"], id="Arabic with its vowels"),
        pytest.param("می‌روم", ["میروم"], id="the Persian joiner"),
        pytest.param('רמטכ"ל רמטכ״ל', ["רמטכ״ל"] * 2, id="Hebrew acronyms"),
        pytest.param("сім’я сім'я", ["сім'я"] * 2, id="the Ukrainian apostrophe is a letter"),
        pytest.param("l'eau, d’un don't", ["l", "eau", "d", "un", "don", "t"], id="apostrophes of Latin script divide"),
        pytest.param("col·lega 3·5 kg·m mol·L", ["col·lega", "3", "5", "kg", "m", "mol", "l"], id="middle dots"),
        pytest.param("12 000 €", ["12", "000"], id="a narrow space"),
        pytest.param("½ H₂O ﷴ", ["1", "2", "h2o", "محمد"], id="compatibility characters"),
        pytest.param("\u3164 \u0301", [], id="invisible letters and marks alone"),
    ],
)
def test_words_of_every_script(text: str, terms: list[str]) -> None:
    assert tokenise(text, analyser="words") == terms


def test_english_stems_latin_script_alone() -> None:
    # Snowball alone would leave "κstudi".
    assert tokenise("studies naïvely κstudies дороги दौड़ते 走路", analyser="english") == [
        "studi",
        "naïv",
        "κstudies",
        "дороги",
        "दौड़ते",
        "走路",
    ]


@pytest.mark.parametrize("analyser", ["words", "english"])
@given(text=st.text() | st.text(alphabet="aZ'’\"·1_. ि्कдшأَา國あｱﾞ한\u0301\u0307\u200d\u05f4אIıİß½"))
def test_terms_lie_in_the_text_in_order(text: str, analyser: Analyser) -> None:
    found = list(term_places(text, analyser=analyser))
    assert [term for term, _ in found] == tokenise(text, analyser=analyser)
    assert all(term and 0 <= start < end <= len(text) for term, (start, end) in found)
    assert all(first <= second for (_, (first, _)), (_, (second, _)) in pairwise(found))


@pytest.mark.parametrize("analyser", ["words", "english"])
@given(text=st.text() | st.text(alphabet="éÅñữİıЙがガポ각क़ড়ﬡשּׁΐᾳ e\u0323\u0307'"))
def test_composed_and_decomposed_text_has_the_same_terms(text: str, analyser: Analyser) -> None:
    composed = tokenise(unicodedata.normalize("NFC", text), analyser=analyser)
    assert composed == tokenise(unicodedata.normalize("NFD", text), analyser=analyser)


def test_the_stop_words_are_lucenes_33() -> None:
    assert len(STOP_WORDS) == 33
    assert {"the", "not", "with"} <= STOP_WORDS
    assert "from" not in STOP_WORDS


def test_threads_get_the_same_stems() -> None:
    text = " ".join(f"relational{n} databases{n} flowing{n}ing" for n in range(500))
    expected = tokenise(text, analyser="english")
    with ThreadPoolExecutor(8) as pool:
        assert all(found == expected for found in pool.map(lambda _: tokenise(text, analyser="english"), range(40)))


def test_an_unknown_analyser_is_refused() -> None:
    with pytest.raises(InputError, match=r"no analyser 'german'\. Choose one of: english, words"):
        tokenise("x", analyser="german")  # type: ignore[arg-type]
