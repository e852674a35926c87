"""The hash in the provenance is that of what was loaded, and stays so while the model is in memory."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from reranklab.engine.build import build_ranker
from reranklab.errors import ModelError, StorageError
from reranklab.models.catalogue import CatalogueEntry
from reranklab.models.device import cpu
from reranklab.models.loaded import LoadedModel
from reranklab.models.pool import ModelPool
from reranklab.models.store import StoredModel, ensure
from reranklab.rankers.catalogue import kinds
from reranklab.rankers.crossencoders.models import load_classifier
from reranklab.rankers.vectors.embedding_cache import EmbeddingCache
from reranklab.types import Document, Query
from tests.models.tiny import tiny_causal, tiny_classifier, tiny_embedder, write_json

QUERY = Query(text="what is paris")
CANDIDATES = [Document(id="d1", text="paris is a city of france"), Document(id="d2", text="milk")]
MAKERS = [("cross-encoder", tiny_classifier), ("bi-encoder", tiny_embedder), ("causal-lm", tiny_causal)]


def sha256(*paths: Path) -> str:
    """By hand: one file's own digest, or that of lines with names and digests."""
    digests = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}
    if len(digests) == 1:
        return next(iter(digests.values()))
    return hashlib.sha256("".join(f"{name} {digest}\n" for name, digest in sorted(digests.items())).encode()).hexdigest()


def load(folder: Path, kind: str) -> LoadedModel:
    entry = CatalogueEntry(id=str(folder), kind=kind, source="folder")
    return ModelPool().get(entry, kinds()[kind].load, device=cpu(), precision="fp32")


def shard(folder: Path) -> list[Path]:
    """Split the weights over two files; a third one lies beside them."""
    weights = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    names = {name: f"model-{1 + number % 2}.safetensors" for number, name in enumerate(sorted(weights))}
    for file in set(names.values()):
        part = {name: tensor for name, tensor in weights.items() if names[name] == file}
        save_file(part, folder / file, metadata={"format": "pt"})
    write_json(folder / "model.safetensors.index.json", {"metadata": {}, "weight_map": names})
    save_file(weights, folder / "model-3.safetensors", metadata={"format": "pt"})
    return [folder / file for file in sorted(set(names.values()))]


@pytest.mark.parametrize(("kind", "make"), MAKERS)
def test_other_weights_beside_those_of_the_usual_name_do_not_count(
    tmp_path: Path, kind: str, make: Callable[[Path], Path]
) -> None:
    folder = make(tmp_path / "model")
    save_file({"decoy": torch.zeros(3)}, folder / "a decoy.safetensors")
    assert load(folder, kind).weights_sha256 == sha256(folder / "model.safetensors")


@pytest.mark.parametrize(("kind", "make"), MAKERS)
def test_the_hash_of_shards_is_of_those_that_the_index_names(tmp_path: Path, kind: str, make: Callable[[Path], Path]) -> None:
    folder = make(tmp_path / "model")
    whole = {name: tensor.clone() for name, tensor in load(folder, kind).network.state_dict().items()}
    shards = shard(folder)
    model = load(folder, kind)
    assert model.weights_sha256 == sha256(*shards)
    read = {name: tensor for name, tensor in model.network.state_dict().items() if "pooler" not in name}
    assert read
    assert all(torch.equal(tensor, whole[name]) for name, tensor in read.items())


def test_a_projection_behind_the_pooling_counts(tmp_path: Path) -> None:
    from tests.faults.hostile_folders import add_projection

    folder = tiny_embedder(tmp_path / "model")
    add_projection(folder)
    names = ["2_Dense/model.safetensors", "model.safetensors"]
    lines = "".join(f"{name} {hashlib.sha256((folder / name).read_bytes()).hexdigest()}\n" for name in names)
    assert load(folder, "bi-encoder").weights_sha256 == hashlib.sha256(lines.encode()).hexdigest()


def test_what_happens_to_the_file_later_does_not_reach_a_model_in_memory(tmp_path: Path) -> None:
    folder = tiny_classifier(tmp_path / "model")
    ranker = build_ranker(f"cross-encoder:{folder}")
    before = ranker.rank(QUERY, CANDIDATES)
    with (folder / "model.safetensors").open("r+b") as file:
        file.write(bytes((folder / "model.safetensors").stat().st_size))
    after = ranker.rank(QUERY, CANDIDATES)
    assert [item.score for item in after.items] == [item.score for item in before.items]
    assert after.provenance == before.provenance


def test_a_file_that_changes_while_it_is_loaded(tmp_path: Path) -> None:
    folder = tiny_classifier(tmp_path / "model")

    def load_slowly(stored: StoredModel, **settings: object) -> object:
        loaded = load_classifier(stored, **settings)  # type: ignore[arg-type]
        shutil.copyfile(tiny_classifier(tmp_path / "other", seed=1) / "model.safetensors", folder / "model.safetensors")
        return loaded

    entry = CatalogueEntry(id=str(folder), kind="cross-encoder", source="folder")
    with pytest.raises(ModelError, match=r"model\.safetensors of .* was changed on disk while"):
        ModelPool().get(entry, load_slowly, device=cpu(), precision="fp32")  # type: ignore[arg-type]


def test_the_revision_of_a_folder_is_of_all_that_is_read(tmp_path: Path) -> None:
    """A tokenizer or a configuration changes scores as weights do."""
    folder = tiny_embedder(tmp_path / "model")
    entry = CatalogueEntry(id=str(folder), kind="bi-encoder", source="folder")
    found = {ensure(entry).revision}
    (folder / "notes.txt").write_text("mine", encoding="utf-8")
    found.add(ensure(entry).revision)
    assert len(found) == 1
    for name in ("tokenizer.json", "config.json", "1_Pooling/config.json", "modules.json"):
        with (folder / name).open("a", encoding="utf-8") as file:
            file.write("\n")
        found.add(ensure(entry).revision)
    assert len(found) == 5


@pytest.mark.usefixtures("empty_cache")
def test_stored_embeddings_are_not_those_of_another_pooling(tmp_path: Path) -> None:
    folder = tiny_embedder(tmp_path / "model")
    before = EmbeddingCache(load(folder, "bi-encoder"), prefix="").path
    write_json(folder / "1_Pooling" / "config.json", {"word_embedding_dimension": 16, "pooling_mode_cls_token": True})
    assert EmbeddingCache(load(folder, "bi-encoder"), prefix="").path != before


@pytest.mark.parametrize(("kind", "make"), MAKERS)
def test_no_room_for_temporary_files_is_not_blamed_on_the_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, make: Callable[[Path], Path]
) -> None:
    folder = make(tmp_path / "model")
    (tmp_path / "file").write_text("a file", encoding="utf-8")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "file"))
    with pytest.raises(StorageError, match=r"links to a model's files cannot be stored in .*file is a file.*set TMPDIR"):
        load(folder, kind)
