"""The fastest engine is taken, and kept; what is damaged is measured anew."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import torch

from reranklab.models.engines import choice
from reranklab.models.engines.choice import Engine, fastest, sample
from reranklab.models.engines.compiled import compile_openvino
from reranklab.models.engines.graph import encoder_graph
from reranklab.models.engines.tiers import Agreement, TorchGraph, _agrees
from tests.models.engines.test_graph import made


@dataclass
class Sleeper:
    seconds: float
    fails: bool = False
    wrong: bool = False
    calls: list[float] = field(default_factory=list)
    workers: int = 1

    def run(self, batches: Any, *, cancel: Any = None) -> Any:
        if self.fails:
            raise RuntimeError("no such operator")
        if not batches:
            return []
        self.calls.append(self.seconds)
        time.sleep(self.seconds)
        return []


def engine(name: str, sleeper: Sleeper) -> Engine:
    return Engine(name=name, backend=name, precision="fp32", make=lambda: sleeper)


class Quiet:
    crowded = False


class Crowded:
    crowded = True


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RERANKLAB_CACHE", str(tmp_path))
    monkeypatch.setattr(choice, "Crowding", Quiet)
    return tmp_path / "engines"


TEXTS: list[Any] = [{}]
ABOUT = {"tier": "exact", "threads": 1}


def right(compiled: Any) -> bool:
    return not compiled.wrong


def test_the_fastest_is_taken_and_the_next_process_asks_nobody(own: Path) -> None:
    slow, fast = Sleeper(0.03), Sleeper(0.001)
    first = fastest([engine("slow", slow), engine("fast", fast)], batches=TEXTS, about=ABOUT, is_right=right)
    assert (first.engine.name, first.kept, set(first.times)) == ("fast", False, {"slow", "fast"})
    assert len(slow.calls) == len(fast.calls) == 6
    second = fastest([engine("slow", slow), engine("fast", fast)], batches=TEXTS, about=ABOUT, is_right=right)
    assert (second.engine.name, second.kept, second.times) == ("fast", True, first.times)
    assert len(slow.calls) == len(fast.calls) == 6
    assert len(list(own.iterdir())) == 1


def test_what_a_crowded_machine_measured_is_measured_again(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def taken(slow: float, fast: float) -> choice.Choice:
        engines = [engine("slow", Sleeper(slow)), engine("fast", Sleeper(fast))]
        return fastest(engines, batches=TEXTS, about=ABOUT, is_right=right)

    monkeypatch.setattr(choice, "Crowding", Crowded)
    assert taken(0.001, 0.03).engine.name == "slow"
    assert taken(0.03, 0.001).kept, "for an hour one engine is taken"
    monkeypatch.setattr(choice, "_REST", timedelta(0))
    second = taken(0.02, 0.03)
    assert (second.engine.name, second.kept) == ("slow", False)
    assert second.times["slow"] < 10, "the least time of both measurements counts"
    monkeypatch.setattr(choice, "Crowding", Quiet)
    third = taken(0.03, 0.001)
    assert (third.engine.name, third.kept) == ("fast", False), "a quiet measurement replaces the crowded ones"
    assert third.times["slow"] > 10
    assert taken(0.001, 0.03).kept


def test_a_machine_that_is_always_crowded_measures_three_times(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "Crowding", Crowded)
    monkeypatch.setattr(choice, "_REST", timedelta(0))
    engines = [engine("a", Sleeper(0)), engine("b", Sleeper(0.001))]
    kept = [fastest(engines, batches=TEXTS, about=ABOUT, is_right=right).kept for _ in range(4)]
    assert kept == [False, False, False, True]


def test_another_processor_version_or_set_of_engines_is_measured_for_itself(own: Path) -> None:
    for about, names in ((ABOUT, "ab"), ({**ABOUT, "threads": 2}, "ab"), (ABOUT, "abc")):
        fastest([engine(name, Sleeper(0)) for name in names], batches=TEXTS, about=about, is_right=right)
    assert len(list(own.iterdir())) == 3


def test_an_engine_that_fails_is_left_out() -> None:
    found = fastest(
        [engine("broken", Sleeper(0, fails=True)), engine("sound", Sleeper(0))], batches=TEXTS, about=ABOUT, is_right=right
    )
    assert (found.engine.name, set(found.times)) == ("sound", {"sound"})
    with pytest.raises(RuntimeError, match="no engine computes this model"):
        fastest([engine("alone", Sleeper(0, fails=True))], batches=TEXTS, about=ABOUT, is_right=right)


@pytest.mark.parametrize(
    "damage",
    [b"", b"{", b"[]", b"\xff\xfe", b'{"chosen": 3}', json.dumps({"chosen": "gone", "ms": {}, "measured_at": ""}).encode()],
)
def test_what_is_damaged_is_measured_anew(own: Path, damage: bytes) -> None:
    fastest([engine("a", Sleeper(0))], batches=TEXTS, about=ABOUT, is_right=right)
    (place,) = own.iterdir()
    place.write_bytes(damage)
    assert not fastest([engine("a", Sleeper(0))], batches=TEXTS, about=ABOUT, is_right=right).kept
    assert fastest([engine("a", Sleeper(0))], batches=TEXTS, about=ABOUT, is_right=right).kept


def test_a_cache_that_cannot_be_written_costs_only_the_measuring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("RERANKLAB_CACHE", str(tmp_path / "file"))
    assert fastest([engine("a", Sleeper(0))], batches=TEXTS, about=ABOUT, is_right=right).engine.name == "a"


def test_scores_that_are_not_the_networks_are_seen() -> None:
    network = made("bert")
    texts = sample(90, window=64)
    agrees = _agrees(network, texts[0], Agreement(read=lambda scores, _: scores, tolerance=1e-4))
    assert agrees(TorchGraph(network))
    assert agrees(compile_openvino(encoder_graph(network), threads=1))
    with torch.no_grad():
        network.classifier.bias += 0.01  # type: ignore[operator, union-attr]
    assert not agrees(TorchGraph(network))
