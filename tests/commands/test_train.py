"""`reranklab train`: the estimate, the model folder, its record, and what is refused."""

from math import ceil
from pathlib import Path

import pytest

from tests.contract.command import printed_json, run_command
from tests.models.tiny import tiny_classifier

DATA = ("--dataset", "negation", "--negatives-by", "random", "--negatives", "2", "--window", "24", "--epochs", "1")


@pytest.fixture
def ranker(tmp_path: Path) -> str:
    return f"cross-encoder:{tiny_classifier(tmp_path / 'base')}"


def test_a_model_is_estimated_trained_and_used(ranker: str) -> None:
    asked = ("train", *DATA, "--ranker", ranker, "--held-back", "0.2")
    status, out, err = run_command(*asked, "--estimate")
    assert status == 0 and "minutes: " in out and "GB for the training" in out, err
    estimate = printed_json(*asked, "--estimate", "--format", "json")
    assert estimate["minutes"] > 0 and estimate["steps"] >= 1 and estimate["gigabytes"] > 0
    status, out, err = run_command(*asked, "--name", "mine", "--lists", "4", "--patience", "9")
    assert status == 0, err
    assert "To be trained: about" in err and "Use it as cross-encoder:trained/mine." in out
    assert "Loss lambda: Grades have an order" in out and "foretold" in out
    record = printed_json(*asked, "--name", "mine", "--lists", "4", "--patience", "9", "--replace", "--format", "json")
    assert record["steps"]["done"] == len(record["history"]["losses"]) == ceil(record["data"]["lists"] / 4)
    assert record["base"]["ranker"] == ranker and record["data"]["provenance"]["negatives_by"] == "random"
    evaluated = printed_json(
        "evaluate", "--dataset", "negation", "--candidates", "judged", "--ranker", record["ranker"], "--format", "json"
    )
    assert 0 <= evaluated["results"][0]["metrics"]["nDCG@10"] <= 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "The trained model needs a name"),
        (("--name", "a/b"), "A model cannot be called 'a/b'"),
        (("--name", "a", "--ranker", "bm25"), "bm25 cannot be trained here. Choose a model of one of: "),
        (("--name", "a", "--window", "1"), "window is 1. Give a whole number from 16"),
        (("--name", "a", "--resume"), "There is no training a that could go on"),
        (("--name", "a", "--margin-by", "bm25", "--margin", "-1"), "A margin of -1 does not work"),
        (("--name", "a", "--learning-rate", "2"), "The learning rate is 2."),
    ],
)
def test_what_cannot_be_used_is_said_before_anything_runs(ranker: str, arguments: tuple[str, ...], message: str) -> None:
    chosen = () if "--ranker" in arguments else ("--ranker", ranker)
    status, out, err = run_command("train", *DATA, *chosen, *arguments)
    assert (status, out) == (2, "") and err.startswith(f"reranklab: {message}") and err.count("\n") == 1
