"""What tests of several rooms share: the embedded weights, and caches that are not the user's."""

import gc
import os
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from reranklab.models.store import StoredModel, fetch_embedded, models_dir

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as `reranklab app` sets it; read once, when torch loads
settings.register_profile("usual", deadline=None)  # no test fails because the machine is busy
settings.register_profile("quick", max_examples=10, deadline=None)
settings.load_profile("usual")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what asks for the embedded weights, so that `-m "not model"` needs none."""
    for item in items:
        if "weights" in getattr(item, "fixturenames", ()):
            item.add_marker("model")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What the fault plans of `tests/faults` tried."""
    reports = [
        report for name in ("passed", "failed") for report in terminalreporter.stats.get(name, ()) if report.when == "call"
    ]
    plans = [value for report in reports for name, value in report.user_properties if name == "faults"]
    plans = [plan for plan in plans if plan[1]]
    if not plans:
        return
    terminalreporter.section("faults")
    counts: dict[str, list[int]] = {}
    for kind, inputs, failures in plans:
        count = counts.setdefault(kind, [0, 0])
        count[0] += inputs
        count[1] += failures
    for kind, (inputs, failures) in sorted(counts.items()):
        terminalreporter.write_line(f"{kind}: {inputs:,} inputs, {failures} failures")
    inputs, failures = (sum(column) for column in zip(*counts.values(), strict=True))
    terminalreporter.write_line(f"{len(counts)} kinds, {inputs:,} inputs, {failures} failures")


@pytest.fixture(scope="module", autouse=True)
def imports_are_no_garbage() -> Iterator[None]:
    """Collections pass over what imports left: each would spend half a second on torch and transformers otherwise."""
    before = len(sys.modules)
    if gc.get_freeze_count() == 0:
        gc.collect()
        gc.freeze()
    yield
    if len(sys.modules) > before + 100:
        gc.collect()
        gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def data_folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the tests' data folders are, for other programs that they start too: nothing is written into the user's."""
    folder = tmp_path_factory.mktemp("data")
    os.environ["RERANKLAB_DATA"] = str(folder / "shared")
    return folder


@pytest.fixture(autouse=True)
def own_data(data_folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A data folder for each test: what one has kept answers no other."""
    monkeypatch.setenv("RERANKLAB_DATA", str(data_folders / uuid.uuid4().hex))


@pytest.fixture(scope="session")
def weights() -> dict[str, StoredModel]:
    """The embedded models by id, fetched as the app fetches them."""
    return {stored.entry.id: stored for stored in fetch_embedded()}


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of the test's own, with nothing in it."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("RERANKLAB_CACHE", str(folder))
    return folder


@pytest.fixture
def own_cache(weights: dict[str, StoredModel], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of the test's own, which holds the embedded models and nothing else."""
    folder = tmp_path / "cache"
    folder.mkdir()
    (folder / "models").symlink_to(models_dir(), target_is_directory=True)
    monkeypatch.setenv("RERANKLAB_CACHE", str(folder))
    return folder
