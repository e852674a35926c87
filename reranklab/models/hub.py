"""Models of the hub: from its cache on this machine, else downloaded; offline the answer comes within seconds."""

from __future__ import annotations

import json
import re
import threading
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from reranklab.errors import ModelRefusedError, ModelUnavailableError
from reranklab.models.catalogue import CatalogueEntry
from reranklab.models.files import PICKLE_SUFFIXES
from reranklab.progress import CancelSignal, Progress, check_cancel, report

_PATTERNS = ["*.safetensors", "*.safetensors.index.json", "*.json", "*.txt", "*.model", "*.jinja"]
_IGNORED = ["onnx/*", "openvino/*", "*/onnx/*", "coreml/*"]
_PROBE_SECONDS = 4.0


def cached_snapshot(entry: CatalogueEntry, *, allow_code: bool = False) -> Path | None:
    """The folder of the model in the hub's cache, if all weights of that revision are there, and its code with `allow_code`."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        folder = Path(snapshot_download(entry.id, revision=entry.revision or None, local_files_only=True))
    except (LocalEntryNotFoundError, FileNotFoundError):
        return None
    return folder if _is_whole(folder, allow_code=allow_code) else None


def fetch_snapshot(
    entry: CatalogueEntry, *, allow_code: bool, cancel: CancelSignal | None = None, progress: Progress | None = None
) -> Path:
    """The folder of the model, downloaded where the cache lacks it.

    Raises ModelUnavailableError within 5 seconds where the hub cannot be reached, and ModelRefusedError where the
    repository holds only pickled weights.
    """
    found = cached_snapshot(entry, allow_code=allow_code)
    if found is not None:
        return found
    import httpx2
    from huggingface_hub import HfApi, snapshot_download
    from huggingface_hub.errors import (
        HfHubHTTPError,
        LocalEntryNotFoundError,
        OfflineModeIsEnabled,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    _probe(entry)
    revision = entry.revision or None
    try:
        names = HfApi().list_repo_files(entry.id, revision=revision)
        _refuse_pickles(entry, names)
        check_cancel(cancel)
        folder = snapshot_download(
            entry.id,
            revision=revision,
            allow_patterns=[*_PATTERNS, "*.py"] if allow_code else _PATTERNS,
            ignore_patterns=_IGNORED,
            tqdm_class=_progress_bar(entry.id, cancel, progress),
        )
    except (RepositoryNotFoundError, RevisionNotFoundError) as error:
        raise ModelUnavailableError(
            f"The hub has no model {entry.id!r} at revision {entry.revision or 'main'!r}, or it needs a login. Check the id."
        ) from error
    except (HfHubHTTPError, LocalEntryNotFoundError, OfflineModeIsEnabled, httpx2.HTTPError) as error:
        raise _unreachable(entry) from error
    except OSError as error:
        raise ModelUnavailableError(f"{entry.id} could not be stored: {error}. Make room in the hub's cache folder.") from error
    return Path(folder)


def snapshot_revision(folder: Path) -> str:
    """The commit of a snapshot folder, which the hub's cache uses as its name."""
    return folder.name if re.fullmatch(r"[0-9a-f]{40}", folder.name) else "unknown"


def _is_whole(folder: Path, *, allow_code: bool) -> bool:
    """False after an interrupted download, or where only the weights were fetched and the code is needed now."""
    if not any(folder.rglob("*.safetensors")):
        return False
    index = folder / "model.safetensors.index.json"
    named = set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()) if index.is_file() else set()
    config = folder / "config.json"
    if allow_code and config.is_file():
        classes = json.loads(config.read_text(encoding="utf-8")).get("auto_map", {}).values()
        named |= {f"{name.split('.')[0]}.py" for name in classes if isinstance(name, str) and "--" not in name}
    return all((folder / name).is_file() for name in named)


def _probe(entry: CatalogueEntry) -> None:
    """One short request, in a thread because name resolution has no time limit of its own. The thread must not hold up the
    end of the process either."""
    import httpx2
    from huggingface_hub import constants

    if constants.HF_HUB_OFFLINE:
        raise _unreachable(entry)
    answer: SimpleQueue[Exception | None] = SimpleQueue()

    def ask() -> None:
        try:
            httpx2.head(constants.ENDPOINT, timeout=_PROBE_SECONDS)
        except (httpx2.HTTPError, OSError) as error:
            answer.put(error)
        else:
            answer.put(None)

    threading.Thread(target=ask, name="hub-probe", daemon=True).start()
    try:
        problem = answer.get(timeout=_PROBE_SECONDS)
    except Empty as error:
        raise _unreachable(entry) from error
    if problem is not None:
        raise _unreachable(entry) from problem


def _unreachable(entry: CatalogueEntry) -> ModelUnavailableError:
    return ModelUnavailableError(
        f"{entry.id} is not cached here and the hub cannot be reached. Connect and try again, copy the model into the hub's "
        "cache, or give the path of a local model folder instead."
    )


def _refuse_pickles(entry: CatalogueEntry, names: list[str]) -> None:
    if not any(name.endswith(".safetensors") for name in names):
        pickled = [name for name in names if name.endswith(PICKLE_SUFFIXES)]
        what = f"only pickled weights ({pickled[0]}), and unpickling runs code" if pickled else "no safetensors weights"
        raise ModelRefusedError(f"{entry.id} has {what}. Choose a revision or model with safetensors weights.")


def _progress_bar(label: str, cancel: CancelSignal | None, progress: Progress | None) -> type[Any]:
    from tqdm.auto import tqdm

    class Reporting(tqdm):  # type: ignore[misc]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            kwargs.pop("name", None)
            super().__init__(*args, **{**kwargs, "disable": False, "file": _Silent()})

        def update(self, n: float | None = 1) -> bool | None:
            check_cancel(cancel)
            shown: bool | None = super().update(n)
            if self.unit == "B" and self.total:
                report(progress, done=int(self.n / 1e6), total=max(int(self.total / 1e6), 1), unit="MB", label=label)
            return shown

    return Reporting


class _Silent:
    """A stream for a progress bar that is drawn elsewhere."""

    def write(self, text: str) -> int:
        return len(text)

    def flush(self) -> None: ...
