"""Hosts as a request names them, and as an operator allows them. The ground floor, beside `errors`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from reranklab.errors import InputError

_NAME = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?)(?::(?P<port>[0-9]{1,5}))?")
_USUAL_PORTS = (80, 443)
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """A name in small letters, or an address, IPv6 in brackets. `port` None is not named: any where a host is allowed, the
    usual one of its scheme where a request names it."""

    name: str
    port: int | None = None


def parse_host(text: str) -> Host | None:
    """NAME or NAME:PORT; None for anything else, such as a path, a user or a name outside of ASCII."""
    found = _NAME.fullmatch(text.lower()) if text.isascii() else None
    if found is None:
        return None
    port = found["port"]
    return Host(name=found["name"], port=None if port is None else int(port))


def allowed_host(text: str) -> Host:
    """What an operator allows. Raises InputError for anything but NAME or NAME:PORT."""
    host = parse_host(text.strip())
    if host is None:
        raise InputError(f"{text!r} is no host to allow. Write its name alone, or NAME:PORT, as in rerank.example.org.")
    return host


def loopback(port: int) -> tuple[Host, ...]:
    """This machine's own names for a server at that port."""
    return tuple(Host(name=name, port=port) for name in LOOPBACK)


def is_allowed(host: Host, allowed: Iterable[Host]) -> bool:
    """Whether a request may name that host. Without a port it is one of the usual ones."""
    ports = _USUAL_PORTS if host.port is None else (host.port,)
    return any(each.name == host.name and (each.port is None or each.port in ports) for each in allowed)


def serves_others(address: str | None, allowed: Iterable[Host]) -> bool:
    """Whether a server that listens at `address` (None: at all) and answers to the hosts `allowed` is reached by others than
    this machine's user, directly or through a proxy."""
    return address not in (*LOOPBACK, "::1") or any(host.name not in LOOPBACK for host in allowed)
