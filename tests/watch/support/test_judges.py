"""Judges by their names."""

from __future__ import annotations

from pathlib import Path

import pytest

from reranklab.errors import InputError
from reranklab.services.endpoint import Endpoint
from reranklab.watch.support import judges
from reranklab.watch.support.judges import judge_of
from reranklab.watch.support.measured import known_agreement
from tests.watch.support.test_entailment_judge import tiny_entailment


@pytest.fixture(autouse=True)
def nothing_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judges, "is_stored", lambda entry: False)


def test_the_judge_that_needs_nothing_comes_with_its_agreement() -> None:
    judge = judge_of("scores")
    assert judge_of("auto").id == judge.id
    found = known_agreement(judge.id)
    assert found is not None
    assert found.whole.sentences == 48
    assert "contradictions" in found.words


def test_a_folder_is_an_entailment_judge(tmp_path: Path) -> None:
    folder = tiny_entailment(tmp_path / "nli")
    assert judge_of(f"entailment:{folder}").id == f"entailment:{folder}"


def test_without_a_stored_model_the_remedy_is_said() -> None:
    with pytest.raises(InputError, match="reranklab models fetch cross-encoder/nli-deberta-v3-small"):
        judge_of("entailment")


def test_a_stored_entailment_model_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judges, "is_stored", lambda entry: entry.id.endswith("v3-base"))
    assert judge_of("auto").id == judge_of("entailment").id == "entailment:cross-encoder/nli-deberta-v3-base"


def test_an_endpoint_is_asked_only_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    endpoint = Endpoint(url="http://127.0.0.1:9/v1", model="m")
    assert judge_of("chat", endpoints=[endpoint]).id == "chat:m"
    assert not judge_of("auto", endpoints=[endpoint]).id.startswith("chat")
    for name in ("RERANKLAB_LLM_URL", "RERANKLAB_LLM_KEY", "RERANKLAB_LLM_MODEL"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(InputError, match="RERANKLAB_LLM_URL"):
        judge_of("chat")


@pytest.mark.parametrize("name", ["", "nli", "scores:bm25", "auto:x"])
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(InputError, match="There is no judge"):
        judge_of(name)
