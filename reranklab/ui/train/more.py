"""The settings of a fine-tuning that have good defaults."""

from __future__ import annotations

import streamlit as st

from reranklab.errors import InputError
from reranklab.evaluate.candidates import WORDS, parse_candidates, searching_rankers
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.rankers.titles import ranker_titles
from reranklab.train.catalogue import learner_of
from reranklab.train.sets.mining import RANDOM, Mining
from reranklab.ui import plain
from reranklab.ui.evaluate.form import collection_names
from reranklab.ui.say import say
from reranklab.ui.train.begin import show_device
from reranklab.ui.train.state import FineTuneState
from reranklab.ui.widgets import among, field

_PARTS = {"all": "All layers", "layers": "The last layers", "adapters": "Adapters (LoRA)"}
_DEPTH = 50
_MOST = 1_000_000


def show_more(state: FineTuneState) -> None:
    """Three columns: the data, what is trained, how long."""
    data, model, course = st.columns(3, gap="medium")
    with data:
        plain.subheader("Data", anchor=False)
        _show_data(state)
    with model:
        plain.subheader("Model", anchor=False)
        _show_model(state)
    with course:
        plain.subheader("Course", anchor=False)
        _show_course(state)


def _show_data(state: FineTuneState) -> None:
    known = collection_names()
    state.evaluate_on = [name for name in state.evaluate_on if name in known]
    field(
        plain.multiselect, "Also evaluated on", state, "evaluate_on", key="w_tune_model_evaluate", options=list(known),
        format_func=known.__getitem__, placeholder="None but its own test",
        help="No query of these may be trained on, in the same or in other words.",
    )  # fmt: skip
    field(
        plain.toggle, "Leave leaking queries out", state, "leave_out", key="w_tune_model_leaks",
        help="Off: a training query that an evaluation asks too is an error. On: it is left out, and told.",
    )  # fmt: skip
    rules = _rules()
    state.negatives_by = [rule for rule in state.negatives_by if rule in rules]
    field(
        plain.multiselect, "Negatives by", state, "negatives_by", key="w_tune_model_mining", options=list(rules),
        format_func=rules.__getitem__, placeholder=f"BM25, first {parse_candidates(Mining().by[0]).depth}",
        help="Documents that a search finds and nobody judged relevant: what the relevant ones have to beat. Judged negatives "
        "are taken first.",
    )  # fmt: skip
    field(
        plain.number_input, "Negatives for each relevant", state, "negatives", key="w_tune_model_negatives", min_value=1,
        max_value=100,
    )  # fmt: skip
    field(plain.text_input, "Split", state, "split", key="w_tune_model_split", placeholder="train, where there is one")


def _show_model(state: FineTuneState) -> None:
    field(
        plain.selectbox, "What is trained", state, "part", key="w_tune_model_part", options=list(_PARTS),
        format_func=_PARTS.__getitem__,
        help="Fewer weights take less time and memory and forget less, and learn less too. Input embeddings stay as they are.",
    )  # fmt: skip
    if state.part != "all":
        field(
            plain.number_input, "Layers from the end", state, "layers", key="w_tune_model_layers", min_value=0, max_value=100,
            help="With 0 layers only what stands behind them is trained: the head.",
        )  # fmt: skip
    if state.part == "adapters":
        field(
            plain.number_input, "Rank of the adapters", state, "adapters", key="w_tune_model_adapters", min_value=1,
            max_value=256,
        )  # fmt: skip
    losses = {"": "As suits the labels", **_losses(state)}
    state.loss = among(state.loss, losses, default="")
    field(plain.selectbox, "Loss", state, "loss", key="w_tune_model_loss", options=list(losses), format_func=losses.__getitem__)
    if state.loss:
        say("note", _why(state))
    field(
        plain.number_input, "Tokens read of a text", state, "window", key="w_tune_model_window", min_value=16, max_value=8192,
        step=64, help="For training alone: the trained model reads as much as its base does.",
    )  # fmt: skip
    field(plain.text_input, "Learning rate", state, "learning_rate", key="w_tune_model_rate", placeholder="as suits the model")
    show_device(state, key="w_tune_model_device")


def _show_course(state: FineTuneState) -> None:
    left, right = st.columns(2)
    for column, label, name, low, high, about in (
        (left, "Rounds", "epochs", 1, 100, "Over all lists."),
        (right, "Steps at most", "steps", 0, _MOST, "0: as many as the rounds have."),
        (left, "Lists of a step", "lists", 1, 1024, None),
        (right, "Documents of a list", "documents", 2, 200, "Where a list has more, others are drawn in each round."),
        (left, "Scores on the way", "evaluations", 1, 1000, "How often the held-back lists are scored."),
        (right, "Patience", "patience", 1, 1000, "Training ends after so many scores without a rise."),
        (left, "Held back, %", "held_back", 0, 50, "Of the queries, to stop early by."),
        (right, "Seed", "seed", 0, _MOST, None),
    ):
        with column:
            field(plain.number_input, label, state, name, key=f"w_tune_model_{name}", min_value=low, max_value=high, help=about)


def _rules() -> dict[str, str]:
    """Candidate rule to title: word search, each ranker that searches by itself, and documents drawn at random."""
    titles = {WORDS: "BM25", **ranker_titles(searching_rankers())}
    return {**{f"{id_}:{_DEPTH}": f"{title}, first {_DEPTH}" for id_, title in titles.items()}, RANDOM: "Drawn at random"}


def _losses(state: FineTuneState) -> dict[str, str]:
    try:
        return {loss.id: loss.id for loss in learner_of(parse_ranker_id(state.base)).losses}
    except InputError:
        return {}


def _why(state: FineTuneState) -> str:
    return next(loss.why for loss in learner_of(parse_ranker_id(state.base)).losses if loss.id == state.loss)
