"""Every kind of model that can be trained: it learns, and the folder is a ranker that gives the trainer's own scores."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from reranklab.engine.build import build_ranker
from reranklab.models.trained import INT8
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.train.catalogue import learner_of, trainable_families
from reranklab.train.prepare import Reader
from reranklab.train.run import train
from reranklab.train.sets.examples import Labels
from reranklab.train.settings import TrainingSettings
from tests.models.tiny import bert_config, bert_tokenizer, tiny_classifier, tiny_embedder
from tests.models.tiny_chain import tiny_ettin
from tests.train.small import small_set


def sparse(folder: Path) -> Path:
    from sentence_transformers import SparseEncoder
    from sentence_transformers.base.modules import Transformer
    from sentence_transformers.sparse_encoder.modules import SpladePooling
    from transformers import BertForMaskedLM

    torch.manual_seed(0)
    BertForMaskedLM(bert_config(initializer_range=0.4)).save_pretrained(folder / "mlm")
    bert_tokenizer().save_pretrained(folder / "mlm")
    transformer = Transformer(str(folder / "mlm"), transformer_task="fill-mask")
    SparseEncoder(modules=[transformer, SpladePooling("max")]).save_pretrained(str(folder / "model"))
    return folder / "model"


def late(folder: Path) -> Path:
    from sentence_transformers import MultiVectorEncoder
    from transformers import BertModel

    torch.manual_seed(0)
    BertModel(bert_config(initializer_range=0.4)).save_pretrained(folder / "bert")
    bert_tokenizer().save_pretrained(folder / "bert")
    MultiVectorEncoder(str(folder / "bert")).save_pretrained(str(folder / "model"))
    return folder / "model"


MAKERS: dict[str, Callable[[Path], Path]] = {
    "cross-encoder": lambda folder: tiny_classifier(folder / "model"),
    "bi-encoder": lambda folder: tiny_embedder(folder / "model"),
    "sparse": sparse,
    "late-interaction": late,
}


def test_every_trainable_family_is_tried() -> None:
    assert {family.id for family in trainable_families()} == set(MAKERS)


@pytest.mark.parametrize("labels", [Labels.BINARY, Labels.SOFT])
@pytest.mark.parametrize("family", list(MAKERS))
def test_it_learns_and_the_ranker_gives_the_same_scores(tmp_path: Path, family: str, labels: Labels) -> None:
    spec = parse_ranker_id(f"{family}:{MAKERS[family](tmp_path)}")
    lists = small_set(labels=labels)
    settings = TrainingSettings(epochs=6, lists=4, documents=4, learning_rate=2e-2, window=32, evaluations=6, patience=6)
    found = train(spec, lists, name="learned", settings=settings)
    assert found.course.before is not None and found.course.best is not None
    assert found.course.best.score.mean > found.course.before.score.mean
    learner, each = learner_of(spec), lists.held_back[0]
    model = learner.open(found.folder, found.prepared.window, "cpu")
    (expected,) = learner.score(model, Reader(model, found.prepared.stored).texts([each]))
    scored = {item.id: item.score for item in build_ranker(found.ranker).rank(each.query, each.documents).items}
    assert [scored[document.id] for document in each.documents] == pytest.approx(expected, abs=2e-4)


@pytest.mark.parametrize("family", list(MAKERS))
@pytest.mark.parametrize("labels", list(Labels))
def test_every_loss_trains(tmp_path: Path, family: str, labels: Labels) -> None:
    spec = parse_ranker_id(f"{family}:{MAKERS[family](tmp_path)}")
    for loss in learner_of(spec).losses:
        if labels in loss.labels:
            settings = TrainingSettings(loss=loss.id, epochs=1, lists=4, documents=3, window=32, evaluations=1)
            found = train(spec, small_set(labels=labels), name="any", settings=settings, replace=True)
            assert len(found.course.losses) >= 3


def test_a_cross_encoder_of_several_modules(tmp_path: Path) -> None:
    spec = parse_ranker_id(f"cross-encoder:{tiny_ettin(tmp_path / 'model')}")
    settings = TrainingSettings(epochs=4, lists=4, documents=4, learning_rate=1e-2, window=32, layers=2, evaluations=1)
    found = train(spec, small_set(), name="chain", settings=settings)
    assert found.course.losses[-1].loss < found.course.losses[0].loss
    assert not (found.folder / INT8).exists()
    learner, each = learner_of(spec), small_set().held_back[0]
    model = learner.open(found.folder, found.prepared.window, "cpu")
    (expected,) = learner.score(model, Reader(model, found.prepared.stored).texts([each]))
    scored = {item.id: item.score for item in build_ranker(found.ranker).rank(each.query, each.documents).items}
    assert [scored[document.id] for document in each.documents] == pytest.approx(expected, abs=2e-4)
