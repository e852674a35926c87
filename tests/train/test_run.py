"""A training from its first step to a folder that loads."""

import random
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers.utils import logging

from reranklab.engine.build import build_ranker
from reranklab.engine.turns import TURNS
from reranklab.errors import Cancelled, InputError
from reranklab.progress import Step
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.rankers.family import RankerSpec
from reranklab.train.checkpoints import unfinished_trainings
from reranklab.train.run import Trained, resume_training, train
from reranklab.train.settings import TrainingSettings
from tests.models.tiny import tiny_classifier
from tests.train.small import small_set

SETTINGS = TrainingSettings(
    loss="softmax", epochs=8, lists=4, documents=4, learning_rate=3e-2, window=32, evaluations=4, patience=4, seed=3
)


@pytest.fixture
def base(tmp_path: Path) -> RankerSpec:
    return parse_ranker_id(f"cross-encoder:{tiny_classifier(tmp_path / 'base')}")


def scores(ranker: str) -> dict[str, float]:
    each = small_set().held_back[0]
    return {item.id: item.score for item in build_ranker(ranker).rank(each.query, each.documents).items}


def test_it_learns_and_the_folder_is_a_ranker(base: RankerSpec) -> None:
    found = train(base, small_set(), name="cheese", settings=SETTINGS)
    assert found.course.before is not None and found.course.best is not None
    assert found.course.best.score.mean > found.course.before.score.mean
    assert len(found.course.losses) == 24
    assert found.course.losses[-1].loss < 0.9 < 1.3 < found.course.losses[0].loss
    each = small_set().held_back[0]
    ranking = build_ranker(found.ranker).rank(each.query, each.documents)
    relevant = {document.id for document, label in zip(each.documents, each.labels, strict=True) if label}
    assert {item.id for item in ranking.items[:2]} == relevant
    card = (found.folder / "README.md").read_text(encoding="utf-8")
    assert "Apache-2.0" in card and found.prepared.loss.why in card
    assert not (found.folder.parents[1] / "training" / "cheese").exists()


def test_a_seed_gives_the_same_weights_and_another_other_ones(base: RankerSpec) -> None:
    first, second, other = (
        scores(train(base, small_set(), name=name, settings=settings).ranker)
        for name, settings in (
            ("one", TrainingSettings(epochs=1, window=32, seed=1)),
            ("two", TrainingSettings(epochs=1, window=32, seed=1)),
            ("three", TrainingSettings(epochs=1, window=32, seed=2)),
        )
    )
    assert first == second
    assert first != other


class Stop:
    """Set once the work has come so far."""

    def __init__(self, after: int) -> None:
        self.after, self.done = after, 0

    def is_set(self) -> bool:
        return self.done >= self.after

    def heard(self, step: Step) -> None:
        self.done = step.done


def stopped_and_resumed(base: RankerSpec, name: str, after: int) -> Trained:
    stop = Stop(after)
    with pytest.raises(Cancelled, match=f"after step {after} of 24"):
        train(base, small_set(), name=name, settings=SETTINGS, cancel=stop, progress=stop.heard)
    with pytest.raises(InputError, match="--resume"):
        train(base, small_set(), name=name, settings=SETTINGS)
    assert unfinished_trainings() == (name,)
    resumed = resume_training(name)
    assert unfinished_trainings() == ()
    return resumed


@pytest.mark.parametrize("after", [5, 6])
def test_a_stopped_training_goes_on_as_if_it_had_not_been(base: RankerSpec, after: int) -> None:
    unbroken = train(base, small_set(), name="unbroken", settings=SETTINGS)
    resumed = stopped_and_resumed(base, "stopped", after)
    assert [each.loss for each in resumed.course.losses] == [each.loss for each in unbroken.course.losses]
    assert scores(resumed.ranker) == scores(unbroken.ranker)


def test_no_step_is_made_while_a_measured_run_has_its_turn(base: RankerSpec) -> None:
    done: list[int] = []
    seen: list[tuple[int, int]] = []

    def measure() -> None:
        with TURNS.take():
            before = len(done)
            time.sleep(0.5)
            seen.append((before, len(done)))

    measured = threading.Thread(target=measure)

    def heard(step: Step) -> None:
        if step.unit == "step":
            done.append(step.done)
        if step.done == 3 and not measured.ident:
            measured.start()
            time.sleep(0.1)  # so that it is in the line before the next step

    train(base, small_set(), name="turns", settings=SETTINGS, progress=heard)
    measured.join()
    ((before, after),) = seen
    assert before == after == 3


def test_a_training_that_waits_is_stopped_and_goes_on(base: RankerSpec) -> None:
    unbroken = train(base, small_set(), name="unbroken", settings=SETTINGS)
    held, released = threading.Event(), threading.Event()

    def hold() -> None:
        with TURNS.take():
            held.set()
            released.wait(60)

    other, cancel = threading.Thread(target=hold), threading.Event()

    def heard(step: Step) -> None:
        if step.unit == "step" and step.done == 8:
            other.start()
            held.wait(60)
        elif not step.unit:  # it waits
            cancel.set()

    def stop_soon() -> None:
        held.wait(60)
        time.sleep(0.3)
        cancel.set()

    threading.Thread(target=stop_soon).start()
    with pytest.raises(Cancelled, match="after step 8 of 24"):
        train(base, small_set(), name="waits", settings=SETTINGS, cancel=cancel, progress=heard)
    released.set()
    other.join()
    resumed = train(base, small_set(), name="waits", settings=SETTINGS, resume=True)
    assert [each.loss for each in resumed.course.losses] == [each.loss for each in unbroken.course.losses]


def test_other_settings_do_not_go_on(base: RankerSpec) -> None:
    stop = Stop(2)
    with pytest.raises(Cancelled):
        train(base, small_set(), name="begun", settings=SETTINGS, cancel=stop, progress=stop.heard)
    with pytest.raises(InputError, match="other settings"):
        train(base, small_set(), name="begun", settings=TrainingSettings(seed=9), resume=True)


def test_a_name_is_taken_once(base: RankerSpec) -> None:
    few = TrainingSettings(steps=1, window=32)
    train(base, small_set(), name="taken", settings=few)
    with pytest.raises(InputError, match="already"):
        train(base, small_set(), name="taken", settings=few)
    train(base, small_set(), name="taken", settings=few, replace=True)
    with pytest.raises(InputError, match="cannot be called"):
        train(base, small_set(), name="../taken", settings=few)
    stop = Stop(2)
    with pytest.raises(Cancelled):
        train(base, small_set(), name="taken", settings=SETTINGS, replace=True, cancel=stop, progress=stop.heard)
    assert len(resume_training("taken").course.losses) == 24, "what is to be replaced does not stand in its way"


def test_the_process_is_as_it_was(base: RankerSpec) -> None:
    def state() -> tuple[object, ...]:
        return (
            random.getstate(),
            np.random.get_state()[1].tolist(),  # type: ignore[index, union-attr]
            torch.random.get_rng_state().tolist(),
            torch.get_num_threads(),
            torch.are_deterministic_algorithms_enabled(),
            logging.get_verbosity(),
            logging.is_progress_bar_enabled(),
        )

    before = state()
    train(base, small_set(), name="quiet", settings=TrainingSettings(steps=2, window=32))
    assert state() == before


@pytest.mark.parametrize("settings", [{"layers": 1}, {"adapters": 2}, {"layers": 1, "adapters": 2, "precision": "bf16"}])
def test_parts_of_a_model_are_trained_and_the_folder_is_whole(base: RankerSpec, settings: dict[str, object]) -> None:
    from safetensors.torch import load_file

    chosen = TrainingSettings(epochs=2, window=32, learning_rate=3e-3, **settings)  # type: ignore[arg-type]
    found = train(base, small_set(), name="parts", settings=chosen)
    before, after = (load_file(Path(place) / "model.safetensors") for place in (base.model, found.folder))
    assert before.keys() == after.keys()
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert not any("embeddings" in name for name in changed)
    assert any("layer.1." in name for name in changed)
    assert any("layer.0." in name for name in changed) == ("layers" not in settings)
    assert found.prepared.parts.trained < found.prepared.parts.weights


def test_what_cannot_be_trained_says_so(base: RankerSpec) -> None:
    with pytest.raises(InputError, match="cannot be trained"):
        train(parse_ranker_id("bm25"), small_set(), name="no")
    with pytest.raises(InputError, match="no loss 'mse'"):
        train(base, small_set(), name="no", settings=TrainingSettings(loss="mse"))
    both = small_set()
    with pytest.raises(InputError, match="trained on and held back"):
        train(base, type(both)(name="x", lists=both.lists, held_back=both.lists[:1], labels=both.labels), name="no")
