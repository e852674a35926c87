"""Models of the hub: from its cache on this machine, else downloaded; offline the answer comes within seconds."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from reranklab.data.digests import sha1_names, sha256
from reranklab.errors import ModelRefusedError
from reranklab.models.catalogue import CatalogueEntry
from reranklab.models.files import COLBERT, CONFIG, WEIGHTS_INDEX, read_json_object
from reranklab.models.hub_download import download_snapshot, unreachable
from reranklab.progress import CancelSignal, Progress, check_cancel

_PATTERNS = ["*.safetensors", "*.safetensors.index.json", "*.json", "*.txt", "*.model", "*.jinja", COLBERT]
_IGNORED = ["onnx/*", "openvino/*", "*/onnx/*", "coreml/*"]
_PROBE_SECONDS = 4.0
_LOOK_SECONDS = 0.1


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

    Raises ModelUnavailableError within 5 seconds where the hub cannot be reached, and what `download_snapshot` raises.
    """
    found = cached_snapshot(entry, allow_code=allow_code)
    if found is not None and not again:
        return found
    _probe(entry, cancel)
    return download_snapshot(
        entry, patterns=_patterns(allow_code), ignored=_IGNORED, again=again, cancel=cancel, progress=progress
    )


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


def _probe(entry: CatalogueEntry, cancel: CancelSignal | None) -> None:
    """One short request, in a thread because name resolution has no time limit of its own. The thread must not hold up the
    end of the process either."""
    import httpx2
    from huggingface_hub import constants

    if constants.HF_HUB_OFFLINE:
        raise unreachable(entry)
    answer: SimpleQueue[Exception | None] = SimpleQueue()
    end = time.monotonic() + _PROBE_SECONDS

    def ask() -> None:
        try:
            httpx2.head(constants.ENDPOINT, timeout=_PROBE_SECONDS)
        except (httpx2.HTTPError, OSError) as error:
            answer.put(error)
        else:
            answer.put(None)

    threading.Thread(target=ask, name="hub-probe", daemon=True).start()
    while time.monotonic() < end:
        check_cancel(cancel, f"Stopped before {entry.id} was downloaded.")
        try:
            problem = answer.get(timeout=_LOOK_SECONDS)
        except Empty:
            continue
        if problem is not None:
            raise unreachable(entry) from problem
        return
    raise unreachable(entry)
