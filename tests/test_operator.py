"""What an operator decides: read from the environment and a file, and never taken for less than it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from reranklab.errors import InputError, LockedError
from reranklab.hosts import Host
from reranklab.operator import Lock, check_unlocked, is_locked, locked_in_words, operator_settings


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RERANKLAB_LOCKED", "RERANKLAB_SETTINGS", "RERANKLAB_ALLOW_HOST"):
        monkeypatch.delenv(name, raising=False)


def settings_file(folder: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = folder / "settings.toml"
    file.write_text(text, encoding="utf-8")
    monkeypatch.setenv("RERANKLAB_SETTINGS", str(file))
    return file


def test_without_settings_nothing_is_locked():
    assert operator_settings().locked == frozenset()
    assert operator_settings().hosts == ()
    assert locked_in_words() == ""
    check_unlocked(Lock.ENDPOINTS, "This", "Do that.")


@pytest.mark.parametrize(
    ("value", "locked"),
    [
        ("", set()),
        ("0", set()),
        ("1", set(Lock)),
        ("endpoints", {Lock.ENDPOINTS}),
        ("remote-code, local-files", {Lock.REMOTE_CODE, Lock.LOCAL_FILES}),
    ],
)
def test_the_environment_locks_all_or_some(value: str, locked: set[Lock], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RERANKLAB_LOCKED", value)
    assert operator_settings().locked == locked


@pytest.mark.parametrize(
    ("text", "locked"),
    [
        ("", set()),
        ("locked = false", set()),
        ("locked = true", set(Lock)),
        ('locked = ["endpoints"]', {Lock.ENDPOINTS}),
        ("locked = []", set()),
    ],
)
def test_a_file_locks_all_or_some(text: str, locked: set[Lock], tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    settings_file(tmp_path, text, monkeypatch)
    assert operator_settings().locked == locked


def test_the_environment_opens_nothing_that_the_file_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    settings_file(tmp_path, 'locked = ["local-files"]', monkeypatch)
    monkeypatch.setenv("RERANKLAB_LOCKED", "0")
    assert is_locked(Lock.LOCAL_FILES)
    monkeypatch.setenv("RERANKLAB_LOCKED", "endpoints")
    assert operator_settings().locked == {Lock.LOCAL_FILES, Lock.ENDPOINTS}


def test_hosts_of_both_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    settings_file(tmp_path, 'allow_hosts = ["rerank.example.org"]', monkeypatch)
    monkeypatch.setenv("RERANKLAB_ALLOW_HOST", "a.example:8443, b.example")
    assert operator_settings().hosts == (
        Host(name="a.example", port=8443),
        Host(name="b.example"),
        Host(name="rerank.example.org"),
    )


@pytest.mark.parametrize("value", ["yes", "true", "2", "endpoint", "endpoints,", "all"])
def test_a_lock_that_does_not_exist_is_an_error_for_every_lock(value: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RERANKLAB_LOCKED", value)
    for lock in Lock:
        with pytest.raises(InputError, match="Choose among: remote-code, local-files, endpoints"):
            is_locked(lock)


@pytest.mark.parametrize(
    "text",
    [
        "locked =",
        "lock = true",
        'locked = "yes"',
        "locked = 1",
        'locked = ["endpoint"]',
        "locked = [1]",
        'allow_hosts = "rerank.example.org"',
        "allow_hosts = [1]",
        'allow_hosts = ["https://rerank.example.org"]',
        "\x00",
    ],
)
def test_a_file_that_cannot_be_used_is_an_error(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    settings_file(tmp_path, text, monkeypatch)
    with pytest.raises(InputError):
        is_locked(Lock.ENDPOINTS)


def test_a_file_that_is_missing_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    settings_file(tmp_path, "locked = true", monkeypatch).unlink()
    with pytest.raises(InputError, match="No such file"):
        is_locked(Lock.ENDPOINTS)


def test_what_is_refused_says_what_who_and_what_instead(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RERANKLAB_LOCKED", "local-files")
    check_unlocked(Lock.ENDPOINTS, "This endpoint", "Leave it out.")
    with pytest.raises(LockedError) as caught:
        check_unlocked(Lock.LOCAL_FILES, "The dataset '/x'", "Use a name.")
    assert str(caught.value) == (
        "The dataset '/x' does not work here: the operator of this installation has locked models, datasets and documents by a "
        "path of this machine. Use a name."
    )
    assert locked_in_words() == (
        "Locked by the operator of this installation: models, datasets and documents by a path of this machine."
    )


@pytest.mark.parametrize(("value", "allowed"), [("1", True), ("0", False), ("", False)])
def test_private_addresses(value: str, allowed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RERANKLAB_PRIVATE_ADDRESSES", value)
    assert operator_settings().private_addresses == allowed


def test_private_addresses_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "settings.toml"
    monkeypatch.setenv("RERANKLAB_SETTINGS", str(file))
    file.write_text("private_addresses = true")
    assert operator_settings().private_addresses


def test_a_word_about_private_addresses_that_is_none_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("RERANKLAB_PRIVATE_ADDRESSES", "yes")
        with pytest.raises(InputError, match="RERANKLAB_PRIVATE_ADDRESSES=yes does not work"):
            operator_settings()
    file = tmp_path / "other.toml"
    file.write_text('private_addresses = "no"')
    monkeypatch.setenv("RERANKLAB_SETTINGS", str(file))
    with pytest.raises(InputError, match="neither true nor false"):
        operator_settings()
