"""Families of other packages that cannot be used: named with their package, and no other family is lost."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from reranklab.errors import InputError
from reranklab.extras import Extra
from reranklab.rankers import catalogue
from reranklab.rankers.catalogue import discover, find_family, parse_ranker_id, refusals
from reranklab.rankers.family import Family, Option
from reranklab.types import LOGIT
from tests.app.drive import open_app, order, rank, said
from tests.contract.command import run_command
from tests.contract.plugin import LETTERS, installed, write_package

OWN = [import_module(name).FAMILY.id for name in catalogue.MODULES]

MODULES = {
    "absent": ("no_such_module:FAMILY", "ModuleNotFoundError: No module named 'no_such_module'"),
    "nameless": ("tests.contract.invented:NOTHING", "AttributeError: module 'tests.contract.invented' has no attribute"),
    "raising": ("raises_on_import:FAMILY", "ZeroDivisionError: division by zero"),
    "misshapen": ("misshapen:FAMILY", "InputError: The colour 'red' of the family misshapen does not work"),
    "incapable": ("incapable:FAMILY", "KeyError: 'can'"),
}  # fmt: skip
SOURCE = """
from reranklab.rankers.family import Family
def capabilities(spec):
    return {{}}["can"]
FAMILY = Family(id="{id}", title="T", summary="S", colour="{colour}", capabilities=capabilities, build=print, scales=())
"""


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    (tmp_path / "raises_on_import.py").write_text("1 / 0\n", encoding="utf-8")
    (tmp_path / "misshapen.py").write_text(SOURCE.format(id="misshapen", colour="red"), encoding="utf-8")
    (tmp_path / "incapable.py").write_text(SOURCE.format(id="incapable", colour="#102030"), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("name", MODULES)
def test_a_ranker_that_cannot_be_loaded_is_left_out_and_named(packages: Path, name: str) -> None:
    value, reason = MODULES[name]
    write_package(packages, "broken-ranker", {name: value})
    write_package(packages, "letters-ranker", LETTERS)
    with installed(packages):
        assert list(discover().families) == [*OWN, "letters"]
        (refusal,) = refusals()
        assert refusal.startswith(
            f"The ranker {name!r} of the package broken-ranker 1.2 is left out: {value} cannot be loaded ("
        )
        assert reason in refusal
        with pytest.raises(InputError) as caught:
            find_family(name)
        assert str(caught.value) == refusal
    assert refusals() == ()


def test_what_is_no_family_is_left_out_and_named(tmp_path: Path) -> None:
    write_package(tmp_path, "odd-ranker", {"odd": "tests.contract.invented:letters"}, version="0.3")
    with installed(tmp_path):
        assert list(discover().families) == OWN
        assert refusals() == (
            "The ranker 'odd' of the package odd-ranker 0.3 is left out: tests.contract.invented:letters is no Family but of "
            "the type function. Remove or mend it.",
        )


def test_an_id_that_is_taken_is_left_to_who_has_it(tmp_path: Path) -> None:
    write_package(tmp_path, "a-letters", LETTERS)
    write_package(tmp_path, "b-letters", {"more-letters": LETTERS["letters"], "words": "reranklab.rankers.bm25:FAMILY"})
    with installed(tmp_path):
        assert list(discover().families) == [*OWN, "letters"]
        assert refusals() == (
            "The ranker 'more-letters' of the package b-letters 1.2 is left out: its id 'letters' is taken by the package "
            "a-letters 1.2. Remove or mend it.",
            "The ranker 'words' of the package b-letters 1.2 is left out: its id 'bm25' is taken by RerankLab itself. "
            "Remove or mend it.",
        )
        assert parse_ranker_id("letters").family.title == "Shared letters"


def test_the_command_line_says_it_once_and_goes_on(tmp_path: Path) -> None:
    write_package(tmp_path, "broken-ranker", {"absent": "no_such_module:FAMILY"})
    path = tmp_path / "documents.txt"
    path.write_text("one word\nanother", encoding="utf-8")
    with installed(tmp_path):
        status, out, err = run_command("rank", "--query", "word", "--documents", path, "--ranker", "bm25", "--format", "table")
        assert (status, err) == (0, f"reranklab: {refusals()[0]}\n")
        assert "one word" in out
        status, _, err = run_command("rank", "--query", "word", "--documents", path, "--ranker", "absent")
        assert (status, err.splitlines()[-1]) == (2, f"reranklab: {refusals()[0]}")


def test_the_app_says_it_and_goes_on(tmp_path: Path) -> None:
    write_package(tmp_path, "broken-ranker", {"absent": "no_such_module:FAMILY"})
    with installed(tmp_path):
        app = open_app()
        assert said(app, "warning") == [refusals()[0]]
        rank(app)
        assert len(order(app)) >= 10


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"id": "two words"}, "The family id 'two words' does not work"),
        ({"id": "a:b"}, "The family id 'a:b' does not work"),
        ({"colour": "#12345"}, "The colour '#12345' of the family fine"),
        (
            {"options": (Option(name="mode", default="x", choices=("a", "b"), help="h"),)},
            "the default 'x' of mode is not among",
        ),
    ],
)
def test_a_family_that_no_page_could_use_is_refused(changes: dict[str, object], words: str) -> None:
    values = {"id": "fine", "title": "F", "summary": "S", "colour": "#123456", "scales": (LOGIT,)}
    with pytest.raises(InputError, match=words):
        Family(**{**values, **changes}, capabilities=lambda spec: frozenset(), build=print)  # type: ignore[arg-type]


def test_a_family_without_an_extra_names_its_packages() -> None:
    family = Family(
        id="fine", title="Fine", summary="S", colour="#123456", scales=(LOGIT,),
        capabilities=lambda spec: frozenset(), build=print, needs=lambda spec: Extra(packages=("no_such_package",)),
    )  # fmt: skip
    assert family.remedy == "Fine needs no_such_package. Install it: pip install no_such_package."
