"""Writers that are killed at any call that reaches for the disk, and in the middle of a write."""

from pathlib import Path

import pytest

from tests.faults.conftest import StartPlan
from tests.faults.disturbing import NEEDS_FORK, disturb

pytestmark = [pytest.mark.process, pytest.mark.slow, NEEDS_FORK]


def test_whatever_happens_the_old_is_there_and_the_next_run_completes(fast_folder: Path, fault_plan: StartPlan) -> None:
    with fault_plan("writers killed") as plan:
        for outcome in disturb("killed", fast_folder):
            plan.tried(**outcome)
