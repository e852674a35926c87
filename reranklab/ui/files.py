"""The provenance and download sections."""

from __future__ import annotations

import json
from collections.abc import Callable

import streamlit as st

from reranklab.engine.comparison import Comparison
from reranklab.engine.saved import save_comparison
from reranklab.errors import InputError
from reranklab.export import to_csv, to_dict, to_json, to_trec_run
from reranklab.rankers.titles import model_name, ranker_title
from reranklab.types import Ranking
from reranklab.ui import plain
from reranklab.ui.say import say
from reranklab.ui.state import SessionState


def show_provenance(session: SessionState, comparison: Comparison) -> None:
    """Everything needed to produce each ranking again."""
    for ranking, exported in zip(comparison.rankings, to_dict(comparison.rankings)["rankings"], strict=True):
        with plain.expander(f"{ranker_title(ranking.ranker)} · {model_name(ranking.ranker)}", expanded=True):
            values = {"ranker": ranking.ranker, **exported["provenance"], "details": exported["details"]}
            st.code(json.dumps(values, ensure_ascii=False, indent=2), language="json")


def show_downloads(session: SessionState, comparison: Comparison) -> None:
    """Files are made when they are asked for."""
    rankings = comparison.rankings
    qrels = {comparison.request.query.id: comparison.request.judgements}
    notes = comparison.notes
    with st.container(horizontal=True):
        _offer(
            "Result to open again", lambda: save_comparison(comparison), name="result.json", mime="application/json",
            why='The source "Saved result" opens it here and on other machines, on Compare and Explain. It holds the texts.',
        )  # fmt: skip
        _offer("JSON with provenance", lambda: to_json(rankings, notes=notes), name="rankings.json", mime="application/json")
        _offer("CSV", lambda: to_csv(rankings, None, qrels), name="rankings.csv", mime="text/csv")
        _offer(
            "CSV with texts", lambda: to_csv(rankings, comparison.documents, qrels), name="rankings-texts.csv", mime="text/csv"
        )
    with st.container(horizontal=True):
        for number, ranking in enumerate(rankings):
            _offer_run(ranking, number, comparison.titles[ranking.ranker])
    say("note", "A TREC run holds one ranker, so there is one file each. Its scores follow from the ranks.")


def _offer(
    label: str, make: Callable[[], str], *, name: str, mime: str, key: str | None = None, why: str | None = None
) -> None:
    plain.download_button(
        label, data=make, file_name=name, mime=mime, on_click="ignore", icon=":material/download:", key=key or f"get_{name}",
        help=why,
    )  # fmt: skip


def _offer_run(ranking: Ranking, number: int, title: str) -> None:
    try:
        run = to_trec_run([ranking])
    except InputError as error:
        say("warning", f"No TREC run of {title}: {error}")
        return
    family = ranking.provenance.family
    _offer(
        f"TREC run: {title}", lambda: run, name=f"{family}-{number + 1}.trec", mime="text/plain",
        key=f"get_run_{number}",
    )  # fmt: skip
