"""One-time conversions of delivered weights into folders that transformers loads: int8 ONNX and GGUF to safetensors."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from reranklab.errors import ModelRefusedError
from reranklab.models.files import TOKENIZER_FILES

BERT_MINILM_L12: Mapping[str, Any] = {
    "vocab_size": 30522,
    "hidden_size": 384,
    "num_hidden_layers": 12,
    "num_attention_heads": 12,
    "intermediate_size": 1536,
    "max_position_embeddings": 512,
}


def copy_folder(source: Path, target: Path) -> None:
    """The delivered folder as it is."""
    shutil.copytree(source, target, dirs_exist_ok=True)


def onnx_int8_bert_classifier(source: Path, target: Path) -> None:
    """Rebuild the fp32 BERT sequence classifier (one logit) from its dynamically quantised ONNX export.

    Writes config.json, model.safetensors and the tokenizer, and keeps model.onnx for the int8 back end.
    Raises ModelRefusedError where the graph does not hold exactly the weights of that architecture.
    """
    from transformers import BertConfig, BertForSequenceClassification

    config = BertConfig(**{**BERT_MINILM_L12, "num_labels": 1})
    _save_rebuilt(BertForSequenceClassification(config), source, target)
    shutil.copy2(source / "model.onnx", target / "model.onnx")


def onnx_int8_bert_embedder(source: Path, target: Path) -> None:
    """Rebuild an fp32 BERT sentence embedder with CLS pooling and normalisation (the bge family) from its int8 ONNX export."""
    from transformers import BertConfig, BertModel

    config = BertConfig(**BERT_MINILM_L12)
    _save_rebuilt(BertModel(config, add_pooling_layer=False), source, target)
    types = "sentence_transformers.models"
    modules = [
        {"idx": 0, "name": "0", "path": "", "type": f"{types}.Transformer"},
        {"idx": 1, "name": "1", "path": "1_Pooling", "type": f"{types}.Pooling"},
        {"idx": 2, "name": "2", "path": "2_Normalize", "type": f"{types}.Normalize"},
    ]
    pooling = {
        "word_embedding_dimension": config.hidden_size,
        "pooling_mode_cls_token": True,
        "pooling_mode_mean_tokens": False,
    }
    _write_json(target / "modules.json", modules)
    _write_json(target / "1_Pooling" / "config.json", pooling)
    _write_json(target / "sentence_bert_config.json", {"max_seq_length": 512, "do_lower_case": False})


def gguf_causal_lm(source: Path, target: Path) -> None:
    """Dequantise the folder's one GGUF file to fp32 safetensors, with the tokenizer rebuilt from its vocabulary."""
    import torch
    from safetensors.torch import save_file
    from transformers import AutoModelForCausalLM, AutoTokenizer

    (gguf,) = source.glob("*.gguf")
    target.mkdir(parents=True, exist_ok=True)
    AutoTokenizer.from_pretrained(source, gguf_file=gguf.name).save_pretrained(target)
    model = AutoModelForCausalLM.from_pretrained(source, gguf_file=gguf.name, dtype=torch.float32)
    config = model.config
    if hasattr(config, "quantization_config"):
        del config.quantization_config
    config.dtype = torch.float32
    config.architectures = [type(model).__name__]
    config.save_pretrained(target)
    tied = {"lm_head.weight"} if config.tie_word_embeddings else set()
    weights = {name: tensor.contiguous() for name, tensor in model.state_dict().items() if name not in tied}
    save_file(weights, target / "model.safetensors", metadata={"format": "pt"})


def static_embedding(source: Path, target: Path) -> None:
    """WordLlama's matrix and tokenizer as sentence-transformers reads a static embedding.

    As in its own code, no special token is added to a text.
    """
    target.mkdir(parents=True, exist_ok=True)
    (weights,) = source.glob("weights/*.safetensors")
    shutil.copy2(weights, target / "model.safetensors")
    (path,) = source.glob("tokenizers/*.json")
    tokenizer = json.loads(path.read_text(encoding="utf-8"))
    tokenizer["post_processor"] = None
    (target / "tokenizer.json").write_text(json.dumps(tokenizer), encoding="utf-8")
    names = {"tokenizer_class": "PreTrainedTokenizerFast", "unk_token": "<unk>", "bos_token": "<s>", "eos_token": "</s>"}
    _write_json(target / "tokenizer_config.json", names)
    kind = "sentence_transformers.models.StaticEmbedding"
    _write_json(target / "modules.json", [{"idx": 0, "name": "0", "path": "", "type": kind}])


def splade(source: Path, target: Path) -> None:
    """A masked language model delivered without a word on its pooling: the largest log(1 + relu(logit)) of each term over the
    tokens (SPLADE v2, arXiv 2109.10086). The delivered files stay as they are."""
    copy_folder(source, target)
    types = "sentence_transformers.sparse_encoder.models"
    modules = [
        {"idx": 0, "name": "0", "path": "", "type": f"{types}.MLMTransformer"},
        {"idx": 1, "name": "1", "path": "1_SpladePooling", "type": f"{types}.SpladePooling"},
    ]
    _write_json(target / "modules.json", modules)
    _write_json(target / "1_SpladePooling" / "config.json", {"pooling_strategy": "max", "activation_function": "relu"})
    _write_json(target / "config_sentence_transformers.json", {"model_type": "SparseEncoder", "similarity_fn_name": "dot"})


CONVERTERS: Mapping[str, Callable[[Path, Path], None]] = {
    "copy": copy_folder,
    "onnx-int8-bert-classifier": onnx_int8_bert_classifier,
    "onnx-int8-bert-embedder": onnx_int8_bert_embedder,
    "gguf-causal-lm": gguf_causal_lm,
    "splade": splade,
    "static-embedding": static_embedding,
}


def dequantised_weights(model_onnx: Path) -> dict[str, Any]:
    """The weights of a dynamically quantised ONNX graph as fp32 torch tensors under their torch names.

    An initialiser `X_quantized` stands for (q - zero_point) * scale. MatMul weights are stored transposed, and anonymous
    ones are named after the node that consumes them.
    """
    import numpy as np
    import onnx
    import torch
    from onnx import numpy_helper

    graph = onnx.load(str(model_onnx)).graph
    arrays = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    consumers = {name: node for node in graph.node if node.op_type == "MatMulInteger" for name in node.input}
    weights = {}
    for name, array in arrays.items():
        if name.endswith(("_scale", "_zero_point")):
            continue
        if name.endswith("_quantized"):
            base = name.removesuffix("_quantized")
            offset = arrays[f"{base}_zero_point"].astype(np.float32)
            values = (array.astype(np.float32) - offset) * arrays[f"{base}_scale"].astype(np.float32)
            node = consumers.get(name)
            if node is not None:
                values = values.T
            if base.startswith("onnx::"):
                if node is None:
                    continue
                base = node.name.removesuffix("/MatMul_quant").strip("/").replace("/", ".") + ".weight"
        elif name.startswith(("bert.", "embeddings.", "encoder.", "classifier.", "pooler.")):
            base, values = name, array.astype(np.float32)
        else:
            continue
        weights[base] = torch.from_numpy(np.ascontiguousarray(values))
    return weights


def _save_rebuilt(model: Any, source: Path, target: Path) -> None:
    weights = dequantised_weights(source / "model.onnx")
    missing, unexpected = model.load_state_dict(weights, strict=False)
    if missing or unexpected:
        raise ModelRefusedError(
            f"model.onnx does not hold the expected weights: {len(missing)} missing, {len(unexpected)} unexpected "
            f"(first: {[*missing, *unexpected][0]})."
        )
    target.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(target)
    for name in TOKENIZER_FILES:
        if (source / name).is_file():
            shutil.copy2(source / name, target / name)


def _write_json(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")
