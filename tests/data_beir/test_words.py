from concurrent.futures import ThreadPoolExecutor

import pytest

from reranklab.data.words import STOP_WORDS, tokenise
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
        "m²",
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
