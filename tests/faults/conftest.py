"""The count of a fault plan: every input tried is counted, and the summary says how many failed."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from tests.faults.plan import Plan

StartPlan = Callable[[str], AbstractContextManager[Plan]]


@pytest.fixture
def fault_plan(record_property: Callable[[str, object], None]) -> StartPlan:
    """`with fault_plan("damaged zip") as plan:` counts what `plan.tried(...)` reports, and fails at its end if one failed."""

    @contextmanager
    def start(kind: str) -> Iterator[Plan]:
        plan = Plan(kind=kind)
        yield plan
        record_property("faults", [kind, plan.inputs, len(plan.failures)])
        assert plan.inputs, f"{kind}: nothing was tried"
        assert not plan.failures, f"{kind}: {len(plan.failures)} of {plan.inputs} failed\n" + "\n".join(plan.failures[:10])

    return start
