"""From a query of a run to Compare: the same candidates, rankers and device, with the judgements."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from reranklab.data.collection import Collection
from reranklab.data.content import collection_sha256
from reranklab.engine.request import Candidates, Request
from reranklab.errors import InputError
from reranklab.evaluate.candidates import JUDGED, parse_candidates
from reranklab.evaluate.first_stage import ranking_tasks
from reranklab.progress import CancelSignal, Progress
from reranklab.store.runs import StoredRun
from reranklab.ui import plain
from reranklab.ui.compare_state import CompareState
from reranklab.ui.evaluate.runs import OpenRun, specs_of
from reranklab.ui.inputs import Draft, choose_query, linked_input
from reranklab.ui.inputs.beir import BeirState
from reranklab.ui.inputs.sample import SampleState
from reranklab.ui.resources import dataset, sample, samples
from reranklab.ui.run import start
from reranklab.ui.state import SessionState


@dataclass(slots=True)
class Asking:
    """The id of the query that a click asked for; "" for none."""

    query: str = ""


def ask_to_open(session: SessionState, query_id: str) -> None:
    """Open the query when the script runs next: a callback cannot change the page."""
    session.of(Asking).query = query_id


def open_asked(session: SessionState, run: OpenRun) -> None:
    """Rank the query that was asked for, and go to Compare. Raises InputError where it cannot be ranked again."""
    asking = session.of(Asking)
    query_id, asking.query = asking.query, ""
    if query_id:
        open_on_compare(session, run.stored, query_id)


def open_on_compare(session: SessionState, run: StoredRun, query_id: str) -> None:
    """Rank a query of a run with its rankers, and go to Compare. Raises InputError where it cannot be ranked again."""
    specs = specs_of(run)
    if not specs:
        raise InputError("None of the rankers of this run is installed here, so its queries cannot be ranked again.")
    with plain.spinner("Reading the collection"):
        draft = query_draft(session, run, query_id)
    session.slots.clear()
    for spec in specs:
        session.add_slot(spec)
    session.device = str(run.settings.get("device") or session.device)
    compare = session.of(CompareState)
    compare.view, compare.ideal, compare.link_read, compare.input_open = "rankings", True, True, False
    start(session, draft, specs)
    st.switch_page("app.py")


def query_draft(session: SessionState, run: StoredRun, query_id: str) -> Draft:
    """What Compare ranks for the query. Where its own sources give the same candidates they are set to it, so that the page's
    address holds the query."""
    settings = run.settings
    source, split, rule = str(settings.get("source")), str(settings.get("split")), str(settings.get("candidates"))
    compare, beir = session.of(CompareState), session.of(BeirState)
    if source in samples() and rule == JUDGED:
        compare.source = "sample"
        session.of(SampleState).collection = source
    elif parse_candidates(rule).by_words and source not in samples():
        compare.source = "beir"
        beir.dataset, beir.split, beir.depth, beir.add_judged = source, split, parse_candidates(rule).depth, False
    else:
        collection = sample(source) if source in samples() else dataset(source, split)
        return Draft(request=_request(collection, rule, query_id, device=str(settings.get("device") or "cpu")))
    choose_query(session, query_id)
    return linked_input(session)


def _request(collection: Collection, rule: str, query_id: str, *, device: str) -> Request:
    if query_id not in collection.queries:
        raise InputError(f"{collection.name} has no query {query_id!r} any more: it changed since the run.")
    query = collection.queries[query_id]

    def collect(cancel: CancelSignal | None, progress: Progress | None) -> Candidates:
        first = ranking_tasks(collection, [query], parse_candidates(rule), device=device, cancel=cancel, progress=progress)
        if not first.tasks[0].documents:
            raise InputError("This query has no candidates, so there is nothing to rank. Choose another.")
        return Candidates(
            documents=tuple(first.tasks[0].documents),
            statistics=first.statistics,
            pool=len(collection.documents),
            context="" if first.statistics is None else collection_sha256(collection),
            notes=first.notes,
        )

    return Request(
        label=f"{collection.name} · {collection.split} · {rule}",
        query=query,
        collect=collect,
        judgements=collection.qrels[query_id],
        notes=collection.notes,
    )
