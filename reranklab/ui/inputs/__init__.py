"""The input area: four sources, each of which gives a draft of what to rank."""

from __future__ import annotations

from reranklab.engine.boundary import contained
from reranklab.errors import RerankLabError
from reranklab.ui import plain
from reranklab.ui.compare_state import SOURCES, CompareState
from reranklab.ui.inputs.beir import BeirState, beir_draft, chosen_beir
from reranklab.ui.inputs.draft import Draft
from reranklab.ui.inputs.paste import paste_draft
from reranklab.ui.inputs.sample import SampleState, chosen_sample, sample_draft
from reranklab.ui.inputs.upload import upload_draft
from reranklab.ui.say import say
from reranklab.ui.state import SessionState
from reranklab.ui.widgets import field

__all__ = ["Draft", "linked_input", "show_input"]

_DRAFTS = {"paste": paste_draft, "upload": upload_draft, "sample": sample_draft, "beir": beir_draft}


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
