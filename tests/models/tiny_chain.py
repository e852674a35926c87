"""Cross-encoders of a few thousand random weights, saved by sentence-transformers in its layouts of several modules."""

from pathlib import Path

import torch
from sentence_transformers import CrossEncoder
from sentence_transformers.base.modules import Dense, Transformer
from sentence_transformers.sentence_transformer.modules import LayerNorm, Pooling
from tokenizers.processors import TemplateProcessing
from transformers import ModernBertConfig, ModernBertModel, PreTrainedTokenizerFast

from tests.models.tiny import WORDS, bert_tokenizer

WINDOW = 64
SIZE = 16


def pair_tokenizer() -> PreTrainedTokenizerFast:
    """Whole words of WORDS; pairs as [CLS] a [SEP] b [SEP] without segment ids."""
    tokenizer = bert_tokenizer()
    tokenizer.backend_tokenizer.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer.model_input_names = ["input_ids", "attention_mask"]
    tokenizer.model_max_length = WINDOW
    return tokenizer


def modern_encoder(folder: Path, *, seed: int = 0) -> Path:
    """A ModernBERT whose layers see the whole text and four tokens to each side in turn, without segment ids."""
    torch.manual_seed(seed)
    config = ModernBertConfig(
        vocab_size=len(WORDS) + 4,
        hidden_size=SIZE,
        intermediate_size=24,
        num_hidden_layers=3,
        num_attention_heads=2,
        max_position_embeddings=WINDOW,
        global_attn_every_n_layers=2,
        local_attention=8,
        pad_token_id=0,
        cls_token_id=2,
        sep_token_id=3,
        bos_token_id=2,
        eos_token_id=3,
        initializer_range=0.4,
    )
    ModernBertModel(config).save_pretrained(folder)
    pair_tokenizer().save_pretrained(folder)
    return folder


def tiny_ettin(folder: Path, *, pooling: str = "cls", labels: int = 1, seed: int = 0) -> Path:
    """The layout of the Ettin rerankers: Transformer, Pooling, Dense with GELU and no bias, LayerNorm, Dense to a score."""
    encoder = modern_encoder(folder.with_name(f"{folder.name}-encoder"), seed=seed)
    modules = [
        Transformer(str(encoder)),
        Pooling(SIZE, pooling_mode=pooling),
        Dense(SIZE, SIZE, bias=False, activation_function=torch.nn.GELU()),
        LayerNorm(SIZE),
        Dense(SIZE, labels, activation_function=torch.nn.Identity(), module_output_name="scores"),
    ]
    with torch.no_grad():
        modules[3].norm.weight.uniform_(0.5, 2)
        modules[3].norm.bias.uniform_(-1, 1)
        modules[4].linear.weight.uniform_(-2, 2)
    CrossEncoder(modules=modules, num_labels=labels, device="cpu").save_pretrained(str(folder))
    return folder
