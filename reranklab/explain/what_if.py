"""What if the query or a document were different: rank again, and compute only what changed."""

from __future__ import annotations

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from reranklab.data.blank import is_blank
from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.base import check_input, rank_by_score
from reranklab.rankers.family import Capability, Ranker, RankerSpec
from reranklab.types import Document, Provenance, Query, RankedDocument, Ranking, ScoreScale


@dataclass(frozen=True, slots=True, kw_only=True)
class Rescored:
    """A list ranked again. `computed` documents were scored now, in `milliseconds` without the queue; the scores of the other
    `reused` ones were computed earlier for exactly the same input. Not a measured run of the ranker."""

    ranker: str
    items: tuple[RankedDocument, ...]
    scale: ScoreScale
    provenance: Provenance
    warnings: tuple[str, ...]
    computed: int
    reused: int
    milliseconds: float

    def item(self, document_id: str) -> RankedDocument:
        return next(item for item in self.items if item.id == document_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """What is known of one input: a document's item, or a whole list's, with how it was made."""

    items: tuple[RankedDocument, ...]
    scale: ScoreScale
    provenance: Provenance
    warnings: tuple[str, ...]


class ScoreCache:
    """Scores by exact input, ranker, device and context. Bounded, safe between threads."""

    def __init__(self, *, capacity: int = 50_000) -> None:
        self._capacity = capacity
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._guard = threading.Lock()

    def get(self, key: str) -> _Entry | None:
        with self._guard:
            if key in self._entries:
                self._entries.move_to_end(key)
            return self._entries.get(key)

    def put(self, key: str, entry: _Entry) -> None:
        with self._guard:
            self._entries[key] = entry
            self._entries.move_to_end(key)
            while len(self._entries) > self._capacity:
                self._entries.popitem(last=False)


def exact_spec(spec: RankerSpec) -> RankerSpec:
    """The ranker reading one text at a time, so that a score is the same to its last digit whatever is scored beside it."""
    return spec.family.exact(spec) if spec.can(Capability.POINTWISE) else spec


def count_unknown(
    spec: RankerSpec, query: Query, documents: Sequence[Document], *, device: str, cache: ScoreCache, context: str = ""
) -> int:
    """How many documents `rank_again` would have to compute."""
    name = (exact_spec(spec).id, device, context, query.text)
    if not spec.can(Capability.POINTWISE):
        return len(documents) if cache.get(_list_key(name, documents)) is None else 0
    return sum(cache.get(_key(*name, content)) is None for content in {document.content for document in documents})


def rank_again(
    build: Callable[[RankerSpec], Ranker],
    spec: RankerSpec,
    query: Query,
    documents: Sequence[Document],
    *,
    device: str,
    cache: ScoreCache,
    context: str = "",
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> Rescored:
    """Rank the list and compute only what `cache` does not hold for exactly this input, ranker, device and `context`.

    Pointwise rankers reuse document by document and read one text at a time (`exact_spec`), so that every score is that of
    a fresh run; the others reuse whole lists. A stored score of another provenance is computed again. Raises what the ranker
    raises.
    """
    check_input(query, documents)
    ranker = build(exact_spec(spec))
    name = (ranker.id, device, context, query.text)
    if not spec.can(Capability.POINTWISE):
        return _whole_list(ranker, spec, query, documents, name=name, cache=cache, cancel=cancel, progress=progress)
    keys = {document.content: _key(*name, document.content) for document in documents}
    known = {content: entry for content, key in keys.items() if (entry := cache.get(key)) is not None}
    missing = _distinct(document for document in documents if document.content not in known)
    fresh = _rank(ranker, query, missing, documents, cancel=cancel, progress=progress)
    if fresh is not None and any(entry.provenance != fresh.provenance for entry in known.values()):
        known, missing = {}, _distinct(documents)
        fresh = _rank(ranker, query, missing, documents, cancel=cancel, progress=progress)
    if fresh is not None:
        for item in fresh.items:
            if item.candidate < len(missing):
                content = missing[item.candidate].content
                known[content] = _entry(fresh, (item,))
                cache.put(keys[content], known[content])
    items = [known[document.content].items[0] for document in documents]
    last = known[documents[0].content]
    return Rescored(
        ranker=spec.id,
        items=rank_by_score(
            documents,
            [item.score for item in items],
            used=[item.tokens_used for item in items],
            total=[item.tokens_total for item in items],
            ranker=spec.id,
        ),
        scale=last.scale,
        provenance=last.provenance,
        warnings=fresh.warnings if fresh is not None else last.warnings,
        computed=len(missing),
        reused=len(documents) - len(missing),
        milliseconds=fresh.timing.p50() if fresh is not None else 0.0,
    )


def _whole_list(
    ranker: Ranker,
    spec: RankerSpec,
    query: Query,
    documents: Sequence[Document],
    *,
    name: tuple[str, ...],
    cache: ScoreCache,
    cancel: CancelSignal | None,
    progress: Progress | None,
) -> Rescored:
    key = _list_key(name, documents)
    entry = cache.get(key)
    fresh = None
    if entry is None:
        fresh = ranker.rank(query, documents, cancel=cancel, progress=progress)
        entry = _entry(fresh, fresh.items)
        cache.put(key, entry)
    return Rescored(
        ranker=spec.id,
        items=entry.items,
        scale=entry.scale,
        provenance=entry.provenance,
        warnings=entry.warnings,
        computed=len(documents) if fresh is not None else 0,
        reused=0 if fresh is not None else len(documents),
        milliseconds=fresh.timing.p50() if fresh is not None else 0.0,
    )


def _rank(
    ranker: Ranker,
    query: Query,
    missing: Sequence[Document],
    documents: Sequence[Document],
    *,
    cancel: CancelSignal | None,
    progress: Progress | None,
) -> Ranking | None:
    """Rank what is missing. Blank documents alone are no list, so one with text comes along behind them."""
    if not missing:
        return None
    ranker.load(cancel=cancel, progress=progress)
    company = _first_with_text(documents) if all(is_blank(document.content) for document in missing) else ()
    return ranker.rank(query, [*missing, *company], cancel=cancel, progress=progress)


def _first_with_text(documents: Sequence[Document]) -> tuple[Document, ...]:
    return tuple(document for document in documents if not is_blank(document.content))[:1]


def _distinct(documents: Iterable[Document]) -> list[Document]:
    """One document for each distinct content."""
    return list({document.content: document for document in reversed([*documents])}.values())[::-1]


def _entry(ranking: Ranking, items: tuple[RankedDocument, ...]) -> _Entry:
    return _Entry(items=items, scale=ranking.scale, provenance=ranking.provenance, warnings=ranking.warnings)


def _list_key(name: tuple[str, ...], documents: Sequence[Document]) -> str:
    return _key(*name, *(part for document in documents for part in (document.id, document.content)))


def _key(*parts: str) -> str:
    return hashlib.sha256(json.dumps(parts).encode("utf-8", "surrogatepass")).hexdigest()
