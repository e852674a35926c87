"""The address of the Explain page: what it says, and what it does in a session that knows nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from reranklab.ui.explain.compare import PairState
from reranklab.ui.explain.state import ExplainState
from reranklab.ui.explain.work import Computations
from reranklab.ui.inputs.paste import PasteState
from tests.app.drive import ROOT, TIMEOUT, check, open_app, order, rank, said, session_of

pytestmark = pytest.mark.slow

SAMPLE = {"source": "sample", "collection": "hard-negatives", "ranker": "bm25"}


@pytest.fixture
def no_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RERANKLAB_CACHE", str(tmp_path))
    monkeypatch.setenv("HF_HOME", str(tmp_path))


def open_explain(**link: str | list[str]) -> AppTest:
    """The Explain page in a session of its own, opened at an address, with its results."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=TIMEOUT)
    app.switch_page("pages/1_Explain.py")
    for name, value in link.items():
        app.query_params[name] = value
    app.run()
    while (pending := session_of(app).pending) is not None:
        assert pending.job.wait(TIMEOUT)
        app.run()
    check(app)
    return app


def finish(app: AppTest) -> None:
    for job in session_of(app).of(Computations).jobs.values():
        assert job.wait(TIMEOUT)
    app.run()
    check(app)


def address(app: AppTest) -> dict[str, list[str]]:
    return {name: [value] if isinstance(value, str) else list(value) for name, value in app.query_params.items()}


def test_the_address_reopens_document_section_and_analysis():
    app = open_app(link=SAMPLE)
    rank(app)
    ids = order(app)
    session = session_of(app)
    session.selected, session.of(ExplainState).section = ids[2], "compare"
    session.of(PairState).unit = "term"
    app.switch_page("pages/1_Explain.py").run()
    app.selectbox(key="w_other").select(ids[4]).run()
    finish(app)
    link = address(app)
    assert link["doc"] == [ids[2]]
    assert (link["section"], link["other"], link["unit"]) == (["compare"], [ids[4]], ["term"])
    assert (link["source"], link["collection"], link["ranker"]) == (["sample"], ["hard-negatives"], ["bm25"])

    again = open_explain(**link)
    finish(again)
    assert order(again) == ids
    assert session_of(again).selected == ids[2]
    assert session_of(again).of(ExplainState).section == "compare"
    assert session_of(again).of(PairState).other == ids[4]
    assert any(note.startswith(f"A is {ids[2]} and B is {ids[4]}.") for note in said(again, "note"))
    assert address(again) == link
    assert said(again, "warning") == []
    again.switch_page("app.py").run()
    check(again)
    assert order(again) == ids, "Compare shows the same run"


def test_another_section_leaves_the_parameters_of_this_one_out():
    app = open_explain(**SAMPLE, section="attribution", method="terms", other="x", view="gaps")
    assert address(app)["method"] == ["terms"]
    assert not {"other", "view", "unit"} & set(address(app))
    app.segmented_control(key="w_explain_section").select("scores").run()
    check(app)
    assert address(app)["view"] == ["gaps"]
    assert "method" not in address(app)


def test_pasted_text_has_no_address():
    app = open_app(link={"source": "paste"})
    pasted = session_of(app).of(PasteState)
    pasted.query, pasted.text = "secret query", "secret text\nanother"
    app.run()
    rank(app)
    app.switch_page("pages/1_Explain.py").run()
    check(app)
    assert session_of(app).selected == "d1"
    assert address(app) == {}


@pytest.mark.usefixtures("no_models")
def test_only_what_is_harmless_is_started():
    rankers = ["bm25", "cross-encoder:BAAI/bge-reranker-v2-m3", "listwise-llm?method=chat", "bm25:/etc"]
    app = open_explain(source="sample", collection="hard-negatives", ranker=rankers)
    comparison = session_of(app).comparison
    assert comparison is not None
    assert [ranking.ranker for ranking in comparison.rankings] == ["bm25"]
    (notice,) = said(app, "warning")
    assert all(name in notice for name in ("bge-reranker", "method=chat", "/etc"))


@pytest.mark.usefixtures("no_models")
def test_nothing_harmless_runs_nothing():
    app = open_explain(source="sample", collection="hard-negatives", ranker="listwise-llm?method=chat")
    assert session_of(app).comparison is None
    assert any("There is nothing to explain yet" in message for message in said(app, "info"))


@pytest.mark.parametrize(
    ("link", "message"),
    [
        ({"section": "<script>"}, "Ignored in the link: section=<script>."),
        ({"section": "attribution", "method": "all"}, "Ignored in the link: method=all."),
        ({"doc": "nowhere"}, "The list has no document nowhere, which the link names."),
        ({"key": "secret"}, "Ignored in the link: key."),
    ],
)
def test_what_cannot_be_used_is_named_once(link: dict[str, str], message: str):
    app = open_explain(**SAMPLE, **link)
    assert said(app, "warning") == [message]
    assert session_of(app).comparison is not None
    app.run()
    assert said(app, "warning") == []


def test_a_query_that_is_not_there_is_an_error():
    app = open_explain(**SAMPLE, query="nowhere")
    assert said(app, "error") == ["hard-negatives has no query nowhere."]
    assert session_of(app).comparison is None


@pytest.mark.usefixtures("no_models")
def test_a_dataset_that_is_not_here_says_where_to_get_it():
    app = open_explain(source="beir", dataset="scifact", query="1", ranker="bm25")
    assert any("scifact is not here yet" in message for message in said(app, "info"))
    assert session_of(app).comparison is None


def test_the_address_of_a_run_is_kept_when_the_input_is_changed():
    app = open_app(link=SAMPLE)
    rank(app)
    app.selectbox(key="w_collection").select("polysemy").run()
    app.switch_page("pages/1_Explain.py").run()
    check(app)
    assert address(app)["collection"] == ["hard-negatives"]
