"""Hostile model folders: refused in one sentence soon, in little memory, and without a pickle ever being read."""

from __future__ import annotations

import hashlib
import resource
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from reranklab.engine.build import build_ranker
from reranklab.errors import ModelRefusedError
from reranklab.models.pool import ModelPool
from reranklab.types import Document, Query, Ranking
from tests.faults.conftest import StartPlan
from tests.faults.hostile_folders import MAKERS, Hostile, all_folders, marker_of, pickle_bomb
from tests.faults.plan import what_is_wrong
from tests.rankers.generative.test_custom import make_checkpoint

QUERY = Query(text="what is the capital of france")
CANDIDATES = [Document(id="d1", text="paris is the capital"), Document(id="d2", text="milk"), Document(id="d3", text="city")]
_MOST_SECONDS = 30
_MOST_MEMORY = 600 << 20
_OPTIONS = {"listwise-llm": "?method=first-token"}


@pytest.fixture(autouse=True)
def no_unpickling(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """torch.load is not called, whatever the folder."""
    calls: list[str] = []

    def load(*arguments: object, **settings: object) -> object:
        calls.append(str(arguments[:1]))
        raise AssertionError("torch.load was called")

    monkeypatch.setattr(torch, "load", load)
    yield calls
    assert calls == []


@pytest.fixture(autouse=True)
def own_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reranklab.rankers.reference.POOL", ModelPool())


def rank(family: str, folder: Path) -> Ranking:
    return build_ranker(f"{family}:{folder}{_OPTIONS.get(family, '')}").rank(QUERY, CANDIDATES)


def test_the_pickle_writes_a_file_where_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without this the others would show nothing."""
    (tmp_path / "folder").mkdir()
    pickle_bomb(tmp_path / "folder")
    assert not marker_of(tmp_path / "folder").exists()
    monkeypatch.undo()
    torch.load(tmp_path / "folder" / "pytorch_model.bin", weights_only=False)
    assert marker_of(tmp_path / "folder").exists()


@pytest.mark.slow
def test_hostile_folders(tmp_path: Path, fault_plan: StartPlan, no_unpickling: list[str]) -> None:
    right = {family: rank(family, make(tmp_path / family)) for family, make in MAKERS.items()}
    with fault_plan("hostile model folders") as plan:
        for number, hostile in enumerate(all_folders()):
            folder = MAKERS[hostile.family](tmp_path / f"folder {number}")
            hostile.harm(folder)
            before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
            end = outcome(hostile, folder, right[hostile.family])
            grown = 1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
            if marker_of(folder).exists() or no_unpickling:
                end = "a pickle was read"
            elif time.monotonic() - start > _MOST_SECONDS or grown > _MOST_MEMORY:
                end = f"{time.monotonic() - start:.0f} s, {grown / 1e6:.0f} MB"
            plan.tried(f"{hostile.family}, {hostile.name}", failed=end)
        assert plan.inputs >= 40


def outcome(hostile: Hostile, folder: Path, right: Ranking) -> str:
    """What is wrong with how a folder ends."""
    import re

    try:
        ranking = rank(hostile.family, folder)
    except BaseException as error:  # noqa: BLE001 - whatever it is, the plan judges it
        if not hostile.says:
            return f"refused: {error}"
        return what_is_wrong(error) or ("" if re.search(hostile.says, str(error)) else f"says {error}")
    if hostile.says:
        return "no error"
    used = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    if not any(part == used for part in (ranking.provenance.weights_sha256,)) and hostile.name != "a projection with both":
        return f"records {ranking.provenance.weights_sha256}"
    same = [item.id for item in ranking.items] == [item.id for item in right.items]
    return "" if same else "another ranking"


def test_a_checkpoint_whose_code_is_allowed_reads_no_pickle_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_unpickling: list[str]
) -> None:
    monkeypatch.setattr("transformers.dynamic_module_utils.HF_MODULES_CACHE", str(tmp_path / "modules"))
    folder = make_checkpoint(tmp_path / "tiny")
    (folder / "model.safetensors").rename(folder / "decoy.safetensors")
    pickle_bomb(folder)
    with pytest.raises(ModelRefusedError, match="only pickled weights"):
        build_ranker(f"cross-encoder:{folder}?remote_code=allow").rank(QUERY, CANDIDATES)
    (folder / "decoy.safetensors").rename(folder / "model.safetensors")
    assert not marker_of(folder).exists() and not no_unpickling
