"""A model of the hub, downloaded by a process that can be stopped whatever the hub does."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from reranklab.data.storage import storage_error
from reranklab.errors import ModelRefusedError, ModelUnavailableError, RerankLabError
from reranklab.models.catalogue import CatalogueEntry
from reranklab.models.files import PICKLE_SUFFIXES
from reranklab.progress import CancelSignal, Progress, check_cancel, report

_logger = logging.getLogger(__name__)
_LOOK_SECONDS = 0.1
_FAREWELL_SECONDS = 2.0


def download_snapshot(
    entry: CatalogueEntry,
    *,
    patterns: Sequence[str],
    ignored: Sequence[str],
    again: Sequence[str] = (),
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> Path:
    """The folder of the model in the hub's cache, with the files that match; those named in `again` come in any case.

    Raises ModelUnavailableError where the hub cannot be reached or answers with nonsense, ModelRefusedError for a repository
    with only pickled weights or with paths that leave its folder, StorageError, and Cancelled within a second.
    """
    request = {
        "model": entry.id,
        "revision": entry.revision or None,
        "again": list(again),
        "patterns": list(patterns),
        "ignored": list(ignored),
        "pickles": PICKLE_SUFFIXES,
    }
    with subprocess.Popen(
        [sys.executable, "-P", "-W", "ignore", "-m", "reranklab.models.hub_process"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
        env=_environment(),
    ) as process:
        try:
            end = _follow(process, request, entry.id, cancel=cancel, progress=progress)
        finally:
            _end(process)
    if "folder" in end:
        return Path(end["folder"])
    raise _error(entry, end)


def unreachable(entry: CatalogueEntry) -> ModelUnavailableError:
    """What is said where the hub does not answer."""
    return ModelUnavailableError(
        f"{entry.id} is not cached here and the hub cannot be reached. Connect and try again, copy the model into the hub's "
        "cache, or give the path of a local model folder instead."
    )


def _environment() -> dict[str, str]:
    """The hub's settings as this process has them, and its modules."""
    from huggingface_hub import constants

    return {
        **os.environ,
        "HF_ENDPOINT": constants.ENDPOINT,
        "HF_HUB_CACHE": constants.HF_HUB_CACHE,
        "HF_HUB_OFFLINE": "1" if constants.HF_HUB_OFFLINE else "0",
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
    }


def _follow(
    process: subprocess.Popen[str],
    request: Mapping[str, Any],
    label: str,
    *,
    cancel: CancelSignal | None,
    progress: Progress | None,
) -> dict[str, Any]:
    """What the process told last. Its progress is passed on."""
    lines: SimpleQueue[str] = SimpleQueue()
    threading.Thread(target=_read, args=(process, lines), name="hub-download", daemon=True).start()
    assert process.stdin is not None
    with suppress(BrokenPipeError):  # it ended at once: that is read below
        process.stdin.write(json.dumps(request) + "\n")
        process.stdin.flush()
    while True:
        check_cancel(cancel, f"Stopped before {label} was downloaded. Files that are complete are kept.")
        try:
            line = lines.get(timeout=_LOOK_SECONDS)
        except Empty:
            continue
        told: dict[str, Any] = json.loads(line) if line else {"failure": "died", "reason": str(process.wait())}
        if "step" not in told:
            return told
        done, total = told["step"]
        report(progress, done=done, total=total, unit="MB", label=label)


def _read(process: subprocess.Popen[str], lines: SimpleQueue[str]) -> None:
    for line in process.stdout or ():
        lines.put(line)
    lines.put("")


def _end(process: subprocess.Popen[str]) -> None:
    """Close its stdin, which ends it after it took away what is incomplete; kill it where it does not listen."""
    assert process.stdin is not None
    with suppress(BrokenPipeError):  # it has ended
        process.stdin.close()
    try:
        process.wait(timeout=_FAREWELL_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()


def _error(entry: CatalogueEntry, end: Mapping[str, Any]) -> RerankLabError:
    from huggingface_hub import constants

    _logger.warning("%s was not downloaded: %s\n%s", entry.id, end["failure"], end.get("trace", ""))
    match end["failure"]:
        case "refused":
            return ModelRefusedError(end["reason"])
        case "absent":
            revision = entry.revision or "main"
            return ModelUnavailableError(
                f"The hub has no model {entry.id!r} at revision {revision!r}, or it needs a login. Check the id."
            )
        case "unreachable":
            return unreachable(entry)
        case "storage":
            refusal = OSError(end["errno"], end["reason"])
            return storage_error(
                f"The model {entry.id}", Path(constants.HF_HUB_CACHE), refusal, instead="set HF_HOME to another folder"
            )
        case "died":
            return ModelUnavailableError(f"The download of {entry.id} ended with exit status {end['reason']}. Try it again.")
    return ModelUnavailableError(
        f"What answered for {entry.id} is no model hub, or a part of its answer is missing ({end['reason']}). Check "
        "HF_ENDPOINT and the network's login page, or give the path of a local model folder instead."
    )
