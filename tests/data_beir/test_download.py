import hashlib
import shutil
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest

from reranklab.data import download as module
from reranklab.data.download import download
from reranklab.errors import Cancelled, DataUnavailableError, StorageError
from reranklab.progress import Step
from tests.data_beir.server import Files, serve

CONTENT = bytes(range(256)) * 12_000  # 3,072,000 bytes
MD5 = hashlib.md5(CONTENT).hexdigest()
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture(autouse=True)
def direct(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture
def server() -> Iterator[Files]:
    with serve(Files(files={"/data.zip": CONTENT})) as files:
        yield files


def address(server: Files) -> str:
    return f"{server.url}/data.zip"


def interrupted(server: Files, target: Path, *, after: int = 1_000_000) -> None:
    server.break_after = after
    with pytest.raises(DataUnavailableError, match="broke off"):
        download(address(server), target)
    assert not target.exists()
    assert target.with_name("data.zip.part").stat().st_size <= after
    server.requests.clear()


def refused(server: Files, target: Path, **options: str) -> str:
    with pytest.raises(DataUnavailableError) as caught:
        download(address(server), target, **options)  # type: ignore[arg-type]
    assert not target.exists()
    return str(caught.value)


def test_a_whole_file_with_progress(server: Files, tmp_path: Path) -> None:
    steps: list[Step] = []
    target = tmp_path / "new" / "data.zip"
    assert download(address(server), target, md5=MD5.upper(), sha256=SHA256, progress=steps.append) == target
    assert target.read_bytes() == CONTENT
    assert {step.unit for step in steps} == {"MB"}
    assert {step.total for step in steps} == {4}
    assert [step.done for step in steps] == sorted(step.done for step in steps)
    assert (steps[-1].done, steps[-1].label) == (4, "downloading data.zip")
    assert {path.name for path in target.parent.iterdir()} <= {"data.zip", "data.zip.lock"}


def test_a_file_that_is_here_is_not_fetched(server: Files, tmp_path: Path) -> None:
    target = tmp_path / "data.zip"
    target.write_bytes(b"mine")
    download(address(server), target)
    assert target.read_bytes() == b"mine"
    assert server.requests == []


def test_the_size_is_used_where_the_server_tells_none(server: Files, tmp_path: Path) -> None:
    server.announce_length = False
    steps: list[Step] = []
    download(address(server), tmp_path / "data.zip", md5=MD5, size=9_500_000, progress=steps.append)
    assert steps[0].total == 10
    assert (steps[-1].done, steps[-1].total) == (4, 4)


def test_an_interrupted_download_goes_on(server: Files, tmp_path: Path) -> None:
    target = tmp_path / "data.zip"
    interrupted(server, target)
    here = target.with_name("data.zip.part").stat().st_size
    assert here > 0
    steps: list[Step] = []
    download(address(server), target, md5=MD5, progress=steps.append)
    assert target.read_bytes() == CONTENT
    (request,) = server.requests
    assert (request["range"], request["if-range"]) == (f"bytes={here}-", '"v1"')
    assert steps[0].total == 4


def test_a_date_serves_where_the_etag_is_weak(server: Files, tmp_path: Path) -> None:
    server.etag, server.modified = 'W/"v1"', "Wed, 01 Jan 2025 00:00:00 GMT"
    target = tmp_path / "data.zip"
    interrupted(server, target)
    download(address(server), target, md5=MD5)
    assert server.requests[0]["if-range"] == server.modified


@pytest.mark.parametrize("manner", ["changed", "no ranges", "unmarked", "other address"])
def test_it_starts_again_where_going_on_is_not_safe(server: Files, tmp_path: Path, manner: str) -> None:
    target = tmp_path / "data.zip"
    if manner == "unmarked":
        server.etag = ""
    interrupted(server, target)
    other = CONTENT[::-1]
    url = address(server)
    if manner == "changed":
        server.files["/data.zip"], server.etag = other, '"v2"'
    elif manner == "no ranges":
        server.ranges = False
    elif manner == "other address":
        url += "?mirror=2"
        server.files["/data.zip?mirror=2"] = other
    download(url, target)
    assert target.read_bytes() == (other if manner in ("changed", "other address") else CONTENT)


def test_a_part_that_is_complete_is_only_checked(server: Files, tmp_path: Path) -> None:
    target = tmp_path / "data.zip"
    interrupted(server, target)
    target.with_name("data.zip.part").write_bytes(CONTENT)
    download(address(server), target, md5=MD5)
    assert target.read_bytes() == CONTENT
    assert len(server.requests) == 1


def test_a_part_longer_than_the_file_is_dropped(server: Files, tmp_path: Path) -> None:
    target = tmp_path / "data.zip"
    interrupted(server, target)
    target.with_name("data.zip.part").write_bytes(CONTENT + b"more")
    download(address(server), target, md5=MD5)
    assert target.read_bytes() == CONTENT
    assert len(server.requests) == 2


@pytest.mark.parametrize("damage", ["cut", "a folder"])
def test_a_file_that_is_here_and_damaged_is_fetched_again(server: Files, tmp_path: Path, damage: str) -> None:
    target = tmp_path / "data.zip"
    if damage == "cut":
        target.write_bytes(CONTENT[:100])
    else:
        (target / "inside").mkdir(parents=True)
    download(address(server), target, sha256=SHA256)
    assert target.read_bytes() == CONTENT


@pytest.mark.parametrize("content", [b"", b"\0" * 80, b"[]", b'{"url": 5}', b"[" * 100_000, None])
@pytest.mark.parametrize("name", ["data.zip.part.json", "data.zip.part"])
def test_what_was_kept_of_a_download_may_be_damaged(server: Files, tmp_path: Path, name: str, content: bytes | None) -> None:
    target = tmp_path / "data.zip"
    interrupted(server, target)
    kept = target.with_name(name)
    if content is None:
        kept.unlink()
        (kept / "inside").mkdir(parents=True)
    else:
        kept.write_bytes(content)
    if name == "data.zip.part" and content:
        kept.with_name("data.zip.part.json").unlink()  # a part of another length than the server's is told by the checksum
    download(address(server), target, md5=MD5)
    assert target.read_bytes() == CONTENT


@pytest.mark.parametrize("sums", [{"md5": "0" * 32}, {"sha256": "0" * 64}, {"md5": MD5, "sha256": "0" * 64}])
def test_a_wrong_checksum(server: Files, tmp_path: Path, sums: dict[str, str]) -> None:
    message = refused(server, tmp_path / "data.zip", **sums)
    assert "data.zip is damaged or was changed" in message
    assert "0" * 32 in message
    assert not (tmp_path / "data.zip.part").exists()


@pytest.mark.parametrize(
    ("status", "says"),
    [(404, "There is no data.zip"), (403, "The server refuses"), (503, "has a problem"), (429, "Try again later")],
)
def test_http_errors(server: Files, tmp_path: Path, status: int, says: str) -> None:
    server.status = status
    message = refused(server, tmp_path / "data.zip", advice="Or put the files into /data/x.")
    assert says in message
    assert f"HTTP {status}" in message
    assert message.endswith("Or put the files into /data/x.")


def test_an_error_keeps_the_part(server: Files, tmp_path: Path) -> None:
    target = tmp_path / "data.zip"
    interrupted(server, target)
    server.status = 503
    refused(server, target)
    server.status = 200
    download(address(server), target, md5=MD5)
    assert "range" in server.requests[-1]


def test_cancel_keeps_what_is_here(server: Files, tmp_path: Path) -> None:
    cancel = threading.Event()

    def stop(step: Step) -> None:
        if step.done >= 2:
            cancel.set()

    target = tmp_path / "data.zip"
    with pytest.raises(Cancelled, match=r"data\.zip"):
        download(address(server), target, cancel=cancel, progress=stop)
    assert 1_000_000 <= target.with_name("data.zip.part").stat().st_size < len(CONTENT)
    download(address(server), target, md5=MD5)
    assert "range" in server.requests[-1]


def test_a_server_that_does_not_listen(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(DataUnavailableError) as caught:
        download(f"http://127.0.0.1:{port}/data.zip", tmp_path / "data.zip", advice="Put the files into /data/x.")
    assert "127.0.0.1 cannot be reached, so data.zip cannot be downloaded" in str(caught.value)
    assert str(caught.value).endswith("Put the files into /data/x.")


def test_a_name_server_that_does_not_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    silence = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: silence.wait())
    monkeypatch.setattr(module, "CONNECT_SECONDS", 0.05)
    with pytest.raises(DataUnavailableError, match=r"address of data\.invalid cannot be found"):
        download("http://data.invalid/data.zip", tmp_path / "data.zip")
    silence.set()


@pytest.mark.parametrize("url", ["data.zip", "ftp://127.0.0.1/data.zip", "http://127.0.0.1:x/data.zip"])
def test_addresses_that_are_none(tmp_path: Path, url: str) -> None:
    with pytest.raises(DataUnavailableError, match="is not a web address"):
        download(url, tmp_path / "data.zip")


def test_too_little_room(server: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1_000_000))
    with pytest.raises(StorageError, match="needs 3 MB, but"):
        download(address(server), tmp_path / "data.zip")
    assert not (tmp_path / "data.zip").exists()


def test_a_folder_that_cannot_be_made(server: Files, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match=r"data\.zip cannot be stored in .*file is a file, not a folder"):
        download(address(server), tmp_path / "file" / "data.zip")


def test_several_callers_fetch_once(server: Files, tmp_path: Path) -> None:
    target = tmp_path / "data.zip"
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(lambda _: download(address(server), target, md5=MD5), range(4))) == {target}
    assert len(server.requests) == 1


def test_one_who_waits_can_stop(tmp_path: Path) -> None:
    cancel = threading.Event()
    lock = tmp_path / "x.lock"
    with module.file_turn(lock, cancel=None), ThreadPoolExecutor(1) as pool:

        def wait() -> None:
            with module.file_turn(lock, cancel=cancel):
                pytest.fail("two held the lock")

        waiting = pool.submit(wait)
        cancel.set()
        with pytest.raises(Cancelled):
            waiting.result()
