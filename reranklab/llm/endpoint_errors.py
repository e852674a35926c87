"""What goes wrong with a chat endpoint, in plain words and without the key."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

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
        return EndpointError(
            f"{where} did not answer in time. Check that the server is up, or use a smaller window or a faster model."
        )
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


def not_the_protocol(endpoint: Endpoint) -> EndpointError:
    """The error for an answer that cannot be read as one of a chat endpoint."""
    return EndpointError(
        f"The chat endpoint at {endpoint.host} answers with something that is not the chat-completions protocol. "
        "Check the address; most end in /v1."
    )


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
