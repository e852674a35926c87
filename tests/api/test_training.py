"""`rl.train`, `rl.distil` and `rl.before_after`: the numbers of the command line, and what a script does with them."""

from pathlib import Path

import pytest

import reranklab as rl
from tests.commands.test_before_after import ARGUMENTS
from tests.contract.command import printed_json
from tests.models.tiny import tiny_classifier

SETTINGS = {"window": 24, "epochs": 1, "lists": 4, "patience": 9}


@pytest.fixture
def base(tmp_path: Path) -> str:
    return f"cross-encoder:{tiny_classifier(tmp_path / 'base')}"


def test_a_model_is_that_of_the_command_line(base: str) -> None:
    result = rl.train(
        "negation", base, name="mine", mining=rl.Mining(by=("random",), negatives=2), settings=rl.TrainingSettings(**SETTINGS)
    )
    record = printed_json(
        "train", "--dataset", "negation", "--ranker", base, "--negatives-by", "random", "--negatives", "2", "--window", "24",
        "--epochs", "1", "--lists", "4", "--patience", "9", "--name", "theirs",
    )  # fmt: skip
    ours = result.to_dict()
    assert (result.ranker, ours["ranker"], record["ranker"]) == (
        "cross-encoder:trained/mine", "cross-encoder:trained/mine", "cross-encoder:trained/theirs",
    )  # fmt: skip
    losses = [[step, loss] for step, loss, _ in record["history"]["losses"]]
    assert [[step, loss] for step, loss, _ in ours["history"]["losses"]] == losses
    assert [each.score.mean for each in result] == [each["mean"] for each in record["history"]["scores"]]
    frame = result.to_pandas()
    assert list(frame["step"]) == list(range(len(losses) + 1)) and list(frame["loss"])[1:] == [loss for _, loss in losses]
    assert "after step" in repr(result) and "<table>" in result._repr_html_() and (result.folder / "config.json").is_file()
    assert "loss went from" in result.figure("training").words
    assert len(rl.rank("query", ["one", "two"], result.ranker)) == 2
    with pytest.raises(rl.InputError, match=r"There is no figure 'loss'. Choose one of: training"):
        result.figure("loss")
    with pytest.raises(rl.InputError, match="mine"):
        rl.train("negation", base, name="mine")


def test_a_student_is_told_like_a_trained_model(base: str) -> None:
    given = {"candidates": "bm25:5", "held_back": 0.3, "name": "pupil"}
    with pytest.raises(rl.InputError, match="The settings of layers=1 are TrainingSettings, not FitSettings"):
        rl.distil("negation", base, "layers=1", settings=rl.FitSettings(), **given)
    result = rl.distil("negation", base, "layers=1", settings=rl.TrainingSettings(**SETTINGS), **given)
    assert result.ranker == "cross-encoder:trained/pupil" and result.trained.before == base
    assert result.to_dict()["teacher"]["ranker"] == base and result.to_dict()["data"]["labels"] == "soft"


def test_before_and_after_is_that_of_the_command_line() -> None:
    record = printed_json(*ARGUMENTS)
    result = rl.before_after(
        "bm25", "bm25?k1=0&b=0", ["negation", "arguments"], own=["negation"], candidates="judged", probes=["samples"]
    )
    ours = result.to_dict()
    for each in (*ours["collections"], *record["collections"]):
        each.pop("run")  # the command keeps it in the store
        assert all(each[when].pop("ms_per_query") > 0 for when in ("before", "after"))
    assert ours == record
    frame = result.to_pandas()
    assert list(frame["difference"]) == [each["difference"]["difference"] for each in record["collections"]]
    assert [each.name for each in result] == ["negation", "arguments"] and result["arguments"].own is False
    assert record["verdict"][0].split(".")[0] in repr(result) and "<table>" in result._repr_html_()
    assert "times as long" in result["negation"].times and "time of a query" in result.figure("times").words
    assert "negation" in result.figure("learned").words and "arguments" in result.figure("scores", collection="arguments").words
    with pytest.raises(rl.InputError, match=r"There is no collection 'law'. Choose one of: negation, arguments"):
        result["law"]
