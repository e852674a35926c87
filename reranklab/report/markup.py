"""The markup of the report. Text that is put into it is escaped on its way."""

from __future__ import annotations

import json
from collections.abc import Sequence

from markupsafe import Markup

_IN_SCRIPT = {ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}


def table(header: Sequence[str], rows: Sequence[Sequence[str]], *, caption: str, numbers: Sequence[int] = ()) -> Markup:
    """A table in a box that scrolls; the columns of `numbers` are to the right."""
    head = joined(
        Markup('<th scope="col"{}>{}</th>').format(_right(column, numbers), name) for column, name in enumerate(header)
    )
    body = joined(
        Markup("<tr>{}</tr>").format(
            joined(Markup("<td{}>{}</td>").format(_right(column, numbers), cell) for column, cell in enumerate(row))
        )
        for row in rows
    )
    return Markup(
        '<div class="wide"><table><caption>{}</caption><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>'
    ).format(caption, head, body)


def paragraphs(texts: Sequence[str], *, kind: str = "") -> Markup:
    return joined(Markup('<p class="{}" dir="auto">{}</p>').format(kind, text) for text in texts)


def items(texts: Sequence[str]) -> Markup:
    return Markup("<ul>{}</ul>").format(joined(Markup('<li dir="auto">{}</li>').format(text) for text in texts))


def joined(parts: object) -> Markup:
    return Markup("").join(parts)  # type: ignore[arg-type]  # any iterable of texts


def data(value: object, *, id_: str) -> Markup:
    """Plain values as JSON that a script of the page, or another program, can read. No text in them ends the element."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=True, allow_nan=False)
    return Markup('<script type="application/json" id="{}">{}</script>').format(id_, Markup(text.translate(_IN_SCRIPT)))


def _right(column: int, numbers: Sequence[int]) -> Markup:
    return Markup(' class="number"') if column in numbers else Markup("")
