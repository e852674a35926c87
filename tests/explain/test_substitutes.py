import pytest

from reranklab.errors import InputError
from reranklab.explain.substitutes import INVENTED_NAMES, change_name, change_number, name_spans, number_spans


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7 pigs", "11 pigs"),  # half of 7 is 3.5, rounded up
        ("0 pigs", "2 pigs"),
        ("1 pig", "3 pig"),
        ("1,200 pigs", "1,800 pigs"),
        ("999,999 pigs", "1,499,999 pigs"),
        ("1\u202f500\u202f000 pigs", "2\u202f250\u202f000 pigs"),
        ("pi is 3.14", "pi is 4.71"),
        ("0.0 m", "0.2 m"),
        ("1,234.50 m", "1,851.75 m"),
        ("in 1998,", "in 1968,"),
        ("the 1990s", "the 1960s"),
        ("1,998 years", "2,997 years"),
        ("3000 m", "4500 m"),
        ("45%", "65%"),
        ("90 per cent", "70 per cent"),
        ("12.5 %", "32.5 %"),
        ("400%", "600%"),
        ("agent 007", "agent 011"),
        ("the 21st", "the 32nd"),
        ("the 8th", "the 12th"),
        ("5km", "8km"),
        ("-5 °C", "-8 °C"),
        ("9" * 30, "1" + "4" + "9" * 29),
    ],
)
def test_the_format_is_kept(text: str, expected: str) -> None:
    assert change_number(text, which=1)[0] == expected


def test_the_number_asked_for_is_changed() -> None:
    text = "On 2021-05-04 at 12:30 release 3.1.4 of B12 and COVID-19 had 3 faults in 10 parts."
    assert [span.of(text) for span in number_spans(text)] == ["3", "10"]
    changed, note = change_number(text, which=2)
    assert changed == text.replace("10 parts", "15 parts")
    assert note == 'number 2 of 2: "10" became "15"'


@pytest.mark.parametrize(
    ("text", "which", "message"),
    [
        ("three pigs at 12:30", 1, "no number in digits to change"),
        ("3 pigs", 2, "There is no number in digits 2. The text has 1, counted from 1."),
        ("3 pigs", 0, "There is no number in digits 0."),
    ],
)
def test_no_such_number(text: str, which: int, message: str) -> None:
    with pytest.raises(InputError) as caught:
        change_number(text, which=which)
    assert message in str(caught.value)


TEXT = (
    "In Paris, Marie Curie’s lab and IBM met on Monday in May. Germany won. I like the Saint-Jean bridge. He said: “Many came.”"
)


def test_names() -> None:
    assert [span.of(TEXT) for span in name_spans(TEXT)] == ["Paris", "Marie Curie", "Saint-Jean"]


def test_the_name_asked_for_is_changed() -> None:
    changed, note = change_name(TEXT, which=2)
    assert changed == TEXT.replace("Marie Curie", "Velmora")
    assert note == 'name 2 of 3: "Marie Curie" became "Velmora"'


def test_the_new_name_is_not_in_the_text() -> None:
    assert change_name("From velmora to Rome.", which=1)[0] == "From velmora to Oskerby."
    with pytest.raises(InputError, match="holds all the names that could be put in"):
        change_name("They met " + " ".join(INVENTED_NAMES), which=1)


def test_no_name() -> None:
    with pytest.raises(InputError, match="The text has no name to change"):
        change_name("Germany won. DNA is long.", which=1)
    with pytest.raises(InputError, match="There is no name 4"):
        change_name(TEXT, which=4)
