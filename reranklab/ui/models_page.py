"""The Models page: what can be loaded, what is stored here, and how to get the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

from reranklab.errors import RerankLabError
from reranklab.models.catalogue import CatalogueEntry, find_model, list_models, usable_models
from reranklab.models.store import ensure, is_stored
from reranklab.operator import Lock, is_locked
from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.catalogue import families, find_family, kinds
from reranklab.rankers.family import RankerSpec
from reranklab.ui import plain
from reranklab.ui.boundary import part
from reranklab.ui.escape import Markdown, definitions
from reranklab.ui.say import say
from reranklab.ui.state import SessionState
from reranklab.ui.tasks import start_task
from reranklab.ui.widgets import among, field

TASKS = "model"


@dataclass(slots=True, kw_only=True)
class ModelsState:
    """A model of one's own: its hub id or folder, and the family that is to run it."""

    declared_model: str = ""
    declared_family: str = ""


@part("The list of models")
def show_catalogue() -> None:
    """A row for each catalogued model."""
    st.dataframe(
        [_row(entry) for entry in list_models()],
        hide_index=True,
        width="stretch",
        height=460,
        column_config={
            "Stored": st.column_config.TextColumn(width=60, help="On this machine: loads without a network."),
            "Kind": st.column_config.TextColumn(width=115),
            "Licence": st.column_config.TextColumn(width=190),
            "Max tokens": st.column_config.NumberColumn(format="localized"),
            "Note": st.column_config.TextColumn(width="large"),
        },
    )
    say("note", "⚠ marks licences that do not allow commercial use.")


@part("The download")
def show_fetch(session: SessionState) -> None:
    """Choose a model that is not here and fetch it."""
    missing = {entry.id: entry for entry in usable_models() if not is_stored(entry)}
    if not missing:
        say("note", "Every catalogued model is here.")
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = plain.selectbox("Download a model", list(missing), key="fetch_model")
        if plain.button("Download", key="fetch", type="primary") and chosen is not None:
            _fetch(session, missing[chosen])


@part("The model of your own")
def show_declare(session: SessionState) -> None:
    """A hub id or a local folder, with the family that will run it. Nothing is believed: loading checks the kind."""
    plain.header("A model of your own", anchor=False, help=_kinds_in_words())
    models = session.of(ModelsState)
    with_models = [family for family in families().values() if family.kinds]
    models.declared_family = among(models.declared_family, [family.id for family in with_models], default=with_models[0].id)
    label, example = "Hub id or folder", "owner/name@revision, or a path"
    if is_locked(Lock.LOCAL_FILES):
        label, example = "Hub id", "owner/name@revision"
    with st.container(horizontal=True, vertical_alignment="bottom"):
        field(plain.text_input, label, models, "declared_model", placeholder=example)
        field(
            plain.selectbox, "Run it as", models, "declared_family",
            options=[family.id for family in with_models], format_func=lambda id_: find_family(id_).title, width=200,
        )  # fmt: skip
        fetch = plain.button("Download", key="fetch_declared")
        add = plain.button("Add to Compare", key="add_declared")
    if not fetch and not add:
        return
    try:
        entry = find_model(models.declared_model.strip(), kinds=tuple(find_family(models.declared_family).kinds))
    except RerankLabError as error:
        say("error", str(error))
        return
    if fetch:
        _fetch(session, entry)
    else:
        session.add_slot(RankerSpec(family=find_family(models.declared_family), model=models.declared_model.strip()))
        say("info", f"{entry.id} is now a ranker on the Compare page. It is checked when it is loaded.")


def _fetch(session: SessionState, entry: CatalogueEntry) -> None:
    def fetch(cancel: CancelSignal, progress: Progress) -> object:
        return ensure(entry, cancel=cancel, progress=progress)

    start_task(session, TASKS, entry.id, fetch)


def _row(entry: CatalogueEntry) -> dict[str, Any]:
    return {
        "Stored": "✓" if is_stored(entry) else "",
        "Model": entry.id,
        "Kind": entry.kind,
        "Licence": f"⚠ {entry.licence}" if entry.non_commercial else entry.licence,
        "Parameters": f"{entry.parameters / 1e6:,.0f} M" if entry.parameters else "unknown",
        "Max tokens": entry.max_tokens or None,
        "Score": entry.scale,
        "Source": "package index" if entry.source == "wheel" else entry.source,
        "Note": entry.note,
    }


def _kinds_in_words() -> Markdown:
    """The kinds with what they are."""
    return definitions({name: kind.description for name, kind in kinds().items()})
