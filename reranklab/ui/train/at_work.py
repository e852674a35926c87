"""The training at work on the page: how far it is, how it goes, and how the last one ended."""

from __future__ import annotations

from functools import partial

import streamlit as st

from reranklab.errors import Cancelled
from reranklab.plots.training import draw_training
from reranklab.train.kept import trained_rankers
from reranklab.ui.boundary import part
from reranklab.ui.figures import show_figure
from reranklab.ui.jobs import Job
from reranklab.ui.progress import watch
from reranklab.ui.say import say
from reranklab.ui.state import SessionState
from reranklab.ui.train.state import TrainState
from reranklab.ui.train.work import Training, trainings

_LOOK_SECONDS = 2.0


@part("The training at work")
def show_work(session: SessionState) -> None:
    """The progress of the process's training, whoever began it, and how the one that this session began has ended."""
    state = session.of(TrainState)
    busy = trainings().at_work()
    if busy is not None:
        watch(partial(_job, busy.number), "", key="cancel_training", waiting=f"preparing {busy.name}")
        st.fragment(_draw_live, run_every=_LOOK_SECONDS)(busy.number)
        say(
            "note",
            "It goes on when this page is closed, and is found again here. Cancelled, or ended with the app, it is listed "
            "below with what it has, and can be resumed.",
        )
    followed = trainings().get(state.follow)
    if followed is not None and not followed.job.running:
        _show_end(followed)


def _job(number: int) -> Job[str] | None:
    found = trainings().get(number)
    return None if found is None else found.job


@part("The course of the training")
def _draw_live(number: int) -> None:
    found = trainings().get(number)
    if found is not None and found.live.course.losses:
        show_figure(draw_training(found.live.course, steps=found.steps), key="training_live")


def _show_end(training: Training) -> None:
    error = training.job.error
    if isinstance(error, Cancelled):
        say("note", f"{training.name}: {error}")
    elif error is not None:
        say("error", f"{training.name}: {error}")
    else:
        _show_success(training.job.result)


def _show_success(name: str) -> None:
    model = next((each for each in trained_rankers().rankers if each.name == name), None)
    best = model.course.best if model is not None else None
    if model is None or best is None or model.course.before is None:
        say("info", f"{name} is trained. It is listed below.")
        return
    before, after = model.course.before.score.mean, best.score.mean
    told = f"{name} is trained. On the held-back lists nDCG@10 went from {before:.3f} to {after:.3f}."
    if after <= before:
        say("warning", f"{told} It has learned nothing that shows there: take more data, more steps, or another loss.")
        return
    say("info", f"{told} The best step was chosen by them, so that flatters it: see Before and after for what it learned.")
