"""What the rankers of a run achieve on average, which differences are real, and what the run cannot tell."""

from __future__ import annotations

import streamlit as st

from reranklab.errors import InputError
from reranklab.evaluate.differences import verdict_in_words
from reranklab.evaluate.experiment import POOLED
from reranklab.evaluate.limits import limits_in_words
from reranklab.evaluate.pareto import Offer
from reranklab.evaluate.power import audit
from reranklab.plots.differences import draw_differences
from reranklab.plots.labels import milliseconds
from reranklab.plots.measures import draw_measures
from reranklab.plots.pareto import draw_pareto
from reranklab.ui import plain
from reranklab.ui.evaluate.runs import OpenRun
from reranklab.ui.figures import show_figure
from reranklab.ui.say import say
from reranklab.ui.state import SessionState


def show_means(session: SessionState, run: OpenRun) -> None:
    """Verdicts first, then the figures and the table behind them."""
    past, titles = run.past, run.titles
    if not any(past.intervals.values()):
        say("info", "No ranker has a result in this run. The notes below say why.")
        return
    verdicts = [verdict_in_words(pair, first=titles[pair.first], second=titles[pair.second]) for pair in past.differences]
    if verdicts:
        say("info", "\n".join(verdicts))
    show_figure(draw_measures(past.intervals, titles=titles), key="evaluate_means")
    if past.differences:
        show_figure(draw_differences(past.differences, titles=titles), key="evaluate_differences")
    _show_table(run)
    _show_limits(run)


def show_times(session: SessionState, run: OpenRun) -> None:
    """Quality against the time of a query."""
    offers = {
        ranker: Offer(quality=run.past.intervals[ranker][run.measure], ms=facts.ms[0])
        for ranker, facts in run.past.facts.items()
        if facts.ms is not None and run.past.intervals[ranker]
    }
    try:
        drawing = draw_pareto(offers, measure=run.measure, titles=run.titles)
    except InputError as error:
        say("info", str(error))
        return
    show_figure(drawing, key="evaluate_pareto")
    st.dataframe(
        [
            {
                "Ranker": run.titles[ranker],
                run.measure: run.past.intervals[ranker][run.measure].short,
                "Median": milliseconds(facts.ms[0]),
                "95th percentile": milliseconds(facts.ms[1]),
                "Queries": facts.ranked,
            }
            for ranker, facts in run.past.facts.items()
            if facts.ms is not None and run.past.intervals[ranker]
        ],
        hide_index=True,
        width="stretch",
    )
    settings = run.stored.settings
    repeats = int(settings.get("repeats", 1))
    measured = "one measured run" if repeats == 1 else f"the median of {repeats} measured runs"
    say(
        "note",
        f"Times of one query's candidates on {settings.get('device')}, each {measured} after one warm-up of the ranker; "
        "percentiles are over the queries. What was stored before has its time of then.",
    )


def _show_table(run: OpenRun) -> None:
    rows = []
    for ranker, facts in run.past.facts.items():
        interval = run.past.intervals[ranker].get(run.measure)
        without = facts.condensed.get(run.measure)
        rows.append(
            {
                "Ranker": run.titles[ranker],
                f"{run.measure} [95 %]": "–" if interval is None else interval.short,
                "Queries": f"{len(run.past.per_query[ranker]):,} of {facts.asked:,}",
                f"Unjudged in top {POOLED}": "–" if facts.unjudged is None else f"{facts.unjudged:.0%}",
                f"{run.measure} without unjudged": "–" if without is None else without.short,
                "Time of a query": "–" if facts.ms is None else milliseconds(facts.ms[0]),
            }
        )
    st.dataframe(rows, hide_index=True, width="stretch")
    if any(facts.unjudged for facts in run.past.facts.values()):
        say(
            "note",
            "An unjudged document counts as not relevant, which favours the systems whose results were judged. Without them, "
            "only judged documents are left in each list.",
        )


def _show_limits(run: OpenRun) -> None:
    sentences = list(limits_in_words(run.past.differences, [run.measure]))
    if sentences:
        plain.subheader("What this evaluation cannot tell", anchor=False)
        for sentence in sentences:
            say("note", sentence)
    with plain.popover("Check a published difference", type="tertiary"):
        say("note", "Could the difference between two rows of a published table be noise?")
        mean = plain.number_input("Mean", min_value=0.0, max_value=1.0, value=0.68, step=0.01, key="audit_mean")
        difference = plain.number_input(
            "Difference", min_value=-1.0, max_value=1.0, value=0.01, step=0.01, key="audit_difference"
        )
        queries = plain.number_input("Queries", min_value=2, max_value=1_000_000, value=300, key="audit_queries")
        try:
            say("info", audit(mean, difference, queries).words)
        except InputError as error:
            say("error", str(error))
