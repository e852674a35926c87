"""The check of a served reranker on the Models page."""

from __future__ import annotations

import time

import pytest

from reranklab.evaluate.conformance.verdict import TITLES
from reranklab.models.store import StoredModel
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.ui.conform import ConformState
from reranklab.ui.state import EndpointState
from tests.app.drive import TIMEOUT, check, open_page, said, session_of
from tests.services.rerank_server import serve_service

STATIC = "bi-encoder:embedded/wordllama-256"


def test_without_two_rankers_the_section_says_what_it_needs() -> None:
    app = open_page("pages/4_Models.py")
    for slot in session_of(app).slots:
        slot.on = False
    app.run()
    check(app)
    assert any("Switch on two rankers" in text for text in said(app, "info"))


@pytest.mark.model
def test_a_server_with_another_model_is_told_with_its_scores(weights: dict[str, StoredModel]) -> None:
    with serve_service("infinity") as server:
        app = open_page("pages/4_Models.py")
        session = session_of(app)
        for slot in session.slots:
            slot.on = False
        for ranker in ("hosted:infinity/m", STATIC):
            session.add_slot(parse_ranker_id(ranker))
        session.endpoints["infinity"] = EndpointState(url=server.url)
        app.run()
        check(app)
        assert app.selectbox(key="w_conform_served").value == "hosted:infinity/m"
        assert app.selectbox(key="w_conform_reference").value == STATIC
        app.button(key="conform").click().run()
        state = session.of(ConformState)
        deadline = time.monotonic() + TIMEOUT
        while state.job is not None and time.monotonic() < deadline:
            state.job.wait(TIMEOUT)
            app.run()
        check(app)
    assert state.done is not None, state.problem
    assert "template" in state.done.failed
    (sentence,) = [text for text in said(app, "query") if "does not give the scores" in text]
    assert "template" in sentence
    (table,) = [each.value for each in app.html if "rl-verdicts" in each.value]
    assert all(title in table for title in TITLES.values())
    assert any(each.label == "Template: the scores" for each in app.expander)
