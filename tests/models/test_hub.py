"""Models of the hub: from its cache on this machine, and what is said where that lacks them and nothing answers."""

import hashlib
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Collection, Iterator
from pathlib import Path

import pytest
from safetensors.torch import load_file, save_file

from reranklab.engine.build import build_ranker
from reranklab.errors import ModelRefusedError, ModelUnavailableError
from reranklab.models.catalogue import find_model, list_models
from reranklab.models.hub import cached_snapshot, fetch_snapshot
from reranklab.models.store import is_stored
from reranklab.types import Document, Query
from tests.models.tiny import tiny_classifier, tiny_embedder, write_json

COMMIT = "0123456789abcdef0123456789abcdef01234567"
QUERY, CANDIDATES = Query(text="what is paris"), [Document(id="d1", text="paris"), Document(id="d2", text="milk")]


@pytest.fixture(autouse=True)
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of the hub, and an address at which nothing listens."""
    folder = tmp_path / "hub"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(folder))
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", address)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    return folder


def put_into_cache(hub: Path, model: Path, name: str, *, small: Collection[str] = ()) -> Path:
    """Lay a model folder out as the hub's cache does: blobs by digest, and links to them in the snapshot of a commit.

    Files in `small` are named by git, as the hub does with those that are not in its large file storage.
    """
    repository = hub / f"models--{name.replace('/', '--')}"
    snapshot = repository / "snapshots" / COMMIT
    (repository / "blobs").mkdir(parents=True)
    for file in sorted(file for file in model.rglob("*") if file.is_file()):
        content = file.read_bytes()
        git = hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False)
        blob = repository / "blobs" / (git if file.name in small else hashlib.sha256(content)).hexdigest()
        blob.write_bytes(content)
        link = snapshot / file.relative_to(model)
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(os.path.relpath(blob, link.parent))
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(COMMIT, encoding="utf-8")
    return snapshot


def test_a_model_in_the_hubs_cache_ranks_without_a_network(hub: Path, tmp_path: Path) -> None:
    folder = tiny_classifier(tmp_path / "model")
    put_into_cache(hub, folder, "someone/tiny-cross")
    assert is_stored(find_model("someone/tiny-cross", kinds=("cross-encoder",)))
    ranking = build_ranker("cross-encoder:someone/tiny-cross").rank(QUERY, CANDIDATES)
    local = build_ranker(f"cross-encoder:{folder}").rank(QUERY, CANDIDATES)
    assert [item.score for item in ranking.items] == [item.score for item in local.items]
    assert ranking.provenance.revision == COMMIT
    assert ranking.provenance.model == "someone/tiny-cross"
    assert ranking.provenance.weights_sha256 == hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()


def test_a_bi_encoder_in_the_hubs_cache_ranks_without_a_network(hub: Path, tmp_path: Path) -> None:
    put_into_cache(hub, tiny_embedder(tmp_path / "model"), "someone/tiny-bi")
    ranking = build_ranker("bi-encoder:someone/tiny-bi").rank(QUERY, CANDIDATES)
    assert ranking.provenance.revision == COMMIT


def test_the_kind_is_verified_for_hub_models_too(hub: Path, tmp_path: Path) -> None:
    put_into_cache(hub, tiny_embedder(tmp_path / "model"), "someone/tiny-bi-2")
    with pytest.raises(ModelRefusedError, match="random head"):
        build_ranker("cross-encoder:someone/tiny-bi-2").load()


def test_a_download_that_was_interrupted_is_not_taken_for_the_model(hub: Path, tmp_path: Path) -> None:
    folder = tiny_classifier(tmp_path / "model")
    weights = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    shards = {name: f"model-0000{1 + number % 2}-of-00002.safetensors" for number, name in enumerate(weights)}
    for shard in sorted(set(shards.values())):
        part = {name: tensor for name, tensor in weights.items() if shards[name] == shard}
        save_file(part, folder / shard, metadata={"format": "pt"})
    write_json(folder / "model.safetensors.index.json", {"metadata": {"total_size": 1}, "weight_map": shards})
    snapshot = put_into_cache(hub, folder, "someone/sharded")
    entry = find_model("someone/sharded", kinds=("cross-encoder",))
    assert cached_snapshot(entry) == snapshot
    (snapshot / "model-00002-of-00002.safetensors").unlink()
    assert cached_snapshot(entry) is None
    with pytest.raises(ModelUnavailableError):
        fetch_snapshot(entry, allow_code=False)


def test_weights_without_the_code_are_not_enough_once_it_is_allowed(hub: Path, tmp_path: Path) -> None:
    folder = tiny_classifier(tmp_path / "model")
    write_json(folder / "config.json", {"auto_map": {"AutoConfig": "modeling.Config", "AutoModel": "other/repo--far.Model"}})
    snapshot = put_into_cache(hub, folder, "someone/with-code")
    entry = find_model("someone/with-code", kinds=("listwise-custom",))
    assert cached_snapshot(entry) == snapshot
    assert cached_snapshot(entry, allow_code=True) is None
    (snapshot / "modeling.py").touch()
    assert cached_snapshot(entry, allow_code=True) == snapshot


@pytest.mark.parametrize("offline", [True, False])
def test_a_model_that_is_not_here_is_named_with_what_to_do(offline: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", offline)
    for model in ("BAAI/bge-reranker-v2-m3", "someone/never-heard-of"):
        with pytest.raises(ModelUnavailableError) as caught:
            build_ranker(f"cross-encoder:{model}").load()
        assert str(caught.value).startswith(f"{model} is not cached here and the hub cannot be reached.")
        assert "local model folder" in str(caught.value)


def test_no_hub_model_is_here() -> None:
    assert not any(is_stored(entry) for entry in list_models() if entry.source == "hub")


@pytest.fixture
def silent_names(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Name resolution that never answers while the test runs."""
    over = threading.Event()

    def wait(*args: object, **options: object) -> list[object]:
        over.wait()
        raise socket.gaierror("no answer")

    monkeypatch.setattr(socket, "getaddrinfo", wait)
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://a-hub-that-does-not-answer.invalid")
    yield
    over.set()


@pytest.mark.timeout(60)
@pytest.mark.usefixtures("silent_names")
def test_name_resolution_without_an_answer_does_not_hold_the_error_up() -> None:
    with pytest.raises(ModelUnavailableError, match="cannot be reached"):
        build_ranker("cross-encoder:someone/never-heard-of").load()


REAL = """
import time
from reranklab.errors import ModelUnavailableError
from reranklab.models.catalogue import find_model
from reranklab.models.hub import fetch_snapshot
import huggingface_hub, httpx2

entry = find_model("someone-who-has-no-models/none", kinds=("cross-encoder",))
start = time.monotonic()
try:
    fetch_snapshot(entry, allow_code=False)
except ModelUnavailableError as error:
    print(time.monotonic() - start)
    print(error)
"""


@pytest.mark.parametrize("offline", ["0", "1"])
def test_the_real_hub_answers_or_is_given_up_within_five_seconds(tmp_path: Path, offline: str) -> None:
    environment = {**os.environ, "HF_HOME": str(tmp_path), "HF_HUB_OFFLINE": offline}
    done = subprocess.run(
        [sys.executable, "-c", REAL], env=environment, capture_output=True, text=True, check=True, timeout=120
    )
    seconds, message = done.stdout.splitlines()
    assert float(seconds) < 5
    assert "someone-who-has-no-models/none" in message
