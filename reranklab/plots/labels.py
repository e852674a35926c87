"""Names inside figures. Plotly renders a subset of HTML in labels and hover texts, and ids come from users' files."""

from __future__ import annotations

import html
import textwrap
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from reranklab.rankers.titles import ranker_titles
from reranklab.types import RANK_ONLY, RankedDocument, ScoreScale

Titles = Mapping[str, str]
"""Ranker id to title, for all rankers of the run that a figure belongs to."""

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


def wrapped(text: str, limit: int = 24) -> str:
    """`text` between words over up to three lines of at most `limit` characters each, shortened and escaped."""
    lines = textwrap.wrap(shorten(text, 400), limit, break_long_words=False, break_on_hyphens=False)
    return "<br>".join(label(line, limit) for line in [*lines[:2], " ".join(lines[2:])] if line)


def column_labels(texts: Sequence[str]) -> list[str]:
    """Labels to stand side by side: the more there are, the narrower."""
    return [wrapped(text, 24 if len(texts) <= 4 else 14) for text in texts]


def titles_for(ranker_ids: Iterable[str], titles: Titles | None) -> Titles:
    """The titles of these rankers: those of the run where it gives them, else such as tell these few apart."""
    return {**ranker_titles(ranker_ids), **(titles or {})}


def milliseconds(value: float) -> str:
    """A time with its unit, to two or three digits; seconds from ten on."""
    if value >= 10_000:
        return f"{value / 1000:,.1f} s"
    if value >= 100:
        return f"{value:,.0f} ms"
    return f"{value:.1f} ms" if value >= 10 else f"{value:.2f} ms"


def placement(item: RankedDocument, scale: ScoreScale) -> str:
    """A document's rank, and its score where the scale has scores."""
    return f"rank {item.rank}" if scale == RANK_ONLY else f"rank {item.rank}, {scale.name} {item.score:.4g}"
