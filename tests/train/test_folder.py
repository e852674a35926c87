"""The folder of a trained model under its short name: tiers, 8 bits, locks, and what is damaged."""

from pathlib import Path

import pytest

from reranklab.engine.build import build_ranker
from reranklab.errors import InputError
from reranklab.models.catalogue import find_model
from reranklab.models.trained import RECORD, trained_folder, trained_models
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.train.run import train
from reranklab.train.settings import TrainingSettings
from tests.models.tiny import tiny_classifier
from tests.train.small import small_set

FEW = TrainingSettings(loss="softmax", epochs=8, lists=4, documents=4, window=32, learning_rate=3e-2, evaluations=1, seed=3)


@pytest.fixture
def base(tmp_path: Path) -> str:
    return f"cross-encoder:{tiny_classifier(tmp_path / 'base')}"


def scores(ranker: str) -> list[float]:
    each = small_set().held_back[0]
    found = {item.id: item.score for item in build_ranker(ranker).rank(each.query, each.documents).items}
    return [found[document.id] for document in each.documents]


def test_precisions_and_tiers_of_a_trained_model(base: str) -> None:
    ranker = train(parse_ranker_id(base), small_set(), name="short", settings=FEW).ranker
    assert ranker == "cross-encoder:trained/short"
    full = scores(f"{ranker}?precision=fp32")
    assert scores(ranker) == pytest.approx(full, abs=1e-4)
    assert scores(f"cross-encoder:{trained_folder('short')}") == pytest.approx(full, abs=1e-4)
    assert max(full) - min(full) > 1
    for other in ("?precision=int8", "?tier=fast"):
        assert scores(f"{ranker}{other}") == pytest.approx(full, abs=0.1)
    assert len(scores(f"{ranker}?tier=budgeted&keep=2")) == 4


def test_a_replaced_model_is_read_anew(base: str) -> None:
    ranker = train(parse_ranker_id(base), small_set(), name="again", settings=FEW).ranker
    before, revision = scores(ranker), find_model("trained/again", kinds=("cross-encoder",)).revision
    train(parse_ranker_id(base), small_set(), name="again", settings=TrainingSettings(steps=1, window=32), replace=True)
    assert scores(ranker) != before
    assert find_model("trained/again", kinds=("cross-encoder",)).revision != revision


def test_a_short_name_works_where_folders_are_locked(base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ranker = train(parse_ranker_id(base), small_set(), name="locked", settings=TrainingSettings(steps=1, window=32)).ranker
    monkeypatch.setenv("RERANKLAB_LOCKED", "1")
    assert len(scores(ranker)) == 4


def test_what_is_no_trained_model_says_so(base: str) -> None:
    with pytest.raises(InputError, match=r"There is no trained model none\. None was trained yet"):
        find_model("trained/none", kinds=("cross-encoder",))
    train(parse_ranker_id(base), small_set(), name="real", settings=TrainingSettings(steps=1, window=32))
    assert [each.ranker for each in trained_models()] == ["cross-encoder:trained/real"]
    with pytest.raises(InputError, match="Choose one of: real"):
        find_model("trained/none", kinds=("cross-encoder",))
    with pytest.raises(InputError, match="Use it as cross-encoder:trained/real"):
        find_model("trained/real", kinds=("bi-encoder",))
    with pytest.raises(InputError, match="cannot be called"):
        find_model("trained/../x", kinds=("cross-encoder",))
    (trained_folder("real") / RECORD).write_text("{}", encoding="utf-8")
    with pytest.raises(InputError, match="damaged"):
        find_model("trained/real", kinds=("cross-encoder",))
    assert trained_models() == ()
