"""A query of a sample collection, with its judged documents as candidates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from reranklab.data.collection import Collection, judged_candidates
from reranklab.data.samples import query_note
from reranklab.errors import InputError, RerankLabError
from reranklab.ui import plain
from reranklab.ui.escape import shorten
from reranklab.ui.inputs.draft import Draft, listed
from reranklab.ui.resources import sample, samples
from reranklab.ui.say import say
from reranklab.ui.state import SessionState
from reranklab.ui.widgets import among, field, kept

_FIRST = "hard-negatives"


@dataclass(slots=True, kw_only=True)
class SampleState:
    """The ids of the chosen collection and query; empty before the first choice."""

    collection: str = ""
    query: str = ""


def sample_draft(session: SessionState) -> Draft:
    """Raises RerankLabError where the samples are damaged."""
    known = samples()
    chosen = session.of(SampleState)
    _choose_collection(chosen)
    left, right = st.columns([2, 3])
    with left:
        kept(
            plain.selectbox, "Collection", key="w_collection", value=chosen.collection, store=_choose(chosen),
            options=list(known), format_func=lambda name: known[name].title,
        )  # fmt: skip
    collection = sample(chosen.collection)
    chosen.query = known_query(chosen.query, collection)
    with right:
        field(
            plain.selectbox, "Query", chosen, "query", key="w_collection_query",
            options=list(collection.queries), format_func=lambda id_: _query_label(collection, id_),
        )  # fmt: skip
    about = known[chosen.collection]
    say("note", f"{about.behaviour} {about.look_for}")
    for heading, text in (("Measured", about.finding), ("Recipe", about.recipe), ("Second reading", about.agreement)):
        if text:
            say("note", f"{heading}: {text}")
    return chosen_sample(chosen)


def chosen_sample(chosen: SampleState) -> Draft:
    """The draft of what was chosen, else of the first. Raises InputError for a query that the collection lacks."""
    _choose_collection(chosen)
    collection = sample(chosen.collection)
    chosen.query = chosen.query or next(iter(collection.queries))
    if chosen.query not in collection.queries:
        raise InputError(f"{collection.name} has no query {shorten(chosen.query, limit=60)}.")
    note = query_note(chosen.collection, chosen.query)
    return listed(
        f"Sample · {samples()[chosen.collection].title}",
        collection.queries[chosen.query],
        judged_candidates(collection, chosen.query),
        judgements=collection.qrels[chosen.query],
        origin=sample_origin(chosen),
        notes=(*collection.notes, *((f"This query: {note}",) if note else ())),
    )


def _query_label(collection: Collection, query: str) -> str:
    """With its instruction, where it has one: another query may have the same text."""
    return " · ".join(filter(None, [collection.queries[query].text, collection.instructions.get(query, "")]))


def _choose_collection(chosen: SampleState) -> None:
    known = samples()
    if not known:
        raise RerankLabError("The sample collections are missing. Install RerankLab again, or choose another source.")
    chosen.collection = among(chosen.collection, known, default=among(_FIRST, known, default=next(iter(known))))


def sample_origin(chosen: SampleState) -> dict[str, list[str]]:
    """What an address says of it."""
    return {"source": ["sample"], "collection": [chosen.collection], "query": [chosen.query]}


def known_query(query_id: str, collection: Collection) -> str:
    """The query, or the collection's first one. Says so where another was asked for, as a link can."""
    if query_id in collection.queries:
        return query_id
    if query_id:
        say("warning", f"{collection.name} has no query {shorten(query_id, limit=60)}. The first one is chosen.")
    return next(iter(collection.queries))


def _choose(chosen: SampleState) -> Callable[[str], None]:
    def store(name: str) -> None:
        chosen.collection, chosen.query = name, ""

    return store
