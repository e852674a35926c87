"""Checkpoints of a few thousand random weights, built on the spot and saved the way real ones are."""

import json
from pathlib import Path

import torch
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from tokenizers.processors import TemplateProcessing
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    BertModel,
    PreTrainedTokenizerFast,
    Qwen3Config,
    Qwen3ForCausalLM,
)

_TEXT = "a an and capital cheese city france germany is milk of paris berlin the what wing"
WORDS = tuple(_TEXT.split())
WINDOW = 48

# How Qwen's tokenizers split text: a line break sticks to the punctuation before it.
_QWEN_SPLIT = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"


def bert_tokenizer() -> PreTrainedTokenizerFast:
    """Whole words of WORDS, lower case; pairs as [CLS] a [SEP] b [SEP]."""
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    vocabulary = {token: number for number, token in enumerate([*special, *WORDS])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        model_max_length=WINDOW,
        model_input_names=["input_ids", "token_type_ids", "attention_mask"],
    )


def bert_config(**settings: object) -> BertConfig:
    return BertConfig(
        vocab_size=len(WORDS) + 4,
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=WINDOW,
        pad_token_id=0,
        **settings,
    )


def tiny_classifier(folder: Path, *, labels: int = 1, nan: bool = False, seed: int = 0) -> Path:
    """A cross-encoder; with `nan` one weight of its head is not a number."""
    torch.manual_seed(seed)
    model = BertForSequenceClassification(bert_config(num_labels=labels))
    if nan:
        with torch.no_grad():
            model.classifier.weight[0, 0] = float("nan")
    model.save_pretrained(folder)
    bert_tokenizer().save_pretrained(folder)
    return folder


def tiny_embedder(folder: Path, *, seed: int = 0) -> Path:
    """A bi-encoder with mean pooling."""
    torch.manual_seed(seed)
    BertModel(bert_config(), add_pooling_layer=False).save_pretrained(folder)
    bert_tokenizer().save_pretrained(folder)
    names = {"": "Transformer", "1_Pooling": "Pooling"}
    modules = [
        {"idx": number, "name": str(number), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for number, (path, kind) in enumerate(names.items())
    ]
    write_json(folder / "modules.json", modules)
    write_json(folder / "1_Pooling" / "config.json", {"word_embedding_dimension": 16, "pooling_mode_mean_tokens": True})
    write_json(folder / "sentence_bert_config.json", {"max_seq_length": WINDOW})
    return folder


def tiny_causal(folder: Path, *, seed: int = 0) -> Path:
    """A causal language model with a byte-level tokenizer, in which "yes" and "no" are single tokens."""
    torch.manual_seed(seed)
    tokenizer = Tokenizer(models.BPE())
    split = pre_tokenizers.Split(Regex(_QWEN_SPLIT), behavior="isolated")
    as_bytes = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([split, as_bytes])
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=["<|pad|>", "<|im_start|>", "<|im_end|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )
    corpus = ["yes no\nyes\nno", "paris is the capital of france.\n", "query document: relevance.\n", _TEXT]
    tokenizer.train_from_iterator(corpus * 5, trainer)
    wrapped = PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="<|pad|>", eos_token="<|im_end|>")
    wrapped.save_pretrained(folder)
    config = Qwen3Config(
        vocab_size=len(wrapped),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=8,
        max_position_embeddings=512,
    )
    Qwen3ForCausalLM(config).save_pretrained(folder)
    return folder


def write_json(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value), encoding="utf-8")
