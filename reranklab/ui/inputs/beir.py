"""A query of a BEIR dataset, with BM25's best documents as candidates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import streamlit as st

from reranklab.data.beir import BeirDataset, list_datasets
from reranklab.data.collection import Collection
from reranklab.data.index import bm25_candidates, own_document
from reranklab.data.judged import judged_names
from reranklab.data.statistics import SEARCH_ANALYSER, CollectionStatistics
from reranklab.data.text import shorten as join_names
from reranklab.engine.request import Candidates, Request
from reranklab.errors import DataUnavailableError, InputError
from reranklab.operator import Lock, is_locked
from reranklab.progress import CancelSignal, Progress
from reranklab.types import Query
from reranklab.ui import plain
from reranklab.ui.escape import shorten
from reranklab.ui.inputs.draft import Draft
from reranklab.ui.inputs.sample import known_query
from reranklab.ui.resources import dataset, splits
from reranklab.ui.say import say
from reranklab.ui.state import SessionState
from reranklab.ui.widgets import among, field, kept_text_or_choice

MAX_DEPTH = 1000


@dataclass(slots=True, kw_only=True)
class BeirState:
    """The dataset (a name or a path), split and query id, how deep to search, and whether missed judged documents come in."""

    dataset: str = ""
    split: str = "test"
    query: str = ""
    depth: int = 20
    add_judged: bool = False


def beir_draft(session: SessionState) -> Draft:
    """Raises InputError for a folder or archive that is not in BEIR layout."""
    beir = session.of(BeirState)
    left, middle, right = st.columns([4, 1.3, 6])
    with left:
        _show_datasets(beir)
    if not beir.dataset:
        more = "" if is_locked(Lock.LOCAL_FILES) else ", or type a folder or zip archive in BEIR layout"
        return Draft(problem=f"No dataset is chosen. Choose one{more}.")
    try:
        offered = splits(beir.dataset)
    except DataUnavailableError as error:
        say("info", str(error))
        plain.page_link("pages/5_Datasets.py", label="Go to Datasets", icon=":material/download:")
        return Draft(problem=str(error), shown=True)
    beir.split = among(beir.split, offered, default=_default_split(beir.dataset, offered))
    with middle:
        field(plain.selectbox, "Split", beir, "split", options=offered)
    with plain.spinner("Reading the collection"):
        collection = dataset(beir.dataset, beir.split)
    with st.container():
        beir.query = known_query(beir.query, collection)
    with right:
        field(
            plain.selectbox, "Query", beir, "query", key="w_dataset_query",
            options=list(collection.queries), format_func=lambda id_: shorten(collection.queries[id_].text, limit=200),
        )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="bottom"):
        field(
            plain.number_input, "Candidates", beir, "depth", min_value=1, max_value=MAX_DEPTH, width=140,
            help="The rankers get the k best documents of a BM25 search over the whole collection.",
        )  # fmt: skip
        field(plain.checkbox, "Add judged documents that BM25 missed", beir, "add_judged")
    return _draft(beir, collection)


def chosen_beir(beir: BeirState) -> Draft:
    """The draft of a dataset, split and query that were chosen.

    Raises DataUnavailableError where the dataset is not here, and InputError for a split or query that it lacks.
    """
    if not beir.dataset:
        raise InputError("No dataset is chosen.")
    offered = splits(beir.dataset)
    if beir.split not in offered:
        raise InputError(f"{beir.dataset} has no split {shorten(beir.split, limit=60)}: it has {', '.join(offered)}.")
    collection = dataset(beir.dataset, beir.split)
    beir.query = beir.query or next(iter(collection.queries))
    if beir.query not in collection.queries:
        raise InputError(f"{collection.name} has no query {shorten(beir.query, limit=60)}.")
    return _draft(beir, collection)


def beir_origin(beir: BeirState) -> dict[str, list[str]]:
    """What an address says of it; nothing where the dataset is a path."""
    if all(entry.name != beir.dataset for entry in list_datasets()):
        return {}
    origin = {"source": ["beir"], "dataset": [beir.dataset], "split": [beir.split], "query": [beir.query]}
    return origin | {"k": [str(beir.depth)]} | ({"judged": ["add"]} if beir.add_judged else {})


def _draft(beir: BeirState, collection: Collection) -> Draft:
    origin = beir_origin(beir)
    request = _request(beir, collection, public=bool(origin))
    return Draft(request=request, notes=(_facts(collection), *request.notes), origin=origin)


def _show_datasets(beir: BeirState) -> None:
    known = {entry.name: entry for entry in list_datasets()}
    names = [*judged_names(), *sorted(known, key=lambda name: not known[name].available)]
    if not beir.dataset:
        beir.dataset = next((name for name in known if known[name].available), "")

    def store(name: str) -> None:
        beir.dataset, beir.query = name, ""

    by_path = not is_locked(Lock.LOCAL_FILES)
    kept_text_or_choice(
        "Dataset",
        key="w_dataset",
        value=beir.dataset,
        store=store,
        options=names,
        text_label="Folder or zip archive" if by_path else "",
        text_help="The path of a folder or zip archive in BEIR layout.",
        format_func=lambda name: _dataset_name(known[name]) if name in known else f"{name} (judged here)",
        placeholder="A dataset, folder or zip" if by_path else "A dataset",
    )


def _dataset_name(entry: BeirDataset) -> str:
    return entry.title if entry.available else f"{entry.title} (not downloaded)"


def _default_split(name: str, offered: tuple[str, ...]) -> str:
    evaluated = next((entry.evaluated for entry in list_datasets() if entry.name == name), "test")
    return evaluated if evaluated in offered else offered[0]


def _facts(collection: Collection) -> str:
    licence = f" Licence: {collection.licence}." if collection.licence else ""
    return f"{len(collection.documents):,} documents, {len(collection.queries):,} judged queries.{licence}"


def _request(beir: BeirState, collection: Collection, *, public: bool) -> Request:
    query = collection.queries[beir.query]
    depth, add_judged = beir.depth, beir.add_judged

    def collect(cancel: CancelSignal | None, progress: Progress | None) -> Candidates:
        return _search(collection, query, depth=depth, add_judged=add_judged, cancel=cancel, progress=progress)

    return Request(
        label=f"BEIR · {collection.name} · {collection.split}",
        query=query,
        collect=collect,
        judgements=collection.qrels[query.id],
        public=public,
        notes=(*collection.notes, *_query_notes(collection, query)),
    )


def _query_notes(collection: Collection, query: Query) -> Iterator[str]:
    if own_document(collection, query) is not None:
        yield "This query is itself a document of the collection, which is left out of its candidates."
    if absent := collection.absent(query.id):
        what = "A judged document of this query is" if len(absent) == 1 else "Judged documents of this query are"
        yield f"{what} not in the corpus: {join_names(absent)}."


def _search(
    collection: Collection,
    query: Query,
    *,
    depth: int,
    add_judged: bool,
    cancel: CancelSignal | None,
    progress: Progress | None,
) -> Candidates:
    statistics = CollectionStatistics(collection)
    index = statistics.index(SEARCH_ANALYSER, cancel=cancel, progress=progress)
    documents = bm25_candidates(collection, index, query, k=depth, add_judged=add_judged)
    if not documents:
        raise InputError(
            f"BM25 found no document for this query: none of the {len(collection.documents):,} documents of {collection.name} "
            "shares a word with it. Choose another query, or add the judged documents that BM25 missed."
        )
    return Candidates(
        documents=documents,
        statistics=statistics,
        pool=len(collection.documents),
        context=index.key,
        notes=index.notes,
    )
