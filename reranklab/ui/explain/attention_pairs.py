"""A cross-encoder's attention: all heads at a glance, one map by words, and the document by attention received."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

from reranklab.explain.attention import AttentionMap, AttentionOverview, frame_in_words
from reranklab.explain.catalogue import find_analysis
from reranklab.explain.subject import Subject
from reranklab.plots.head_attention import draw_head_attention
from reranklab.plots.word_map import draw_word_map
from reranklab.rankers.traces import Word
from reranklab.ui import plain
from reranklab.ui.coloured import received_legend, received_segments, show_coloured
from reranklab.ui.explain.asking import ask_for
from reranklab.ui.explain.download import show_download
from reranklab.ui.figures import draw
from reranklab.ui.say import say
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


def show_pair_attention(session: SessionState, subject: Subject, ranker: str) -> None:
    shown = session.of(PairAttentionState)
    overview = ask_for(session, subject, find_analysis("attention-heads"), ranker)
    if overview is None:
        return
    _show_overview(shown, overview.result)
    _show_choice(shown, overview.result)
    finding = ask_for(session, subject, find_analysis("attention-map"), ranker, _parameters(shown))
    if finding is not None:
        _show_map(shown, finding.result)
        say("note", "Attention says where the model looks. “Attribution” measures what moves the score.")
        show_download(subject, [overview, finding], name="attention")


def _parameters(shown: PairAttentionState) -> dict[str, str]:
    """Of the map that is chosen; layers and heads count from 1."""
    parameters = {"view": "mean" if shown.map == "layer" else shown.map}
    if shown.map in ("head", "layer"):
        parameters["layer"] = str(shown.layer + 1)
    if shown.map == "head":
        parameters["head"] = str(shown.head + 1)
    return parameters


def _show_overview(shown: PairAttentionState, overview: AttentionOverview) -> None:
    shown.share = among(shown.share, _SHARES, default="crossing")
    field(
        plain.segmented_control, "Share of attention", shown, "share",
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
            plain.segmented_control, "Map", shown, "map", options=list(MAPS), format_func=MAPS.__getitem__, required=True,
            help="Rollout multiplies the layers' mean attention, each mixed half and half with the residual connection. "
            "A click on a cell above chooses its head.",
        )  # fmt: skip
        if shown.map in ("head", "layer"):
            _number("Layer", shown, "layer", layers)
        if shown.map == "head":
            _number("Head", shown, "head", heads)


def _number(label: str, shown: PairAttentionState, name: str, count: int) -> None:
    field(
        plain.selectbox, label, shown, name,
        options=list(range(count)), format_func=lambda number: str(number + 1), width=90,
    )  # fmt: skip


def _show_map(shown: PairAttentionState, attention_map: AttentionMap) -> None:
    field(plain.toggle, "Show special tokens", shown, "frame_words")
    say("note", frame_in_words(attention_map))
    rows, columns = (
        _words(attention_map, "query", frame=shown.frame_words),
        _words(attention_map, "document", frame=shown.frame_words),
    )
    values = attention_map.between(rows, columns)
    names, across = [word.label for word in rows], [word.label for word in columns]
    drawing = draw_word_map(
        values, rows=names, columns=across, title=f"Attention, {attention_map.name}", value_name="share of a word's attention"
    )
    draw(drawing, key="attention_words")
    say("note", f"The document by the attention it receives from the query ({attention_map.name}):")
    title = f"Attention received from the query, {attention_map.name}"
    show_coloured(
        received_segments(attention_map), key="attention_received", legend=received_legend(attention_map), title=title
    )


def _words(attention_map: AttentionMap, part: Any, *, frame: bool) -> list[Word]:
    """The words of a part, with the frame's among them in the order of the input."""
    kept = (part, "frame") if frame else (part,)
    return [word for word in attention_map.traced.words() if word.part in kept]
