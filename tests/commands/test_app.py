"""`reranklab app`, as far as it gets without becoming a server."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.contract.command import run_command

NAMES = ("RERANKLAB_LOCKED", "RERANKLAB_SETTINGS", "RERANKLAB_ALLOW_HOST")


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)


def refusal(*arguments: str) -> str:
    """The one line that the command ends with."""
    status, out, err = run_command("app", *arguments)
    assert (status, out) == (2, "")
    (line,) = err.splitlines()
    return line


@pytest.mark.parametrize("name", ["https://rerank.example.org", "*", "a/b", "rerank.example.org:port", ""])
def test_a_host_that_no_request_can_name_is_refused(name: str):
    assert refusal("--allow-host", name) == (
        f"reranklab: {name!r} is no host to allow. Write its name alone, or NAME:PORT, as in rerank.example.org."
    )


@pytest.mark.parametrize(("name", "value"), [(NAMES[0], "yes"), (NAMES[2], "https://rerank.example.org")])
def test_settings_that_cannot_be_used_start_nothing(name: str, value: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(name, value)
    assert value in refusal()


def test_a_settings_file_that_is_missing_starts_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RERANKLAB_SETTINGS", str(tmp_path / "settings.toml"))
    assert "settings.toml cannot be read (No such file or directory)" in refusal()


def test_a_port_that_is_taken_is_named():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert refusal("--port", port).startswith(f"reranklab: Port {port} of 127.0.0.1 is taken or not allowed.")
