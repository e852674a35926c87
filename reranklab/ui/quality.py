"""What a ranker that gives something up for speed costs in quality, as stored evaluations say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from reranklab.errors import InputError
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.rankers.family import RankerSpec
from reranklab.rankers.titles import ranker_title
from reranklab.ui.boundary import part
from reranklab.ui.resources import store
from reranklab.ui.say import say

if TYPE_CHECKING:
    from reranklab.evaluate.quality_cost import Quality


@part("What the ranker costs in quality")
def show_quality(ranker: str) -> None:
    """A line; nothing for a ranker that gives nothing up, or is not known here."""
    try:
        spec = parse_ranker_id(ranker)
    except InputError:
        return
    if spec.reference.id != spec.id:
        say("note", _in_words(spec))


def _in_words(spec: RankerSpec) -> str:
    quality = _quality(spec.id, f"{store().database.path} {store().runs.state()}")
    if quality is not None and quality.costs:
        return quality.in_words()
    return (
        "What this costs in quality is not measured yet. Evaluate it on the Evaluate page beside "
        f"{ranker_title(spec.reference.id)}, over the same collection."
    )


@st.cache_resource(show_spinner=False, max_entries=64)
def _quality(ranker: str, state: str) -> Quality | None:
    """`state` changes with the runs that are complete."""
    from reranklab.evaluate.quality_cost import stored_quality

    return stored_quality(store(), parse_ranker_id(ranker))
