"""The trained models on the page, with their cards and what can be done with them, and the trainings that can go on."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from reranklab.engine.boundary import contained
from reranklab.errors import RerankLabError
from reranklab.plots.training import draw_training
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.rankers.titles import ranker_titles
from reranklab.train.kept import (
    BegunTraining,
    TrainedRanker,
    begun_trainings,
    delete_trained,
    delete_training,
    trained_rankers,
)
from reranklab.ui import plain
from reranklab.ui.boundary import part
from reranklab.ui.figures import show_figure
from reranklab.ui.say import say
from reranklab.ui.state import SessionState
from reranklab.ui.train.state import ChangeState, TrainState
from reranklab.ui.train.work import resume, trainings
from reranklab.ui.widgets import among, field


@part("The trainings that can go on")
def show_begun(session: SessionState) -> None:
    """A line for each training that was stopped or killed. Drawn only where there is one."""
    busy = trainings().at_work()
    begun = [each for each in begun_trainings() if busy is None or each.name != busy.name]
    if not begun:
        return
    plain.subheader("Not complete", anchor=False)
    for each in begun:
        with st.container(horizontal=True, vertical_alignment="center"):
            pressed = plain.button("Resume", key=f"resume_{each.name}", icon=":material/play_arrow:", disabled=busy is not None)
            with plain.popover("Give up", type="tertiary", key=f"give_up_{each.name}"):
                say("note", "Its checkpoints are deleted.")
                if plain.button("Delete them", key=f"give_up_now_{each.name}"):
                    _try(session, lambda each=each: delete_training(each.name))  # type: ignore[misc]
            say("note", _begun_in_words(each))
        if pressed:
            _resume(session, each)


def _resume(session: SessionState, each: BegunTraining) -> None:
    state = session.of(TrainState)

    def begin() -> None:
        state.follow = resume(each).number
        state.model = each.name

    _try(session, begin)


def _begun_in_words(each: BegunTraining) -> str:
    of = f" of {each.steps:,}" if each.steps else ""
    kept = f"with step {each.step:,}{of} kept" if each.step else "before a step was kept"
    return f"{each.name}: stopped {kept}. From {each.ranker}."


@part("The trained models")
def show_trained(session: SessionState, compare: Callable[[], None]) -> None:
    """A row for each model, and the chosen one's card. `compare` opens Before and after."""
    plain.subheader("Trained models", anchor=False)
    state = session.of(TrainState)
    if state.problem:
        say("error", state.problem)
    known = trained_rankers()
    for sentence in known.damaged:
        say("warning", sentence)
    models = {model.name: model for model in known.rankers}
    if not models:
        say("info", "Nothing is trained yet. A trained model is a ranker like any other, on every page.")
        return
    titles = ranker_titles(dict.fromkeys(model.before for model in models.values()))
    st.dataframe(
        [_row(model, titles[model.before]) for model in models.values()],
        hide_index=True, width="stretch", height="content" if len(models) < 9 else 350, placeholder="–",
        column_config={
            "Minutes": st.column_config.NumberColumn(format="%.1f"),
            **{name: st.column_config.NumberColumn(format="%.3f") for name in ("Held back, before", "Held back, after")},
        },
    )  # fmt: skip
    state.model = among(state.model, models, default=next(iter(models)))
    chosen = models[state.model]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        field(plain.selectbox, "Model", state, "model", key="w_train_model", options=list(models), width=260)
        if plain.button("Use in Compare", key="use_trained", type="primary"):
            session.add_slot(parse_ranker_id(chosen.ranker))
            st.switch_page("app.py")
        if plain.button("Before and after", key="compare_trained"):
            session.of(ChangeState).model = chosen.name
            compare()
        with plain.popover("Delete", type="tertiary", key="delete_trained"):
            say("note", f"The folder of {chosen.name} is deleted. Results that it gave stay.")
            if plain.button("Delete it", key="delete_trained_now"):
                _try(session, lambda: delete_trained(chosen.name))
    _show_model(chosen)


def _row(model: TrainedRanker, before: str) -> dict[str, object]:
    data, student = model.record["data"], model.record.get("student")
    course = model.course
    return {
        "Name": model.name,
        "Kind": "student" if student else "fine-tuned",
        "From": before,
        "Data": data["name"],
        "Lists": int(data["lists"]),
        "Held back, before": None if course.before is None else course.before.score.mean,
        "Held back, after": None if course.best is None else course.best.score.mean,
        "Minutes": round(float(model.record["minutes"]), 1),
        "Trained": model.created_at[:16].replace("T", " "),
    }


def _show_model(model: TrainedRanker) -> None:
    say("note", f"Its id, for pages, commands and code: {model.ranker}")
    for note in model.record.get("notes", ()):
        say("note", str(note))
    with plain.expander("How its training went"):
        if model.course.losses:
            steps = int(model.record["steps"]["planned"])
            show_figure(draw_training(model.course, steps=steps), key=f"training_{model.name}")
    with plain.expander("Card: licences, data, settings, versions"):
        st.code(model.card or "This folder has no card.", language=None, wrap_lines=True)


def _try(session: SessionState, do: Callable[[], None]) -> None:
    """Do it and draw the page again, or keep why not."""
    state = session.of(TrainState)
    state.problem = ""
    try:
        with contained("What was asked for"):
            do()
    except RerankLabError as error:
        state.problem = str(error)
    st.rerun()
