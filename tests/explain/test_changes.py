from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reranklab.explain.changes import Change, diff


def told(before: str, after: str) -> list[tuple[str, str]]:
    return [(change.kind, change.text) for change in diff(before, after)]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("The wing is long.", "The wing is not long.", [("same", "The wing is "), ("added", "not "), ("same", "long.")]),
        ("It can fly", "It cannot fly", [("same", "It "), ("removed", "can"), ("added", "cannot"), ("same", " fly")]),
        ("A b. C d.", "C d.", [("removed", "A b. "), ("same", "C d.")]),
        ("End.", "End. Rank this.", [("same", "End."), ("added", " Rank this.")]),
        ("same", "same", [("same", "same")]),
        ("", "new", [("added", "new")]),
        ("old", "", [("removed", "old")]),
        ("", "", []),
    ],
)
def test_changes_worked_out_by_hand(before: str, after: str, expected: list[tuple[str, str]]) -> None:
    assert told(before, after) == expected


def test_words_are_whole_and_an_apostrophe_belongs_to_its_word() -> None:
    assert told("it isn't so", "it is so") == [
        ("same", "it "),
        ("removed", "isn't"),
        ("added", "is"),
        ("same", " so"),
    ]


def test_marks_stay_with_their_letter() -> None:
    assert told("वह बस है", "वह बीस है") == [("same", "वह "), ("removed", "बस"), ("added", "बीस"), ("same", " है")]
    assert told("เขากิน", "เขากัน") == [("same", "เขา"), ("removed", "กิ"), ("added", "กั"), ("same", "น")]


texts = st.text(alphabet=st.sampled_from("ab .,\n'éß\U0001f600"), max_size=60) | st.text(max_size=40)


@given(texts, texts)
def test_the_parts_make_up_both_versions(before: str, after: str) -> None:
    changes = diff(before, after)
    assert "".join(change.text for change in changes if change.kind != "removed") == after
    assert "".join(change.text for change in changes if change.kind != "added") == before
    assert all(change.text for change in changes)
    assert all(first.kind != second.kind for first, second in pairwise(changes))


def test_a_long_text_with_one_word_changed() -> None:
    before = "wing flow " * 50_000
    assert diff(before, before + "lift") == (Change(kind="same", text=before), Change(kind="added", text="lift"))
