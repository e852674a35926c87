"""A cross-encoder's attention: all heads at a glance, one map by words, and the document by attention received."""

from __future__ import annotations

from typing import Any

import streamlit as st

from reranklab.explain.attention import AttentionMap, AttentionOverview, attention_map, attention_overview
from reranklab.plots.head_attention import draw_head_attention
from reranklab.plots.word_map import draw_word_map
from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.family import RankerSpec
from reranklab.rankers.traces import Word
from reranklab.ui.coloured import received_legend, received_segments, show_coloured
from reranklab.ui.explain.subject import Subject
from reranklab.ui.explain.work import explanation
from reranklab.ui.figures import draw
from reranklab.ui.page import say
from reranklab.ui.state import Reading, View
from reranklab.ui.widgets import among, field

_SHARES = {"crossing": "between query and document", "frame": "to special tokens"}
MAPS = ("one head", "mean of a layer", "mean of all", "rollout")


def show_pair_attention(view: View, subject: Subject, spec: RankerSpec) -> None:
    overview = _overview(view, subject, spec)
    if overview is None:
        return
    _show_overview(view.reading, overview)
    _show_choice(view.reading, overview)
    found = _map(view, subject, spec)
    if found is not None:
        _show_map(view.reading, found)
        say("note", "Attention says where the model looks. “What counted” measures what moves the score.")


def _overview(view: View, subject: Subject, spec: RankerSpec) -> AttentionOverview | None:
    def compute(cancel: CancelSignal, progress: Progress) -> AttentionOverview:
        return attention_overview(subject.build(spec), subject.query, subject.document, cancel=cancel, progress=progress)

    return explanation(view, subject.key("heads", spec.id), "Attention of all heads", compute)


def _show_overview(reading: Reading, overview: AttentionOverview) -> None:
    reading.share = among(reading.share, _SHARES, default="crossing")
    field(
        st.segmented_control, "Share of attention", reading, "share",
        options=list(_SHARES), format_func=_SHARES.__getitem__, required=True,
    )  # fmt: skip
    shares = overview.crossing if reading.share == "crossing" else overview.frame
    layers, heads = shares.shape
    reading.layer, reading.head = min(reading.layer, layers - 1), min(reading.head, heads - 1)
    name = f"share of attention {_SHARES[reading.share]}"
    key = "attention_heads"

    def picked() -> None:
        points = st.session_state[key]["selection"]["points"]
        cell = _cell(points[0].get("customdata")) if points else None
        if cell is not None:
            reading.layer, reading.head = cell
            reading.map = "one head"

    drawing = draw_head_attention(
        shares,
        title="All heads",
        value_name=name,
        selected=(reading.layer, reading.head) if reading.map == "one head" else None,
    )
    draw(drawing, key=key, on_select=picked)


def _cell(customdata: Any) -> tuple[int, int] | None:
    """Layer and head of a point, from 0."""
    value = customdata[0] if isinstance(customdata, list) and customdata else customdata
    if not isinstance(value, str):
        return None
    layer, _, head = value.partition(",")
    return int(layer), int(head)


def _show_choice(reading: Reading, overview: AttentionOverview) -> None:
    layers, heads = overview.crossing.shape
    reading.map = among(reading.map, MAPS, default="mean of all")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        field(
            st.segmented_control, "Map", reading, "map", options=list(MAPS), required=True,
            help="Rollout multiplies the layers' mean attention, each mixed half and half with the residual connection. "
            "A click on a cell above chooses its head.",
        )  # fmt: skip
        if reading.map in ("one head", "mean of a layer"):
            _number("Layer", reading, "layer", layers)
        if reading.map == "one head":
            _number("Head", reading, "head", heads)


def _number(label: str, reading: Reading, name: str, count: int) -> None:
    field(
        st.selectbox, label, reading, name,
        options=list(range(count)), format_func=lambda number: str(number + 1), width=90,
    )  # fmt: skip


def _map(view: View, subject: Subject, spec: RankerSpec) -> AttentionMap | None:
    reading = view.reading
    layer = reading.layer if reading.map in ("one head", "mean of a layer") else None
    head = reading.head if reading.map == "one head" else None
    kind: Any = {"one head": "head", "rollout": "rollout"}.get(reading.map, "mean")

    def compute(cancel: CancelSignal, progress: Progress) -> AttentionMap:
        return attention_map(
            subject.build(spec), subject.query, subject.document,
            view=kind, layer=layer, head=head, cancel=cancel, progress=progress,
        )  # fmt: skip

    return explanation(view, subject.key("map", spec.id, kind, layer, head), "Attention", compute)


def _show_map(reading: Reading, found: AttentionMap) -> None:
    field(st.toggle, "Show special tokens", reading, "frame_words")
    say("note", frame_in_words(found))
    rows, columns = _words(found, "query", frame=reading.frame_words), _words(found, "document", frame=reading.frame_words)
    values = found.between(rows, columns)
    names, across = [word.label for word in rows], [word.label for word in columns]
    drawing = draw_word_map(
        values, rows=names, columns=across, title=f"Attention, {found.name}", value_name="share of a word's attention"
    )
    draw(drawing, key="attention_words")
    say("note", f"The document by the attention it receives from the query ({found.name}):")
    title = f"Attention received from the query, {found.name}"
    show_coloured(received_segments(found), key="attention_received", legend=received_legend(found), title=title)


def frame_in_words(found: AttentionMap) -> str:
    """What the tokens that are neither query nor document take of the query's attention."""
    frame = found.traced.positions("frame")
    share = float(found.weights[found.traced.positions("query")][:, frame].sum(axis=1).mean())
    pieces = list(dict.fromkeys(found.traced.tokens[position].piece for position in frame))
    names = f" ({', '.join(pieces)})" if len(pieces) <= 4 else " and the prompt's own words"
    return f"Special tokens{names} take {share:.0%} of the attention that the query's tokens pay."


def _words(found: AttentionMap, part: Any, *, frame: bool) -> list[Word]:
    """The words of a part, with the frame's among them in the order of the input."""
    kept = (part, "frame") if frame else (part,)
    return [word for word in found.traced.words() if word.part in kept]
