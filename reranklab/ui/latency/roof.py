"""The ranker's operations a second against the best matrix product of the libraries here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import streamlit as st

from reranklab.latency.roof import Peak, Roof, ranker_roof
from reranklab.plots.labels import milliseconds
from reranklab.progress import CancelSignal
from reranklab.ui import plain
from reranklab.ui.background import settle, start
from reranklab.ui.jobs import Emit, Job
from reranklab.ui.latency.opened import OpenSweep
from reranklab.ui.latency.state import LatencyState
from reranklab.ui.progress import watch
from reranklab.ui.say import say
from reranklab.ui.state import current_session

_CANDIDATES, _TOKENS = 16, 256


@dataclass(slots=True, kw_only=True)
class RoofState:
    """The measurement at work and what it gave, and all that were measured, by ranker id and collection."""

    problem: str = ""
    stopped: bool = False
    job: Job[Roof] | None = None
    done: Roof | None = None
    found: dict[tuple[str, str], Roof] = field(default_factory=dict)


def show_roof(state: LatencyState, opened: OpenSweep) -> None:
    """The button, the ranker under its roof, and the peaks of each library."""
    asked = current_session().of(RoofState)
    settle(asked)
    if asked.done is not None:
        asked.found[asked.done.ranker, asked.done.dataset] = asked.done
    if opened.result.timing.device != "cpu":
        say("info", "The roof is measured on a processor alone, and this sweep ran elsewhere.")
        return
    if asked.job is not None:
        watch(_job, "Measuring the roof", key="cancel_roof", waiting="loading")
        return
    ranker, dataset = opened.result.ranker, state.collection
    if plain.button("Measure the roof", key="measure_roof"):
        start(asked, "The start of the measurement", lambda: _work(ranker, dataset))
    if asked.problem or asked.stopped:
        say("error", asked.problem or "Stopped.")
    if (roof := asked.found.get((ranker, dataset))) is None:
        say(
            "note",
            "How much the ranker uses of what this processor can do: matrices of the model's size are multiplied with each "
            f"library here, and {_CANDIDATES} documents are ranked, in the same minute. {_text(dataset)}",
        )
        return
    say("query", _in_words(roof, opened.title))
    say("note", f"{_padding_in_words(roof)} {_text(dataset)}")
    st.dataframe(_rows(roof.peaks, roof.best), hide_index=True, width="stretch")
    say(
        "note",
        "Operations are counted from the model's shape and the lengths of the texts; an engine that leaves out what the score "
        "does not need does fewer. Peaks are the best of 5 runs with all threads, the ranker's time is the median of 5.",
    )


def _work(ranker: str, dataset: str) -> Callable[[CancelSignal, Emit], Roof]:
    def work(cancel: CancelSignal, emit: Emit) -> Roof:
        return ranker_roof(ranker, candidates=_CANDIDATES, tokens=_TOKENS, dataset=dataset, cancel=cancel, progress=emit)

    return work


def _job() -> Job[Roof] | None:
    return current_session().of(RoofState).job


def _in_words(roof: Roof, title: str) -> str:
    done = (
        f"{title} does {roof.gigaflops:,.0f} GFLOP/s in {roof.precision}: {roof.tokens:,} tokens of {roof.candidates} "
        f"documents in {milliseconds(roof.ms)}."
    )
    if roof.best is None or roof.share is None:
        return f"{done} No library here multiplies in that precision."
    return f"{done} That is {roof.share:.0%} of the best peak, {roof.best.gigaflops:,.0f} GFLOP/s by {roof.best.library}."


def _padding_in_words(roof: Roof) -> str:
    if roof.padding is None:
        return "How much of what it computes is padding, it does not say."
    return f"{roof.padding:.1%} of the tokens that it computes are padding, in the batches that it makes of this list."


def _text(dataset: str) -> str:
    """Which documents are ranked."""
    if dataset:
        return f"The documents are those that a BM25 search finds for a query of {dataset}."
    return f"The documents have {_TOKENS} tokens each; choose a collection above for documents as they are."


def _rows(peaks: Sequence[Peak], best: Peak | None) -> list[dict[str, str]]:
    ordered = sorted(peaks, key=lambda peak: (peak.precision, -peak.gigaflops))
    return [
        {
            "Precision": peak.precision,
            "Library": peak.library,
            "Peak, GFLOP/s": f"{peak.gigaflops:,.0f}",
            "": "the roof of this ranker" if peak is best else "",
        }
        for peak in ordered
    ]
