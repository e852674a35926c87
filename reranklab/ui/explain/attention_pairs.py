"""A cross-encoder's attention: all heads at a glance, one map by words, and the document by attention received."""

from __future__ import annotations

from dataclasses import dataclass
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
from reranklab.ui.explain.work import computed
from reranklab.ui.figures import draw
from reranklab.ui.page import say
from reranklab.ui.state import SessionState
from reranklab.ui.widgets import among, field

_SHARES = {"crossing": "between query and document", "frame": "to special tokens"}
MAPS = {"head": "one head", "layer": "mean of a layer", "mean": "mean of all", "rollout": "rollout"}


@dataclass(slots=True, kw_only=True)
class PairAttentionState:
    """Which attention is shown: `share` of all heads, one `map`, its layer and head from 0, and whether with special tokens."""

    share: str = "crossing"
    map: str = "mean"
    layer: int = 0
    head: int = 0
    frame_words: bool = False


def show_pair_attention(session: SessionState, subject: Subject, spec: RankerSpec) -> None:
    overview = _overview(session, subject, spec)
    if overview is None:
        return
    _show_overview(session.of(PairAttentionState), overview)
    _show_choice(session.of(PairAttentionState), overview)
    found = _map(session, subject, spec)
    if found is not None:
        _show_map(session.of(PairAttentionState), found)
        say("note", "Attention says where the model looks. “Attribution” measures what moves the score.")


def _overview(session: SessionState, subject: Subject, spec: RankerSpec) -> AttentionOverview | None:
    def compute(cancel: CancelSignal, progress: Progress) -> AttentionOverview:
        return attention_overview(subject.build(spec), subject.query, subject.document, cancel=cancel, progress=progress)

    return computed(session, subject.key("heads", spec.id), "Attention of all heads", compute)


def _show_overview(shown: PairAttentionState, overview: AttentionOverview) -> None:
    shown.share = among(shown.share, _SHARES, default="crossing")
    field(
        st.segmented_control, "Share of attention", shown, "share",
        options=list(_SHARES), format_func=_SHARES.__getitem__, required=True,
    )  # fmt: skip
    shares = overview.crossing if shown.share == "crossing" else overview.frame
    layers, heads = shares.shape
    shown.layer, shown.head = min(shown.layer, layers - 1), min(shown.head, heads - 1)
    name = f"share of attention {_SHARES[shown.share]}"
    key = "attention_heads"

    def picked() -> None:
        points = st.session_state[key]["selection"]["points"]
        cell = _cell(points[0].get("customdata")) if points else None
        if cell is not None:
            shown.layer, shown.head = cell
            shown.map = "head"

    drawing = draw_head_attention(
        shares,
        title="All heads",
        value_name=name,
        selected=(shown.layer, shown.head) if shown.map == "head" else None,
    )
    draw(drawing, key=key, on_select=picked)


def _cell(customdata: Any) -> tuple[int, int] | None:
    """Layer and head of a point, from 0."""
    value = customdata[0] if isinstance(customdata, list) and customdata else customdata
    if not isinstance(value, str):
        return None
    layer, _, head = value.partition(",")
    return int(layer), int(head)


def _show_choice(shown: PairAttentionState, overview: AttentionOverview) -> None:
    layers, heads = overview.crossing.shape
    shown.map = among(shown.map, MAPS, default="mean")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        field(
            st.segmented_control, "Map", shown, "map", options=list(MAPS), format_func=MAPS.__getitem__, required=True,
            help="Rollout multiplies the layers' mean attention, each mixed half and half with the residual connection. "
            "A click on a cell above chooses its head.",
        )  # fmt: skip
        if shown.map in ("head", "layer"):
            _number("Layer", shown, "layer", layers)
        if shown.map == "head":
            _number("Head", shown, "head", heads)


def _number(label: str, shown: PairAttentionState, name: str, count: int) -> None:
    field(
        st.selectbox, label, shown, name,
        options=list(range(count)), format_func=lambda number: str(number + 1), width=90,
    )  # fmt: skip


def _map(session: SessionState, subject: Subject, spec: RankerSpec) -> AttentionMap | None:
    shown = session.of(PairAttentionState)
    layer = shown.layer if shown.map in ("head", "layer") else None
    head = shown.head if shown.map == "head" else None
    kind: Any = "mean" if shown.map == "layer" else shown.map

    def compute(cancel: CancelSignal, progress: Progress) -> AttentionMap:
        return attention_map(
            subject.build(spec), subject.query, subject.document,
            view=kind, layer=layer, head=head, cancel=cancel, progress=progress,
        )  # fmt: skip

    return computed(session, subject.key("map", spec.id, kind, layer, head), "Attention", compute)


def _show_map(shown: PairAttentionState, found: AttentionMap) -> None:
    field(st.toggle, "Show special tokens", shown, "frame_words")
    say("note", frame_in_words(found))
    rows, columns = _words(found, "query", frame=shown.frame_words), _words(found, "document", frame=shown.frame_words)
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
