"""The losses of cross-encoders against formulas computed by hand."""

from importlib import import_module
from typing import Any

import numpy as np
import pytest
import torch

from reranklab.errors import InputError
from reranklab.models.loaded import Learns
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.train.catalogue import MODULES, learner_of
from reranklab.train.losses import Loss, choose_loss
from reranklab.train.sets.examples import Labels
from tests.models.tiny import tiny_classifier

SCORES = np.array([0.3, 2.0, -1.0, 0.5])


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A cross-encoder that gives the pair with the text "0" the first of SCORES, and so on."""
    folder = tiny_classifier(tmp_path_factory.mktemp("tiny") / "base")
    found = learner_of(parse_ranker_id(f"cross-encoder:{folder}")).open(folder, 32, "cpu")
    found.preprocess = lambda pairs, **_: {"scores": torch.tensor([SCORES[int(text)] for _, text in pairs])}
    found.forward = lambda features, **_: features
    return found


def loss_of(name: str) -> Loss:
    losses = {loss.id: loss for loss in learner_of(parse_ranker_id("cross-encoder")).losses}
    return losses[name]


def value(model: Any, name: str, labels: list[float]) -> float:
    """Of one list with the labels, as rows have them."""
    loss = loss_of(name)
    scaled = torch.tensor([loss.scale * label for label in labels])
    texts = [str(place) for place in range(len(labels))]
    return float(loss.make(model, 3.0)([["q"], [texts]], [scaled]))


def softmax(values: np.ndarray) -> np.ndarray:
    return np.exp(values) / np.exp(values).sum()


def test_softmax_is_the_surprise_at_the_relevant_document(model: Any) -> None:
    expected = -np.log(softmax(SCORES)[1])
    assert value(model, "softmax", [0, 1, 0, 0]) == pytest.approx(expected, abs=2e-3)  # 0.0001 of the target is elsewhere
    two = -(np.log(softmax(SCORES)[1]) + np.log(softmax(SCORES)[3])) / 2
    assert value(model, "softmax", [0, 1, 0, 1]) == pytest.approx(two, abs=2e-3)


def test_listwise_kl_is_the_cross_entropy_of_the_teachers_shares(model: Any) -> None:
    teacher = np.array([1.0, 3.0, 0.0, -2.0])
    expected = -(softmax(teacher) * np.log(softmax(SCORES))).sum()
    assert value(model, "listwise-kl", teacher.tolist()) == pytest.approx(expected, abs=1e-6)


def test_bce_weighs_relevant_pairs_by_the_negatives(model: Any) -> None:
    labels = torch.tensor([0.0, 1.0, 0.0, 0.0])
    texts = ["0", "1", "2", "3"]
    found = float(loss_of("bce").make(model, 3.0)([["q"] * 4, texts], labels))
    share = 1 / (1 + np.exp(-SCORES))
    expected = -(3 * np.log(share[1]) + np.log(1 - share[[0, 2, 3]]).sum()) / 4
    assert found == pytest.approx(expected, abs=1e-6)


def test_margin_mse_is_of_the_distances_to_the_first(model: Any) -> None:
    teacher = torch.tensor([4.0, 1.0, 0.0])
    found = float(loss_of("margin-mse").make(model, 3.0)([["q"], ["1"], ["3"], ["0"]], [teacher]))
    expected = ((2.0 - 0.5 - 3.0) ** 2 + (2.0 - 0.3 - 4.0) ** 2) / 2
    assert found == pytest.approx(expected, abs=1e-6)


def test_ranknet_counts_every_pair_of_grades_alike(model: Any) -> None:
    labels = [1, 0, 2, 0]
    pairs = [(a, b) for a in range(4) for b in range(4) if labels[a] > labels[b]]
    expected = np.mean([np.log2(1 + np.exp(SCORES[b] - SCORES[a])) for a, b in pairs])
    assert value(model, "ranknet", [float(label) for label in labels]) == pytest.approx(expected, abs=1e-5)


def test_lambda_weighs_pairs_by_what_their_exchange_costs(model: Any) -> None:
    """Wang et al. 2018, NDCG-Loss2++ with mu 10, of the 2 ** grade - 1 gain."""
    labels = np.array([1, 0, 2, 0])
    order = np.argsort(-SCORES)
    sorted_scores, sorted_labels = SCORES[order], labels[order]
    discounts = np.log2(1 + np.arange(1, 5))
    gain = (2.0**sorted_labels - 1) / ((2.0 ** np.sort(labels)[::-1] - 1) / discounts).sum()
    total, count = 0.0, 0
    for a in range(4):
        for b in range(4):
            if sorted_labels[a] <= sorted_labels[b]:
                continue
            apart = abs(a - b)
            delta = abs(1 / discounts[apart - 1] - 1 / discounts[apart])
            swapped = abs(1 / discounts[a] - 1 / discounts[b])
            weight = (10 * delta + swapped) * abs(gain[a] - gain[b])
            total += weight * np.log2(1 + np.exp(sorted_scores[b] - sorted_scores[a]))
            count += 1
    assert value(model, "lambda", labels.astype(float).tolist()) == pytest.approx(total / count, rel=1e-4)


@pytest.mark.parametrize("learns", list(Learns))
@pytest.mark.parametrize("labels", list(Labels))
def test_every_kind_of_labels_has_a_loss_with_its_reason(learns: Learns, labels: Labels) -> None:
    losses = import_module(MODULES[learns]).LEARNER.losses
    assert choose_loss(losses, labels, "").why.endswith(".")


def test_a_loss_that_does_not_fit_is_refused() -> None:
    losses = learner_of(parse_ranker_id("cross-encoder")).losses
    with pytest.raises(InputError, match=r"margin-mse does not learn from binary labels\. Choose one of: bce, softmax"):
        choose_loss(losses, Labels.BINARY, "margin-mse")
