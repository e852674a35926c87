"""The input area: five sources, each of which gives a draft of what to rank."""

from __future__ import annotations

from reranklab.engine.boundary import contained
from reranklab.errors import RerankLabError
from reranklab.types import Query
from reranklab.ui import plain
from reranklab.ui.compare_state import SOURCES, CompareState
from reranklab.ui.inputs.beir import BeirState, beir_draft, chosen_beir
from reranklab.ui.inputs.draft import Draft
from reranklab.ui.inputs.paste import paste_draft
from reranklab.ui.inputs.sample import SampleState, chosen_sample, sample_draft
from reranklab.ui.inputs.saved import saved_draft, show_saved_upload
from reranklab.ui.inputs.upload import upload_draft
from reranklab.ui.resources import dataset, sample
from reranklab.ui.say import say
from reranklab.ui.state import SessionState
from reranklab.ui.widgets import field

__all__ = ["Draft", "choose_query", "linked_input", "next_query", "show_input", "show_saved_upload"]

_DRAFTS = {
    "paste": paste_draft,
    "upload": upload_draft,
    "sample": sample_draft,
    "beir": beir_draft,
    "saved": saved_draft,
}


def show_input(session: SessionState) -> Draft:
    """Draw the input of the chosen source. An input that cannot be read is shown as an error and gives an empty draft."""
    compare = session.of(CompareState)
    field(
        plain.segmented_control,
        "Source",
        compare,
        "source",
        options=list(SOURCES),
        format_func=SOURCES.__getitem__,
        label_visibility="collapsed",
        required=True,
    )
    try:
        with contained("The input"):
            draft = _DRAFTS[compare.source](session)
    except RerankLabError as error:
        say("error", str(error))
        return Draft(problem=str(error), shown=True)
    for note in draft.notes:
        say("note", note)
    return draft


def linked_input(session: SessionState) -> Draft:
    """The draft of the sample or dataset that an address named, without its widgets.

    Raises InputError for what the input does not have, and DataUnavailableError for a dataset that is not here.
    """
    if session.of(CompareState).source == "beir":
        return chosen_beir(session.of(BeirState))
    return chosen_sample(session.of(SampleState))


def next_query(session: SessionState, query: Query) -> str:
    """The id of the query after `query` in the chosen sample or dataset; "" where it is the last, or not of that at all."""
    source, beir = session.of(CompareState).source, session.of(BeirState)
    try:
        if source == "sample":
            queries = sample(session.of(SampleState).collection).queries
        elif source == "beir":
            queries = dataset(beir.dataset, beir.split).queries
        else:
            return ""
    except RerankLabError:  # what is chosen is not what was ranked
        return ""
    ids = list(queries)
    place = ids.index(query.id) + 1 if queries.get(query.id) == query else len(ids)
    return ids[place] if place < len(ids) else ""


def choose_query(session: SessionState, query_id: str) -> None:
    """Choose a query of the sample or dataset that is chosen."""
    if session.of(CompareState).source == "beir":
        session.of(BeirState).query = query_id
    else:
        session.of(SampleState).query = query_id
