import pytest
from hypothesis import given
from hypothesis import strategies as st

from reranklab.errors import EndpointError
from reranklab.llm.replies import parse_permutation


@pytest.mark.parametrize(
    ("reply", "count", "order", "repairs"),
    [
        pytest.param("[2] > [1] > [3]", 3, (1, 0, 2), 0, id="as asked for"),
        pytest.param("[ 2 ]>[1]>[3].\n", 3, (1, 0, 2), 0, id="spacing"),
        pytest.param("2 > 1 > 3", 3, (1, 0, 2), 0, id="bare digits"),
        pytest.param("2 -> 1 -> 3", 3, (1, 0, 2), 0, id="arrows"),
        pytest.param("2, 1, 3", 3, (1, 0, 2), 0, id="commas"),
        pytest.param("[2, 1, 3]", 3, (1, 0, 2), 0, id="a JSON list"),
        pytest.param("<answer>2, 1, 3</answer>", 3, (1, 0, 2), 0, id="in tags"),
        pytest.param("**2** > **1** > **3**", 3, (1, 0, 2), 0, id="bold"),
        pytest.param("Passage 2 > Passage 1 > Passage 3", 3, (1, 0, 2), 0, id="with words"),
        pytest.param("> [2] > [1] > [3]", 3, (1, 0, 2), 0, id="as a block quote"),
        pytest.param("[2] > [1] >\n[3] > [4]", 4, (1, 0, 2, 3), 0, id="over two lines"),
        pytest.param("② > ① > ③", 3, (1, 0, 2), 0, id="circled"),
        pytest.param("②①③", 3, (1, 0, 2), 0, id="circled without separators"),
        pytest.param("⑫ > ⑪ > ⑩ > ⑨ > ⑧ > ⑦", 12, (11, 10, 9, 8, 7, 6, *range(6)), 6, id="circled, two digits"),
        pytest.param("２ > １ > ３", 3, (1, 0, 2), 0, id="full-width digits"),
        pytest.param("［２］＞【1】＞[3]", 3, (1, 0, 2), 0, id="full-width brackets"),
        pytest.param("[2] > 1 > ③", 3, (1, 0, 2), 0, id="mixed"),
        pytest.param("[02] > [01]", 2, (1, 0), 0, id="leading zeros"),
        pytest.param("[2] > [2] > [1] > [2]", 2, (1, 0), 2, id="two duplicates"),
        pytest.param("[4] > [2] > [0] > [1]", 3, (1, 0, 2), 3, id="two out of range, one missing"),
        pytest.param("[3] > [4]", 4, (2, 3, 0, 1), 2, id="half is missing"),
        pytest.param("[2]", 2, (1, 0), 1, id="one of two"),
        pytest.param("[2] > [" + "9" * 5000 + "] > [1]", 2, (1, 0), 1, id="a number of 5,000 digits"),
        pytest.param("Here are the 3 passages: [2] > [1] > [3]", 3, (1, 0, 2), 0, id="a count before"),
        pytest.param("Of the 3 passages: 2 > 1 > 3. I compared 1 with 2.", 3, (1, 0, 2), 0, id="counts around a bare chain"),
        pytest.param("1. [3]\n2. [1]\n3. [2]", 3, (2, 0, 1), 0, id="a numbered list of labels"),
        pytest.param("1. Passage 3\n2. Passage 1\n3. Passage 2", 3, (2, 0, 1), 0, id="a numbered list of numbers"),
        pytest.param("3 (0.91), 1 (0.52), 2 (0.13)", 3, (2, 0, 1), 0, id="with scores"),
        pytest.param("<think>[1] > [2] or [3] first?</think>\n[3] > [2] > [1]", 3, (2, 1, 0), 0, id="thoughts"),
        pytest.param("<THINKING>1</THINKING>[2] > [1]", 2, (1, 0), 0, id="thoughts in capitals"),
        pytest.param("I take [1] first.</think>[2] > [1]", 2, (1, 0), 0, id="thoughts without a start"),
        pytest.param("[2] > [1] <think>or is [1]", 2, (1, 0), 0, id="thoughts without an end"),
        pytest.param("[4] > [2] > [1", 4, (3, 1, 0, 2), 2, id="cut off inside of [1x]"),
        pytest.param("[1]", 1, (0,), 0, id="one passage"),
    ],
)
def test_replies_by_hand(reply: str, count: int, order: tuple[int, ...], repairs: int) -> None:
    parsed = parse_permutation(reply, count=count)
    assert (parsed.order, parsed.repairs) == (order, repairs)


@pytest.mark.parametrize(
    "reply", ["", "   \n", "I cannot help with that.", "[7] > [0]", "<think>[1] > [2]", "[B] > [A]", "0.5"]
)
def test_a_reply_without_a_usable_number(reply: str) -> None:
    with pytest.raises(EndpointError, match="names none of the 3 passages"):
        parse_permutation(reply, count=3)


def test_the_error_quotes_the_start_of_the_reply() -> None:
    with pytest.raises(EndpointError) as caught:
        parse_permutation("sorry,\nno " * 100, count=2)
    assert "sorry, no sorry, no" in str(caught.value)
    assert len(str(caught.value)) < 300


@given(st.text(alphabet=st.sampled_from("0123456789[]> ①⑳２<think/>\n.a")), st.integers(1, 25))
def test_a_reply_of_likely_characters_is_a_permutation_or_an_error(reply: str, count: int) -> None:
    try:
        parsed = parse_permutation(reply, count=count)
    except EndpointError:
        return
    assert sorted(parsed.order) == list(range(count))
    assert parsed.repairs >= 0


@given(st.text(max_size=200), st.integers(1, 25))
def test_any_text_is_a_permutation_or_an_error(reply: str, count: int) -> None:
    try:
        parsed = parse_permutation(reply, count=count)
    except EndpointError:
        return
    assert sorted(parsed.order) == list(range(count))


@given(st.permutations(range(1, 21)), st.sampled_from(["[{}]", "{}"]), st.sampled_from([" > ", ">", " >\n", ", ", "\n"]))
def test_a_full_order_is_read_without_repairs(numbers: list[int], form: str, separator: str) -> None:
    parsed = parse_permutation(separator.join(form.format(number) for number in numbers), count=20)
    assert parsed.order == tuple(number - 1 for number in numbers)
    assert parsed.repairs == 0


@given(st.lists(st.integers(0, 12), min_size=1, max_size=30), st.integers(1, 9))
def test_repairs_are_what_was_dropped_and_what_was_missing(numbers: list[int], count: int) -> None:
    named = {number for number in numbers if 1 <= number <= count}
    reply = " > ".join(f"[{number}]" for number in numbers)
    if not named or 2 * len(named) < count:
        with pytest.raises(EndpointError):
            parse_permutation(reply, count=count)
    else:
        assert parse_permutation(reply, count=count).repairs == (len(numbers) - len(named)) + (count - len(named))


@pytest.mark.slow
@pytest.mark.parametrize(
    "unit",
    [
        "<think>", "[", "1", " ", "[ ", "\n", "> ", "7 > ", "7, ", "7. [8]\n", "[7,", '{"a": 7}\n', "| 7 | 8 |\n", '"',
        "Passage 7 (score 3/10)\n", "<a ", "7/", "aa ", "[aaaaaaaaa", "final ",
    ],
)  # fmt: skip
def test_a_hostile_reply_costs_no_more_than_its_length(unit: str) -> None:
    """A reading that took the square of the length would run into the test's timeout."""
    with pytest.raises(EndpointError):
        parse_permutation((unit * 200_000)[:200_000] + "x", count=5)
