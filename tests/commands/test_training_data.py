"""What `reranklab train` trains on: made, kept, read back, and refused. Nothing is trained here but a tiny model's estimate."""

import argparse
import threading
from pathlib import Path

import pytest

from reranklab.commands.training_data import add_data, read_data
from reranklab.data.preferences import Preference, save_preference
from reranklab.data.samples import load_sample
from reranklab.errors import InputError
from reranklab.train.sets.examples import TrainingSet


def data(*arguments: str) -> TrainingSet:
    parser = argparse.ArgumentParser()
    add_data(parser)
    parser.set_defaults(seed=0, device="cpu")
    return read_data(parser.parse_args(arguments), cancel=threading.Event(), progress=None)


SAMPLE = ("--dataset", "negation", "--negatives-by", "random", "--negatives", "2")


@pytest.mark.usefixtures("empty_cache")
def test_a_set_is_kept_and_read_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = data(*SAMPLE, "--save-data", str(tmp_path / "set"))
    assert "No evaluation collection was named" in capsys.readouterr().err
    assert data("--data", str(tmp_path / "set")) == made
    with pytest.raises(InputError, match="Name either"):
        data(*SAMPLE, "--data", str(tmp_path / "set"))
    with pytest.raises(InputError, match="Name either"):
        data()


@pytest.mark.usefixtures("empty_cache")
def test_a_margin_is_asked_of_a_ranker() -> None:
    made = data(*SAMPLE, "--margin-by", "bm25", "--margin", "0.2", "--choose", "first")
    assert (made.provenance["margin_by"], made.provenance["margin"], made.provenance["negatives_chosen"]) == (
        "bm25",
        0.2,
        "first",
    )
    with pytest.raises(InputError, match="A margin needs a ranker"):
        data(*SAMPLE, "--margin", "0.2")


@pytest.mark.usefixtures("empty_cache")
def test_picked_documents_take_the_place_of_judgements() -> None:
    sample = load_sample("negation")
    for query in list(sample.queries.values())[:3]:
        document = next(iter(sample.qrels[query.id]))
        save_preference(
            Preference(
                person="p",
                query=query,
                source="negation",
                shown=("x", "y"),
                seed=0,
                depth=5,
                choice="document",
                document=document,
                ranks={"x": 1, "y": 2},
            )
        )
    made = data(*SAMPLE, "--picked")
    assert len(made.lists) + len(made.held_back) == 3
    assert made.provenance["split"] == "picked"
