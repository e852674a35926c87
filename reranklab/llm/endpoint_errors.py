"""What goes wrong with a chat endpoint, in plain words and without the key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reranklab.errors import EndpointError
from reranklab.services.faults import silent, tidy, unreachable, where

if TYPE_CHECKING:
    from openai import APIStatusError, OpenAIError

    from reranklab.services.endpoint import Endpoint


def in_plain_words(error: OpenAIError, endpoint: Endpoint) -> EndpointError:
    """The error to raise for what the client library raised."""
    from openai import APIConnectionError, APIStatusError, APITimeoutError

    if isinstance(error, APITimeoutError):
        return silent(endpoint)
    if isinstance(error, APIConnectionError):
        return unreachable(endpoint, str(error.__cause__ or error))
    if isinstance(error, APIStatusError):
        return EndpointError(f"{where(endpoint)} {_status_words(error, endpoint)}")
    return EndpointError(
        f"{where(endpoint)} broke off its answer: {tidy(str(error), endpoint)}. Try again, or look at the server's log."
    )


def _status_words(error: APIStatusError, endpoint: Endpoint) -> str:
    status = error.status_code
    detail = tidy(_server_message(error), endpoint)
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


def endless(endpoint: Endpoint, *, characters: int) -> EndpointError:
    """The error for a reply that does not stop."""
    return EndpointError(f"The reply of {endpoint.model!r} passed {characters:,} characters without an end. Use another model.")
