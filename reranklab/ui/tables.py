"""Tables: the candidates, and the timing and quality sections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from reranklab.engine.comparison import Comparison
from reranklab.evaluate.metrics import DEFAULT_MEASURES, judged_share, score_ranking
from reranklab.plots.timing import draw_timing
from reranklab.rankers.titles import model_name, ranker_title
from reranklab.types import Document, Ranking
from reranklab.ui import plain
from reranklab.ui.escape import shorten
from reranklab.ui.figures import show_figure
from reranklab.ui.say import say
from reranklab.ui.state import SessionState
from reranklab.ui.times import measured

_DEPTH = 10
_PREVIEW = 200
_NUMBERS = ("p50", "p95", "Tokenise", "Compute", "Post-process", "Queue", "Load", "Documents/s", "Tokens/s")


def show_candidates(documents: Sequence[Document], judgements: Mapping[str, int]) -> None:
    """The first candidates in input order, a line each."""
    rows = [
        {"Id": document.id, "Text": shorten(document.content, limit=_PREVIEW)}
        | ({"Grade": judgements.get(document.id)} if judgements else {})
        for document in documents[:_PREVIEW]
    ]
    config = {"Id": st.column_config.TextColumn(width=110), "Grade": st.column_config.NumberColumn(width=60)}
    st.dataframe(rows, hide_index=True, width="stretch", height=min(420, 38 + 35 * len(rows)), column_config=config)


def show_timing(session: SessionState, comparison: Comparison) -> None:
    """The chart and every reading behind it, in ms."""
    log = plain.toggle("Logarithmic axis", key="timing_log")
    show_figure(draw_timing(comparison.rankings, log=log, titles=comparison.titles), key="timing")
    ordered = sorted(comparison.rankings, key=lambda ranking: ranking.timing.p50())
    rows = [_timing_row(ranking) for ranking in ordered]
    numbers = {name: st.column_config.NumberColumn(format="localized") for name in _NUMBERS}
    st.dataframe(rows, hide_index=True, width="stretch", column_config=numbers, placeholder="–")
    say(
        "note",
        "Times in ms/query: medians over the runs; load happened once; total is a run without load and queue. "
        f"Warm-up: {'; '.join(dict.fromkeys(ranking.timing.warmup for ranking in ordered))}.",
    )


def show_quality(session: SessionState, comparison: Comparison) -> None:
    """Measures of this one query. Drawn only where there are judgements."""
    judgements = comparison.request.judgements
    rows = []
    for ranking in comparison.rankings:
        values = score_ranking(ranking, judgements, DEFAULT_MEASURES)
        rows.append(
            {
                "Ranker": comparison.titles[ranking.ranker],
                **{name: round(value, 4) for name, value in values.items()},
                f"Judged in top {_DEPTH}": f"{judged_share(ranking, judgements, _DEPTH):.0%}",
            }
        )
    st.dataframe(rows, hide_index=True, width="content")
    relevant = sum(grade > 0 for grade in judgements.values())
    say(
        "note",
        f"For this query alone: {len(judgements):,} judged documents, {relevant:,} of them relevant. "
        "nDCG takes the grade as gain; an unjudged document counts as not relevant. "
        "Documents with equal scores keep the order of the input, and the measures see that order.",
    )
    if not relevant:
        say("info", "No document is judged relevant for this query, so every measure is 0.")


def _timing_row(ranking: Ranking) -> dict[str, Any]:
    timing = ranking.timing
    return {
        "Ranker": ranker_title(ranking.ranker),
        "Model": model_name(ranking.ranker),
        "p50": round(timing.p50(), 2),
        "p95": round(timing.p95(), 2),
        "Tokenise": round(timing.p50("tokenise"), 2),
        "Compute": round(timing.p50("compute"), 2),
        "Post-process": round(timing.p50("postprocess"), 2),
        "Queue": round(timing.p50("queue"), 2),
        "Load": None if timing.load is None else round(timing.load),
        "Documents/s": round(timing.documents_per_second, 1),
        "Tokens/s": round(timing.tokens_per_second),
        "Runs": len(timing.runs),
        "Device": timing.device,
        "Precision": timing.precision,
        "Measured": measured(timing) if timing.cached else "now",
    }
