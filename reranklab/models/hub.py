"""Models of the hub: from its cache on this machine, else downloaded; offline the answer comes within seconds."""

from __future__ import annotations

import glob
import logging
import re
import threading
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from queue import Empty, SimpleQueue
from typing import Any

from reranklab.errors import ModelRefusedError, ModelUnavailableError, RerankLabError
from reranklab.models.catalogue import CatalogueEntry
from reranklab.models.digests import sha1_names, sha256
from reranklab.models.files import CONFIG, PICKLE_SUFFIXES, WEIGHTS_INDEX, read_json_object
from reranklab.progress import CancelSignal, Progress, check_cancel, report

_logger = logging.getLogger(__name__)
_PATTERNS = ["*.safetensors", "*.safetensors.index.json", "*.json", "*.txt", "*.model", "*.jinja"]
_IGNORED = ["onnx/*", "openvino/*", "*/onnx/*", "coreml/*"]
_PROBE_SECONDS = 4.0


def cached_snapshot(entry: CatalogueEntry, *, allow_code: bool = False) -> Path | None:
    """The folder of the model in the hub's cache, if all weights of that revision are there, and its code with `allow_code`."""
    from huggingface_hub import snapshot_download

    try:
        folder = Path(
            snapshot_download(
                entry.id,
                revision=entry.revision or None,
                local_files_only=True,
                allow_patterns=_patterns(allow_code),
                ignore_patterns=_IGNORED,
            )
        )
    except (OSError, ValueError):  # not there, or a cache that cannot be read
        return None
    return folder if _is_whole(folder, allow_code=allow_code) else None


def fetch_snapshot(
    entry: CatalogueEntry,
    *,
    allow_code: bool,
    again: Sequence[str] = (),
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> Path:
    """The folder of the model, downloaded where the cache lacks it. Files named in `again` are downloaded in any case.

    Raises ModelUnavailableError within 5 seconds where the hub cannot be reached, and where it answers with nonsense;
    ModelRefusedError where the repository holds only pickled weights.
    """
    found = cached_snapshot(entry, allow_code=allow_code)
    if found is not None and not again:
        return found
    import httpx2
    from huggingface_hub import HfApi, snapshot_download
    from huggingface_hub.errors import (
        FileMetadataError,
        HfHubHTTPError,
        LocalEntryNotFoundError,
        OfflineModeIsEnabled,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    _probe(entry)
    revision = entry.revision or None
    bar = _progress_bar(entry.id, cancel, progress)
    try:
        names = HfApi().list_repo_files(entry.id, revision=revision)
        _refuse_names(entry, names)
        check_cancel(cancel)
        if again:
            patterns = [glob.escape(name) for name in again]
            snapshot_download(entry.id, revision=revision, allow_patterns=patterns, force_download=True, tqdm_class=bar)
        folder = snapshot_download(
            entry.id,
            revision=revision,
            allow_patterns=_patterns(allow_code),
            ignore_patterns=_IGNORED,
            tqdm_class=bar,
        )
    except RerankLabError:
        raise
    except (RepositoryNotFoundError, RevisionNotFoundError) as error:
        raise ModelUnavailableError(
            f"The hub has no model {entry.id!r} at revision {entry.revision or 'main'!r}, or it needs a login. Check the id."
        ) from error
    except FileMetadataError as error:
        raise _nonsense(entry, error) from error
    except (HfHubHTTPError, LocalEntryNotFoundError, OfflineModeIsEnabled, httpx2.HTTPError) as error:
        if isinstance(error.__cause__, FileMetadataError):
            raise _nonsense(entry, error.__cause__) from error
        raise _unreachable(entry) from error
    except OSError as error:
        raise ModelUnavailableError(f"{entry.id} could not be stored: {error}. Make room in the hub's cache folder.") from error
    except Exception as error:
        raise _nonsense(entry, error) from error
    return Path(folder)


def damaged_names(
    folder: Path, names: Sequence[str], *, cancel: CancelSignal | None = None, progress: Progress | None = None
) -> list[str]:
    """Those files of a snapshot that are not what the hub named when they were downloaded.

    The hub's cache names each file by its SHA-256, small ones by git's SHA-1; where it has no links it names nothing, and
    nothing is found. Raises Cancelled.
    """
    return [name for name in names if _is_damaged(folder / name, cancel, progress)]


def snapshot_revision(folder: Path) -> str:
    """The commit of a snapshot folder, which the hub's cache uses as its name."""
    return folder.name if re.fullmatch(r"[0-9a-f]{40}", folder.name) else "unknown"


def _patterns(allow_code: bool) -> list[str]:
    return [*_PATTERNS, "*.py"] if allow_code else _PATTERNS


def _is_whole(folder: Path, *, allow_code: bool) -> bool:
    """False after an interrupted download, or where only the weights were fetched and the code is needed now."""
    if not any(folder.rglob("*.safetensors")):
        return False
    shards = _object(folder / WEIGHTS_INDEX).get("weight_map")
    named = {str(name) for name in shards.values()} if isinstance(shards, dict) else set()
    classes = _object(folder / CONFIG).get("auto_map") if allow_code else None
    if isinstance(classes, dict):
        named |= {f"{name.split('.')[0]}.py" for name in classes.values() if isinstance(name, str) and "--" not in name}
    return all((folder / name).is_file() for name in named)


def _object(path: Path) -> dict[str, Any]:
    """The object in a file that may be missing or damaged; then it names nothing, and the check of its digest follows."""
    try:
        return read_json_object(path, model=path.parent.name)
    except ModelRefusedError:
        return {}


def _is_damaged(path: Path, cancel: CancelSignal | None, progress: Progress | None) -> bool:
    if not path.is_symlink():
        return False
    recorded = path.readlink().name
    try:
        if re.fullmatch(r"[0-9a-f]{64}", recorded):
            return sha256(path, cancel=cancel, progress=progress) != recorded
        return bool(re.fullmatch(r"[0-9a-f]{40}", recorded)) and recorded not in sha1_names(path, cancel=cancel)
    except OSError:
        return True


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


def _nonsense(entry: CatalogueEntry, error: Exception) -> ModelUnavailableError:
    _logger.warning("The hub's answer for %s cannot be used", entry.id, exc_info=error)
    return ModelUnavailableError(
        f"What answered for {entry.id} is no model hub, or a part of its answer is missing ({type(error).__name__}). Check "
        "HF_ENDPOINT and the network's login page, or give the path of a local model folder instead."
    )


def _refuse_names(entry: CatalogueEntry, names: Sequence[str]) -> None:
    """Raise ModelRefusedError for a repository without safetensors, or with a file that would land outside of its folder."""
    for name in names:
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name:
            raise ModelRefusedError(f"{entry.id} holds a file whose path leaves its folder ({name[:80]!r}), so it is not used.")
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
