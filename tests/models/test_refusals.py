"""Checkpoints that must not be loaded: of another kind, with weights missing, pickled, or with code that nobody allowed."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest
import torch
from safetensors.torch import load_file, save_file

from reranklab.engine.build import build_ranker
from reranklab.errors import InputError, ModelError, ModelRefusedError
from reranklab.models.catalogue import CatalogueEntry
from reranklab.models.device import cpu
from reranklab.models.loaded import LoadedModel
from reranklab.models.pool import ModelPool
from reranklab.rankers.catalogue import kinds
from reranklab.rankers.crossencoders.models import load_classifier
from reranklab.types import Document, Query
from tests.models.tiny import bert_tokenizer, tiny_causal, tiny_classifier, tiny_embedder, write_json


def load(folder: Path, kind: str, *, allow_code: bool = False, precision: str = "fp32") -> LoadedModel:
    entry = CatalogueEntry(id=str(folder), kind=kind, source="folder")
    return ModelPool().get(entry, kinds()[kind].load, device=cpu(), precision=precision, allow_code=allow_code)


def drop_weights(folder: Path, part: str) -> Path:
    """Remove the weights whose name holds `part`."""
    weights = {name: tensor for name, tensor in load_file(folder / "model.safetensors").items() if part not in name}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    return folder


def test_each_kind_loads_as_itself(tmp_path: Path) -> None:
    for kind, make in (
        ("cross-encoder", tiny_classifier),
        ("bi-encoder", tiny_embedder),
        ("causal-lm", tiny_causal),
        ("causal-reranker", tiny_causal),
    ):
        model = load(make(tmp_path / kind), kind)
        assert (model.entry.kind, model.backend, model.revision) == (
            kind,
            "torch",
            f"local-{model.files_sha256[:12]}",
        )
        assert len(model.weights_sha256) == 64
        assert model.max_tokens in (48, 512)


@pytest.mark.parametrize("kind", ["cross-encoder", "causal-lm", "causal-reranker"])
def test_a_bi_encoder_is_nothing_else(tmp_path: Path, kind: str) -> None:
    with pytest.raises(ModelRefusedError, match=r"is a BertModel, not .*random head"):
        load(tiny_embedder(tmp_path / "bi"), kind)


@pytest.mark.parametrize("kind", ["bi-encoder", "causal-lm"])
def test_a_cross_encoder_is_nothing_else(tmp_path: Path, kind: str) -> None:
    with pytest.raises(ModelRefusedError, match="Use it with the ranker of its own family"):
        load(tiny_classifier(tmp_path / "cross"), kind)


def test_a_language_model_is_no_cross_encoder(tmp_path: Path) -> None:
    with pytest.raises(ModelRefusedError, match=r"is a Qwen3ForCausalLM, not a cross-encoder"):
        load(tiny_causal(tmp_path / "causal"), "cross-encoder")


def test_a_folder_in_use_as_one_kind_is_still_refused_as_another(tmp_path: Path) -> None:
    folder = tiny_classifier(tmp_path / "cross")
    candidates = [Document(id="d1", text="paris")]
    assert build_ranker(f"cross-encoder:{folder}").rank(Query(text="paris"), candidates).items
    with pytest.raises(ModelRefusedError, match="not a sentence-embedding checkpoint"):
        build_ranker(f"bi-encoder:{folder}").rank(Query(text="paris"), candidates)


@pytest.mark.parametrize(("part", "count"), [("classifier", 2), ("classifier.bias", 1), ("encoder.layer.1.attention", 10)])
def test_a_classifier_that_lacks_weights(tmp_path: Path, part: str, count: int) -> None:
    folder = drop_weights(tiny_classifier(tmp_path / "headless"), part)
    with pytest.raises(ModelRefusedError, match=rf"lacks {count} weights .*they would be random"):
        load(folder, "cross-encoder")


def test_an_embedder_that_lacks_weights(tmp_path: Path) -> None:
    folder = drop_weights(tiny_embedder(tmp_path / "partial"), "encoder.layer.1.output")
    with pytest.raises(ModelRefusedError, match="they would be random"):
        load(folder, "bi-encoder")


def test_an_embedder_whose_weights_carry_a_wrappers_prefix_loads(tmp_path: Path) -> None:
    folder = tiny_embedder(tmp_path / "prefixed")
    weights = {f"bert.{name}": tensor for name, tensor in load_file(folder / "model.safetensors").items()}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    assert load(folder, "bi-encoder").max_tokens == 48


def test_a_language_model_that_lacks_weights(tmp_path: Path) -> None:
    folder = drop_weights(tiny_causal(tmp_path / "partial"), "layers.1.mlp")
    with pytest.raises(ModelRefusedError, match="lacks 3 weights that a causal-lm needs"):
        load(folder, "causal-lm")


def test_a_classifier_with_two_labels(tmp_path: Path) -> None:
    with pytest.raises(ModelRefusedError, match="has 2 output labels"):
        load(tiny_classifier(tmp_path / "two", labels=2), "cross-encoder")


def test_pickled_weights_are_refused_before_anything_reads_them(tmp_path: Path) -> None:
    folder = tiny_classifier(tmp_path / "pickled")
    (folder / "model.safetensors").rename(tmp_path / "aside")
    torch.save({"classifier.weight": torch.zeros(1)}, folder / "pytorch_model.bin")
    with pytest.raises(ModelRefusedError, match=r"only pickled weights \(pytorch_model.bin\), and unpickling runs code"):
        load(folder, "cross-encoder")


def test_a_folder_without_weights(tmp_path: Path) -> None:
    write_json(tmp_path / "empty" / "config.json", {})
    with pytest.raises(ModelRefusedError, match=r"holds no \*.safetensors weights"):
        load(tmp_path / "empty", "cross-encoder")


def test_a_damaged_weight_file(tmp_path: Path) -> None:
    folder = tiny_classifier(tmp_path / "damaged")
    content = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(content[: len(content) // 2])
    with pytest.raises(ModelRefusedError, match="cannot be loaded"):
        load(folder, "cross-encoder")


@pytest.mark.parametrize(
    ("kind", "make"), [("cross-encoder", tiny_classifier), ("bi-encoder", tiny_embedder), ("causal-lm", tiny_causal)]
)
def test_a_folder_without_a_tokenizer(tmp_path: Path, kind: str, make: Callable[[Path], Path]) -> None:
    folder = make(tmp_path / "mute")
    (folder / "tokenizer.json").unlink()
    with pytest.raises(ModelRefusedError, match="brings no tokenizer"):
        load(folder, kind)


def test_int8_without_an_onnx_file(tmp_path: Path) -> None:
    folder = tiny_classifier(tmp_path / "cross")
    entry = CatalogueEntry(id=str(folder), kind="cross-encoder", source="folder")
    with pytest.raises(InputError, match="brings no int8 ONNX file"):
        ModelPool().get(entry, load_classifier, device=cpu(), precision="int8")


def test_a_zeroed_onnx_file(tmp_path: Path) -> None:
    folder = tiny_classifier(tmp_path / "cross")
    (folder / "model.onnx").write_bytes(bytes(5000))
    entry = CatalogueEntry(id=str(folder), kind="cross-encoder", source="folder", onnx_int8="model.onnx")
    with pytest.raises(ModelRefusedError, match=r"cannot be loaded \(\w+: .*get them again"):
        ModelPool().get(entry, load_classifier, device=cpu(), precision="int8")


class PanicException(BaseException):
    pass


@pytest.mark.parametrize(
    ("raised", "says"),
    [
        (IndexError("index out of range in self"), r"cannot be loaded \(IndexError: index out of range in self\)"),
        (MemoryError(), "does not fit into memory"),
        (RecursionError("maximum recursion depth exceeded"), r"cannot be loaded \(RecursionError"),
        (PanicException("called `Option::unwrap()` on a `None` value"), r"cannot be loaded \(PanicException"),
        (AssertionError(), r"cannot be loaded \(AssertionError\)"),
        (ValueError("first line\nsecond"), r"\(ValueError: first line\)"),
        (KeyError("x" * 10_000), "…"),
    ],
)
def test_whatever_a_library_raises_while_it_loads_is_told_in_words(
    tmp_path: Path, raised: BaseException, says: str, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*arguments: object, **settings: object) -> NoReturn:
        raise raised

    entry = CatalogueEntry(id=str(tiny_classifier(tmp_path / "cross")), kind="cross-encoder", source="folder")
    with pytest.raises(ModelError, match=says) as caught:
        ModelPool().get(entry, fail, device=cpu(), precision="fp32")
    assert len(str(caught.value)) < 600
    assert caplog.records[-1].exc_info is not None


def test_the_users_own_interruption_is_no_failure_of_a_model(tmp_path: Path) -> None:
    def interrupt(*arguments: object, **settings: object) -> NoReturn:
        raise KeyboardInterrupt

    entry = CatalogueEntry(id=str(tiny_classifier(tmp_path / "cross")), kind="cross-encoder", source="folder")
    with pytest.raises(KeyboardInterrupt):
        ModelPool().get(entry, interrupt, device=cpu(), precision="fp32")


CODE = """
from pathlib import Path

from transformers import BertConfig, BertForSequenceClassification

Path(__file__).parent.joinpath("it_ran").touch()
Path({marker!r}).touch()


class TinyConfig(BertConfig):
    model_type = "tiny-remote"


class TinyForSequenceClassification(BertForSequenceClassification):
    config_class = TinyConfig
"""


@pytest.fixture
def code_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the library copies code that it is allowed to run, kept away from the user's own."""
    folder = tmp_path / "modules"
    folder.mkdir()
    monkeypatch.setattr("transformers.dynamic_module_utils.HF_MODULES_CACHE", str(folder))
    monkeypatch.setattr(sys, "path", [*sys.path])
    return folder


def with_code(folder: Path, marker: Path) -> Path:
    """A cross-encoder whose classes come with it."""
    tiny_classifier(folder)
    config = (folder / "config.json").read_text(encoding="utf-8")
    config = config.replace('"model_type": "bert"', '"model_type": "tiny-remote"')
    config = config.replace('"BertForSequenceClassification"', '"TinyForSequenceClassification"')
    auto = '"auto_map": {"AutoConfig": "modeling.TinyConfig", "AutoModelForSequenceClassification": "modeling.TinyFor'
    (folder / "config.json").write_text(config.replace("{", "{" + auto + 'SequenceClassification"},', 1), encoding="utf-8")
    (folder / "modeling.py").write_text(CODE.format(marker=str(marker)), encoding="utf-8")
    return folder


@pytest.mark.usefixtures("code_folder")
def test_code_of_a_checkpoint_runs_only_where_it_is_allowed(tmp_path: Path) -> None:
    marker = tmp_path / "it_ran"
    folder = with_code(tmp_path / "remote", marker)
    query, candidates = Query(text="what is paris"), [Document(id="d1", text="paris"), Document(id="d2", text="milk")]
    with pytest.raises(ModelRefusedError, match="remote_code=allow"):
        build_ranker(f"cross-encoder:{folder}").rank(query, candidates)
    assert not marker.exists()
    plain = tiny_classifier(tmp_path / "plain")
    allowed = build_ranker(f"cross-encoder:{folder}?remote_code=allow").rank(query, candidates)
    assert marker.exists()
    assert allowed.provenance.backend == "torch"  # a graph of ours would not be the checkpoint's own code
    expected = build_ranker(f"cross-encoder:{plain}?precision=fp32").rank(query, candidates)
    assert [item.score for item in allowed.items] == [item.score for item in expected.items]


@pytest.mark.usefixtures("code_folder")
def test_code_named_by_an_embedders_modules_does_not_run_unasked(tmp_path: Path) -> None:
    folder, marker = tiny_embedder(tmp_path / "embedder"), tmp_path / "it_ran"
    (folder / "custom.py").write_text(CODE.format(marker=str(marker)), encoding="utf-8")
    modules = [{"idx": 0, "name": "0", "path": "", "type": "custom.TinyForSequenceClassification"}]
    write_json(folder / "modules.json", modules)
    with pytest.raises(ModelRefusedError, match="remote_code=allow"):
        load(folder, "bi-encoder")
    assert not marker.exists()


def test_a_tokenizer_alone_is_not_a_model(tmp_path: Path) -> None:
    bert_tokenizer().save_pretrained(tmp_path / "tokenizer")
    shutil.copy2(tiny_embedder(tmp_path / "bi") / "model.safetensors", tmp_path / "tokenizer")
    with pytest.raises(InputError, match=r"no config\.json"):
        load(tmp_path / "tokenizer", "cross-encoder")
