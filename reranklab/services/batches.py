"""Documents divided into requests that a service takes."""

from __future__ import annotations

import json
from collections.abc import Sequence

from reranklab.errors import InputError
from reranklab.services.contract import Contract

_BYTES_OF_A_TOKEN = 3
"""Of UTF-8: no more tokens than bytes through it, for text in any script that is not made of rare signs."""


def request_groups(
    contract: Contract, *, query: str, texts: Sequence[str], documents: int, body_bytes: int
) -> list[tuple[int, int]]:
    """Half-open ranges over `texts`, each as long as the service's limits allow. `documents` is the most in one (0: the
    service's usual limit, which one's own server may not have). `body_bytes` is the size of a request without documents.

    Raises InputError, naming the document, where one alone is too much.
    """
    most = documents or contract.documents or len(texts)
    query_tokens = _tokens(len(query.encode()))
    groups: list[tuple[int, int]] = []
    start = size = tokens = 0
    for place, text in enumerate(texts):
        own_size = len(json.dumps(text, ensure_ascii=False).encode()) + len(", ")
        own_tokens = query_tokens + _tokens(len(text.encode()))
        if place > start and (
            place - start >= most
            or _exceeds(body_bytes + size + own_size, contract.request_bytes)
            or _exceeds(tokens + own_tokens, contract.request_tokens)
        ):
            groups.append((start, place))
            start, size, tokens = place, 0, 0
        if _exceeds(body_bytes + own_size, contract.request_bytes):
            raise InputError(
                f"Document {place + 1} of {len(texts)} has {own_size:,} bytes, and a request takes "
                f"{contract.request_bytes:,} in all. Shorten it."
            )
        size, tokens = size + own_size, tokens + own_tokens
    groups.append((start, len(texts)))
    return groups


def _tokens(length: int) -> int:
    return length // _BYTES_OF_A_TOKEN + 1


def _exceeds(value: int, limit: int) -> bool:
    return bool(limit) and value > limit
