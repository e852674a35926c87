"""What a run will ask of models, before it is started: rankers with many calls, and those that compute elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from reranklab.engine.boundary import contained
from reranklab.engine.measure import WARMUP_DOCUMENTS
from reranklab.errors import InputError, RerankLabError
from reranklab.latency.cost import dollars_in_words, fitting_prices
from reranklab.latency.prices import load_prices
from reranklab.rankers.estimate import Estimate, Workload, workload_of
from reranklab.rankers.family import Capability, RankerSpec
from reranklab.rankers.titles import ranker_titles
from reranklab.types import Document, Query
from reranklab.ui.say import say
from reranklab.ui.state import SessionState
from reranklab.ui.steering import steered_specs

_USUAL_TOKENS, _USUAL_QUERY = 200, 16


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
    runs = "" if repeats == 1 else f" in each of {repeats} runs"
    return f"{_with_dollars(spec, found)}{runs}; a warm-up over {WARMUP_DOCUMENTS} documents comes first"


def query_estimates(specs: Iterable[RankerSpec], depth: int) -> tuple[str, ...]:
    """What each ranker that computes elsewhere is asked a query, for `depth` documents of a usual length. Raises InputError."""
    load = Workload(documents=depth, document_tokens=_USUAL_TOKENS, query_tokens=_USUAL_QUERY)
    listed = tuple(specs)
    titles = ranker_titles(spec.id for spec in listed)
    found = [(spec, spec.estimate(load)) for spec in listed if spec.can(Capability.HOSTED)]
    return tuple(
        f"{titles[spec.id]}, a query with {depth:,} documents of {_USUAL_TOKENS} tokens: {_with_dollars(spec, each)}."
        for spec, each in found
        if each is not None
    )


def _with_dollars(spec: RankerSpec, found: Estimate) -> str:
    dollars = dollars_in_words(fitting_prices(load_prices(), spec.model, found), found)
    return f"{found.words}, {dollars} by the table of prices" if dollars else f"{found.words}, without a price in the table"
