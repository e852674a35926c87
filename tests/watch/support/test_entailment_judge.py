"""Entailment models: which checkpoints are one, and what is made of their labels."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from transformers import (
    AutoModelForSequenceClassification,
    BertForSequenceClassification,
    DebertaV2Config,
    DebertaV2ForSequenceClassification,
)

from reranklab.errors import InputError, ModelRefusedError
from reranklab.models.catalogue import list_models
from reranklab.models.entailment import ENTAILMENT, label_places
from reranklab.watch.support.entailment_judge import EntailmentJudge
from reranklab.watch.support.judge import judge_answer
from reranklab.watch.support.verdict import Verdict
from tests.models.tiny import WINDOW, WORDS, bert_config, bert_tokenizer, tiny_classifier

SBERT, MORITZ = ("contradiction", "entailment", "neutral"), ("entailment", "neutral", "contradiction")


def tiny_entailment(folder: Path, labels: tuple[str, ...] = SBERT, *, seed: int = 0) -> Path:
    """A model of natural language inference as they are published: three outputs, named in config.json. The same seed gives the
    same model whatever the order of its labels."""
    torch.manual_seed(seed)
    names = dict(enumerate(labels))
    config = bert_config(num_labels=3, id2label=names, label2id={label: place for place, label in names.items()})
    model = BertForSequenceClassification(config)
    order = [SBERT.index(label.lower()) for label in labels]
    with torch.no_grad():
        model.classifier.weight.mul_(40)
        model.classifier.weight.copy_(model.classifier.weight[order])
        model.classifier.bias.copy_(model.classifier.bias[order])
    model.save_pretrained(folder)
    bert_tokenizer().save_pretrained(folder)
    return folder


def tiny_deberta(folder: Path) -> Path:
    """The architecture of the catalogued models: relative positions, no token types, and the settings of their config.json."""
    torch.manual_seed(5)
    names = dict(enumerate(SBERT))
    config = DebertaV2Config(
        vocab_size=len(WORDS) + 4,
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=WINDOW,
        relative_attention=True,
        position_buckets=8,
        norm_rel_ebd="layer_norm",
        share_att_key=True,
        pos_att_type=["p2c", "c2p"],
        position_biased_input=False,
        type_vocab_size=0,
        max_relative_positions=-1,
        pooler_hidden_size=16,
        pad_token_id=0,
        id2label=names,
        label2id={label: place for place, label in names.items()},
    )
    model = DebertaV2ForSequenceClassification(config)
    with torch.no_grad():
        model.classifier.weight.mul_(40)
    model.save_pretrained(folder)
    bert_tokenizer().save_pretrained(folder)
    return folder


TEXTS = ["paris is the capital of france", "berlin the city of germany", "a cheese of milk and a wing"]


@pytest.mark.parametrize("make", [tiny_entailment, tiny_deberta])
def test_probabilities_are_those_of_transformers(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    folder = make(tmp_path / "nli")
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    tokenizer = bert_tokenizer()
    judged = EntailmentJudge(str(folder)).judge("paris is a city", TEXTS)
    for text, judgement in zip(TEXTS, judged, strict=True):
        with torch.inference_mode():
            chances = model(**tokenizer(text, "paris is a city", return_tensors="pt")).logits[0].softmax(-1)
        place = int(chances.argmax())
        verdict = (Verdict.CONTRADICTED, Verdict.SUPPORTED, Verdict.ABSENT)[place]
        assert (judgement.verdict, judgement.confidence) == (verdict, pytest.approx(float(chances[place]), abs=1e-5))


def test_the_order_of_the_labels_is_read_and_not_assumed(tmp_path: Path) -> None:
    first = EntailmentJudge(str(tiny_entailment(tmp_path / "a", SBERT, seed=3))).judge("a wing of milk", TEXTS)
    second = EntailmentJudge(str(tiny_entailment(tmp_path / "b", MORITZ, seed=3))).judge("a wing of milk", TEXTS)
    assert [each.verdict for each in first] == [each.verdict for each in second]
    assert [each.confidence for each in first] == pytest.approx([each.confidence for each in second], abs=1e-5)


@pytest.mark.parametrize(
    "labels",
    [("LABEL_0", "LABEL_1", "LABEL_2"), ("entailment", "neutral"), ("entailment", "not_entailment"), ("yes", "no", "maybe")],
)
def test_other_labels_are_refused(labels: tuple[str, ...]) -> None:
    with pytest.raises(ModelRefusedError, match="has the output labels"):
        label_places(dict(enumerate(labels)), model="m")


def test_capital_labels_and_json_keys_will_do() -> None:
    assert label_places({"0": "ENTAILMENT", "1": "NEUTRAL", "2": "CONTRADICTION"}, model="m") == (0, 2, 1)


def test_a_cross_encoder_is_no_entailment_model(tmp_path: Path) -> None:
    with pytest.raises(ModelRefusedError, match="an entailment model has entailment, contradiction and neutral"):
        EntailmentJudge(str(tiny_classifier(tmp_path / "ce"))).judge("a", ["a"])
    with pytest.raises(ModelRefusedError, match="LABEL_0"):
        EntailmentJudge(str(tiny_classifier(tmp_path / "three", labels=3))).judge("a", ["a"])


def test_config_without_a_head_of_that_size_is_refused(tmp_path: Path) -> None:
    folder = tiny_entailment(tmp_path / "nli")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "architectures": ["BertModel"]}))
    with pytest.raises(ModelRefusedError, match="not an entailment model"):
        EntailmentJudge(str(folder)).judge("a", ["a"])


def test_long_texts_blank_chunks_and_control_tokens(tmp_path: Path) -> None:
    judge = EntailmentJudge(str(tiny_entailment(tmp_path / "nli")))
    long = " ".join(["paris is the capital of france."] * 60)
    blank, judged, tokens = judge.judge("paris is a city", [" ", long, "[SEP] paris [CLS]"])
    assert (blank.verdict, blank.confidence) == (Verdict.ABSENT, 1.0)
    assert judged.verdict in (Verdict.SUPPORTED, Verdict.CONTRADICTED, Verdict.ABSENT)
    assert tokens.verdict is not Verdict.UNTOLD
    assert {each.verdict for each in judge.judge(" ".join(["paris"] * 40), TEXTS)} == {Verdict.UNTOLD}
    answer = judge_answer(judge, "Paris is a city. Berlin is a city.", TEXTS)
    assert len(answer.sentences) == 2


def test_the_catalogue_has_some_and_rankers_do_not_take_them() -> None:
    known = [entry.id for entry in list_models() if entry.kind == ENTAILMENT]
    assert {"cross-encoder/nli-deberta-v3-base", "cross-encoder/nli-deberta-v3-small"} < set(known)
    assert EntailmentJudge(known[0]).id == f"entailment:{known[0]}"
    with pytest.raises(InputError, match="is a cross-encoder, not a entailment"):
        EntailmentJudge("cross-encoder/ms-marco-MiniLM-L6-v2")
