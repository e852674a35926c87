"""Cross-encoders of several modules, the layout of the Ettin rerankers, against sentence-transformers itself."""

import json
import math
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from sentence_transformers import CrossEncoder
from sentence_transformers.base.modules import Transformer
from sentence_transformers.cross_encoder.modules import LogitScore
from sentence_transformers.sentence_transformer.modules import Normalize

from reranklab.engine.build import build_ranker
from reranklab.errors import ModelRefusedError
from reranklab.explain.near_ties import sigmoid, sigmoid_in_words
from reranklab.models.catalogue import CatalogueEntry, find_model
from reranklab.models.device import cpu
from reranklab.models.files import module_parts
from reranklab.models.pool import ModelPool
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.rankers.crossencoders.crossencoder import CrossEncoderRanker
from reranklab.rankers.crossencoders.models import load_causal_reranker
from reranklab.rankers.family import BuildContext, Capability
from reranklab.rankers.reference import ModelReference
from reranklab.types import LOGIT, YES_LOGIT, Document, Query, Ranking
from tests.models.test_refusals import load
from tests.models.tiny import tiny_causal, tiny_classifier, write_json
from tests.models.tiny_chain import tiny_ettin

QUERY = Query(text="what is the capital of france")
TEXTS = [
    "paris is the capital of france",
    "berlin the capital",
    "milk and cheese " * 40,
    "",
    "a wing of paris germany milk cheese",
]
DOCUMENTS = [Document(id=f"d{number}", text=text) for number, text in enumerate(TEXTS)]


def scores(ranking: Ranking) -> list[float]:
    return [item.score for item in sorted(ranking.items, key=lambda item: item.candidate)]


def their_scores(folder: Path) -> list[float]:
    model = CrossEncoder(str(folder), device="cpu")
    found = model.predict([(QUERY.text, text) for text in TEXTS], activation_fn=torch.nn.Identity())
    return [float(score) for score in found]


def ranker(folder: Path, options: str = "") -> CrossEncoderRanker:
    built = build_ranker(f"cross-encoder:{folder}{options}")
    assert isinstance(built, CrossEncoderRanker)
    return built


def edited(folder: Path, name: str, **values: object) -> Path:
    """Values of a JSON file of the folder changed."""
    write_json(folder / name, {**json.loads((folder / name).read_text(encoding="utf-8")), **values})
    return folder


@pytest.mark.parametrize("pooling", ["cls", "mean"])
def test_the_scores_are_those_of_sentence_transformers(tmp_path: Path, pooling: str) -> None:
    folder = tiny_ettin(tmp_path / "model", pooling=pooling)
    chain = [part.kind for part in module_parts(folder, model="model")]
    assert chain == ["Transformer", "Pooling", "Dense", "LayerNorm", "Dense"]
    ranking = ranker(folder).rank(QUERY, DOCUMENTS)
    assert scores(ranking) == pytest.approx(their_scores(folder), abs=1e-5)
    assert len(set(scores(ranking))) == len(TEXTS), "the head tells them apart"
    cut = next(item for item in ranking.items if item.id == "d2")
    assert cut.tokens_used < cut.tokens_total == 120


@pytest.mark.parametrize("tier", ["exact", "fast"])
def test_a_tier_without_a_graph_is_torch_s(tmp_path: Path, tier: str) -> None:
    """The engines' graphs are of the BERT family; ModernBERT is not."""
    folder = tiny_ettin(tmp_path / "model")
    ranking = ranker(folder, f"?tier={tier}").rank(QUERY, DOCUMENTS)
    assert (ranking.provenance.backend, ranking.provenance.precision) == ("torch", "fp32")
    assert "engine" not in ranking.provenance.parameters
    assert scores(ranking) == pytest.approx(their_scores(folder), abs=1e-5)


def test_a_lower_precision_is_that_of_encoder_and_head(tmp_path: Path) -> None:
    folder = tiny_ettin(tmp_path / "model")
    ranking = ranker(folder, "?precision=bf16").rank(QUERY, DOCUMENTS)
    exact = their_scores(folder)
    assert scores(ranking) == pytest.approx(exact, abs=0.15)
    assert scores(ranking) != pytest.approx(exact, abs=1e-4)


def test_attention_is_the_network_s_own(tmp_path: Path) -> None:
    """Against transformers' eager attention, in a layer that sees everything and in one that sees four tokens to each side."""
    built = ranker(tiny_ettin(tmp_path / "model"))
    assert built.spec.can(Capability.PAIR_ATTENTION)
    document = DOCUMENTS[4]
    seen: dict[int, np.ndarray] = {}
    traced = built.trace(QUERY, document)
    score = built.watch(traced, lambda layer, weights: seen.__setitem__(layer, weights.numpy()))
    assert score == pytest.approx(scores(built.rank(QUERY, [document]))[0], abs=1e-5)
    network = built._torch().get().network
    before = network.config._attn_implementation
    network.set_attn_implementation("eager")
    with torch.inference_mode():
        output = network.encoder(
            input_ids=torch.tensor([traced.pair.ids]),
            attention_mask=torch.ones(1, len(traced.pair.ids), dtype=torch.long),
            output_attentions=True,
        )
    network.set_attn_implementation(before)
    assert len(seen) == 3
    for layer, weights in enumerate(output.attentions):
        assert seen[layer] == pytest.approx(weights[0].numpy(), abs=1e-5), layer
    assert (seen[1][:, 0, 6:] == 0).all(), "a local layer"


def test_the_score_can_be_differentiated(tmp_path: Path) -> None:
    built = ranker(tiny_ettin(tmp_path / "model"))
    problem = built.gradient_problem(QUERY, DOCUMENTS[0])
    rows = problem.embeddings(torch.tensor([problem.ids])).detach().requires_grad_()
    score = problem.score(rows)
    assert score.item() == pytest.approx(their_scores(built.reference.entry.id)[0], abs=1e-5)  # type: ignore[arg-type]
    score.sum().backward()
    assert torch.isfinite(rows.grad).all() and rows.grad.abs().sum() > 0


def test_the_head_is_part_of_what_the_provenance_covers(tmp_path: Path) -> None:
    folder = tiny_ettin(tmp_path / "model")
    before = load(folder, "cross-encoder").weights_sha256
    head = folder / "4_Dense" / "model.safetensors"
    weights = {name: tensor + 1 for name, tensor in load_file(head).items()}
    save_file(weights, head, metadata={"format": "pt"})
    assert load(folder, "cross-encoder").weights_sha256 != before


def refused(folder: Path) -> str:
    with pytest.raises(ModelRefusedError) as caught:
        ranker(folder).rank(QUERY, DOCUMENTS)
    return str(caught.value)


def test_an_encoder_without_its_head_is_refused(tmp_path: Path) -> None:
    folder = tiny_ettin(tmp_path / "model")
    modules = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
    write_json(folder / "modules.json", modules[:-1])
    assert "has no head that gives a score" in refused(folder)
    (folder / "modules.json").unlink()
    assert "is a ModernBertModel, not a cross-encoder" in refused(folder)


@pytest.mark.parametrize("name", ["2_Dense", "3_LayerNorm", "4_Dense"])
def test_a_head_without_its_weights_is_refused(tmp_path: Path, name: str) -> None:
    folder = tiny_ettin(tmp_path / "model")
    (folder / name / "model.safetensors").unlink()
    assert f"first: {name}/" in refused(folder)


def test_a_head_that_lacks_one_weight_is_refused(tmp_path: Path) -> None:
    folder = tiny_ettin(tmp_path / "model")
    path = folder / "4_Dense" / "model.safetensors"
    weights = load_file(path)
    del weights["linear.bias"]
    save_file(weights, path, metadata={"format": "pt"})
    assert "lacks 1 weights that a cross-encoder needs (first: 4_Dense/linear.bias)" in refused(folder)


def test_an_encoder_that_lacks_weights_is_refused(tmp_path: Path) -> None:
    folder = tiny_ettin(tmp_path / "model")
    path = folder / "model.safetensors"
    save_file({name: value for name, value in load_file(path).items() if "layers.1" not in name}, path, {"format": "pt"})
    assert "they would be random" in refused(folder)


def test_pickled_weights_of_the_head_are_refused(tmp_path: Path) -> None:
    folder = tiny_ettin(tmp_path / "model")
    (folder / "4_Dense" / "model.safetensors").rename(folder / "4_Dense" / "pytorch_model.bin")
    assert "holds only pickled weights" in refused(folder)


def test_two_labels_are_refused(tmp_path: Path) -> None:
    assert "has 2 output labels" in refused(tiny_ettin(tmp_path / "model", labels=2))


def test_an_activation_of_its_own_is_refused(tmp_path: Path) -> None:
    folder = edited(tiny_ettin(tmp_path / "model"), "2_Dense/config.json", activation_function="somewhere.Swish")
    assert "asks for the activation 'somewhere.Swish'" in refused(folder)


def test_a_callable_that_the_settings_name_is_not_called(tmp_path: Path) -> None:
    folder = edited(tiny_ettin(tmp_path / "model"), "config_sentence_transformers.json", activation_fn="torch.os.abort")
    assert len(ranker(folder).rank(QUERY, DOCUMENTS).items) == len(TEXTS)


def test_a_module_that_is_not_read_here_is_refused(tmp_path: Path) -> None:
    folder = tiny_ettin(tmp_path / "model")
    modules = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
    modules[3] |= {"type": f"{Normalize.__module__}.Normalize"}
    write_json(folder / "modules.json", modules)
    assert "chain of modules that is not read here" in refused(folder)


def test_a_classifier_that_sentence_transformers_saved_is_none_of_these(tmp_path: Path) -> None:
    """Its modules.json names the classifier alone."""
    plain = tiny_classifier(tmp_path / "plain")
    CrossEncoder(str(plain), device="cpu").save_pretrained(str(tmp_path / "saved"))
    assert json.loads((tmp_path / "saved" / "config_sentence_transformers.json").read_text())["model_type"] == "CrossEncoder"
    assert scores(ranker(tmp_path / "saved").rank(QUERY, DOCUMENTS[:2])) == pytest.approx(their_scores(plain)[:2], abs=1e-5)
    shutil.rmtree(plain)


@pytest.mark.parametrize("size", ["17m", "32m", "68m", "150m", "400m", "1b"])
def test_the_ettin_rerankers_are_catalogued(size: str) -> None:
    entry = find_model(f"cross-encoder/ettin-reranker-{size}-v1", kinds=("cross-encoder",))
    assert (entry.kind, entry.max_tokens, entry.licence, entry.remote_code) == ("cross-encoder", 7999, "Apache-2.0", False)
    assert parse_ranker_id(f"cross-encoder:{entry.id}").can(Capability.GRADIENTS)


# A causal language model with sentence-transformers' LogitScore behind it: the layout of zerank-2 since May 2026.
ROLES = (
    "{% for message in messages %}<|im_start|>{{ 'system' if message['role'] == 'query' else 'user' }}\n"
    "{{ message['content'] }}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def tiny_zerank(folder: Path, *, answer: str = "yes") -> Path:
    tiny_causal(folder)
    (folder / "chat_template.jinja").write_text(ROLES, encoding="utf-8")
    prompt = {"chat_template": {"add_generation_prompt": True}}
    encoder = Transformer(str(folder), transformer_task="text-generation", processing_kwargs=prompt)
    (token,) = encoder.tokenizer.encode(answer, add_special_tokens=False)
    saved = folder.with_name("saved")
    CrossEncoder(modules=[encoder, LogitScore(true_token_id=token)], device="cpu").save_pretrained(str(saved))
    return saved


def zerank_entry(folder: Path) -> CatalogueEntry:
    """The catalogue's entry of zerank-2, of a model whose tokenizer has a small yes."""
    return replace(
        find_model("zeroentropy/zerank-2", kinds=("causal-reranker",)),
        id=str(folder),
        source="folder",
        revision="",
        true_token="yes",
        max_tokens=512,
    )


def test_the_layout_of_zerank_2_gives_the_scores_of_sentence_transformers(tmp_path: Path) -> None:
    folder = tiny_zerank(tmp_path / "model")
    assert [part.kind for part in module_parts(folder, model="model")] == ["Transformer", "LogitScore"]
    built = CrossEncoderRanker(parse_ranker_id("cross-encoder"), BuildContext(device=cpu(), build=build_ranker))
    built.reference = ModelReference(entry=zerank_entry(folder), device=cpu(), precision="fp32", load=load_causal_reranker)
    ranking = built.rank(QUERY, DOCUMENTS)
    assert scores(ranking) == pytest.approx(their_scores(folder), abs=1e-4)
    assert ranking.scale == YES_LOGIT
    assert sigmoid(2.5, scale=YES_LOGIT) == pytest.approx(1 / (1 + math.exp(-0.5))), "the provider's 0 to 1"
    assert [sigmoid_in_words(scale) for scale in (YES_LOGIT, LOGIT)] == ["yes-logit / 5", "logit"]


def test_an_answer_token_that_is_not_the_catalogue_s_is_refused(tmp_path: Path) -> None:
    folder = tiny_zerank(tmp_path / "model", answer="no")
    with pytest.raises(ModelRefusedError, match=r"scores by the token .* and is declared with 'yes'"):
        ModelPool().get(zerank_entry(folder), load_causal_reranker, device=cpu(), precision="fp32")
