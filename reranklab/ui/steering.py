"""The instruction box of the Compare page: one text for every ranker that takes one, and what it is held against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import streamlit as st

from reranklab.data.collection import Collection
from reranklab.errors import InputError
from reranklab.rankers.family import RankerSpec
from reranklab.rankers.instructions import LONGEST, own_instruction, steered, takes_instruction
from reranklab.rankers.titles import ranker_titles
from reranklab.ui import plain
from reranklab.ui.boundary import part
from reranklab.ui.compare_state import CompareState
from reranklab.ui.inputs.sample import SampleState
from reranklab.ui.resources import sample
from reranklab.ui.say import say
from reranklab.ui.state import SessionState
from reranklab.ui.widgets import field, kept

Against = Literal["none", "other", "alone"]
AGAINST: Mapping[Against, str] = {
    "none": "no instruction",
    "other": "another instruction",
    "alone": "nothing",
}
"""What a ranking with the instruction is held against."""


@dataclass(slots=True, kw_only=True)
class SteerState:
    """What was typed: the instruction, what it is held against, and the other instruction."""

    instruction: str = ""
    against: Against = "none"
    other: str = ""

    def instructions(self) -> tuple[str, ...]:
        """What each ranker that takes an instruction is told, a column each: the last is the box's. None for an empty box."""
        if not self.instruction:
            return ()
        if self.against == "alone":
            return (self.instruction,)
        return (self.other if self.against == "other" else "", self.instruction)


def as_instruction(text: str) -> str:
    """On one line, and no longer than an address takes."""
    return " ".join(text.split())[:LONGEST]


@part("The instruction")
def show_instruction(session: SessionState) -> None:
    """The box, where a ranker that is on takes an instruction and has none of its own."""
    try:
        specs = session.specs()
    except InputError:
        return  # the ranker's row says what does not work
    told = [spec for spec in specs if takes_instruction(spec) and not own_instruction(spec)]
    if not told:
        return
    state = session.of(SteerState)
    is_pair = state.against == "other"
    left, middle, *right = st.columns([3.5, 2, 3.5] if is_pair else [6, 2], vertical_alignment="bottom")
    with left:
        _show_text("Instruction", state, "instruction")
    with middle:
        field(
            plain.selectbox, "Compare with", state, "against", key="w_against", options=list(AGAINST),
            format_func=AGAINST.__getitem__, help="A column of its own for each ranker that takes the instruction.",
        )  # fmt: skip
    if is_pair:
        with right[0]:
            _show_text("Another instruction", state, "other")
    with st.container(horizontal=True, vertical_alignment="center"):
        say("note", _readers(specs, told))
        _offer_own(session, state)


def steered_specs(session: SessionState, specs: Sequence[RankerSpec]) -> tuple[RankerSpec, ...]:
    """The rankers of a run, told what the box says."""
    return steered(specs, session.of(SteerState).instructions())


def compared_with(session: SessionState, specs: Sequence[RankerSpec]) -> str:
    """The id of the first column that the instruction is held against; "" where there is none."""
    texts = session.of(SteerState).instructions()
    if len(texts) < 2:
        return ""
    told = [spec for spec in specs if takes_instruction(spec) and not own_instruction(spec)]
    return steered(told[:1], texts[:1])[0].id if told else ""


def _show_text(label: str, state: SteerState, name: str) -> None:
    def store(text: str) -> None:
        setattr(state, name, as_instruction(text))

    kept(
        plain.text_input, label, key=f"w_steer_{name}", value=getattr(state, name), store=store, max_chars=LONGEST,
        placeholder="What counts as relevant, in a sentence or two",
        help="Text beside the query. Control tokens in it are escaped, as the query's are.",
    )  # fmt: skip


def _readers(specs: Sequence[RankerSpec], told: Sequence[RankerSpec]) -> str:
    """Who reads the box, and who does not."""
    titles = ranker_titles(spec.id for spec in specs)
    own = [titles[spec.id] for spec in specs if own_instruction(spec) and takes_instruction(spec)]
    deaf = [titles[spec.id] for spec in specs if not takes_instruction(spec)]
    parts = [f"Read by {', '.join(titles[spec.id] for spec in told)}."]
    parts += [f"With one of its own: {', '.join(own)}."] if own else []
    parts += [f"Without a place for one: {', '.join(deaf)}."] if deaf else []
    return " ".join(parts)


def _offer_own(session: SessionState, state: SteerState) -> None:
    """Where the sample's query comes with an instruction: a button that takes it, and its twin's as the other."""
    if session.of(CompareState).source != "sample":
        return
    chosen = session.of(SampleState)
    collection = sample(chosen.collection)
    if chosen.query not in collection.instructions:
        return

    def take() -> None:
        state.instruction = as_instruction(collection.instructions[chosen.query])
        state.other = as_instruction(_twin(collection, chosen.query))
        state.against = "other" if state.other else "none"

    plain.button("Take this query's", key="take_instruction", type="tertiary", on_click=take)


def _twin(collection: Collection, query: str) -> str:
    """The instruction of another query of the same text; "" where there is none."""
    text = collection.queries[query].text
    return next(
        (
            collection.instructions[other]
            for other, each in collection.queries.items()
            if other != query and each.text == text and other in collection.instructions
        ),
        "",
    )
