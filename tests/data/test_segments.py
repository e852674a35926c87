import pytest
from hypothesis import given
from hypothesis import strategies as st

from reranklab.data.segments import counted_ends, runs, stretches, word_places


def words(text: str) -> list[str]:
    return [text[start:end] for start, end in word_places(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Don't go: it's 3.5 m.Next", ["Don't", "go", "it's", "3", "5", "m", "Next"]),
        ("the 1990's l’eau x_1", ["the", "1990's", "l’eau", "x_1"]),
        ("मिट्टी का घर", ["मिट्टी", "का", "घर"]),
        ("Tie\u0302\u0301ng Vie\u0323\u0302t", ["Tie\u0302\u0301ng", "Vie\u0323\u0302t"]),
        ("去Rome玩", ["去", "Rome", "玩"]),
        ("น้ำดี", ["น้ำ", "ดี"]),
        ("葛\U000e0100城", ["葛\U000e0100", "城"]),
        ("co\u00adop", ["co\u00adop"]),
        ("'quoted' -- 👍🏽", ["quoted"]),
    ],
)
def test_words_worked_out_by_hand(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_runs_keep_characters_without_spaces_together() -> None:
    text = "去Rome玩水"
    assert [(text[start:end], unspaced) for start, end, unspaced in runs(text)] == [
        ("去", True),
        ("Rome", False),
        ("玩水", True),
    ]


@given(st.text() | st.text(alphabet="ab1'_ \n\té国ิ\u00a0\u0301"))
def test_stretches_change_no_word(text: str) -> None:
    assert all(text[start:end].isascii() for start, end, ascii_only in stretches(text) if ascii_only)
    # A word that starts where no other text stands is the same word.
    assert words(text) == [word for start, end, _ in stretches(text) for word in words(text[start:end])]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("Bread, and  butter!", 3),
        ("雨が降る。", 4),
        ("去Rome玩", 3),
        ("दिन रात", 2),
        ("x" * 32, 1),
        ("x" * 33, 2),  # 32 and 1
        ("=" * 31, 0),
        ("= " * 31, 0),
        ("=" * 70, 2),
        ("a " + "👍🏽" * 64 + " b", 4),  # two words, two stretches of 32 signs
    ],
)
def test_what_counts_as_a_word_when_a_text_is_cut(text: str, count: int) -> None:
    assert len(counted_ends(text)) == count


@given(st.text())
def test_counted_ends_rise_and_lie_in_the_text(text: str) -> None:
    ends = counted_ends(text)
    assert ends == sorted(set(ends))
    assert all(0 < end <= len(text) for end in ends)
