"""Addresses of the machine's own network, which a visitor of a served app must not reach through it."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from reranklab.errors import EndpointError
from reranklab.operator import PRIVATE, is_shared, operator_settings
from reranklab.services.faults import where

if TYPE_CHECKING:
    from reranklab.services.endpoint import Endpoint


def keeps_to_public(endpoint: Endpoint) -> bool:
    """Whether only public addresses may be reached: the app is served to others, and a visitor chose this address."""
    return is_shared() and not endpoint.of_environment and not operator_settings().private_addresses


async def check_public(endpoint: Endpoint) -> None:
    """Raise EndpointError where the name stands for an address that is not public. A name that cannot be resolved passes: the
    connection says so."""
    parts = urlsplit(endpoint.url)
    try:
        found = await asyncio.get_running_loop().getaddrinfo(parts.hostname or "", parts.port or 0, type=socket.SOCK_STREAM)
    except OSError:
        return
    for *_, address in found:
        check_address(endpoint, str(address[0]))


def check_address(endpoint: Endpoint, address: str) -> None:
    """Raise EndpointError for an IP address that is not public. The message does not tell which it is."""
    if not is_public_address(address):
        raise EndpointError(
            f"{where(endpoint)} is not public, and this app is served to others, so nothing was sent. Its operator can allow "
            f"such addresses with {PRIVATE}=1, or set this one up in the environment."
        )


def is_public_address(address: str) -> bool:
    """Whether an IP address is one of the public internet: not private, link-local, loopback, shared or reserved."""
    found = ipaddress.ip_address(address.partition("%")[0])
    inner = found.ipv4_mapped or found.sixtofour if isinstance(found, ipaddress.IPv6Address) else None
    return (inner or found).is_global and not found.is_multicast
