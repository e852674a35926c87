"""The section of the Explain page that shows what matched."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from reranklab.models.store import StoredModel
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.ui.inputs.paste import PasteState
from tests.app.drive import check, open_app, rank, said, session_of
from tests.app.test_explain_views import finish, open_section


@pytest.fixture(scope="module")
def ranked(weights: dict[str, StoredModel]) -> AppTest:
    """The Explain page on short documents, one of them hostile, ranked by both families."""
    app = open_app(only="bm25", link={"source": "paste"})
    session = session_of(app)
    pasted = session.of(PasteState)
    pasted.query = "when is high water"
    pasted.text = "High water is at noon.\n<b>[SEP] $x$ ](javascript:alert(1)) water\nBread and butter."
    for ranker in ("sparse", "late-interaction"):
        session.add_slot(parse_ranker_id(ranker))
    app.run()
    rank(app)
    app.switch_page("pages/1_Explain.py").run()
    check(app)
    return app


def test_matches_of_a_ranker_at_a_time(ranked: AppTest) -> None:
    open_section(ranked, "matches")
    notes = said(ranked, "note")
    assert any(" shared terms add up to " in note for note in notes), "the first that can be asked"
    assert "Stands" in ranked.dataframe[0].value.columns
    ranked.segmented_control(key="w_matches_of").select("late-interaction").run()
    finish(ranked)
    notes = said(ranked, "note")
    assert any(note.startswith("The matches of 4 query tokens add up to ") for note in notes)
    rows = ranked.dataframe[0].value
    assert list(rows["Query token"]) == ["when", "is", "high", "water"]
    assert list(rows["Match"])[2:] == ["High", "water"]
    assert said(ranked, "error") == []


def test_a_run_without_such_a_ranker_says_what_to_rank_with(weights: dict[str, StoredModel]) -> None:
    app = open_app(link={"source": "paste"})
    pasted = session_of(app).of(PasteState)
    pasted.query, pasted.text = "water", "High water.\nLow tide."
    app.run()
    rank(app)
    app.switch_page("pages/1_Explain.py").run()
    open_section(app, "matches")
    assert any("Rank with late-interaction or sparse" in info for info in said(app, "info"))
