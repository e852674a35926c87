"""The catalogue of analyses: what each promises, and how another package adds one."""

from __future__ import annotations

import json
from importlib.metadata import EntryPoint

import pytest

from reranklab.errors import InputError
from reranklab.explain import catalogue
from reranklab.explain.analyse import analyse, result_key
from reranklab.explain.analysis import Analysis
from reranklab.explain.catalogue import analyses, find_analysis, refusals, sections
from reranklab.explain.record import explanations_record
from reranklab.rankers.family import Capability, Option
from tests.explain.subjects import COUNTING, make_subject

IDS = tuple(analyses())


@pytest.fixture
def added(monkeypatch: pytest.MonkeyPatch):
    """Adds what entry points name."""

    def add(**points: str) -> None:
        found = tuple(EntryPoint(name=name, value=value, group=catalogue.GROUP) for name, value in points.items())
        monkeypatch.setattr(catalogue, "entry_points", lambda *, group: found if group == catalogue.GROUP else ())
        catalogue.discover.cache_clear()

    yield add
    monkeypatch.undo()
    catalogue.discover.cache_clear()


def test_sections_hold_every_analysis_once() -> None:
    assert [section.id for section in sections()] == [
        "ranks", "attribution", "matches", "attention", "compare", "what-if", "scores", "stability",
    ]  # fmt: skip
    assert sorted(analysis.id for members in sections().values() for analysis in members) == sorted(IDS)
    assert len({section.title for section in sections()}) == 8


@pytest.mark.parametrize("name", IDS)
def test_what_an_analysis_finds_is_said_recorded_and_drawn_or_refused_with_a_remedy(name: str) -> None:
    """Every analysis of a ranker without a model: those that it cannot be asked say so."""
    from reranklab.plots.catalogue import draw_findings

    analysis = find_analysis(name)
    subject = make_subject(other="rich")
    if not analysis.fits(COUNTING.capabilities) or name == "other-settings":
        with pytest.raises(InputError, match=r"^(counting|Counting) has no|^counting does not"):
            analyse(analysis, subject, "counting")
        return
    finding = analyse(analysis, subject, "counting")
    record = explanations_record(subject, [finding])
    (explanation,) = json.loads(json.dumps(record, allow_nan=False))["explanations"]
    assert (explanation["ranker"], explanation["rank"], explanation["score"]) == ("counting", 2, 3.0)
    assert explanation[analysis.record_key]["analysis"] == name
    assert explanation[analysis.record_key]["parameters"] == {option.name: option.default for option in analysis.options}
    assert all(isinstance(line, str) and line.strip() for line in analysis.words(subject, finding))
    table = analysis.table(subject, finding)
    assert table is None or all(len(row) == len(table.header) for row in table.rows)
    for drawing in draw_findings(subject, [finding]):
        assert drawing.words.strip()
        assert drawing.figure.data
    cost = analysis.cost(subject, subject.rankings[0], finding.parameters)
    assert cost.milliseconds >= 0
    assert bool(cost.words) == bool(cost.amount)


def test_an_answer_is_computed_once_and_its_key_holds_ids_alone() -> None:
    subject = make_subject(other="rich")
    loo = find_analysis("leave-one-out")
    first = analyse(loo, subject, "counting")
    assert analyse(loo, subject, "counting", {"unit": "sentence"}) is first
    assert analyse(loo, subject, "counting", {"unit": "term"}) is not first
    assert (
        result_key(loo, subject, "counting", {"unit": "term"}) == '[0, "leave-one-out", "mixed"] ["counting", {"unit": "term"}]'
    )
    key = result_key(find_analysis("compare"), subject, "counting", {})
    assert key == '[0, "compare", "mixed", "rich"] ["counting", {}]'
    assert result_key(find_analysis("scores"), subject, "counting", {}) == '[0, "scores"] ["counting", {}]'


def test_parameters_are_checked() -> None:
    loo = find_analysis("leave-one-out")
    subject = make_subject()
    with pytest.raises(InputError, match=r"leave-one-out has no parameter 'units'. It has: unit\."):
        analyse(loo, subject, "counting", {"units": "term"})
    with pytest.raises(InputError, match=r"unit=chapter does not exist. Choose one of: sentence, term"):
        analyse(loo, subject, "counting", {"unit": "chapter"})
    with pytest.raises(InputError, match=r"shuffles=many does not work. Give a whole number from 1 to 50"):
        analyse(find_analysis("stability"), subject, "counting", {"shuffles": "many"})
    with pytest.raises(InputError, match="bm25 gave no ranking to explain"):
        analyse(loo, subject, "bm25")
    with pytest.raises(InputError, match="needs a second document"):
        analyse(find_analysis("compare"), subject, "counting")
    with pytest.raises(InputError, match=r"no analysis 'magic'. Choose one of: ranks, "):
        find_analysis("magic")


def test_an_entry_point_adds_an_analysis(added) -> None:
    added(length="tests.explain.invented:ANALYSIS")
    assert list(analyses())[-1] == "length"
    *_, last = sections()
    assert (last.id, last.title) == ("length", "Length")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("tests.explain.nowhere:ANALYSIS", "it cannot be loaded (ModuleNotFoundError: "),
        ("tests.explain.invented:nothing", "it cannot be loaded (AttributeError: "),
        ("tests.explain.invented:_run", "it is no Analysis"),
        ("reranklab.explain.analyses.scores:ANALYSIS", "its id 'scores' is taken"),
    ],
)
def test_what_another_package_cannot_add_costs_no_other(added, value: str, message: str) -> None:
    added(broken=value, length="tests.explain.invented:ANALYSIS")
    assert list(analyses()) == [*IDS, "length"]
    (refusal,) = refusals()
    assert refusal.startswith(f"The analysis 'broken' of another package is left out: {message}")
    with pytest.raises(InputError, match="The analysis 'broken' of another package is left out"):
        find_analysis("broken")


def test_a_ranker_that_lacks_what_is_needed_is_never_run() -> None:
    needy = Analysis(
        id="needy",
        title="Needy",
        summary="For tests.",
        needs=frozenset({Capability.GRADIENTS}),
        options=(Option(name="n", default="1", help="A number."),),
        run=lambda *_, **__: pytest.fail("it was run"),
        record=dict,
    )
    assert needy.fits(frozenset({Capability.GRADIENTS, Capability.CHEAP}))
    assert not needy.fits(frozenset({Capability.CHEAP}))
    with pytest.raises(InputError, match="counting has no gradients"):
        analyse(needy, make_subject(), "counting")
