"""One file over HTTP: resumed where it broke off, checked, and put in place whole."""

from __future__ import annotations

import hashlib
import json
import shutil
import socket
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import httpx
from filelock import FileLock, Timeout

from reranklab.data.paths import is_file
from reranklab.data.storage import remove, storing
from reranklab.errors import Cancelled, DataUnavailableError, StorageError
from reranklab.progress import CancelSignal, Progress, Step

CONNECT_SECONDS = 4.0
READ_SECONDS = 20.0
MB = 1_000_000
_CHUNK = 1 << 18
_LOCK_SECONDS = 0.2


def download(
    url: str,
    target: Path,
    *,
    md5: str | None = None,
    sha256: str | None = None,
    size: int | None = None,
    advice: str = "",
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> Path:
    """Fetch `url` into the file `target` and return it; one that is there already and is what the checksums say is kept.

    Bytes go to `target`.part. After an interruption the next call goes on from there if the server says that the file
    is the same (If-Range), and starts again otherwise. `size`, in bytes, is only for the progress, which counts MB.
    Two callers, also of two processes, take turns. `advice` ends the messages of a server that cannot be reached or
    has no such file: where else to get the file and where to put it.
    Raises DataUnavailableError where the file cannot be had or is not what the checksums say, StorageError where the disk does
    not take it, and Cancelled.
    """
    job = _Job(url=url, target=target, md5=md5, sha256=sha256, size=size, advice=advice, cancel=cancel, progress=progress)
    if _is_here(job):
        return target
    with (
        storing(target.name, target.parent),
        file_turn(target.with_name(target.name + ".lock"), cancel=cancel),
    ):
        if not _is_here(job):
            remove(target)
            _fetch(job)
    return target


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    url: str
    target: Path
    md5: str | None
    sha256: str | None
    size: int | None
    advice: str
    cancel: CancelSignal | None
    progress: Progress | None

    @property
    def part(self) -> Path:
        return self.target.with_name(self.target.name + ".part")

    @property
    def origin(self) -> Path:
        """Beside the part: where it came from, and the server's mark of that version."""
        return self.target.with_name(self.target.name + ".part.json")

    def check_cancel(self) -> None:
        if self.cancel is not None and self.cancel.is_set():
            raise Cancelled(f"Stopped before {self.target.name} was complete. The next download goes on from there.")

    def failure(self, what: str) -> DataUnavailableError:
        return DataUnavailableError(f"{what} {self.advice}".strip())

    def forget(self) -> None:
        remove(self.part)
        remove(self.origin)


@contextmanager
def file_turn(lock: Path, *, cancel: CancelSignal | None) -> Iterator[None]:
    """Hold a lock file, so that threads and processes take turns. Its folder is made where it is missing.

    Raises Cancelled while it waits, and OSError where the disk refuses.
    """
    lock.parent.mkdir(parents=True, exist_ok=True)
    held = FileLock(lock)
    while not held.is_locked:
        if cancel is not None and cancel.is_set():
            raise Cancelled("Stopped while another download of the same file was running.")
        with suppress(Timeout):
            held.acquire(timeout=_LOCK_SECONDS)
    try:
        yield
    finally:
        held.release()


def _fetch(job: _Job) -> None:
    timeout = httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
    try:
        address = httpx.URL(job.url)
        host = address.host
        _resolve(job, host, scheme=address.scheme)
        with _client(job, timeout) as client:
            _stream(job, client)
    except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
        raise job.failure(f"{job.url!r} is not a web address ({error}).") from error
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError) as error:
        raise job.failure(f"{host} cannot be reached, so {job.target.name} cannot be downloaded ({error}).") from error
    except (httpx.TransportError, httpx.TooManyRedirects) as error:
        raise DataUnavailableError(
            f"The download of {job.target.name} from {host} broke off ({error}). Start it again: it goes on where it can."
        ) from error
    _check_sums(job)
    job.part.replace(job.target)
    remove(job.origin)


def _client(job: _Job, timeout: httpx.Timeout) -> httpx.Client:
    try:
        return httpx.Client(timeout=timeout, follow_redirects=True)
    except OSError as error:
        raise job.failure(f"The certificates for the network cannot be read ({error}).") from error


def _is_here(job: _Job) -> bool:
    return is_file(job.target) and all(found == expected for _, found, expected in _sums(job, job.target))


def _stream(job: _Job, client: httpx.Client) -> None:
    """Append to the part file, or write it anew where the server sends the whole file."""
    headers = {"Accept-Encoding": "identity"}
    offset, validator = _resumable(job)
    if offset:
        headers |= {"Range": f"bytes={offset}-", "If-Range": validator}
    with client.stream("GET", job.url, headers=headers) as response:
        span = response.headers.get("content-range", "")
        if response.status_code == httpx.codes.OK:
            job.forget()
            _remember(job, response)
            return _write(job, response, offset=0)
        if not offset or response.status_code not in (206, 416):
            raise job.failure(_describe_status(job, response))
        if response.status_code == httpx.codes.PARTIAL_CONTENT and span.startswith(f"bytes {offset}-"):
            return _write(job, response, offset=offset)
        if response.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE and span == f"bytes */{offset}":
            return None  # complete already
    job.forget()
    return _stream(job, client)


def _write(job: _Job, response: httpx.Response, *, offset: int) -> None:
    length = response.headers.get("content-length", "")
    total = offset + int(length) if length.isdigit() else job.size
    free = shutil.disk_usage(job.target.parent).free
    if total is not None and total - offset > free:
        raise StorageError(
            f"{job.target.name} needs {(total - offset) / MB:,.0f} MB, but {job.target.parent} has only {free / MB:,.0f} MB "
            "free. Make room, or set RERANKLAB_CACHE to another folder."
        )
    done = offset
    shown = -1
    with job.part.open("ab" if offset else "wb") as sink:
        for chunk in response.iter_raw():
            job.check_cancel()
            sink.write(chunk)
            done += len(chunk)
            if job.progress is not None and done // MB != shown:
                shown = done // MB
                _report(job.progress, done, total, job.target.name)
    if job.progress is not None:
        _report(job.progress, done, done, job.target.name)


def _report(progress: Progress, done: int, total: int | None, name: str) -> None:
    whole = max(done, total or 0)
    progress(Step(done=-(-done // MB), total=-(-whole // MB), unit="MB", label=f"downloading {name}"))


def _resumable(job: _Job) -> tuple[int, str]:
    """Bytes that are here and the server's mark of the file they belong to; (0, "") where that is not known."""
    try:
        origin = json.loads(job.origin.read_text(encoding="utf-8"))
        offset = job.part.stat().st_size
        if not job.part.is_file():
            return 0, ""
    except (OSError, ValueError, RecursionError):
        return 0, ""
    if not isinstance(origin, dict) or origin.get("url") != job.url or not isinstance(origin.get("validator"), str):
        return 0, ""
    return offset, origin["validator"]


def _remember(job: _Job, response: httpx.Response) -> None:
    """Store the file's ETag, or else its date: a weak ETag does not promise the same bytes (RFC 9110, 13.1.5)."""
    etag = response.headers.get("etag", "")
    validator = etag if etag.startswith('"') else response.headers.get("last-modified", "")
    if validator:
        job.origin.write_text(json.dumps({"url": job.url, "validator": validator}), encoding="utf-8")


def _check_sums(job: _Job) -> None:
    for name, found, expected in _sums(job, job.part):
        if found != expected:
            job.forget()
            raise DataUnavailableError(
                f"{job.target.name} is damaged or was changed at its source: its {name} is {found}, expected was {expected}. "
                "What was downloaded is removed; try again."
            )


def _sums(job: _Job, path: Path) -> Iterator[tuple[str, str, str]]:
    """The name of each checksum that is known, what the file has, and what it must have."""
    for name, expected in (("md5", job.md5), ("sha256", job.sha256)):
        if expected:
            with path.open("rb") as file:
                yield name, _digest(file, name, job), expected.lower()


def _digest(file: IO[bytes], name: str, job: _Job) -> str:
    digest = hashlib.new(name, usedforsecurity=False)
    while chunk := file.read(_CHUNK):
        job.check_cancel()
        digest.update(chunk)
    return digest.hexdigest()


def _describe_status(job: _Job, response: httpx.Response) -> str:
    status = f"HTTP {response.status_code}"
    if response.status_code in (httpx.codes.NOT_FOUND, httpx.codes.GONE):
        return f"There is no {job.target.name} at {job.url} ({status})."
    if response.is_server_error or response.status_code == httpx.codes.TOO_MANY_REQUESTS:
        return f"The server of {job.url} has a problem ({status}). Try again later."
    return f"The server refuses {job.url} ({status})."


def _resolve(job: _Job, host: str, *, scheme: str) -> None:
    """Give up on a name server that does not answer: a connect timeout does not cover the look-up."""
    proxies = urllib.request.getproxies()
    if (scheme in proxies or "all" in proxies) and not urllib.request.proxy_bypass(host):
        return  # the proxy looks it up
    answered = threading.Event()

    def look_up() -> None:
        try:
            socket.getaddrinfo(host, None)
        except OSError:
            return  # the connection fails at once with the same error, and a better message
        finally:
            answered.set()

    threading.Thread(target=look_up, daemon=True).start()
    if not answered.wait(CONNECT_SECONDS):
        raise job.failure(f"The address of {host} cannot be found, so {job.target.name} cannot be downloaded.")
