"""What a training is said to take, against hand computations and the training itself."""

from dataclasses import replace
from pathlib import Path

import pytest

from reranklab.models.device import resolve_device
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.rankers.family import RankerSpec
from reranklab.train.checkpoints import unfinished_trainings
from reranklab.train.estimate import estimate_training, row_tokens, training_gigabytes
from reranklab.train.prepare import prepare
from reranklab.train.run import train
from reranklab.train.settings import TrainingSettings
from tests.models.tiny import tiny_classifier
from tests.train.small import small_set

SETTINGS = TrainingSettings(loss="softmax", epochs=2, lists=4, documents=4, window=16, evaluations=2)


@pytest.fixture
def base(tmp_path: Path) -> RankerSpec:
    return parse_ranker_id(f"cross-encoder:{tiny_classifier(tmp_path / 'base')}")


def test_the_memory_is_that_of_the_formula(base: RankerSpec) -> None:
    found = prepare(base, small_set(), SETTINGS, device=resolve_device("cpu"))
    head = 16 * 16 + 16 + 16 + 1  # pooler and classifier
    layer = 4 * (16 * 16 + 16) + (16 * 32 + 32) + (32 * 16 + 16) + 4 * 16
    embeddings = (len(found.model.tokenizer) + 48 + 2) * 16 + 2 * 16
    assert found.parts.trained == 2 * layer + head
    assert found.parts.weights == 2 * layer + head + embeddings
    texts, window = 2 * 4, 16  # two lists in one piece
    kept = 2 * texts * window * (34 * 16 + 5 * 2 * window) * 2
    assert training_gigabytes(found) == pytest.approx((4 * (found.parts.weights + 3 * found.parts.trained) + kept) / 1e9)
    last = prepare(base, small_set(), replace(SETTINGS, layers=1), device=resolve_device("cpu"))
    assert last.parts.trained == layer + head


def test_tokens_are_those_that_are_read(base: RankerSpec) -> None:
    found = prepare(base, small_set(), SETTINGS, device=resolve_device("cpu"))
    row = {"query": "what is paris", "documents": ["milk", "cheese " * 30], "label": [0.0, 1.0]}
    assert row_tokens(found, [row]) == [(3 + 1) + (1 + 1) + 16], "a frame of two, and the second is cut at the window"


def test_an_estimate_trains_nothing_and_is_compared_with_what_it_took(base: RankerSpec) -> None:
    estimate = estimate_training(base, small_set(), settings=SETTINGS)
    assert unfinished_trainings() == ()
    assert (estimate.steps, estimate.scores) == (6, 3)
    assert estimate.minutes == pytest.approx((6 * estimate.step_seconds + 3 * estimate.score_seconds) / 60)
    found = train(base, small_set(), name="told", settings=SETTINGS, estimate=estimate)
    assert len(found.course.losses) == 6
    assert found.foretold == pytest.approx(estimate.minutes)
    assert found.minutes < 20 * estimate.minutes, "steps of milliseconds: the order of magnitude"
