"""Each fault that servers have is named, and nothing else is."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from reranklab.errors import Cancelled, EndpointError, InputError
from reranklab.evaluate.conformance.run import Conformance, check_conformance, planned_calls
from reranklab.evaluate.conformance.scales import SAME, find_scale
from reranklab.evaluate.conformance.verdict import TITLES
from reranklab.progress import Step
from tests.evaluate.conformance.counted import Counted


def found(fault: str, **options: Any) -> Conformance:
    return check_conformance(Counted(fault=fault), Counted(), **options)


def words(conformance: Conformance, check: str) -> str:
    (verdict,) = [each for each in conformance.verdicts if each.check == check]
    return verdict.words


def test_the_same_model_conforms():
    served = Counted()
    result = check_conformance(served, Counted())
    assert result.conforms
    assert [verdict.check for verdict in result.verdicts] == list(TITLES)
    assert {verdict.state for verdict in result.verdicts} == {"pass"}
    assert served.asked == result.calls == planned_calls() + 1


@pytest.mark.parametrize(
    ("fault", "failed", "says"),
    [
        ("swapped", "template", "query and document in each other's place"),
        ("prefix", "template", "“query: ” and “passage: ” before the texts"),
        ("other model", "template", "another template, another model, or other weights"),
        ("suffix", "truncation", "the end of the template is cut off"),
        ("window 256", "truncation", "the first 256 tokens of a pair"),
        ("end", "truncation", "the query and the end of the document, 512 tokens in all"),
        ("half", "precision", "16-bit numbers"),
        ("half batches", "batch", "change their rank"),
        ("order", "batch", "they depend on the texts beside them"),
        ("shuffled", "indices", "at wrong documents"),
        ("sigmoid", "scale", "1 / (1 + exp(-x)) of the reference's"),
        ("fifth", "scale", "1 / (1 + exp(-x / 5)) of the reference's"),
        ("linear", "scale", "0.1 times the reference's, +3"),
        ("ascii", "scripts", "Chinese"),
    ],
)
def test_a_fault_is_named(fault: str, failed: str, says: str):
    result = found(fault)
    assert result.failed[0] == failed
    assert says in words(result, failed)
    assert set(result.failed) <= {failed, "ties"}, "a fault is told once; scores that depend on the place also split ties"


def test_roundings_are_no_scale():
    reference = [5.0, -3.0, 2.5, -8.0, 0.25]
    assert find_scale([each * (1 + 1e-6) for each in reference], reference) is SAME


def test_rounded_scores_tie_what_the_reference_tells_apart():
    result = found("rounded")
    assert "ties" in result.failed
    assert "rounded" in words(result, "ties")


def test_control_tokens_that_act_and_long_texts_that_are_refused_are_notes():
    result = found("refuses long")
    assert result.conforms
    states = {verdict.check: verdict.state for verdict in result.verdicts}
    assert (states["truncation"], states["special"]) == ("note", "note")
    assert "413" in words(result, "truncation")


def test_a_tolerance_admits_a_lower_precision():
    assert found("half", tolerance=0.1).conforms


def test_a_server_that_is_not_there_is_an_error():
    class Gone(Counted):
        def rank(self, query: Any, documents: Any, **_: Any) -> Any:
            raise EndpointError("Nothing answers at 127.0.0.1.")

    with pytest.raises(EndpointError, match="Nothing answers"):
        check_conformance(Gone(), Counted())


def test_what_cannot_be_a_reference_is_refused():
    class Blind(Counted):
        capabilities = frozenset()  # type: ignore[assignment]

    with pytest.raises(InputError, match="cannot be the reference"):
        check_conformance(Counted(), Blind())
    with pytest.raises(InputError, match="tolerance of 0"):
        check_conformance(Counted(), Counted(), tolerance=0)


def test_progress_tells_both_and_cancel_stops_within_a_call():
    steps: list[Step] = []
    check_conformance(Counted("sigmoid"), Counted(), progress=steps.append)
    assert {step.label for step in steps} == {"counted sigmoid", "counted"}
    assert all(step.done <= step.total for step in steps)
    cancel, served = threading.Event(), Counted("stops")

    def stop(step: Step) -> None:
        if step.done == 5:
            cancel.set()

    with pytest.raises(Cancelled):
        check_conformance(served, Counted(), cancel=cancel, progress=stop)
    assert served.asked == 6
