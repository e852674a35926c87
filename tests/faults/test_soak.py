"""Many sessions at once, for a while: nothing fails, no score differs, and memory stays where it is."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from reranklab.engine.turns import MAX_RUNS
from tests.faults.conftest import StartPlan

ROOT = Path(__file__).parents[2]
SESSIONS, RUNS, MODELS = 25, 20, 2


@pytest.mark.slow
@pytest.mark.process
def test_sessions_at_once_give_the_scores_of_one_alone(fault_plan: StartPlan, empty_cache: Path) -> None:
    environment = {**os.environ, "RERANKLAB_MAX_MODELS": str(MODELS), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "tests.faults.soak", str(SESSIONS), str(RUNS)]
    ended = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)
    assert ended.returncode == 0, ended.stderr[-3000:]
    totals = json.loads(ended.stdout)
    resident = totals["memory"][SESSIONS * RUNS // 2 :]
    lowest, highest = min(resident), max(resident)
    told = f"{SESSIONS} sessions, at most {totals['most_before']} runs before one, {lowest:,.0f} to {highest:,.0f} MB"
    with fault_plan(f"runs at once ({told})") as plan:
        for number, wrong in enumerate(totals["wrong"]):
            plan.tried(f"run {number}", failed=wrong)
    assert len(totals["wrong"]) == SESSIONS * RUNS
    assert highest < 1.1 * lowest, told
    assert totals["most_models"] == MODELS
    assert SESSIONS // 2 < totals["most_before"] < SESSIONS <= MAX_RUNS
