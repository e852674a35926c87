"""The sections of the Explain page that take a document apart."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.drive import check, open_app, rank, said, view_of


@pytest.fixture(scope="module")
def ranked() -> AppTest:
    """The Explain page on a short sample, ranked by three rankers."""
    app = open_app(only="", link={"source": "sample", "collection": "hard-negatives"})
    for slot in view_of(app).slots:
        slot.on = slot.family != "listwise-llm"
    app.run()
    rank(app)
    app.switch_page("pages/1_Explain.py").run()
    check(app)
    return app


def open_section(app: AppTest, name: str) -> None:
    app.segmented_control(key="w_explain_section").select(name).run()
    finish(app)


def finish(app: AppTest) -> None:
    """Run until nothing is left to compute; what the page would ask for first is asked for."""
    for _ in range(8):
        check(app)
        asked = [button for button in app.button if (button.key or "").startswith("start ")]
        if asked:
            asked[0].click().run()
            check(app)
        running = [job for job in view_of(app).explanations.values() if job.running]
        for job in running:
            assert job.wait(60)
        app.run()
        if not (asked or running or any(job.running for job in view_of(app).explanations.values())):
            break
    check(app)


def test_its_way_has_a_row_for_each_ranker(ranked):
    open_section(ranked, "Its way")
    rows = ranked.dataframe[0].value
    assert list(rows["Ranker"]) == ["BM25", "Bi-encoder", "Cross-encoder"]
    assert list(rows["Margin to the rank above"])[0] == "it is the first", "the first ranker's first document is chosen"
    assert all(rank.endswith(f" of {len(view_of(ranked).outcome.documents)}") for rank in rows["Rank"])
    assert set(rows["Cut off"]) == {"nothing"}
    assert any("In the candidate pool" in note for note in said(ranked, "note"))


def test_what_counted_shows_every_ranker_and_how_far_to_trust_it(ranked):
    open_section(ranked, "What counted")
    finish(ranked)
    assert said(ranked, "error") == []
    for ranker in ("bm25", "bi-encoder", "cross-encoder"):
        job = next(job for key, job in view_of(ranked).explanations.items() if key.endswith(f"Leave out sentences\n{ranker}"))
        assert job.value.ranker == ranker
    notes = said(ranked, "note")
    assert any("Largest shares" in note for note in notes)
    assert any(note.startswith("Leave-one-out, deletion score") for note in notes)
    assert any(note.startswith("Attention, deletion score") for note in notes), "the cross-encoder is chosen"
