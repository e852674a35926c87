"""What a run will ask of models, before it is started: rankers with many calls, and those that compute elsewhere."""

from __future__ import annotations

from functools import lru_cache

from reranklab.engine.boundary import contained
from reranklab.engine.measure import WARMUP_DOCUMENTS
from reranklab.errors import InputError, RerankLabError
from reranklab.latency.cost import dollars_in_words, fitting_prices
from reranklab.latency.prices import load_prices
from reranklab.rankers.estimate import Workload, workload_of
from reranklab.rankers.family import Capability, RankerSpec
from reranklab.rankers.titles import ranker_titles
from reranklab.types import Document, Query
from reranklab.ui.say import say
from reranklab.ui.state import SessionState
from reranklab.ui.steering import steered_specs


def show_estimates(session: SessionState, query: Query, documents: tuple[Document, ...]) -> None:
    """A line for each column of a run that asks for more prompts than there are documents, or that is paid by the call."""
    try:
        specs = steered_specs(session, session.specs())
    except InputError:
        return  # the sidebar says what does not work
    titles = ranker_titles(spec.id for spec in specs)
    for spec in specs:
        try:
            with contained(spec.id):
                words = _words(spec, query, documents, repeats=session.repeats)
        except RerankLabError as error:
            words = str(error)
        if words:
            say("note", f"{titles[spec.id]}: {words}.")


@lru_cache(maxsize=8)
def _workload(query: Query, documents: tuple[Document, ...]) -> Workload:
    """Counted once for a list, since a page is drawn often."""
    return workload_of(query, documents)


def _words(spec: RankerSpec, query: Query, documents: tuple[Document, ...], *, repeats: int) -> str:
    found = spec.estimate(_workload(query, documents))
    hosted = spec.can(Capability.HOSTED)
    if found is None or not (hosted or found.calls > len(documents)):
        return ""
    if not hosted:
        return found.words
    dollars = dollars_in_words(fitting_prices(load_prices(), spec.model, found), found)
    about = f"{found.words}, {dollars} by the table of prices" if dollars else f"{found.words}, without a price in the table"
    runs = "" if repeats == 1 else f" in each of {repeats} runs"
    return f"{about}{runs}; a warm-up over {WARMUP_DOCUMENTS} documents comes first"
