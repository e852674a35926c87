"""The program that downloads a model of the hub, in a process of its own: huggingface_hub cannot be stopped in a thread.

What to fetch is the first line on stdin, as JSON. Steps and the end are told as lines of JSON on stdout. The process ends when
its stdin does, and takes what is incomplete with it. Whatever the hub calls its files, nothing is written outside of the folder
that the model has in the hub's cache.
"""

from __future__ import annotations

import errno
import glob
import json
import os
import re
import signal
import sys
import threading
import time
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

_CHUNK_BYTES = 1 << 20
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_TEMPORARY = re.compile(r"tmp[a-z0-9_]{8}")
_telling = threading.Lock()
_LAST_CALL_SECONDS = 0.1
"""Longer than a call that opens a file takes."""


class _Refused(Exception):  # noqa: N818
    """The repository is not one to download, in a sentence."""


class _Fence:
    """An audit hook that lets nothing be written but what the hub's library has to write for one model."""

    def __init__(self, cache: Path, home: Path, model: str) -> None:
        self.crossed = ""
        self.incomplete: dict[str, None] = {}
        self.ending: int | None = None
        """The thread that ends the process: from then on no other one writes."""
        own = f"models--{model.replace('/', '--')}"
        self._cache, self._home = cache, home
        self._roots = (cache / own, cache / ".locks" / own, cache / "blobs", home / "xet")
        self._files = (cache / "CACHEDIR.TAG", home / ".agent_harnesses.json", Path(os.devnull))

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        for path in _written(event, arguments):
            while self.ending not in (None, threading.get_ident()):
                time.sleep(1)
            if not self._is_allowed(path, event):
                self.crossed = self.crossed or str(path)
                raise PermissionError(errno.EPERM, "outside of the model's folder", str(path))
            if path.suffix == ".incomplete":
                self.incomplete[str(path)] = None

    def _is_allowed(self, path: Path, event: str) -> bool:
        if any(path == root or root in path.parents for root in (*self._roots, *self._files)):
            return True
        if event == "os.mkdir" and any(
            path == place or path in place.parents for place in (self._cache / ".locks", self._home)
        ):
            return True
        inside = path.relative_to(self._cache).parts if self._cache in path.parents else ()
        return bool(inside) and _TEMPORARY.fullmatch(inside[0]) is not None  # where the library tries whether links work


def _written(event: str, arguments: tuple[Any, ...]) -> Iterator[Path]:
    """The paths that an audited call is about to change, without links. A call within an open folder is part of another one."""
    match event:
        case "open" if isinstance(arguments[2], int) and arguments[2] & _WRITING and not isinstance(arguments[0], int):
            yield Path(os.path.realpath(os.fsdecode(arguments[0])))
        case "os.mkdir" | "os.rmdir" | "os.remove" | "os.chmod" | "os.truncate" | "shutil.rmtree":
            if not isinstance(arguments[0], int) and (
                len(arguments) == 1 or arguments[-1] in (-1, None) or event == "os.truncate"
            ):
                yield _place(arguments[0])
        case "os.rename" | "os.link":
            yield from (_place(path) for path in arguments[:2])
        case "os.symlink":
            place = _place(arguments[1])
            yield place
            yield Path(os.path.realpath(place.parent / os.fsdecode(arguments[0])))


def _place(path: str | bytes | os.PathLike[str]) -> Path:
    """The path with the links of its folders followed, not its own."""
    whole = Path.cwd() / os.fsdecode(path)
    return Path(os.path.realpath(whole.parent)) / whole.name


def _check_names(model: str, names: Sequence[str], *, pickles: Sequence[str]) -> None:
    """Raise _Refused for a repository without safetensors, or with a file that would land outside of its folder."""
    for name in names:
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name:
            raise _Refused(f"{model} holds a file whose path leaves its folder ({name[:80]!r}), so it is not used.")
    if not any(name.endswith(".safetensors") for name in names):
        pickled = [name for name in names if name.endswith(tuple(pickles))]
        what = f"only pickled weights ({pickled[0][:80]}), and unpickling runs code" if pickled else "no safetensors weights"
        raise _Refused(f"{model} has {what}. Choose a revision or model with safetensors weights.")


def _tell(**facts: Any) -> None:
    with _telling:
        sys.stdout.write(json.dumps(facts) + "\n")
        sys.stdout.flush()


def _end_with_stdin(fence: _Fence) -> None:
    while os.read(sys.stdin.fileno(), 1024):
        continue
    fence.ending = threading.get_ident()
    for _ in range(2):  # a file that was about to be made when the others were stopped is there for the second time
        for path in list(fence.incomplete):
            Path(path).unlink(missing_ok=True)
        time.sleep(_LAST_CALL_SECONDS)
    os._exit(1)


def _download(request: dict[str, Any]) -> str:
    from huggingface_hub import HfApi, snapshot_download

    model, revision = request["model"], request["revision"]
    bar = _progress_bar()
    _check_names(model, HfApi().list_repo_files(model, revision=revision), pickles=request["pickles"])
    if request["again"]:
        patterns = [glob.escape(name) for name in request["again"]]
        snapshot_download(model, revision=revision, allow_patterns=patterns, force_download=True, tqdm_class=bar)
    return snapshot_download(
        model, revision=revision, allow_patterns=request["patterns"], ignore_patterns=request["ignored"], tqdm_class=bar
    )


def _failure(error: Exception) -> dict[str, Any]:
    """What the parent needs to know of an error: which of its sentences to say."""
    import httpx2
    from huggingface_hub.errors import (
        FileMetadataError,
        HfHubHTTPError,
        LocalEntryNotFoundError,
        OfflineModeIsEnabled,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    cause = error.__cause__ if isinstance(error.__cause__, FileMetadataError) else error
    if isinstance(error, _Refused):
        return {"failure": "refused", "reason": str(error)}
    if isinstance(error, RepositoryNotFoundError | RevisionNotFoundError):
        return {"failure": "absent"}
    unreachable = HfHubHTTPError | LocalEntryNotFoundError | OfflineModeIsEnabled | httpx2.HTTPError
    if cause is error and isinstance(error, unreachable):
        return {"failure": "unreachable"}
    number = errno.ENOSPC if os.strerror(errno.ENOSPC) in str(error) else getattr(error, "errno", None)
    if isinstance(number, int) and not isinstance(error, FileMetadataError):
        return {"failure": "storage", "errno": number, "reason": os.strerror(number)}
    return {"failure": "nonsense", "reason": type(cause).__name__}


def _progress_bar() -> type[Any]:
    from tqdm.auto import tqdm

    class Reporting(tqdm):  # type: ignore[misc]
        told = (-1, -1)

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            kwargs.pop("name", None)
            super().__init__(*args, **{**kwargs, "disable": False, "file": _Silent()})

        def update(self, n: float | None = 1) -> bool | None:
            shown: bool | None = super().update(n)
            step = (int(self.n / 1e6), max(int((self.total or 0) / 1e6), 1))
            if self.unit == "B" and self.total and step != self.told:
                self.told = step
                _tell(step=step)
            return shown

    return Reporting


class _Silent:
    """A stream for a progress bar that is drawn elsewhere."""

    def write(self, text: str) -> int:
        return len(text)

    def flush(self) -> None: ...


def main() -> None:
    """Do what stdin asks for, and tell how it ended."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent, which closes stdin
    sys.dont_write_bytecode = True
    request = json.loads(sys.stdin.readline())
    from huggingface_hub import constants

    constants.DOWNLOAD_CHUNK_SIZE = _CHUNK_BYTES
    cache = Path(os.path.realpath(constants.HF_HUB_CACHE))
    fence = _Fence(cache, Path(os.path.realpath(constants.HF_HOME)), request["model"])
    sys.addaudithook(fence)
    threading.Thread(target=_end_with_stdin, args=(fence,), daemon=True).start()
    try:
        end = {"folder": _download(request)}
    except Exception as error:  # noqa: BLE001 - the end of a process: the parent says what it was
        end = {**_failure(error), "trace": "".join(traceback.format_exception(error))}
    if fence.crossed:
        reason = f"{request['model']} holds a file whose path leaves its folder, so it is not used."
        end = {"failure": "refused", "reason": reason, "trace": fence.crossed}
    _tell(**end)
    os._exit(0)  # no thread of the library is waited for


if __name__ == "__main__":
    main()
