"""The best order that the judgements allow, as a column of the board."""

from __future__ import annotations

from typing import Any

from reranklab.engine.comparison import Comparison

_UNJUDGED = -1_000_000


def ideal_order(comparison: Comparison) -> list[str]:
    """The ids of the candidates, the highest grade first; equal grades are in the order of the input, unjudged ones last."""
    judged = comparison.request.judgements
    return sorted((document.id for document in comparison.documents), key=lambda id_: -judged.get(id_, _UNJUDGED))


def ideal_column(comparison: Comparison, *, rows: int) -> dict[str, Any]:
    """The column of its first `rows` documents (0: all)."""
    judged, ordered = comparison.request.judgements, ideal_order(comparison)
    shown = ordered[:rows] if rows else ordered
    return {
        "id": "ideal",
        "title": "Ideal order",
        "fullTitle": "Ideal order",
        "model": "by the judgements",
        "colour": "",
        "mark": "",
        "state": "finished",
        "message": "",
        "progress": None,
        "scale": "grade",
        "scaleHelp": "The order that every measure is held against: the highest grade first, equal grades as in the input.",
        "hidden": len(ordered) - len(shown),
        "rows": [
            {
                "id": id_,
                "rank": rank,
                "score": str(judged.get(id_, "not judged")),
                "used": 0,
                "total": 0,
                "unknown": "",
                "passage": None,
            }
            for rank, id_ in enumerate(shown, start=1)
        ],
    }
