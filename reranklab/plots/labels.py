"""Names inside figures. Plotly renders a subset of HTML in labels and hover texts, and ids come from users' files."""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Sequence

from reranklab.types import RANK_ONLY, RankedDocument, ScoreScale

# Marks that turn the writing direction of the text after them, in the rest of a label too.
_DIRECTION_MARKS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])


def escape(text: str) -> str:
    """`text` so that Plotly shows it literally: no markup, no TeX between dollar signs."""
    return html.escape(text, quote=False).replace("$", "&#36;")


def shorten(text: str, limit: int = 24) -> str:
    """`text` on one line of at most `limit` characters, cut in the middle: ids often share their beginning."""
    visible = "".join(" " if unicodedata.category(character) in ("Cc", "Cs") else character for character in text)
    line = " ".join(visible.translate(_DIRECTION_MARKS).split())
    if len(line) <= limit:
        return line
    tail = (limit - 1) // 2
    return f"{line[: limit - 1 - tail]}…{line[len(line) - tail :]}"


def label(text: str, limit: int = 24) -> str:
    """`text` shortened and escaped, for a tick, a legend or a hover text."""
    return escape(shorten(text, limit))


def ranker_label(ranker: str, limit: int = 24) -> str:
    """A ranker id over up to three lines of at most `limit` characters: family, model, options."""
    name, _, options = ranker.partition("?")
    family, _, model = name.partition(":")
    return "<br>".join(label(part, limit) for part in (family, model, options.replace("&", ", ")) if part)


def column_labels(rankers: Sequence[str]) -> list[str]:
    """Ranker labels to stand side by side: the more there are, the shorter."""
    return [ranker_label(ranker, 24 if len(rankers) <= 4 else 13) for ranker in rankers]


def milliseconds(value: float) -> str:
    """A time with its unit, to two or three digits."""
    if value >= 100:
        return f"{value:,.0f} ms"
    return f"{value:.1f} ms" if value >= 10 else f"{value:.2f} ms"


def placement(item: RankedDocument, scale: ScoreScale) -> str:
    """A document's rank, and its score where the scale has scores."""
    return f"rank {item.rank}" if scale == RANK_ONLY else f"rank {item.rank}, {scale.name} {item.score:.4g}"
