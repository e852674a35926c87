"""Every file that the program keeps, damaged: it is as if it were absent."""

from pathlib import Path

import pytest

from tests.faults.conftest import StartPlan
from tests.faults.disturbing import NEEDS_FORK, disturb

pytestmark = [pytest.mark.process, pytest.mark.slow, NEEDS_FORK]


def test_what_is_damaged_is_made_anew(fast_folder: Path, fault_plan: StartPlan) -> None:
    with fault_plan("damaged stores") as plan:
        for outcome in disturb("damaged", fast_folder):
            plan.tried(**outcome)
