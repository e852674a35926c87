"""What is typed where a model is asked for: one sentence at once, whatever it is, and no walk over the disk."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import NoReturn

import pytest

from reranklab.engine.build import build_ranker
from reranklab.errors import InputError
from reranklab.models.catalogue import find_model
from reranklab.models.device import cpu
from reranklab.models.pool import ModelPool
from reranklab.rankers.crossencoders.models import load_classifier
from tests.faults.conftest import StartPlan
from tests.faults.plan import what_is_wrong
from tests.models.tiny import tiny_classifier

NAMES = (
    *("/", "//", ".", "..", "../..", "~", "~nouser/x", "~nouser", "/" * 5_000, "../" * 500, "a/" * 500),
    *("/proc/1/root", "/proc/self", "/proc/self/fd", "/proc/self/cwd", "/dev/null", "/dev/zero", "/dev", "/sys", "/root"),
    *("/etc/passwd", "/etc/passwd/x", "\0", "a\0b", "a/b\0", "\x1b[31m/x", "a\nb", "a/b\n", "a/\r", "\u202ea/b"),
    *("\ud800", "a/\udfff", "x" * 300, "a/" + "x" * 300, "x" * 100_000, "a/b@../../x", "a/b@/etc/passwd", "a/b@x\n"),
    *("a/b@" + "x" * 500, "a/..", "../b", "a/b/c", "a/--b", "a/b.git", "-a/b", "a/b-", "é/ü", "C:\\models", "a b/c", " "),
    *("file:///etc/passwd", "https://example.org/a/b", "%00", "a/b%2f..", "nul", "$HOME", "`id`"),
)
_MOST_SECONDS = 5


@pytest.fixture(autouse=True)
def no_walks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def walk(*arguments: object, **settings: object) -> NoReturn:
        raise AssertionError("the disk is walked")

    monkeypatch.setattr(Path, "rglob", walk)
    monkeypatch.setattr(os, "walk", walk)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("family", ["cross-encoder", "bi-encoder", "listwise-llm"])
def test_names_of_models(family: str, fault_plan: StartPlan) -> None:
    with fault_plan("names of models") as plan:
        for name in NAMES:
            ways = ("find", "build") if name == name.strip() else ("find",)  # a ranker's id is read without white space around
            for what in ways:
                start, error = time.monotonic(), refusal(family, name, what)
                late = time.monotonic() - start > _MOST_SECONDS
                wrong = what_is_wrong(error) or ("" if isinstance(error, InputError) else f"{type(error).__name__}: {error}")
                plan.tried(f"{what} {family} {name[:40]!r}", failed=wrong or ("late" if late else ""))


def refusal(family: str, name: str, what: str) -> BaseException | None:
    try:
        if what == "find":
            find_model(name, kinds=("cross-encoder",))
        else:
            build_ranker(f"{family}:{name}")
    except BaseException as error:  # noqa: BLE001 - whatever it is, the plan judges it
        return error
    return None


@pytest.mark.parametrize("value", ["abc", "0", "-1", "1.5", "1e3", "٣", "9" * 5000, "nan", "six", "1 2", "\n-"])
def test_a_number_of_models_that_is_none(value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RERANKLAB_MAX_MODELS", value)
    entry = find_model(str(tiny_classifier(tmp_path / "model")), kinds=("cross-encoder",))
    with pytest.raises(InputError, match=r"RERANKLAB_MAX_MODELS is .* no number of models") as caught:
        build_ranker(f"cross-encoder:{entry.id}").load()
    assert what_is_wrong(caught.value) == ""


@pytest.mark.parametrize(("value", "kept"), [("1", 1), (" 2 ", 2), ("", 3)])
def test_a_number_of_models(value: str, kept: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RERANKLAB_MAX_MODELS", value)
    pool = ModelPool()
    for number in range(3):
        entry = find_model(str(tiny_classifier(tmp_path / str(number))), kinds=("cross-encoder",))
        pool.get(entry, load_classifier, device=cpu(), precision="fp32")
    assert len(pool.loaded()) == kept
