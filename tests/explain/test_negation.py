import pytest

from reranklab.errors import InputError
from reranklab.explain.negation import negate


@pytest.mark.parametrize(
    ("positive", "negative"),
    [
        ("The wing is strong.", "The wing is not strong."),
        ("Birds can fly.", "Birds cannot fly."),
        ("It does work.", "It does not work."),
        ("He could have gone.", "He could not have gone."),
        ("It has been four years.", "It has not been four years."),
        ("That is wrong.", "That is not wrong."),
        ("You must go.", "You must not go."),
        ("It’s raining.", "It’s not raining."),
        ("Is the wing strong?", "Isn't the wing strong?"),
        ("Does it fly?", "Doesn't it fly?"),
        ("Has anyone asked?", "Hasn't anyone asked?"),
        # A relative clause is passed over; a noun that looks like an auxiliary, a month and "does" with an object are none.
        ("The plane, which was built in 1950, is heavy.", "The plane, which was built in 1950, is not heavy."),
        ("The can was empty.", "The can was not empty."),
        ("In May it rains.", "It is not true that in May it rains."),
        ("The firm does business in Rome.", "It is not true that the firm does business in Rome."),
        ("It has four wheels.", "It is not true that it has four wheels."),
        ("Germany won.", "It is not true that Germany won."),
        ("I like it.", "It is not true that I like it."),
        ("“The end came.”", "“It is not true that the end came.”"),
    ],
)
def test_there_and_back(positive: str, negative: str) -> None:
    assert negate(positive)[0] == negative
    assert negate(negative)[0] == positive


@pytest.mark.parametrize(
    ("negated", "expected"),
    [
        ("They won't go.", "They will go."),
        ("It can’t fly.", "It can fly."),
        ("Birds can not fly.", "Birds can fly."),
        ("Do not open.", "Do open."),
        ("Is it not so?", "Is it so?"),
        ("You must certainly not go.", "You must certainly go."),
    ],
)
def test_other_ways_to_say_not_are_undone(negated: str, expected: str) -> None:
    assert negate(negated)[0] == expected


def test_what_was_changed_is_told() -> None:
    assert negate("It is so.")[1] == '"is" became "is not"'
    assert negate("It is not so.")[1] == '"not" behind "is" was removed'
    assert negate("Water boils.") == ("It is not true that Water boils.", '"It is not true that" was added')
    assert negate("It is not true that water boils.") == ("Water boils.", '"It is not true that" was removed')


@pytest.mark.parametrize("sentence", ["1998: 45%.", "", "Это так."])
def test_without_english_words(sentence: str) -> None:
    with pytest.raises(InputError, match="without English words cannot be negated"):
        negate(sentence)
