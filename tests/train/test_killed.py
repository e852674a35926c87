"""A training that is killed goes on at its last whole checkpoint, to the same model."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from reranklab.data.paths import data_dir
from reranklab.engine.build import build_ranker
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.train.checkpoints import training_folder
from reranklab.train.run import resume_training, train
from tests.models.tiny import tiny_classifier
from tests.train.small import small_set
from tests.train.test_run import SETTINGS

ROOT = Path(__file__).parents[2]

CHILD = """
import sys, time
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.train.run import train
from tests.train.small import small_set
from tests.train.test_run import SETTINGS

def heard(step):
    if step.done == 9:  # three steps behind the checkpoint at 6
        print("at step 9", flush=True)
        time.sleep(600)

train(parse_ranker_id(sys.argv[1]), small_set(), name="killed", settings=SETTINGS, progress=heard)
"""


@pytest.mark.slow
@pytest.mark.process
def test_kill_9_and_resume_gives_the_score_of_an_unbroken_run(tmp_path: Path) -> None:
    ranker = f"cross-encoder:{tiny_classifier(tmp_path / 'base')}"
    spec = parse_ranker_id(ranker)
    unbroken = train(spec, small_set(), name="unbroken", settings=SETTINGS)
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, ranker],
        cwd=ROOT,
        env={**os.environ, "RERANKLAB_DATA": str(data_dir()), "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == "at step 9\n"
    finally:
        child.kill()
        child.communicate()
    folder = training_folder("killed")
    kept = {path.name for path in folder.iterdir()}
    assert kept == {"about.json", "data", "step-0000006", "best-0000006"}
    half = folder / "step-0000008"
    shutil.copytree(folder / "step-0000006", half)
    (half / "course.json").write_text('{"losses": [', encoding="utf-8")
    (folder / ".building-0").mkdir()
    resumed = resume_training("killed")
    assert [each.step for each in resumed.course.losses] == list(range(1, 25))
    assert [each.loss for each in resumed.course.losses] == pytest.approx(
        [each.loss for each in unbroken.course.losses], abs=1e-6
    )
    assert [each.score.mean for each in resumed.course.scores] == [each.score.mean for each in unbroken.course.scores]
    each = small_set().held_back[0]
    first, second = (
        {item.id: item.score for item in build_ranker(found.ranker).rank(each.query, each.documents).items}
        for found in (unbroken, resumed)
    )
    assert first == pytest.approx(second, abs=1e-6)
