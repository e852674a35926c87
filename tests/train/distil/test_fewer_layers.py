"""A student of fewer layers computes what the teacher's own layers compute, one after the other."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from transformers import BertForSequenceClassification

from reranklab.engine.build import build_ranker
from reranklab.errors import InputError, ModelRefusedError
from reranklab.models.catalogue import find_model
from reranklab.models.store import StoredModel, ensure
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.train.distil.fewer_layers import cut_layers
from reranklab.types import Document, Query
from tests.models.tiny import bert_config, bert_tokenizer, tiny_causal, tiny_embedder

QUERY = Query(text="what is the capital of france")
DOCUMENTS = tuple(
    Document(id=str(number), text=text) for number, text in enumerate(("paris is the capital", "milk", "a wing of cheese"))
)


def teacher(folder: Path, *, layers: int = 4) -> StoredModel:
    torch.manual_seed(3)
    config = bert_config(num_labels=1)
    config.num_hidden_layers = layers
    BertForSequenceClassification(config).save_pretrained(folder)
    bert_tokenizer().save_pretrained(folder)
    return ensure(find_model(str(folder), kinds=("cross-encoder",)))


def test_the_student_has_the_teachers_weights_and_scores_as_its_layers_do(tmp_path: Path):
    stored = teacher(tmp_path / "teacher")
    assert cut_layers(stored, tmp_path / "student", layers=(0, 3)) == (0, 3)
    ours, theirs = (load_file(tmp_path / name / "model.safetensors") for name in ("student", "teacher"))
    assert len(ours) == len(theirs) - 2 * 16
    for name, tensor in ours.items():
        assert torch.equal(tensor, theirs[name.replace("layer.1.", "layer.3.")]), name
    network = BertForSequenceClassification.from_pretrained(tmp_path / "teacher").eval()
    network.bert.encoder.layer = torch.nn.ModuleList([network.bert.encoder.layer[place] for place in (0, 3)])
    tokenizer = bert_tokenizer()
    with torch.inference_mode():
        expected = [
            float(network(**tokenizer(QUERY.text, document.text, return_tensors="pt")).logits) for document in DOCUMENTS
        ]
    ranking = build_ranker(parse_ranker_id(f"cross-encoder:{tmp_path / 'student'}?precision=fp32"), device="cpu").rank(
        QUERY, DOCUMENTS
    )
    scores = {item.id: item.score for item in ranking.items}
    assert [scores[document.id] for document in DOCUMENTS] == pytest.approx(expected, abs=1e-6)


def test_an_embedder_keeps_its_pooling(tmp_path: Path):
    tiny_embedder(tmp_path / "teacher")
    stored = ensure(find_model(str(tmp_path / "teacher"), kinds=("bi-encoder",)))
    assert cut_layers(stored, tmp_path / "student", layers=1) == (0,)
    ranking = build_ranker(parse_ranker_id(f"bi-encoder:{tmp_path / 'student'}"), device="cpu").rank(QUERY, DOCUMENTS)
    assert len(ranking.items) == 3


def test_what_makes_no_student(tmp_path: Path):
    stored = teacher(tmp_path / "teacher")
    for layers in (4, 0, (0, 4), (2, 1), (), (0, 1, 2, 3)):
        with pytest.raises(InputError, match="not work"):
            cut_layers(stored, tmp_path / "student", layers=layers)
    tiny_causal(tmp_path / "causal")
    other = ensure(find_model(str(tmp_path / "causal"), kinds=("causal-reranker",)))
    with pytest.raises(ModelRefusedError, match="whose layers may differ"):
        cut_layers(other, tmp_path / "student", layers=1)
