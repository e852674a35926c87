"""A document in coloured pieces: which part of the text has which value, on one scale for several rankers."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from reranklab.data.spans import Span
from reranklab.explain.attention import AttentionMap
from reranklab.explain.attribution import Attribution
from reranklab.plots.palette import GREEN, LOWERS, RAISES
from reranklab.rankers.traces import Word

_LIMIT = 200_000
"""Characters sent to the browser."""
_STRONG = 1 / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A piece of the text. `value` is -1 to 1, None where nothing was measured; `help` says it in words."""

    text: str
    value: float | None = None
    help: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Legend:
    """What the colours mean. `lowers` is empty where no value is negative; `full` names the value of the full colour."""

    raises: str
    lowers: str
    full: str
    raises_colour: str = RAISES
    lowers_colour: str = LOWERS


def largest_share(attributions: Iterable[Attribution]) -> float:
    """The largest absolute share in any of them, which gets the full colour in all; 0 where no part changes a score."""
    return max((abs(share) for attribution in attributions for share in attribution.shares), default=0.0)


def attribution_segments(attribution: Attribution, *, largest: float) -> list[Segment]:
    """The text by the share of each unit, relative to `largest` (see `largest_share`). Shares of units that overlap add up."""
    what = "attention" if attribution.method == "attention" else "score change"
    scale = "" if attribution.method == "attention" else f", {attribution.scale.name}"
    helps = [
        f"{100 * share:+.1f}% of the {what} ({value:+.3g}{scale})"
        for share, value in zip(attribution.shares, attribution.values, strict=True)
    ]
    marked = [
        (span, share / largest if largest else 0.0, text)
        for unit, share, text in zip(attribution.units, attribution.shares, helps, strict=True)
        for span in unit.spans
    ]
    return _pieces(attribution.text, marked)


def attribution_legend(attributions: Sequence[Attribution]) -> Legend:
    """One legend for attributions on one scale."""
    lowers = any(value < 0 for attribution in attributions for value in attribution.values)
    return Legend(
        raises="raises the score",
        lowers="lowers the score" if lowers else "",
        full=f"full colour: {100 * largest_share(attributions):.0f}% of all score change",
    )


def received_segments(attention_map: AttentionMap) -> list[Segment]:
    """The document by the attention that each word receives from a query token, relative to the word with the most."""
    received = attention_map.received()
    largest = max((value for _, value in received), default=0.0)
    marked = [
        (word.span, value / largest if largest else 0.0, f"{100 * value:.2g}% of a query token's attention")
        for word, value in received
    ]
    return _pieces(attention_map.traced.document, marked)


def received_legend(attention_map: AttentionMap) -> Legend:
    largest = max((value for _, value in attention_map.received()), default=0.0)
    return Legend(
        raises="attention received",
        lowers="",
        full=f"full colour: {100 * largest:.2g}% of a query token's attention",
        raises_colour=GREEN,
    )


def contribution_segments(text: str, words: Sequence[Word], values: Sequence[float]) -> list[Segment]:
    """The text by what each word adds to a cosine, relative to the largest."""
    largest = max(map(abs, values), default=0.0)
    return _pieces(
        text,
        [
            (word.span, value / largest if largest else 0.0, f"{value:+.4f} of the cosine")
            for word, value in zip(words, values, strict=True)
        ],
    )


def marked_segments(text: str, marked: Sequence[tuple[Span, float, str]]) -> list[Segment]:
    """The text by values of its parts, each with its span and what is said of it, relative to the largest."""
    largest = max((abs(value) for _, value, _ in marked), default=0.0)
    return _pieces(text, [(span, value / largest if largest else 0.0, words) for span, value, words in marked])


def component_data(segments: Sequence[Segment], legend: Legend) -> dict[str, Any]:
    """Plain values for the script; `strong` marks the pieces that also get a line, so that colour is not the only sign."""
    kept, left = _limited(segments)
    least = _STRONG * max((abs(piece.value) for piece in kept if piece.value is not None), default=0.0)
    return {
        "pieces": [
            {
                "text": piece.text,
                "value": piece.value,
                "strong": bool(piece.value) and abs(piece.value or 0.0) >= least,
                "help": piece.help,
            }
            for piece in kept
        ],
        "left": left,
        "legend": {
            "raises": legend.raises,
            "lowers": legend.lowers,
            "full": legend.full,
            "raisesColour": _rgb(legend.raises_colour),
            "lowersColour": _rgb(legend.lowers_colour),
        },
    }


def coloured_page(segments: Sequence[Segment], legend: Legend, *, title: str) -> str:
    """The coloured text as an HTML page that needs nothing else. All text is escaped."""
    data = component_data(segments, legend)
    colours = data["legend"]

    def shown(piece: dict[str, Any]) -> str:
        text = html.escape(piece["text"])
        if not piece["value"]:
            return text
        raises = piece["value"] > 0
        colour = colours["raisesColour" if raises else "lowersColour"]
        line = f"; text-decoration: underline {'solid' if raises else 'dashed'} 2px" if piece["strong"] else ""
        style = f"background: rgba({colour}, {0.5 * abs(piece['value']):.3f}){line}"
        return f'<span style="{style}" title="{html.escape(piece["help"])}">{text}</span>'

    meaning = [f"underlined: {legend.raises}", f"dashed: {legend.lowers}" if legend.lowers else "", legend.full]
    body = "".join(map(shown, data["pieces"]))
    name = html.escape(title)
    return (
        f'<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>{name}</title>'
        f'<body style="font: 15px/1.6 sans-serif; color: #1B2733; background: #FFFFFF; max-width: 48em; margin: 2em auto">'
        f"<h1>{name}</h1><p>{html.escape('; '.join(filter(None, meaning)))}</p>"
        f'<p dir="auto" style="white-space: pre-wrap">{body}</p></body></html>'
    )


def _pieces(text: str, marked: Sequence[tuple[Span, float, str]]) -> list[Segment]:
    """The text cut at every start and end of a span; neighbours under the same spans stay together."""
    starts: dict[int, list[int]] = {}
    ends: dict[int, list[int]] = {}
    for number, (span, _, _) in enumerate(marked):
        if span.start < span.end:
            starts.setdefault(span.start, []).append(number)
            ends.setdefault(span.end, []).append(number)
    pieces: list[Segment] = []
    open_now: set[int] = set()
    before = 0
    for offset in sorted({*starts, *ends, len(text)}):
        if offset > before:
            pieces.append(_piece(text[before:offset], [marked[number] for number in sorted(open_now)]))
        open_now.difference_update(ends.get(offset, ()))
        open_now.update(starts.get(offset, ()))
        before = offset
    return pieces


def _piece(text: str, marked: Sequence[tuple[Span, float, str]]) -> Segment:
    if not marked:
        return Segment(text=text)
    value = max(-1.0, min(1.0, sum(value for _, value, _ in marked)))
    return Segment(text=text, value=value, help="; ".join(words for _, _, words in marked))


def _limited(segments: Sequence[Segment]) -> tuple[list[Segment], int]:
    """The pieces that fit, and how many characters do not."""
    kept: list[Segment] = []
    room = _LIMIT
    for segment in segments:
        if room <= 0:
            break
        kept.append(Segment(text=segment.text[:room], value=segment.value, help=segment.help))
        room -= len(segment.text)
    left = sum(len(segment.text) for segment in segments) - sum(len(segment.text) for segment in kept)
    return kept, left


def _rgb(colour: str) -> str:
    return ", ".join(str(int(colour[start : start + 2], 16)) for start in (1, 3, 5))
