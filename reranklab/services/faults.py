"""What goes wrong with a service, in plain words and without the key."""

from __future__ import annotations

import re
from json import JSONDecodeError
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from reranklab.errors import EndpointError

if TYPE_CHECKING:
    from reranklab.services.endpoint import Endpoint

_DETAIL = 160
_SHORTEST_SECRET = 4


def where(endpoint: Endpoint) -> str:
    """The beginning of a sentence about it."""
    return f"The {endpoint.about.subject} at {endpoint.host}"


def unreadable(error: Exception, endpoint: Endpoint) -> EndpointError:
    """The error to raise for an answer that cannot be taken apart. Nothing of the answer is repeated."""
    if isinstance(error, RecursionError):
        return not_the_protocol(endpoint, "it is nested too deep")
    if isinstance(error, UnicodeDecodeError):
        return not_the_protocol(endpoint, "it is not UTF-8")
    if isinstance(error, JSONDecodeError):
        return not_the_protocol(endpoint, "it is no JSON, or JSON that breaks off")
    if isinstance(error, ValueError) and "integer string conversion" in str(error):
        return not_the_protocol(endpoint, "a number in it is too long")
    return not_the_protocol(endpoint, f"{type(error).__name__} while reading it")


def not_the_protocol(endpoint: Endpoint, detail: str) -> EndpointError:
    """The error for an answer that cannot be read as one of the service's."""
    about = endpoint.about
    return EndpointError(
        f"{where(endpoint)} answers with something that is not {about.protocol}: {detail}. {about.address_hint}"
    )


def silent(endpoint: Endpoint) -> EndpointError:
    """The error for a server that sends nothing for too long."""
    return EndpointError(f"{where(endpoint)} did not answer in time. Check that the server is up, or {endpoint.about.lighter}.")


def unreachable(endpoint: Endpoint, detail: str) -> EndpointError:
    """The error for a connection that does not come about, or ends before an answer."""
    return EndpointError(
        f"{where(endpoint)} cannot be reached, or broke off the connection ({tidy(detail, endpoint)}). Check the address and "
        "that the server is up."
    )


def too_slow(endpoint: Endpoint, *, seconds: float) -> EndpointError:
    """The error for a call that goes on and on."""
    lighter = endpoint.about.lighter
    return EndpointError(
        f"{where(endpoint)} was still answering after {seconds:,.0f} seconds and was stopped. "
        f"{lighter[0].upper()}{lighter[1:]}."
    )


def too_large(endpoint: Endpoint, excess: str) -> EndpointError:
    """The error for an answer that is too large; `excess` says what of it, such as "a reply of more than 8 MB"."""
    return EndpointError(f"{where(endpoint)} sent {excess} and was stopped. Check the address, or use another model.")


def cut_short(endpoint: Endpoint, detail: str) -> EndpointError:
    """The error for a connection that ended before the answer did."""
    return EndpointError(
        f"{where(endpoint)} broke off the connection in the middle of its answer "
        f"({tidy(detail, endpoint) or 'no reason given'}). Try again, or look at the server's log."
    )


def redirected(endpoint: Endpoint, *, status: int, location: str) -> EndpointError:
    """The error for a redirect, which is never followed. It names the host that it points to, without a path."""
    return EndpointError(
        f"{where(endpoint)} points to {_place(endpoint, location)} instead of answering (status {status}). "
        "Documents go to no address that you did not give: if you trust it, give that one."
    )


def _place(endpoint: Endpoint, location: str) -> str:
    try:
        parts = urlsplit(urljoin(endpoint.url, location))
        host = parts.hostname
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        host = None
    if not location or not host:
        return "another place"
    if (parts.scheme, parts.netloc) == urlsplit(endpoint.url)[:2]:
        return "another path there"
    return tidy(f"{parts.scheme}://{host}{port}", endpoint)


def tidy(text: str, endpoint: Endpoint) -> str:
    """A server's words on one short line, without the key."""
    printable = "".join(character if character.isprintable() else " " for character in scrub(text, endpoint))
    words = " ".join(printable.split()).rstrip(".")
    return f"{words[:_DETAIL]}…" if len(words) > _DETAIL else words


def scrub(text: str, endpoint: Endpoint) -> str:
    """The text without the key and without credentials in addresses. A key of three characters or fewer is no secret, and
    taking it out would break replies."""
    if len(endpoint.key) >= _SHORTEST_SECRET:
        text = text.replace(endpoint.key, "***")
    return re.sub(r"(?<=://)[^/\s@]+@", "", text)
