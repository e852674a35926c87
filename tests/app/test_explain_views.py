"""The sections of the Explain page that take a document apart."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from reranklab.explain.analyse import result_key
from reranklab.explain.catalogue import find_analysis
from reranklab.explain.subject import subject_of
from reranklab.models.store import StoredModel
from reranklab.ui.explain.attention import AttentionState
from reranklab.ui.explain.work import Computations
from reranklab.ui.inputs.paste import PasteState
from tests.app.drive import check, open_app, rank, said, session_of

DOCUMENTS = """High water is at noon. Bring a coat.
The tide tables list high water for every day.
Bread and butter. Water is free.
Low tide uncovers the sand."""


@pytest.fixture(scope="module")
def ranked(weights: dict[str, StoredModel]) -> AppTest:
    """The Explain page on short documents, ranked by three rankers."""
    app = open_app(only="", link={"source": "paste"})
    pasted = session_of(app).of(PasteState)
    pasted.query, pasted.text = "when is high water", DOCUMENTS
    for slot in session_of(app).slots:
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
        running = [job for job in session_of(app).of(Computations).jobs.values() if job.running]
        for job in running:
            assert job.wait(60)
        app.run()
        if not (asked or running or any(job.running for job in session_of(app).of(Computations).jobs.values())):
            break
    check(app)


def test_ranks_and_margins_have_a_row_for_each_ranker(ranked):
    open_section(ranked, "ranks")
    rows = ranked.dataframe[0].value
    assert list(rows["Ranker"]) == ["BM25", "Bi-encoder", "Cross-encoder"]
    assert next(iter(rows["Margin to the rank above"])) == "it is the first", "the first ranker's first document is chosen"
    assert all(rank.endswith(f" of {len(session_of(ranked).comparison.documents)}") for rank in rows["Rank"])
    assert set(rows["Cut off"]) == {"nothing"}
    assert any("In the candidate pool" in note for note in said(ranked, "note"))


def test_attributions_of_every_ranker_and_how_faithful_they_are(ranked):
    open_section(ranked, "attribution")
    finish(ranked)
    assert said(ranked, "error") == []
    comparison, document = session_of(ranked).comparison, session_of(ranked).selected
    for ranker in ("bm25", "bi-encoder", "cross-encoder"):
        key = result_key(find_analysis("leave-one-out"), subject_of(comparison, document), ranker, {"unit": "sentence"})
        finding = session_of(ranked).of(Computations).jobs[key].result
        assert finding.ranker == finding.result.ranker == ranker
    notes = said(ranked, "note")
    assert any(note.startswith("Attribution for ") and "the largest shares" in note for note in notes)
    assert any(note.startswith("Leave-one-out, deletion score") for note in notes)
    assert any(note.startswith("Attention, deletion score") for note in notes), "the cross-encoder is chosen"


def test_bm25_terms_add_up_to_the_score(ranked):
    open_section(ranked, "attribution")
    ranked.segmented_control(key="w_method").select("terms").run()
    finish(ranked)
    comparison = session_of(ranked).comparison
    score = comparison.rankings[0].items[0].score
    assert any(f"The contributions add up to {score:.6g}, the score is {score:.6g}." in note for note in said(ranked, "note"))
    assert sum(ranked.dataframe[0].value["Contribution"]) == pytest.approx(score, abs=0.001)


def test_a_ranker_without_gradients_says_so_and_the_others_show(ranked):
    open_section(ranked, "attribution")
    ranked.segmented_control(key="w_method").select("integrated-gradients").run()
    finish(ranked)
    notes = said(ranked, "note")
    assert any(note.startswith("BM25: no gradients.") for note in notes)
    assert sum(note.startswith("Completeness gap") for note in notes) == 2
    assert said(ranked, "error") == []


def test_attention_of_the_cross_encoder_and_words_of_the_bi_encoder(ranked):
    open_section(ranked, "attention")
    assert session_of(ranked).of(AttentionState).ranker == "cross-encoder"
    assert any(note.startswith("Special tokens ([CLS], [SEP]) take ") for note in said(ranked, "note"))
    ranked.segmented_control(key="w_map").select("head").run()
    finish(ranked)
    ranked.selectbox(key="w_layer").select(10).run()
    finish(ranked)
    ranked.toggle(key="w_frame_words").set_value(True).run()
    finish(ranked)
    assert any(note.startswith("Attention, layer 11, head 1: share of") for note in said(ranked, "note"))
    ranked.segmented_control(key="w_attention_of").select("bi-encoder").run()
    finish(ranked)
    assert any("The two vectors have a cosine of" in note for note in said(ranked, "note"))
    assert said(ranked, "error") == []


def test_the_neighbour_is_the_second_document(ranked):
    open_section(ranked, "compare")
    ids = [item.id for item in session_of(ranked).comparison.rankings[0].items]
    assert ranked.selectbox(key="w_other").value.startswith(ids[1]), "the first has none above it, so the one below"
    notes = said(ranked, "note")
    assert any(note.startswith("BM25: A is above B, ranks 1 and 2. Margin +") for note in notes)
    assert any(note.startswith(f"A is {ids[0]} and B is {ids[1]}.") for note in notes)
    ranked.selectbox(key="w_explained").select(ids[3]).run()
    finish(ranked)
    assert ranked.selectbox(key="w_other").value.startswith(ids[2])
    assert said(ranked, "error") == []
