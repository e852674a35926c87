"""What a model was trained on is told by its folder, and is not evaluated on."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from reranklab.data.content import collection_sha256
from reranklab.errors import InputError
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.train.change.before_after import before_and_after
from reranklab.train.change.trained_on import TrainedOn, seen_queries, trained_on
from tests.models.tiny import tiny_classifier
from tests.train.made import FRUIT


def told(folder: Path, *, base: str = "cross-encoder", **provenance: str) -> str:
    tiny_classifier(folder)
    record = {"data": {"provenance": provenance}, "base": {"ranker": base}}
    (folder / "training.json").write_text(json.dumps(record), encoding="utf-8")
    return f"cross-encoder:{folder}"


def test_a_training_upon_another_tells_both(tmp_path: Path):
    first = told(tmp_path / "one", collection="fruit", split="train")
    second = told(tmp_path / "two", collection="milk", split="train", collection_sha256="abc", base=first)
    assert trained_on(parse_ranker_id(second)) == (
        TrainedOn(collection="milk", split="train", sha256="abc"),
        TrainedOn(collection="fruit", split="train"),
    )
    assert trained_on(parse_ranker_id(f"cascade(bm25,{first})")) == (TrainedOn(collection="fruit", split="train"),)
    assert trained_on(parse_ranker_id("cross-encoder")) == ()
    (tmp_path / "two" / "training.json").write_text("[]", encoding="utf-8")
    assert trained_on(parse_ranker_id(second)) == ()


def test_the_queries_of_the_training_are_refused_and_another_split_is_its_own(tmp_path: Path):
    made = replace(FRUIT, split="test")
    before = parse_ranker_id(f"cross-encoder:{tiny_classifier(tmp_path / 'before')}")
    seen = told(tmp_path / "seen", collection="made", split="test")
    copied = told(tmp_path / "copied", collection="other", split="train", collection_sha256=collection_sha256(made))
    for ranker in (seen, copied):
        with pytest.raises(InputError, match="was trained on"):
            before_and_after(before, parse_ranker_id(ranker), [made], candidates="judged")
    own = told(tmp_path / "own", collection="made", split="train")
    found = before_and_after(before, parse_ranker_id(own), [made, replace(made, name="else")], candidates="judged")
    assert [each.own for each in found.collections] == [True, False]


def test_queries_that_were_kept_for_the_test_are_evaluated():
    seen = TrainedOn(collection="made", split="train", queries=frozenset({"q1", "q2", "gone"}))
    assert seen_queries(FRUIT, (seen,), ranker="new") == {"q1", "q2"}
    assert not seen_queries(replace(FRUIT, split="test"), (seen,), ranker="new")
    rest = TrainedOn(collection="made", split="train", queries=frozenset({"q3", "q4"}))
    with pytest.raises(InputError, match="new was trained on made"):
        seen_queries(FRUIT, (seen, rest), ranker="new")
