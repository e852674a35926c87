"""What the operator of an installation decides, and its users cannot: what is locked, the hosts that the app answers to, and
whether it reaches private addresses for its visitors.

RERANKLAB_LOCKED=1 locks everything that can be locked; names with commas between lock only these; 0 is as without it. A TOML
file named by RERANKLAB_SETTINGS says the same with `locked` (true, or a list of names), `allow_hosts` (a list) and
`private_addresses` (true). Both add up.
Settings that cannot be read are an error, never an installation without locks. They are read once.
"""

from __future__ import annotations

import os
import threading
import tomllib
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from reranklab.errors import InputError, LockedError
from reranklab.hosts import Host, allowed_host

LOCKED, SETTINGS, ALLOW_HOST = "RERANKLAB_LOCKED", "RERANKLAB_SETTINGS", "RERANKLAB_ALLOW_HOST"
PRIVATE = "RERANKLAB_PRIVATE_ADDRESSES"
RAY = "RERANKLAB_RAY"


class Lock(StrEnum):
    """What an operator can lock."""

    REMOTE_CODE = "remote-code"
    LOCAL_FILES = "local-files"
    ENDPOINTS = "endpoints"
    TRAINING = "training"


_WORDS = {
    Lock.REMOTE_CODE: "code that comes with a model",
    Lock.LOCAL_FILES: "models, datasets and documents by a path of this machine",
    Lock.ENDPOINTS: "chat endpoints and rerank services other than those set up here",
    Lock.TRAINING: "training of models",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorSettings:
    """`hosts` are those that the app answers to besides this machine's own names. `private_addresses` lets visitors of an app
    that is served to others name endpoints in the machine's own network."""

    locked: frozenset[Lock] = frozenset()
    hosts: tuple[Host, ...] = ()
    private_addresses: bool = False


_shared = threading.Event()


def operator_settings() -> OperatorSettings:
    """Those of the environment and of the file that it names. Raises InputError where they cannot be used."""
    return _read(*(os.environ.get(name, "").strip() for name in (LOCKED, SETTINGS, ALLOW_HOST, PRIVATE)))


def share() -> None:
    """Say that others than this machine's user reach this process from now on. The app's server says so."""
    _shared.set()


def is_shared() -> bool:
    """Whether this process serves others than this machine's user."""
    return _shared.is_set()


def ray_address() -> str:
    """The Ray cluster that the app's evaluations may use: RERANKLAB_RAY, "" for none. No visitor can name another."""
    return os.environ.get(RAY, "").strip()


def is_locked(lock: Lock) -> bool:
    """Raises InputError for settings that cannot be used."""
    return lock in operator_settings().locked


def check_unlocked(lock: Lock, what: str, remedy: str) -> None:
    """Raise LockedError where `lock` is set: `what` (the beginning of a sentence) is refused, `remedy` is what works."""
    if is_locked(lock):
        raise LockedError(f"{what} does not work here: the operator of this installation has locked {_WORDS[lock]}. {remedy}")


def locked_in_words() -> str:
    """All that is locked in one sentence; "" where nothing is."""
    locked = operator_settings().locked
    words = [_WORDS[lock] for lock in Lock if lock in locked]
    return f"Locked by the operator of this installation: {'; '.join(words)}." if words else ""


@cache
def _read(locked: str, file: str, hosts: str, private: str) -> OperatorSettings:
    named = [name for name in hosts.replace(",", " ").split() if name]
    data = _read_file(Path(file)) if file else {}
    if private not in ("", "0", "1"):
        raise InputError(f"{PRIVATE}={private} does not work. Write 1 or 0.")
    in_file = data.get("private_addresses", False)
    if not isinstance(in_file, bool):
        raise InputError(f"private_addresses in the settings file {file} is neither true nor false. Mend it.")
    return OperatorSettings(
        locked=_locks_named(locked) | _locks_of_file(data.get("locked", False), file),
        hosts=tuple(allowed_host(name) for name in (*named, *_hosts_of_file(data.get("allow_hosts", []), file))),
        private_addresses=private == "1" or in_file,
    )


def _read_file(path: Path) -> dict[str, Any]:
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"The settings file {path} cannot be read ({reason}). Mend it, or unset {SETTINGS}.") from error
    unknown = sorted(data.keys() - {"locked", "allow_hosts", "private_addresses"})
    if unknown:
        raise InputError(
            f"The settings file {path} has an unknown key {unknown[0]!r}. It takes locked, allow_hosts and private_addresses."
        )
    return data


def _locks_named(text: str) -> frozenset[Lock]:
    if text in ("", "0"):
        return frozenset()
    return frozenset(Lock) if text == "1" else frozenset(_lock(name.strip(), f"{LOCKED}={text}") for name in text.split(","))


def _locks_of_file(value: Any, file: str) -> frozenset[Lock]:
    if isinstance(value, bool):
        return frozenset(Lock) if value else frozenset()
    if not isinstance(value, list):
        raise InputError(f"locked in the settings file {file} is neither true, false nor a list of names. Mend it.")
    return frozenset(_lock(str(name), f"locked in the settings file {file}") for name in value)


def _lock(name: str, where: str) -> Lock:
    try:
        return Lock(name)
    except ValueError:
        raise InputError(f"{where} names {name!r}, which is no lock. Choose among: {', '.join(Lock)}.") from None


def _hosts_of_file(value: Any, file: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise InputError(f"allow_hosts in the settings file {file} is no list of names. Mend it.")
    return value
