"""Classifiers of the catalogue's architectures beside BERT, tiny and random, against sentence-transformers."""

from pathlib import Path

import pytest
import torch
from sentence_transformers import CrossEncoder
from transformers import (
    ModernBertConfig,
    ModernBertForSequenceClassification,
    XLMRobertaConfig,
    XLMRobertaForSequenceClassification,
)

from reranklab.engine.build import build_ranker
from reranklab.types import Document, Query
from tests.models.tiny import WORDS
from tests.models.tiny_chain import WINDOW, pair_tokenizer

QUERY = "what is the capital of france"
TEXTS = ["paris is the capital of france", "berlin", "milk and cheese " * 40, ""]
SIZES = {
    "vocab_size": len(WORDS) + 4,
    "hidden_size": 16,
    "intermediate_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "pad_token_id": 0,
    "bos_token_id": 2,
    "eos_token_id": 3,
    "num_labels": 1,
}


def gte(folder: Path) -> None:
    """As gte-reranker-modernbert-base: ModernBERT with the mean of its tokens before the head."""
    config = ModernBertConfig(**SIZES, max_position_embeddings=WINDOW, local_attention=8, classifier_pooling="mean")
    ModernBertForSequenceClassification(config).save_pretrained(folder)


def bge(folder: Path) -> None:
    """As bge-reranker-v2-m3: XLM-RoBERTa, whose positions begin behind the padding's."""
    config = XLMRobertaConfig(**SIZES, max_position_embeddings=WINDOW + 2, type_vocab_size=1)
    XLMRobertaForSequenceClassification(config).save_pretrained(folder)


@pytest.mark.parametrize("make", [gte, bge])
def test_the_scores_are_those_of_sentence_transformers(tmp_path: Path, make) -> None:  # type: ignore[no-untyped-def]
    torch.manual_seed(0)
    make(tmp_path / "model")
    pair_tokenizer().save_pretrained(tmp_path / "model")
    documents = [Document(id=f"d{number}", text=text) for number, text in enumerate(TEXTS)]
    theirs = CrossEncoder(str(tmp_path / "model"), device="cpu", max_length=WINDOW)
    expected = theirs.predict([(QUERY, text) for text in TEXTS], activation_fn=torch.nn.Identity())
    for options in ("", "?precision=fp32", "?tier=exact&batch_tokens=1"):
        ranking = build_ranker(f"cross-encoder:{tmp_path / 'model'}{options}").rank(Query(text=QUERY), documents)
        found = {item.id: item.score for item in ranking.items}
        assert [found[each.id] for each in documents] == pytest.approx(expected.tolist(), abs=1e-5)
