"""The plan's own arithmetic: a failing input fails the test, and the judge of errors tells good from bad."""

import pytest

from reranklab.errors import InputError
from tests.faults.conftest import StartPlan
from tests.faults.plan import Plan, what_is_wrong


def test_a_failing_input_is_counted_and_named():
    plan = Plan(kind="a kind")
    plan.tried("good")
    plan.tried("bad", failed="it hung")
    assert (plan.inputs, plan.failures) == (2, ["  bad: it hung"])


def test_a_plan_that_tries_nothing_fails(fault_plan: StartPlan):
    with pytest.raises(AssertionError, match="nothing was tried"), fault_plan("empty"):
        pass


@pytest.mark.parametrize(
    ("error", "wrong"),
    [
        (None, "no error"),
        (KeyError("x"), "KeyError instead of"),
        (InputError(""), "no clear sentence"),
        (InputError("x" * 601), "no clear sentence"),
        (InputError("That file is empty. Choose another."), ""),
    ],
)
def test_only_a_short_error_of_ours_is_a_good_end(error: Exception | None, wrong: str):
    assert what_is_wrong(error).startswith(wrong) and bool(wrong) == bool(what_is_wrong(error))
