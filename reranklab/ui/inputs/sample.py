"""A query of a sample collection, with its judged documents as candidates."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from reranklab.data.collection import Collection, judged_candidates
from reranklab.data.samples import query_note
from reranklab.errors import RerankLabError
from reranklab.ui.escape import shorten
from reranklab.ui.inputs.draft import Draft, listed
from reranklab.ui.page import say
from reranklab.ui.resources import sample, samples
from reranklab.ui.state import View
from reranklab.ui.widgets import among, field, kept

_FIRST = "hard-negatives"


def sample_draft(view: View) -> Draft:
    """Raises RerankLabError where the samples are damaged."""
    known = samples()
    if not known:
        raise RerankLabError("The sample collections are missing. Install RerankLab again, or choose another source.")
    view.collection = among(view.collection, known, default=among(_FIRST, known, default=next(iter(known))))
    left, right = st.columns([2, 3])
    with left:
        kept(
            st.selectbox, "Collection", key="w_collection", value=view.collection, store=_choose(view),
            options=list(known), format_func=lambda name: known[name].title,
        )  # fmt: skip
    collection = sample(view.collection)
    view.collection_query = known_query(view.collection_query, collection)
    with right:
        field(
            st.selectbox, "Query", view, "collection_query",
            options=list(collection.queries), format_func=lambda id_: collection.queries[id_].text,
        )  # fmt: skip
    chosen = known[view.collection]
    say("note", f"{chosen.behaviour} {chosen.look_for}")
    note = query_note(view.collection, view.collection_query)
    return listed(
        f"Sample · {chosen.title}",
        collection.queries[view.collection_query],
        judged_candidates(collection, view.collection_query),
        judgements=collection.qrels[view.collection_query],
        public=True,
        notes=(*collection.notes, *((f"This query: {note}",) if note else ())),
    )


def known_query(query_id: str, collection: Collection) -> str:
    """The query, or the collection's first one. Says so where another was asked for, as a link can."""
    if query_id in collection.queries:
        return query_id
    if query_id:
        say("warning", f"{collection.name} has no query {shorten(query_id, limit=60)}. The first one is chosen.")
    return next(iter(collection.queries))


def _choose(view: View) -> Callable[[str], None]:
    def store(name: str) -> None:
        view.collection, view.collection_query = name, ""

    return store
