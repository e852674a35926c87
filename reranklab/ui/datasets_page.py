"""The Datasets page: the samples, and the BEIR datasets with what is here and how to get the rest."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import partial
from typing import Any

import streamlit as st

from reranklab.data.beir import BeirDataset, fetch_dataset, list_datasets
from reranklab.data.paths import cache_dir
from reranklab.data.statistics import SEARCH_ANALYSER, CollectionStatistics
from reranklab.data.stored_indexes import StoredIndex, delete_index, disk_usage, list_indexes
from reranklab.errors import RerankLabError
from reranklab.progress import CancelSignal, Progress
from reranklab.ui import plain
from reranklab.ui.boundary import part
from reranklab.ui.resources import dataset, samples
from reranklab.ui.say import say
from reranklab.ui.state import SessionState
from reranklab.ui.tasks import start_task

DOWNLOADS = "dataset"
INDEXES = "index"


@part("The list of samples")
def show_samples() -> None:
    """A row for each sample collection."""
    rows = [
        {"Name": sample.title, "Queries": sample.queries, "Documents": sample.documents, "Shows": sample.behaviour}
        for sample in samples().values()
    ]
    st.dataframe(rows, hide_index=True, width="stretch", height="content")


@part("The list of datasets")
def show_datasets() -> None:
    """A row for each BEIR dataset."""
    st.dataframe(
        [_row(entry) for entry in list_datasets()],
        hide_index=True,
        width="stretch",
        height=460,
        placeholder="unknown",
        column_config={
            "Stored": st.column_config.TextColumn(width=75, help="Its files are on this machine."),
            "Name": st.column_config.TextColumn(width=165),
            "Licence": st.column_config.TextColumn(width=230),
            **{name: st.column_config.NumberColumn(format="localized") for name in ("Documents", "Queries", "MB")},
        },
    )
    say("note", "⚠ marks licences that do not allow commercial use. BEIR leaves it to you to check the licence of a dataset.")


@part("The download")
def show_download(session: SessionState) -> None:
    """Choose a dataset that is not here: download it, or see where its files belong."""
    missing = {entry.name: entry for entry in list_datasets() if not entry.available}
    if not missing:
        say("note", "Every BEIR dataset is here.")
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        names = list(missing)
        first = names.index(_smallest(missing.values()))
        name = plain.selectbox("Download a dataset", names, index=first, format_func=lambda name: _name(missing[name]))
        chosen = missing[name]
        if plain.button("Download", type="primary", key="download", disabled=not chosen.public):
            start_task(session, DOWNLOADS, chosen.name, partial(_fetch, chosen))
    if not chosen.public:
        say("info", f"{chosen.title} is not public. Ask its owners: {chosen.source}.")
    say("note", "Without a network, put the unpacked files here, so that corpus.jsonl lies in it:")
    st.code(str(chosen.folder), language=None)


@part("The index")
def show_index(session: SessionState) -> None:
    """Build the BM25 index of a dataset that is here, so that the first query on it does not wait."""
    here = {entry.name: entry for entry in list_datasets() if entry.available}
    if not here:
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = plain.selectbox("Build the BM25 index", list(here), help="Otherwise it is built on first use. It stays on disk.")
        if plain.button("Build", key="prepare_index"):
            _index(session, here[name])


@part("The list of indexes")
def show_indexes() -> None:
    """What is on disk: a row for each index with a way to delete it, and the sizes of the rest of the cache."""
    known = {index.id: index for index in list_indexes()}
    if known:
        st.dataframe(
            [_index_row(index) for index in known.values()],
            hide_index=True,
            width="stretch",
            height="content" if len(known) < 12 else 460,
            placeholder="–",
            column_config={
                "Documents": st.column_config.NumberColumn(format="localized"),
                "MB": st.column_config.NumberColumn(format="%.2f"),
            },
        )
        if any(not index.collection for index in known.values()):
            say(
                "note",
                "Unknown: built by an earlier version. A deleted index is built again when it is needed.",
            )
        with plain.popover("Delete indexes", type="tertiary"):
            chosen = plain.multiselect(
                "Indexes", list(known), format_func=lambda id_: _index_name(known[id_]), key="index_chosen"
            )
            if plain.button("Delete", key="index_delete", disabled=not chosen):
                _delete(chosen)
    else:
        say("note", "There is no index yet.")
    sizes = {name: disk_usage(cache_dir() / name) for name in ("datasets", "unpacked", "embeddings", "models", "wheels")}
    words = [f"{name} {_megabytes(size)}" for name, size in sizes.items() if size]
    say("note", f"Also kept in {cache_dir()}: {', '.join(words) or 'nothing'}.")


def _delete(index_ids: Iterable[str]) -> None:
    try:
        for index_id in index_ids:
            delete_index(index_id)
    except RerankLabError as error:
        say("error", str(error))
    else:
        st.rerun()


def _index_row(index: StoredIndex) -> dict[str, Any]:
    return {
        "Dataset": index.collection or "unknown",
        "Analyser": index.analyser or None,
        "Documents": index.documents,
        "k1": index.k1,
        "b": index.b,
        "MB": index.size / 1e6,
        "Built": index.built_at[:16].replace("T", " ") or None,
    }


def _index_name(index: StoredIndex) -> str:
    return f"{index.collection or 'unknown'}, {index.analyser or index.id[:8]}, {_megabytes(index.size)}"


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.2f} MB" if size < 1e7 else f"{size / 1e6:,.0f} MB"


def _smallest(entries: Iterable[BeirDataset]) -> str:
    """The name of the smallest download: a click without a choice costs megabytes, not a gigabyte."""
    return min(entries, key=lambda entry: (not entry.public, entry.size or math.inf)).name


def _fetch(entry: BeirDataset, cancel: CancelSignal, progress: Progress) -> object:
    return fetch_dataset(entry, cancel=cancel, progress=progress)


def _index(session: SessionState, entry: BeirDataset) -> None:
    with plain.spinner("Reading the collection"):
        collection = dataset(entry.name, entry.evaluated)

    def build(cancel: CancelSignal, progress: Progress) -> object:
        return CollectionStatistics(collection).index(SEARCH_ANALYSER, cancel=cancel, progress=progress)

    start_task(session, INDEXES, entry.name, build)


def _row(entry: BeirDataset) -> dict[str, Any]:
    return {
        "Stored": "✓" if entry.available else "" if entry.public else "not public",
        "Name": entry.name,
        "Documents": entry.documents,
        "Queries": entry.queries,
        "MB": round(entry.size / 1e6) if entry.size else None,
        "Licence": f"{'⚠ ' if entry.non_commercial else ''}{entry.licence or 'unknown'}",
        "Note": entry.note,
    }


def _name(entry: BeirDataset) -> str:
    size = f", {entry.size / 1e6:,.0f} MB" if entry.size else ""
    return f"{entry.title} ({entry.name}{size})" if entry.public else f"{entry.title} (not public)"
