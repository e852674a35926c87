from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reranklab.llm.windows import sliding_windows


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        (1, [(0, 1)]),
        (19, [(0, 19)]),
        (20, [(0, 20)]),
        (21, [(1, 21), (0, 20)]),
        (25, [(5, 25), (0, 20)]),
        (30, [(10, 30), (0, 20)]),
        (35, [(15, 35), (5, 25), (0, 20)]),
    ],
)
def test_windows_of_20_by_10(length: int, expected: list[tuple[int, int]]) -> None:
    assert sliding_windows(length, size=20, step=10) == expected


def test_a_hundred_documents_take_nine_windows() -> None:
    windows = sliding_windows(100, size=20, step=10)
    assert len(windows) == 9
    assert (windows[0], windows[-1]) == ((80, 100), (0, 20))


@given(st.integers(1, 300), st.integers(2, 20), st.data())
def test_every_position_is_covered(length: int, size: int, data: st.DataObject) -> None:
    step = data.draw(st.integers(1, size))
    windows = sliding_windows(length, size=size, step=step)
    assert {position for start, end in windows for position in range(start, end)} == set(range(length))
    assert all(end - start == min(size, length) for start, end in windows)
    assert windows[-1][0] == 0
    assert windows[0][1] == length


@given(st.integers(1, 300), st.integers(2, 20), st.data())
def test_neighbours_overlap_enough_to_carry_the_best_up(length: int, size: int, data: st.DataObject) -> None:
    """Each window starts above the one below it and reaches at least `size - step` positions into it."""
    step = data.draw(st.integers(1, size))
    windows = sliding_windows(length, size=size, step=step)
    for (lower_start, _), (upper_start, upper_end) in pairwise(windows):
        assert upper_start < lower_start
        assert upper_end - lower_start >= size - step
