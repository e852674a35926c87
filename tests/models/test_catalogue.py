import re
from pathlib import Path

import pytest

from reranklab.errors import InputError
from reranklab.llm.prompts import load_prompt
from reranklab.models.catalogue import find_model, list_models
from reranklab.models.convert import CONVERTERS
from reranklab.rankers.catalogue import families, kinds
from reranklab.types import ATTENTION, COSINE, LOG_ODDS, LOGIT, MAXSIM, TERM_WEIGHTS, YES_LOGIT

SCALES = {scale.name for scale in (LOGIT, LOG_ODDS, YES_LOGIT, COSINE, ATTENTION, TERM_WEIGHTS, MAXSIM)}
NEEDS_CODE = {
    "jinaai/jina-reranker-v3",
    "jinaai/jina-reranker-v3.5",
    "opensearch-project/opensearch-neural-sparse-encoding-doc-v3-gte",
}
NON_COMMERCIAL = {"zeroentropy/zerank-2", "jinaai/jina-reranker-v3", "jinaai/jina-reranker-v3.5", "naver/splade-v3"}
WANTED = {
    "cross-encoder/ms-marco-MiniLM-L6-v2",
    "cross-encoder/ms-marco-MiniLM-L12-v2",
    "cross-encoder/ms-marco-TinyBERT-L2-v2",
    "BAAI/bge-reranker-v2-m3",
    "mixedbread-ai/mxbai-rerank-base-v2",
    "mixedbread-ai/mxbai-rerank-large-v2",
    "Qwen/Qwen3-Reranker-0.6B",
    "Alibaba-NLP/gte-reranker-modernbert-base",
    "zeroentropy/zerank-2",
    "jinaai/jina-reranker-v3",
    "jinaai/jina-reranker-v3.5",
    *(f"cross-encoder/ettin-reranker-{size}-v1" for size in ("17m", "32m", "68m", "150m", "400m", "1b")),
    "sentence-transformers/all-MiniLM-L6-v2",
    "BAAI/bge-small-en-v1.5",
    "BAAI/bge-base-en-v1.5",
    "intfloat/e5-small-v2",
    "Qwen/Qwen3-Embedding-0.6B",
    "answerdotai/answerai-colbert-small-v1",
    "colbert-ir/colbertv2.0",
    "mixedbread-ai/mxbai-edge-colbert-v0-32m",
    "lightonai/LateOn",
    "naver/splade-v3",
    "opensearch-project/opensearch-neural-sparse-encoding-doc-v3-gte",
    "HuggingFaceTB/SmolLM2-360M-Instruct",
    "Qwen/Qwen3-0.6B",
    "Qwen/Qwen3-1.7B",
    "Qwen/Qwen3-4B",
}


def test_ids_are_unique_and_the_promised_models_are_there() -> None:
    ids = [entry.id for entry in list_models()]
    assert len(set(ids)) == len(ids)
    assert set(ids) >= WANTED


@pytest.mark.parametrize("entry", list_models(), ids=lambda entry: entry.id)
def test_each_entry_is_complete(entry) -> None:  # type: ignore[no-untyped-def]
    assert entry.kind in kinds()
    assert entry.licence not in ("", "unknown")
    assert entry.non_commercial == ("NC" in entry.licence)
    assert entry.parameters > 1_000_000
    assert entry.max_tokens >= 256
    assert entry.scale in ({""} if entry.kind == "entailment" else SCALES)
    assert entry.revision
    if entry.source == "hub":
        assert re.fullmatch(r"[0-9a-f]{40}", entry.revision)
    else:
        assert entry.wheel is not None
        assert re.fullmatch(r"[0-9a-f]{64}", entry.wheel.sha256)
        assert entry.convert in CONVERTERS
        assert entry.files
    if entry.kind == "causal-reranker":
        assert entry.template.count("{document}") == entry.template.count("{query}") == 1
        assert entry.true_token
        assert (entry.scale == "log-odds") == bool(entry.false_token)
    else:
        assert not entry.template
    assert entry.remote_code == (entry.id in NEEDS_CODE)


def test_non_commercial_models_are_marked() -> None:
    assert {entry.id for entry in list_models() if entry.non_commercial} == NON_COMMERCIAL


@pytest.mark.parametrize("family", [family for family in families().values() if family.kinds], ids=lambda family: family.id)
def test_the_default_of_each_family_is_embedded(family) -> None:  # type: ignore[no-untyped-def]
    entry = find_model(family.default_model, kinds=tuple(family.kinds))
    assert entry.source == "wheel"
    assert entry.revision == f"{entry.wheel.package}-{entry.wheel.version}"


def test_a_model_of_another_kind_is_named_as_such() -> None:
    with pytest.raises(InputError, match="is a bi-encoder, not a cross-encoder"):
        find_model("BAAI/bge-small-en-v1.5", kinds=("cross-encoder",))


def test_a_folder_and_a_hub_id_are_declared_by_the_family(tmp_path: Path) -> None:
    (tmp_path / "config.json").touch()
    folder = find_model(str(tmp_path), kinds=("cross-encoder", "causal-reranker"))
    assert (folder.source, folder.kind, folder.id) == ("folder", "cross-encoder", str(tmp_path))
    hub = find_model("someone/some-model@abc", kinds=("bi-encoder",))
    assert (hub.source, hub.kind, hub.id, hub.revision) == ("hub", "bi-encoder", "someone/some-model", "abc")


@pytest.mark.parametrize("text", ["no-such-model", "a/b/c", "../up", "owner/", "/nowhere/at/all", "owner/na me"])
def test_what_is_neither_a_model_nor_a_folder_nor_a_hub_id(text: str) -> None:
    with pytest.raises(InputError, match="neither a catalogued model"):
        find_model(text, kinds=("bi-encoder",))


@pytest.mark.parametrize("method", ["attention", "first-token", "permutation", "chat"])
def test_every_listwise_method_has_a_prompt(method: str) -> None:
    assert "{query}" in load_prompt(method).tail
