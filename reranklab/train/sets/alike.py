"""Queries that say the same in the same words or in others.

Two measures, each 0 to 1. Words: the cosine of the pieces of 3 and 4 characters of two texts' words, each weighed by how rare
it is among all the texts; the order of words does not count. Meaning: the cosine of sentence embeddings, where an embedding
model is stored here and both texts are in Latin script, which the embedded models were trained on. docs/training.md has how the
limits were set and what they find.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import regex
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from reranklab.data.words import tokenise
from reranklab.engine.build import build_ranker
from reranklab.evaluate.candidates import searching_rankers
from reranklab.models.catalogue import list_models
from reranklab.models.store import is_stored
from reranklab.progress import CancelSignal, Progress, check_cancel, report
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.rankers.searching import Searches, VectorSearch
from reranklab.types import COSINE, Document, Query

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float32]

WORDS_SHARE = 1 / 6
"""How much of the likeness are the words, where the meaning is known; the rest is the meaning."""
LIMIT = 0.74
"""From this likeness on two queries are alike."""
WORDS_LIMIT = 0.55
"""The same where only the words are known."""

_SIZES = (3, 4)
_BLOCK = 1 << 22
_LATIN = regex.compile(r"\p{Latin}")
_LETTER = regex.compile(r"\p{L}")
_MOSTLY = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Alike:
    """Texts at two positions that say the same. `meaning` is None where it is not known, `same` marks equal words."""

    first: int
    second: int
    words: float
    meaning: float | None
    same: bool

    @property
    def likeness(self) -> float:
        return self.words if self.meaning is None else likeness(self.words, self.meaning)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlikePairs:
    """`by` is the id of the ranker whose embeddings were compared, "" where words alone were."""

    pairs: tuple[Alike, ...]
    by: str


def likeness(words: float, meaning: float) -> float:
    """The two measures as one."""
    return WORDS_SHARE * words + (1 - WORDS_SHARE) * meaning


def alike_pairs(
    first: Sequence[str],
    second: Sequence[str] | None = None,
    *,
    device: str = "cpu",
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> AlikePairs:
    """The pairs of a text of `first` and one of `second` that are alike, or, without `second`, those within `first`, the
    smaller position first. All pairs are compared, in blocks. Raises what the embedding ranker raises, and Cancelled.
    """
    texts = [*first, *(second or ())]
    if not texts:
        return AlikePairs(pairs=(), by="")
    rows, columns = (0, len(first)), (0, len(first)) if second is None else (len(first), len(texts))
    words = piece_weights(texts)
    embedder = stored_embedder()
    vectors = None if embedder is None else _vectors(embedder, texts, device=device, cancel=cancel, progress=progress)
    latin = np.array([_is_latin(text) for text in texts])
    spelled = [tuple(tokenise(text, analyser="words")) for text in texts]
    found: list[Alike] = []
    size = max(1, _BLOCK // max(1, columns[1] - columns[0]))
    for start in range(*rows, size):
        check_cancel(cancel, "Stopped while queries were compared.")
        report(progress, done=start, total=rows[1], unit="query", label="comparing queries")
        end = min(start + size, rows[1])
        for row, column, shared, meaning in _block(words, vectors, latin, (start, end), columns):
            if second is None and row >= column:
                continue
            same = bool(spelled[row]) and spelled[row] == spelled[column]
            pair = Alike(first=row, second=column - columns[0], words=shared, meaning=meaning, same=same)
            if same or pair.likeness >= (WORDS_LIMIT if meaning is None else LIMIT):
                found.append(pair)
    report(progress, done=rows[1], total=rows[1], unit="query", label="comparing queries")
    found.sort(key=lambda pair: (pair.first, -pair.likeness, pair.second))
    return AlikePairs(pairs=tuple(found), by=embedder or "")


def alike_groups(
    queries: Sequence[Query], *, device: str = "cpu", cancel: CancelSignal | None = None, progress: Progress | None = None
) -> list[list[str]]:
    """The ids of the queries in groups, those that are alike in one. Raises as `alike_pairs` does."""
    alike = alike_pairs([query.text for query in queries], device=device, cancel=cancel, progress=progress)
    return [[queries[index].id for index in group] for group in groups_of(len(queries), alike.pairs)]


def groups_of(count: int, pairs: Sequence[Alike]) -> list[list[int]]:
    """The positions 0 to `count` - 1 in groups: who is alike, also by way of others, is in one. In the order of the first."""
    links = csr_matrix(
        (np.ones(len(pairs)), ([pair.first for pair in pairs], [pair.second for pair in pairs])), shape=(count, count)
    )
    groups: dict[int, list[int]] = {}
    for position, label in enumerate(connected_components(links, directed=False)[1].tolist()):
        groups.setdefault(label, []).append(position)
    return list(groups.values())


def stored_embedder() -> str | None:
    """The id of the first ranker that compares embeddings by cosine and whose model is here; None where none is."""
    stored = {entry.id for entry in list_models() if entry.source == "wheel" and is_stored(entry)}
    for ranker in searching_rankers():
        spec = parse_ranker_id(ranker)
        if spec.family.scales == (COSINE,) and spec.family.default_model in stored and not spec.missing:
            return spec.id
    return None


def piece_weights(texts: Sequence[str]) -> csr_matrix:
    """(texts, pieces): each row of length 1, or all 0 for a text without words."""
    counts = [_pieces(text) for text in texts]
    holders = Counter(piece for count in counts for piece in count)
    place = {piece: number for number, piece in enumerate(holders)}
    lengths = [len(count) for count in counts]
    weights = [
        (1 + math.log(times)) * math.log((1 + len(texts)) / holders[piece])
        for count in counts
        for piece, times in count.items()
    ]
    matrix = csr_matrix(
        (weights, [place[piece] for count in counts for piece in count], np.concatenate([[0], np.cumsum(lengths)])),
        shape=(len(texts), max(1, len(place))),
    )
    norms = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    return csr_matrix(matrix.multiply(1 / np.maximum(norms, 1e-12)[:, None]))


def _pieces(text: str) -> Counter[str]:
    counts: Counter[str] = Counter()
    for word in tokenise(text, analyser="words"):
        framed = f" {word} "
        for size in _SIZES:
            counts.update(framed[start : start + size] for start in range(max(1, len(framed) - size + 1)))
    return counts


def _block(
    words: csr_matrix, vectors: Floats | None, latin: Any, rows: tuple[int, int], columns: tuple[int, int]
) -> Iterator[tuple[int, int, float, float | None]]:
    """Row, column, words and meaning of each pair that could be alike."""
    by_words = (words[rows[0] : rows[1]] @ words[columns[0] : columns[1]].T).tocoo()
    near = by_words.data >= WORDS_LIMIT
    pairs = set(zip((by_words.row[near] + rows[0]).tolist(), (by_words.col[near] + columns[0]).tolist(), strict=True))
    if vectors is not None:
        least = (LIMIT - WORDS_SHARE) / (1 - WORDS_SHARE)
        by_meaning = vectors[rows[0] : rows[1]] @ vectors[columns[0] : columns[1]].T
        row, column = np.nonzero((by_meaning >= least) & latin[rows[0] : rows[1], None] & latin[None, columns[0] : columns[1]])
        pairs |= set(zip((row + rows[0]).tolist(), (column + columns[0]).tolist(), strict=True))
    for first, second in sorted(pairs):
        shared = float((words[first] @ words[second].T).sum())
        known = vectors is not None and bool(latin[first] and latin[second])
        yield first, second, shared, float(cast("Floats", vectors)[first] @ cast("Floats", vectors)[second]) if known else None


def _vectors(
    embedder: str, texts: Sequence[str], *, device: str, cancel: CancelSignal | None, progress: Progress | None
) -> Floats | None:
    ranker = build_ranker(embedder, device=device)
    ranker.load(cancel=cancel, progress=progress)
    documents = [Document(id=str(position), text=text) for position, text in enumerate(texts)]
    opened = cast(Searches, ranker).open_search(documents, cancel=cancel, progress=progress)
    return opened.vectors[opened.texts] if isinstance(opened, VectorSearch) else None


def _is_latin(text: str) -> bool:
    if text.isascii():
        return True
    letters = len(_LETTER.findall(text))
    return len(_LATIN.findall(text)) >= _MOSTLY * letters
