"""The markup of figures: Plotly reads a subset of HTML in every text, links among it.

Names and texts are escaped where they are put in (`labels`). This is for what forgets to, in another package's figures too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import plotly.graph_objects as go

_FOREIGN = re.compile(r'<(?!/?(?:b|i|br|extra)>|/span>|span style="fill-opacity: [\d.]+">)')
_NOT_SHOWN = frozenset({"customdata", "ids", "template"})


def without_foreign_markup(figure: go.Figure) -> go.Figure:
    """The figure itself, or where it has other tags than the figures of this room, a copy that shows those literally."""
    drawn = figure.to_plotly_json()
    if not any(_FOREIGN.search(text) for text in _texts(drawn)):
        return figure
    return go.Figure(_literal(drawn))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    else:
        for each in _parts(value).values():
            yield from _texts(each)


def _literal(value: Any) -> Any:
    if isinstance(value, str):
        return _FOREIGN.sub("&lt;", value)
    if isinstance(value, dict):
        return {**value, **{name: _literal(each) for name, each in _parts(value).items()}}
    parts = _parts(value)
    return [_literal(each) for each in parts.values()] if parts else value


def _parts(value: Any) -> dict[Any, Any]:
    """What may hold texts, by name or number; nothing for numbers and what is not shown."""
    if isinstance(value, dict):
        return {name: each for name, each in value.items() if name not in _NOT_SHOWN}
    if isinstance(value, np.ndarray) and value.dtype.kind in "OU":
        value = value.tolist()
    if isinstance(value, list | tuple) and not all(isinstance(each, int | float) for each in value):
        return dict(enumerate(value))
    return {}
