"""What both kinds of training ask for: where the queries are from, how many are kept for the test, and a free name."""

from __future__ import annotations

import re
from typing import Protocol

import streamlit as st

from reranklab.data.beir import dataset_path
from reranklab.data.collection import list_splits
from reranklab.errors import InputError, RerankLabError
from reranklab.operator import Lock, is_locked
from reranklab.train.kept import begun_trainings, trained_rankers
from reranklab.train.sets.evaluations import TRAIN
from reranklab.ui import plain
from reranklab.ui.evaluate.form import collection_names
from reranklab.ui.resources import samples
from reranklab.ui.say import say
from reranklab.ui.widgets import OTHER, among, field, kept_text_or_choice

_FIRST = "novel-facts"


class Source(Protocol):
    """A collection, its split, "" for the usual one, and how many percent of its queries are kept for the test."""

    source: str
    split: str
    test: int


def show_source(state: Source, *, key: str) -> None:
    """The choice of a collection, or a path where paths are not locked."""
    known, by_path = collection_names(), not is_locked(Lock.LOCAL_FILES)
    if not state.source or not by_path:
        state.source = among(state.source, known, default=among(_FIRST, known, default=next(iter(known))))

    def store(name: str) -> None:
        state.source, state.split = name, ""

    kept_text_or_choice(
        "Collection", key=f"{key}_source", value=state.source, store=store, options=list(known),
        text_label="Folder or zip archive" if by_path else "", text_help="Its path, in BEIR layout.",
        format_func=lambda name: known.get(name, name),
    )  # fmt: skip


def show_test(state: Source, *, key: str) -> None:
    """How the queries are divided, in words, or the share that is kept for the test."""
    if has_train(state):
        rest = ", ".join(each for each in _splits(state.source) if each != TRAIN)
        say("note", f"Trained on its split train, without the queries of its own that are judged elsewhere ({rest}).")
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        field(
            plain.number_input, "Kept for the test, %", state, "test", key=f"{key}_test", min_value=0, max_value=50, step=5,
            width=180,
            help="The collection has no split train of its own. So many of its queries are not trained on, and Before and "
            "after evaluates on those. With 0 nothing is left to judge the model by on this collection.",
        )  # fmt: skip
        sample = samples().get(state.source)
        if sample is not None:
            say("note", f"It has {sample.queries} judged queries: enough to see how it goes, too few for a verdict.")


def has_train(state: Source) -> bool:
    """Whether the collection has a split to train on beside another one, and that is trained on."""
    splits = _splits(state.source)
    return TRAIN in splits and len(splits) > 1 and state.split in ("", TRAIN)


def suggested_name(source: str) -> str:
    """A free name after the collection."""
    taken = {model.name for model in trained_rankers().rankers} | {begun.name for begun in begun_trainings()}
    stem = re.sub(r"[^A-Za-z0-9]+", "-", source.rstrip("/").rpartition("/")[2])[:32].strip("-") or "model"
    return next(name for number in range(1, len(taken) + 2) if (name := f"{stem}-{number}") not in taken)


def check_name(name: str) -> None:
    """Raise InputError for a name that is taken."""
    if any(begun.name == name for begun in begun_trainings()):
        raise InputError(f"A training {name} was stopped before its end. Resume it or give it up below, or take another name.")
    if any(model.name == name for model in trained_rankers().rankers):
        raise InputError(f"There is a trained model {name} already. Take another name, or delete that one below.")


def _splits(source: str) -> tuple[str, ...]:
    """Of a dataset that is here; none of a sample, which has one."""
    if not source or source == OTHER or source in samples():
        return ()
    try:
        return list_splits(dataset_path(source))
    except RerankLabError:
        return ()
