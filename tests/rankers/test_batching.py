from hypothesis import given
from hypothesis import strategies as st

from reranklab.rankers.batching import score_duplicates_alike, text_parts, token_batches

LENGTHS = st.lists(st.integers(min_value=0, max_value=600), max_size=60)


@given(lengths=LENGTHS, budget=st.integers(min_value=1, max_value=4096))
def test_every_position_is_in_one_batch_that_fits_or_is_alone(lengths: list[int], budget: int) -> None:
    batches = token_batches(lengths, budget=budget)
    assert sorted(position for batch in batches for position in batch) == list(range(len(lengths)))
    for batch in batches:
        assert len(batch) == 1 or len(batch) * max(lengths[position] for position in batch) <= budget


@given(lengths=LENGTHS, budget=st.integers(min_value=1, max_value=4096))
def test_longest_first_and_equal_lengths_in_input_order(lengths: list[int], budget: int) -> None:
    order = [position for batch in token_batches(lengths, budget=budget) for position in batch]
    assert order == sorted(order, key=lambda position: (-lengths[position], position))


def test_batches_worked_out_by_hand() -> None:
    # 9 alone (2 x 9 > 16), then 5 x 3 = 15 (4 x 5 > 16), then the rest.
    assert token_batches([2, 5, 9, 4, 5, 1], budget=16) == [[2], [1, 4, 3], [0, 5]]
    assert token_batches([], budget=16) == []
    assert token_batches([40, 40], budget=16) == [[0], [1]]


def test_equal_inputs_share_the_first_score() -> None:
    assert score_duplicates_alike([1.0, 2.0, 1.1, 2.2], ["a", "b", "a", "b"]) == [1.0, 2.0, 1.0, 2.0]
    assert score_duplicates_alike([], []) == []


@given(texts=st.lists(st.text(max_size=30), max_size=40), most=st.integers(min_value=1, max_value=100))
def test_parts_hold_every_text_in_order_and_stay_small(texts: list[str], most: int) -> None:
    parts = list(text_parts(texts, most=most))
    assert [text for part in parts for text in part] == texts
    assert all(len(part) == 1 or sum(map(len, part)) <= most for part in parts)
    assert all(parts)


def test_parts_worked_out_by_hand() -> None:
    assert list(text_parts(["aa", "b", "ccc", "dddddd", "e"], most=4)) == [["aa", "b"], ["ccc"], ["dddddd"], ["e"]]
    assert list(text_parts([], most=4)) == []
