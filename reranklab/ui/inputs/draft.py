"""What an input area gives: a request, or why there is none yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reranklab.engine.request import Request
from reranklab.engine.request import listed as listed_request
from reranklab.types import Document, Query


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """`request` is None where something is missing: `problem` says what, and `shown` that the page shows it already.
    `origin` is what an address says of the input; empty where nothing of it may be in one.

    `preview` are candidates known before the run; a search finds its own only in the run.
    """

    request: Request | None = None
    problem: str = ""
    shown: bool = False
    notes: tuple[str, ...] = ()
    origin: Mapping[str, list[str]] = field(default_factory=dict)
    preview: tuple[Document, ...] = ()
    judgements: Mapping[str, int] = field(default_factory=dict)


def listed(
    label: str,
    query: Query,
    documents: tuple[Document, ...],
    *,
    judgements: Mapping[str, int] | None = None,
    origin: Mapping[str, list[str]] | None = None,
    notes: tuple[str, ...] = (),
) -> Draft:
    """A draft whose candidates are at hand."""
    request = listed_request(query, documents, label=label, judgements=judgements, public=bool(origin), notes=notes)
    return Draft(request=request, notes=notes, origin=origin or {}, preview=documents, judgements=judgements or {})
