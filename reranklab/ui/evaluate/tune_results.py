"""What a search for a configuration chose: the words, the Pareto front, both tables, and a name to save it under."""

from __future__ import annotations

import json
from dataclasses import dataclass

import streamlit as st

from reranklab.engine.boundary import contained
from reranklab.errors import RerankLabError
from reranklab.evaluate.task_set import TaskSet
from reranklab.plots.tuning import draw_tuning
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.rankers.named import save_named
from reranklab.rankers.titles import ranker_titles
from reranklab.tune.record import named_ranker, to_json
from reranklab.tune.tuner import Tuning
from reranklab.tune.words import result_in_words
from reranklab.ui import plain
from reranklab.ui.figures import show_figure
from reranklab.ui.say import say
from reranklab.ui.state import SessionState
from reranklab.ui.widgets import field


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuned:
    """What a search gave, on which tasks. `warnings` say what was not kept."""

    task_set: TaskSet
    tuning: Tuning
    warnings: tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class _Saving:
    """The name as it was typed, and what came of it: the id that was saved for which result, or why it was not."""

    name: str = ""
    saved: str = ""
    of: Tuning | None = None
    problem: str = ""


def show_tuned(session: SessionState, tuned: Tuned) -> None:
    """The words first, then the front, the finalists, the folds, and what to do with it."""
    tuning, tasks = tuned.tuning, tuned.task_set
    say(
        "query",
        f"{tasks.collection.name} ({tasks.collection.split}), {len(tasks.tasks):,} queries, {tasks.rule}, "
        f"budget {tuning.budget:g} ms at p95",
    )
    for warning in tuned.warnings:
        say("warning", warning)
    say("info", "\n".join(result_in_words(tuning)))
    _show_saving(session, tuned)
    show_figure(draw_tuning(tuning), key="tune_front")
    titles = ranker_titles(dict.fromkeys([each.ranker for each in tuning.finalists] + [fold.pick for fold in tuning.folds]))
    st.dataframe(
        [
            {
                "No.": number,
                "Configuration": titles[each.ranker],
                f"{tuning.measure}, as tuned": each.mean.short,
                "p50": round(each.median, 1),
                "p95": each.p95.short,
                "Front": "yes" if each.ranker in tuning.front else "",
                "Chosen": "yes" if each.ranker == tuning.chosen else "",
                "Id": each.ranker,
            }
            for number, each in enumerate(tuning.finalists, start=1)
        ],
        hide_index=True,
        width="stretch",
    )
    say(
        "note",
        "The numbers are those of the figure. Times in ms of true runs of each configuration, quantiles with their 95 % "
        f"interval; ? is what so few queries cannot tell. {tuning.device_name}.",
    )
    plain.subheader("The cross-validation", anchor=False)
    st.dataframe(
        [
            {
                "Fold": number,
                "Picked without its queries": titles[fold.pick],
                f"{tuning.measure}, as tuned": round(fold.tuned, 4),
                "Held out": round(fold.mean, 4),
                "Queries": len(fold.values),
            }
            for number, fold in enumerate(tuning.folds, start=1)
        ],
        hide_index=True,
        width="stretch",
    )
    for note in tuning.notes:
        say("note", note)
    plain.download_button(
        "JSON", data=lambda: json.dumps(to_json(tuning, tasks), indent=2), file_name="tuning.json", mime="application/json",
        key="tune_json", icon=":material/download:", on_click="ignore",
    )  # fmt: skip


def _show_saving(session: SessionState, tuned: Tuned) -> None:
    state = session.of(_Saving)
    if state.of is not tuned.tuning:
        state.saved, state.problem, state.of = "", "", tuned.tuning
    with st.container(horizontal=True, vertical_alignment="bottom"):
        field(
            plain.text_input, "Save it under a name", state, "name", key="w_tune_name", placeholder="such as product-search",
            help="tuned:NAME then stands wherever a ranker id does. What was saved under the name is replaced.", width=300,
        )  # fmt: skip
        if plain.button("Save", key="save_tuned", disabled=not state.name.strip()):
            _save(state, tuned)
        if plain.button("Add it to the sidebar", key="add_tuned"):
            session.add_slot(parse_ranker_id(tuned.tuning.chosen))
            st.rerun()
    if state.saved:
        say("note", f"Saved. {state.saved} stands for {tuned.tuning.chosen}.")
    if state.problem:
        say("error", state.problem)


def _save(state: _Saving, tuned: Tuned) -> None:
    state.saved, state.problem = "", ""
    try:
        with contained("The saving"):
            named = named_ranker(tuned.tuning, tuned.task_set, state.name)
            save_named(named)
            state.saved = named.id
    except RerankLabError as error:
        state.problem = str(error)
