"""Fine-tuning on the page: what is trained on what, the check with its estimate, and the start."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from reranklab.errors import InputError
from reranklab.progress import CancelSignal
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.train.catalogue import learner_of
from reranklab.train.estimate import estimate_training
from reranklab.train.folder import checked_model_name
from reranklab.train.losses import choose_loss
from reranklab.train.recipe import Recipe
from reranklab.train.sets.mining import Mining
from reranklab.train.settings import TrainingSettings
from reranklab.ui import plain
from reranklab.ui.background import settle
from reranklab.ui.boundary import part
from reranklab.ui.jobs import Emit, Job
from reranklab.ui.say import say
from reranklab.ui.state import SessionState, current_session
from reranklab.ui.train.bases import trainable_rankers
from reranklab.ui.train.begin import form_box, show_check, show_start
from reranklab.ui.train.checked import show_checked
from reranklab.ui.train.more import show_more
from reranklab.ui.train.sources import check_name, has_train, show_source, show_test, suggested_name
from reranklab.ui.train.state import Checked, FineTuneState
from reranklab.ui.train.work import start_training
from reranklab.ui.widgets import field, kept_text_or_choice


def show_fine_tune(session: SessionState) -> None:
    """The form in a box that closes once a training is at work, and what the check found."""
    state = session.of(FineTuneState)
    settle(state)
    with form_box("New training", state, key="w_tune_model_open"):
        _show_form(session, state)


@part("The settings of the training")
def _show_form(session: SessionState, state: FineTuneState) -> None:
    say(
        "note",
        "A ranker learns from judged queries which documents answer them. First a check: whether an evaluation asks the same "
        "queries, and what the training will take here. Nothing is trained before you press Start.",
    )
    left, middle, right = st.columns([2.2, 2.2, 1.4])
    with left:
        show_source(state, key="w_tune_model")
    with middle:
        _show_base(state)
    with right:
        field(
            plain.text_input, "Name", state, "name", key="w_tune_model_name", placeholder=suggested_name(state.source),
            help="Of the trained model: up to 40 letters, digits, - and _.",
        )  # fmt: skip
    show_test(state, key="w_tune_model")
    with plain.expander("More settings"):
        show_more(state)
    show_check(
        state,
        lambda: _work(state),
        _job,
        key="check_training",
        cancel="cancel_check",
        told=_CHECKED,
    )
    if state.done is not None and state.job is None:
        done = state.done
        part("The check")(show_checked)(done)
        show_start(
            session, state, lambda: _recipe(state), lambda: start_training(done.recipe, done.training_set, done.estimate),
            key="start_training",
        )  # fmt: skip


_CHECKED = "Mines negatives, compares queries, and takes three true steps on a copy of the model."


def _show_base(state: FineTuneState) -> None:
    known = trainable_rankers()
    if not state.base:
        state.base = next(iter(known), "")

    def store(ranker: str) -> None:
        state.base = ranker

    kept_text_or_choice(
        "Base model", key="w_tune_model_base", value=state.base, store=store, options=list(known), text_label="Its id",
        text_help="A ranker id with a model, such as cross-encoder:owner/name.", format_func=lambda id_: known.get(id_, id_),
    )  # fmt: skip


def _recipe(state: FineTuneState) -> Recipe:
    """Raises InputError for what does not work."""
    name = checked_model_name(state.name or suggested_name(state.source))
    if not state.source:
        raise InputError("No collection is chosen. Choose one.")
    spec = parse_ranker_id(state.base)
    learner_of(spec)
    try:
        rate = float(state.learning_rate or 0)
    except ValueError:
        raise InputError(f"The learning rate {state.learning_rate!r} is no number. Give one such as 2e-5.") from None
    settings = TrainingSettings(
        loss=state.loss, epochs=state.epochs, steps=state.steps, learning_rate=rate, lists=state.lists,
        documents=state.documents, window=state.window, evaluations=state.evaluations, patience=state.patience, seed=state.seed,
        layers=None if state.part == "all" else state.layers, adapters=state.adapters if state.part == "adapters" else 0,
    )  # fmt: skip
    mining = Mining(negatives=state.negatives)
    if state.negatives_by:
        mining = Mining(by=tuple(state.negatives_by), negatives=state.negatives)
    return Recipe(
        name=name, ranker=spec.id, source=state.source, split=state.split or None,
        test_share=0.0 if has_train(state) else state.test / 100,
        evaluate_on=tuple(each for each in state.evaluate_on if each != state.source),
        leaks="leave-out" if state.leave_out else "refuse", held_back=state.held_back / 100, mining=mining, settings=settings,
        device=state.device,
    )  # fmt: skip


def _work(state: FineTuneState) -> Callable[[CancelSignal, Emit], Checked]:
    """What the thread does; it holds nothing of the session. Raises InputError for what does not work."""
    state.done = None
    recipe = _recipe(state)
    check_name(recipe.name)

    def work(cancel: CancelSignal, emit: Emit) -> Checked:
        spec = parse_ranker_id(recipe.ranker)
        made = recipe.training_set(cancel=cancel, progress=emit)
        loss = choose_loss(learner_of(spec).losses, made.labels, recipe.settings.loss)
        estimate = estimate_training(spec, made, settings=recipe.settings, device=recipe.device, cancel=cancel, progress=emit)
        return Checked(recipe=recipe, training_set=made, loss=loss, estimate=estimate)

    return work


def _job() -> Job[Checked] | None:
    return current_session().of(FineTuneState).job
