"""What the board shows without a word on who ranked: a pool to judge, and lists to compare blind.

Nothing in it tells one ranker from another: no id, score, time, colour, passage or count of tokens, and no order that follows
from them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from reranklab.engine.comparison import Comparison
from reranklab.types import Document, Ranking
from reranklab.ui.board.data import query_terms, shown_documents, text_limit

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def pool(comparison: Comparison, *, depth: int) -> tuple[Document, ...]:
    """The first `depth` documents (0: all) of every ranking, each once, in an order that no ranker made."""
    pooled = {item.id for ranking in comparison.rankings for item in _first(ranking, depth)}
    documents = [document for document in comparison.documents if document.id in pooled or not comparison.rankings]
    query = comparison.request.query.text
    return tuple(sorted(documents, key=lambda each: hashlib.sha256(f"{query}\0{each.id}".encode("utf-8", "replace")).digest()))


def pool_data(
    comparison: Comparison, documents: Sequence[Document], *, grades: Mapping[str, int], judge: str
) -> dict[str, Any]:
    """One column of the documents, ready to be graded. `judge` tells one judge's board from another's."""
    count = f"{len(documents):,} {'document' if len(documents) == 1 else 'documents'} to judge"
    column = _column("pool", count, [document.id for document in documents])
    return {**_board(comparison, [column], documents), "judging": {"key": judge, "grades": dict(grades)}}


def blind_data(
    comparison: Comparison, rankings: Sequence[Ranking], *, titles: Sequence[str], depth: int, selected: str
) -> dict[str, Any]:
    """The rankings' first `depth` documents (0: all) under `titles`, from left to right."""
    lists = [[item.id for item in _first(ranking, depth)] for ranking in rankings]
    columns = [_column(letter, title, ids) for letter, title, ids in zip(LETTERS, titles, lists, strict=False)]
    shown = {document_id for ids in lists for document_id in ids}
    documents = [document for document in comparison.documents if document.id in shown]
    return {**_board(comparison, columns, documents), "selected": selected or None}


def _first(ranking: Ranking, depth: int) -> Sequence[Any]:
    return ranking.items[:depth] if depth else ranking.items


def _board(comparison: Comparison, columns: Sequence[Mapping[str, Any]], documents: Sequence[Document]) -> dict[str, Any]:
    terms = query_terms(comparison.request.query.text)
    return {
        "input": comparison.request.label + comparison.request.query.text,
        "selected": None,
        "baseline": "",
        "judged": False,
        "columns": list(columns),
        "documents": shown_documents(documents, {}, terms, limit=text_limit(documents)),
    }


def _column(column_id: str, title: str, ids: Sequence[str]) -> dict[str, Any]:
    rows = [
        {"id": document_id, "rank": rank, "score": "", "used": 0, "total": 0, "unknown": "", "passage": None}
        for rank, document_id in enumerate(ids, start=1)
    ]
    return {
        "id": column_id,
        "title": title,
        "model": "",
        "colour": "",
        "state": "finished",
        "message": "",
        "progress": None,
        "hidden": 0,
        "rows": rows,
    }
