"""What goes wrong with a chat endpoint, in plain words and without the key."""

from __future__ import annotations

import re
from json import JSONDecodeError
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from reranklab.errors import EndpointError

if TYPE_CHECKING:
    from openai import APIStatusError, OpenAIError

    from reranklab.llm.endpoint import Endpoint

_DETAIL = 160
_SHORTEST_SECRET = 4


def in_plain_words(error: OpenAIError, endpoint: Endpoint) -> EndpointError:
    """The error to raise for what the client library raised."""
    from openai import APIConnectionError, APIStatusError, APITimeoutError

    where = f"The chat endpoint at {endpoint.host}"
    if isinstance(error, APITimeoutError):
        return silent(endpoint)
    if isinstance(error, APIConnectionError):
        detail = _tidy(str(error.__cause__ or error), endpoint)
        return EndpointError(
            f"{where} cannot be reached, or broke off the connection ({detail}). Check the address and that the server is up."
        )
    if isinstance(error, APIStatusError):
        return EndpointError(f"{where} {_status_words(error, endpoint)}")
    return EndpointError(
        f"{where} broke off its answer: {_tidy(str(error), endpoint)}. Try again, or look at the server's log."
    )


def _status_words(error: APIStatusError, endpoint: Endpoint) -> str:
    status = error.status_code
    detail = _tidy(_server_message(error), endpoint)
    if status < 200:
        return (
            f"answers with something that is not the chat-completions protocol (status {status}). Check the address; most end "
            "in /v1."
        )
    if status in (401, 403):
        what = "refused the key" if endpoint.key else "asks for a key"
        return f"{what} (status {status}). Give a valid one in the session or as RERANKLAB_LLM_KEY."
    if status == 404:
        return (
            f"knows no model {endpoint.model!r}, or its address is wrong (status 404: {detail}). "
            "Check the name; most addresses end in /v1."
        )
    if status == 429:
        return f"takes no more calls now (status 429: {detail}). Wait, or check the account's limits."
    if status < 500:
        return (
            f"refused the request (status {status}: {detail}). Check that it is a chat model, or use a smaller window or "
            "shorter passages."
        )
    return f"failed (status {status}: {detail}). Try again, or look at the server's log."


def _server_message(error: APIStatusError) -> str:
    body: Any = error.body
    if isinstance(body, dict):
        inner = body.get("error", body)
        message = inner.get("message") if isinstance(inner, dict) else inner
        return str(message or body.get("detail") or body)
    return str(body or "no explanation")


def unreadable(error: Exception, endpoint: Endpoint) -> EndpointError:
    """The error to raise for an answer that the client library cannot take apart. Nothing of the answer is repeated."""
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
    """The error for an answer that cannot be read as one of a chat endpoint."""
    return EndpointError(
        f"The chat endpoint at {endpoint.host} answers with something that is not the chat-completions protocol: {detail}. "
        "Check the address; most end in /v1."
    )


def silent(endpoint: Endpoint) -> EndpointError:
    """The error for a server that sends nothing for too long."""
    return EndpointError(
        f"The chat endpoint at {endpoint.host} did not answer in time. Check that the server is up, or use a smaller window or "
        "a faster model."
    )


def too_slow(endpoint: Endpoint, *, seconds: float) -> EndpointError:
    """The error for a call that goes on and on."""
    return EndpointError(
        f"The chat endpoint at {endpoint.host} was still answering after {seconds:,.0f} seconds and was stopped. Use a smaller "
        "window or a faster model."
    )


def too_large(endpoint: Endpoint, excess: str) -> EndpointError:
    """The error for an answer that is too large; `excess` says what of it, such as "a reply of more than 8 MB"."""
    return EndpointError(
        f"The chat endpoint at {endpoint.host} sent {excess} and was stopped. Check the address, or use another model."
    )


def cut_short(endpoint: Endpoint, detail: str) -> EndpointError:
    """The error for a connection that ended before the answer did."""
    return EndpointError(
        f"The chat endpoint at {endpoint.host} broke off the connection in the middle of its answer "
        f"({_tidy(detail, endpoint) or 'no reason given'}). Try again, or look at the server's log."
    )


def redirected(endpoint: Endpoint, *, status: int, location: str) -> EndpointError:
    """The error for a redirect, which is never followed. It names the host that it points to, without a path."""
    return EndpointError(
        f"The chat endpoint at {endpoint.host} points to {_place(endpoint, location)} instead of answering (status {status}). "
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
    return _tidy(f"{parts.scheme}://{host}{port}", endpoint)


def endless(endpoint: Endpoint, *, characters: int) -> EndpointError:
    """The error for a reply that does not stop."""
    return EndpointError(f"The reply of {endpoint.model!r} passed {characters:,} characters without an end. Use another model.")


def _tidy(text: str, endpoint: Endpoint) -> str:
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
