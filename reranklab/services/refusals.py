"""What a rerank service says with a status that is no answer, in one sentence."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from reranklab.errors import EndpointError
from reranklab.services.faults import tidy, where

if TYPE_CHECKING:
    from reranklab.services.endpoint import Endpoint


def may_pass(status: int) -> bool:
    """Whether the same request may work later: too many requests, or a server that failed."""
    return status == 429 or status >= 500


def asked_pause(header: str) -> float | None:
    """Seconds to wait by a Retry-After header, as a number or a date; None where it says nothing."""
    text = header.strip()
    if text.isascii() and text.isdigit() and len(text) < 10:
        return float(text)
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return max(0.0, (date.replace(tzinfo=date.tzinfo or UTC) - datetime.now(UTC)).total_seconds())


def refused(endpoint: Endpoint, *, status: int, content: bytes, model: str, tries: int, pause: float | None) -> EndpointError:
    """The error for a status, after so many tries; `pause` is what the server asked to wait."""
    about = endpoint.about
    detail = tidy(_message(content), endpoint) or "no explanation"
    again = f" after {tries} tries" if tries > 1 else ""
    if status in (401, 403):
        what = "refused the key" if endpoint.key else "asks for a key"
        words = f"{what} (status {status}). Give a valid one in the session or as {about.variable('KEY')}."
    elif status == 404:
        named = f"no model {model!r}" if model else "no such call"
        words = f"knows {named}, or its address is wrong (status 404: {detail}). {about.address_hint}"
    elif status == 429:
        wait = f"Wait {pause:,.0f} seconds, as it asks" if pause is not None else "Wait"
        words = f"takes no more calls now{again} (status 429: {detail}). {wait}, or check the account's limits."
    elif status < 200 or status == 204:
        words = f"answers with something that is not {about.protocol} (status {status}). {about.address_hint}"
    elif status < 500:
        words = f"refused the request (status {status}: {detail}). Check the model, or {about.lighter}."
    else:
        words = f"failed{again} (status {status}: {detail}). Try again, or look at the server's log."
    return EndpointError(f"{where(endpoint)} {words}")


def _message(content: bytes) -> str:
    """The server's own words, wherever it has them."""
    text = content.decode("utf-8", "replace")
    try:
        data: Any = json.loads(text)
    except (ValueError, RecursionError):
        return text
    for name in ("error", "message", "detail"):
        if isinstance(data, dict) and data.get(name):
            data = data[name]
    if isinstance(data, list) and data and isinstance(data[0], dict) and isinstance(data[0].get("msg"), str):
        data = data[0]["msg"]
    return data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
