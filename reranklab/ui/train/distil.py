"""Distilling on the page: whose scores a smaller ranker learns, on which queries, the check with its cost, and the start."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import streamlit as st

from reranklab.data.beir import load_dataset
from reranklab.errors import InputError
from reranklab.evaluate.candidates import WORDS
from reranklab.models.trained import checked_model_name
from reranklab.operator import Lock, is_locked
from reranklab.progress import CancelSignal
from reranklab.rankers.catalogue import DEFAULT_RANKER, default_rankers, parse_ranker_id
from reranklab.rankers.titles import ranker_titles
from reranklab.train.distil.estimate import estimate_distilling
from reranklab.train.distil.fit import FitSettings
from reranklab.train.distil.losses import LOSSES
from reranklab.train.distil.student import parse_student, student_base
from reranklab.train.kept import trained_rankers
from reranklab.train.sets.evaluations import load_judged
from reranklab.train.sets.own_test import keep_for_test
from reranklab.train.sets.soft import soft_task
from reranklab.ui import plain
from reranklab.ui.background import settle
from reranklab.ui.boundary import part
from reranklab.ui.evaluate.form import collection_names
from reranklab.ui.jobs import Emit, Job
from reranklab.ui.resources import store
from reranklab.ui.say import say
from reranklab.ui.state import SessionState, current_session
from reranklab.ui.train.begin import form_box, show_check, show_device, show_start
from reranklab.ui.train.checked import leaks_in_words, time_in_words
from reranklab.ui.train.sources import check_name, has_train, show_source, show_test, suggested_name
from reranklab.ui.train.state import CheckedStudent, DistilState, StudentRecipe
from reranklab.ui.train.work import start_student
from reranklab.ui.widgets import among, field, kept_text_or_choice

STUDENTS: Mapping[str, tuple[str, str]] = {
    "layers": ("Fewer layers", "It begins with the first of the teacher's own layers: the nearest in quality."),
    "projection": ("Late interaction", "Token vectors of the embedded encoder, projected by a matrix that is trained."),
    "static": ("Static embedding", "Weights of the tokens of a table: no network at all, and the fastest by far."),
}
"""Kind of student to its title, and what it is."""

_MOST = 1_000_000


def show_distil(session: SessionState) -> None:
    """The form in a box that closes once a training is at work, and what the check found."""
    state = session.of(DistilState)
    settle(state)
    with form_box("New student", state, key="w_distil_open"):
        _show_form(session, state)


@part("The settings of the student")
def _show_form(session: SessionState, state: DistilState) -> None:
    say(
        "note",
        "A smaller ranker learns a larger one's scores: no judgements are needed. First a check: whether an evaluation asks "
        "the same queries, and what teacher and student will take here.",
    )
    left, middle, right = st.columns([2.2, 2.2, 1.4])
    with left:
        show_source(state, key="w_distil")
        known = collection_names()
        if state.source and state.source not in known and not is_locked(Lock.LOCAL_FILES):
            field(
                plain.text_input, "Corpus, for a file of queries", state, "corpus", key="w_distil_corpus",
                placeholder="a dataset, or a file of documents",
            )  # fmt: skip
    with middle:
        _show_teacher(state)
    with right:
        field(
            plain.text_input, "Name", state, "name", key="w_distil_name", placeholder=suggested_name(state.source),
            help="Of the student: up to 40 letters, digits, - and _.",
        )  # fmt: skip
    _show_student(state)
    show_test(state, key="w_distil")
    with plain.expander("More settings"):
        _show_more(state)
    show_check(
        state,
        lambda: _work(state),
        _job,
        key="check_student",
        cancel="cancel_student_check",
        told="The teacher scores six lists, and a student that is given up takes a few steps.",
    )
    if state.done is not None and state.job is None:
        done = state.done
        part("The check")(_show_checked)(done)
        show_start(
            session, state, lambda: _recipe(state), lambda: start_student(done, store()), key="start_student",
        )  # fmt: skip


def _show_teacher(state: DistilState) -> None:
    ids = [*dict.fromkeys([DEFAULT_RANKER, *default_rankers()]), *(model.ranker for model in trained_rankers().rankers)]
    titles = ranker_titles(ids)
    state.teacher = state.teacher or ids[0]

    def store(ranker: str) -> None:
        state.teacher = ranker

    kept_text_or_choice(
        "Teacher", key="w_distil_teacher", value=state.teacher, store=store, options=ids, text_label="Its id",
        text_help="A ranker id as on the command line. It needs scores, not an order alone.",
        format_func=lambda id_: titles.get(id_, id_),
    )  # fmt: skip


def _show_student(state: DistilState) -> None:
    state.kind = among(state.kind, STUDENTS, default="layers")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        field(
            plain.segmented_control, "Student", state, "kind", key="w_distil_kind", options=list(STUDENTS),
            format_func=lambda id_: STUDENTS[id_][0], required=True,
        )  # fmt: skip
        if state.kind == "layers":
            field(plain.number_input, "Layers", state, "layers", key="w_distil_layers", min_value=1, max_value=100, width=150)
        elif state.kind == "projection":
            field(
                plain.number_input, "Dimensions", state, "dimensions", key="w_distil_dimensions", min_value=1, max_value=4096,
                width=150,
            )  # fmt: skip
    say("note", STUDENTS[state.kind][1])


def _show_more(state: DistilState) -> None:
    data, course = st.columns(2, gap="medium")
    with data:
        known = collection_names()
        state.evaluate_on = [name for name in state.evaluate_on if name in known]
        field(
            plain.multiselect, "Also evaluated on", state, "evaluate_on", key="w_distil_evaluate", options=list(known),
            format_func=known.__getitem__, placeholder="None but its own test",
            help="No query of these may be trained on, in the same or in other words.",
        )  # fmt: skip
        field(plain.toggle, "Leave leaking queries out", state, "leave_out", key="w_distil_leaks")
        left, right = st.columns(2)
        with left:
            field(
                plain.number_input, "Candidates of a query", state, "depth", key="w_distil_depth", min_value=2, max_value=200,
                help="BM25's first: these the teacher scores.",
            )  # fmt: skip
        with right:
            field(
                plain.number_input, "Queries", state, "queries", key="w_distil_queries", min_value=0, max_value=_MOST,
                help="0 takes all. Otherwise so many are drawn, always the same for a seed.",
            )  # fmt: skip
        field(plain.text_input, "Split", state, "split", key="w_distil_split", placeholder="train, where there is one")
    with course:
        losses = {"": "The usual", **{name: name for name in LOSSES}}
        state.loss = among(state.loss, losses, default="")
        field(plain.selectbox, "Loss", state, "loss", key="w_distil_loss", options=list(losses), format_func=losses.__getitem__)
        left, right = st.columns(2)
        for column, label, name, low, high, about in (
            (left, "Rounds", "epochs", 0, 1000, "Over all lists. 0: as suits the kind of student."),
            (right, "Tokens read of a text", "window", 16, 8192, "Of a student of fewer layers, in training."),
            (left, "Lists of a step", "lists", 1, 1024, None),
            (right, "Documents of a list", "documents", 2, 200, None),
            (left, "Held back, %", "held_back", 0, 50, "Of the queries, to stop early by."),
            (right, "Seed", "seed", 0, _MOST, None),
        ):
            with column:
                field(plain.number_input, label, state, name, key=f"w_distil_{name}", min_value=low, max_value=high, help=about)
        show_device(state, key="w_distil_device")


def _show_checked(done: CheckedStudent) -> None:
    task = done.task
    taken = done.estimate.gigabytes
    memory = f", {taken:.1f} GB of memory in all" if taken is not None else ""
    say("query", f"{done.recipe.name}: {time_in_words(done.estimate.minutes)}{memory}")
    checked = ", ".join(task.evaluate_on)
    say("info" if checked else "warning", leaks_in_words(checked, task.left_out))
    say("note", f"In full: {done.estimate.words}")
    for note in task.notes:
        say("note", note)


def _recipe(state: DistilState) -> StudentRecipe:
    """Raises InputError for what does not work."""
    if not state.source:
        raise InputError("No collection is chosen. Choose one.")
    number = {"layers": f"={state.layers}", "projection": f"={state.dimensions}"}.get(state.kind, "")
    plan, teacher = parse_student(f"{state.kind}{number}"), parse_ranker_id(state.teacher)
    student_base(plan, teacher, None)
    whole = not state.corpus.strip() and not has_train(state)
    usual = FitSettings()
    return StudentRecipe(
        name=checked_model_name(state.name or suggested_name(state.source)), teacher=teacher.id,
        student=f"{state.kind}{number}", source=state.source, corpus=state.corpus.strip() or None, split=state.split or None,
        test_share=state.test / 100 if whole else 0.0,
        evaluate_on=tuple(each for each in state.evaluate_on if each != state.source),
        leaks="leave-out" if state.leave_out else "refuse", depth=state.depth, queries=state.queries or None,
        held_back=state.held_back / 100,
        training=replace(
            plan.training, loss=state.loss, epochs=state.epochs or plan.training.epochs, lists=state.lists,
            documents=state.documents, window=state.window, seed=state.seed,
        ),
        fitting=FitSettings(
            loss=state.loss or usual.loss, epochs=state.epochs or usual.epochs, lists=state.lists, documents=state.documents,
            seed=state.seed,
        ),
        device=state.device,
    )  # fmt: skip


def _work(state: DistilState) -> Callable[[CancelSignal, Emit], CheckedStudent]:
    """What the thread does; it holds nothing of the session. Raises InputError for what does not work."""
    state.done = None
    recipe, found = _recipe(state), store()
    check_name(recipe.name)

    def work(cancel: CancelSignal, emit: Emit) -> CheckedStudent:
        source, others = recipe.source, list(recipe.evaluate_on)
        seed, device, candidates = recipe.training.seed, recipe.device, f"{WORDS}:{recipe.depth}"
        if recipe.test_share:
            whole = load_judged(source, split=recipe.split, cancel=cancel, progress=emit)
            ours, test = keep_for_test(whole, share=recipe.test_share, seed=seed, device=device, cancel=cancel, progress=emit)
            named = [load_dataset(each, cancel=cancel, progress=emit) for each in others]
            task = soft_task(
                ours, teacher=recipe.teacher, queries=recipe.queries, leaks=recipe.leaks, evaluate_on=[test, *named],
                candidates=candidates, seed=seed, device=device, cancel=cancel, progress=emit,
            )  # fmt: skip
        else:
            task = soft_task(
                source, teacher=recipe.teacher, queries=recipe.queries, leaks=recipe.leaks, corpus=recipe.corpus,
                split=recipe.split, evaluate_on=others, candidates=candidates, seed=seed, device=device, cancel=cancel,
                progress=emit,
            )  # fmt: skip
        estimate = estimate_distilling(
            task, parse_student(recipe.student), held_back=recipe.held_back, training=recipe.training, fitting=recipe.fitting,
            device=device, store=found, cancel=cancel, progress=emit,
        )  # fmt: skip
        return CheckedStudent(recipe=recipe, task=task, estimate=estimate)

    return work


def _job() -> Job[CheckedStudent] | None:
    return current_session().of(DistilState).job
