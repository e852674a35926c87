"""Downloads from a hub on this machine: what it delivers is checked, a damaged file is fetched again, and nonsense is told."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from reranklab.engine.build import build_ranker
from reranklab.errors import Cancelled, ModelRefusedError, ModelUnavailableError, StorageError
from reranklab.models.catalogue import find_model
from reranklab.models.device import cpu
from reranklab.models.loaded import LoadedModel
from reranklab.models.pool import ModelPool
from reranklab.models.store import ensure, is_stored
from reranklab.progress import Step
from reranklab.rankers.crossencoders.models import load_classifier
from reranklab.types import Document, Query
from tests.models.hub_server import COMMIT, HubServer, serve_hub
from tests.models.tiny import tiny_classifier

pytestmark = pytest.mark.process

ENTRY = find_model("someone/tiny", kinds=("cross-encoder",))
QUERY, CANDIDATES = Query(text="what is paris"), [Document(id="d1", text="paris"), Document(id="d2", text="milk")]
Serve = Callable[..., AbstractContextManager[HubServer]]


@pytest.fixture
def serve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Serve:
    """Serve a tiny cross-encoder, to an empty cache of somebody whose home the hub's library has never seen."""
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home" / "huggingface"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr("reranklab.rankers.reference.POOL", ModelPool())
    model = tiny_classifier(tmp_path / "model")

    @contextmanager
    def start(**settings: Any) -> Iterator[HubServer]:
        with serve_hub(model, **settings) as server:
            template = server.address + "/{repo_id}/resolve/{revision}/{filename}"
            monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", server.address)
            monkeypatch.setattr("huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", template)
            yield server

    return start


def scores() -> list[float]:
    return [item.score for item in build_ranker("cross-encoder:someone/tiny").rank(QUERY, CANDIDATES).items]


def test_a_repository_with_more_than_is_fetched_is_stored_all_the_same(serve: Serve) -> None:
    with serve(extra={"pytorch_model.bin": bytes(5000), "README.md": b"read me"}) as server:
        stored = ensure(ENTRY)
        assert stored.folder.name == COMMIT
        assert not any(name.endswith("pytorch_model.bin") for name in server.paths)
    assert is_stored(ENTRY)
    assert ensure(ENTRY).digests == stored.digests


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json", "config.json", "tokenizer_config.json"])
def test_a_damaged_file_is_fetched_again(serve: Serve, name: str, caplog: pytest.LogCaptureFixture) -> None:
    with serve() as server:
        stored = ensure(ENTRY)
        before = scores()
        content = (stored.folder / name).read_bytes()
        (stored.folder / name).write_bytes(bytes(len(content)))
        server.paths.clear()
        steps: list[Step] = []
        assert ensure(ENTRY, progress=steps.append).digests == stored.digests
        fetched = {path for path in server.paths if path.startswith("GET") and "/resolve/" in path}
        assert fetched == {f"GET /someone/tiny/resolve/{COMMIT}/{name}"}
        assert f"{name} is damaged. It is fetched again." in caplog.text
    assert scores() == before


def test_a_hub_that_delivers_something_else_than_it_names(serve: Serve) -> None:
    with serve(damaged=True), pytest.raises(ModelUnavailableError, match=r"config\.json .* still is not what the hub names"):
        ensure(ENTRY)


PAGE = b"<html><body>Please log in to this network.</body></html>"


@pytest.mark.parametrize("start", ["/", "/api/", "/someone/tiny/resolve/"])
def test_a_page_in_the_place_of_an_answer(serve: Serve, start: str) -> None:
    with serve(pages={start: PAGE}), pytest.raises(ModelUnavailableError, match="no model hub") as caught:
        ensure(ENTRY)
    assert "html" not in str(caught.value)


@pytest.mark.parametrize("name", ["/etc/passwd.json", "../../outside.json", "a/../../b.json", "C:\\\\x.json"])
def test_a_repository_whose_paths_leave_its_folder(serve: Serve, tmp_path: Path, name: str) -> None:
    with serve(extra={name: b"{}"}), pytest.raises(ModelRefusedError, match="whose path leaves its folder"):
        ensure(ENTRY)
    assert not list((tmp_path / "hub").rglob("*.json"))


STALLS = {"HEAD /": "silent", "GET /api/": "silent", "GET /someone/tiny/resolve/": "silent"}
DRIPS = {"GET /api/": "drip", f"GET /someone/tiny/resolve/{COMMIT}/model.safetensors": "drip"}
PATIENCE = 60.0
"""Seconds until a test gives up on something that hangs."""


@pytest.mark.parametrize(("request_", "how"), [*STALLS.items(), *DRIPS.items()])
def test_a_download_that_hangs_can_be_stopped(serve: Serve, tmp_path: Path, request_: str, how: str) -> None:
    cancel = threading.Event()
    with serve(stalls={request_: how}) as server, ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(ensure, ENTRY, cancel=cancel)
        assert server.reached.wait(PATIENCE)
        cancel.set()
        with pytest.raises(Cancelled, match="Stopped before someone/tiny was downloaded"):
            waiting.result(timeout=PATIENCE)
    assert not list((tmp_path / "hub").rglob("*.incomplete"))
    assert not is_stored(ENTRY)
    with serve():
        assert ensure(ENTRY).folder.name == COMMIT


def test_who_waits_for_the_download_of_another_can_stop_too(serve: Serve) -> None:
    stops = [threading.Event(), threading.Event()]
    pool = ModelPool()

    def load(stop: threading.Event) -> LoadedModel:
        return pool.get(ENTRY, load_classifier, device=cpu(), precision="fp32", cancel=stop)

    with serve(stalls={"GET /api/": "silent"}) as server, ThreadPoolExecutor(2) as threads:
        first = threads.submit(load, stops[0])
        assert server.reached.wait(PATIENCE)
        second = threads.submit(load, stops[1])
        stops[1].set()
        with pytest.raises(Cancelled):
            second.result(timeout=PATIENCE)
        assert not first.done()
        stops[0].set()
        with pytest.raises(Cancelled):
            first.result(timeout=PATIENCE)


PARENT = """
import sys
from reranklab.models.catalogue import find_model
from reranklab.models.store import ensure
ensure(find_model("someone/tiny", kinds=("cross-encoder",)))
"""


def test_a_download_ends_with_the_program_that_asked_for_it(serve: Serve, tmp_path: Path) -> None:
    with serve(stalls=DRIPS | {"GET /api/": ""}) as server:
        environment = {
            **os.environ,
            "HF_ENDPOINT": server.address,
            "HF_HUB_CACHE": str(tmp_path / "hub"),
            "HF_HUB_OFFLINE": "0",
        }
        parent = subprocess.Popen([sys.executable, "-c", PARENT], env={**environment, "PYTHONPATH": os.pathsep.join(sys.path)})
        assert server.reached.wait(PATIENCE)
        assert list((tmp_path / "hub").rglob("*.incomplete"))
        parent.kill()
        parent.wait()
        end = time.monotonic() + PATIENCE
        while list((tmp_path / "hub").rglob("*.incomplete")) and time.monotonic() < end:
            time.sleep(0.05)
    assert not list((tmp_path / "hub").rglob("*.incomplete"))


@pytest.mark.parametrize("etag", ["../../evil", "../../../evil", "../../models--other--one/blobs/evil", "/EVIL"])
def test_a_file_that_is_named_to_land_elsewhere_is_refused(serve: Serve, tmp_path: Path, etag: str) -> None:
    before = set(tmp_path.rglob("*"))
    etag = etag.replace("/EVIL", str(tmp_path / "evil"))
    with serve(etag=etag), pytest.raises(ModelRefusedError, match="whose path leaves its folder"):
        ensure(ENTRY)
    assert not list(tmp_path.rglob("evil*"))
    assert {path.name for path in (tmp_path / "hub").iterdir()} <= {"models--someone--tiny", ".locks", "CACHEDIR.TAG"}
    assert before <= set(tmp_path.rglob("*"))


def test_a_link_to_a_file_of_this_machine_is_refused(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "secret.json").write_text("{}")
    with serve(etag="../../../secret.json"), pytest.raises(ModelRefusedError, match="whose path leaves its folder"):
        ensure(ENTRY)
    assert not [path for path in (tmp_path / "hub").rglob("*") if path.is_symlink()]


def test_a_cache_that_is_a_file_is_named(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "hub").write_text("a file")
    with serve(), pytest.raises(StorageError) as caught:
        ensure(ENTRY)
    assert str(caught.value) == (
        f"The model someone/tiny cannot be stored in {tmp_path / 'hub'}: {tmp_path / 'hub'} is a file, not a folder. "
        "Move it away, or set HF_HOME to another folder."
    )
