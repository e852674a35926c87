"""The count of a fault plan: every input tried is counted, and the summary says how many failed."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from tests.faults.plan import Plan

MEMORY_DISK = Path("/dev/shm")
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


@pytest.fixture
def fast_folder(tmp_path: Path) -> Iterator[Path]:
    """A folder for thousands of small files: in memory, where the system has a place for that."""
    if not os.access(MEMORY_DISK, os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(prefix="reranklab-", dir=MEMORY_DISK) as folder:
        yield Path(folder)
