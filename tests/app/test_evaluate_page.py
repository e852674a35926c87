"""The Evaluate page: a run begins, is found again by another session, and its queries open on Compare."""

from __future__ import annotations

import io
import zipfile

import pytest
from streamlit.testing.v1 import AppTest

from reranklab.data.uploads import upload_names
from reranklab.models.store import StoredModel
from reranklab.store.store import open_store
from reranklab.ui.board.ideal import ideal_order
from reranklab.ui.compare_state import CompareState
from reranklab.ui.evaluate.open_query import query_draft
from reranklab.ui.evaluate.state import EvaluateState
from reranklab.ui.evaluate.work import evaluations
from tests.app.drive import check, open_page, said, session_of
from tests.contract.command import printed_json

PAGE = "pages/2_Evaluate.py"
RANKERS = ("bm25", "bm25?analyser=words")


def evaluate(app: AppTest, *collections: str, rule: str = "judged") -> None:
    """Press the button, and wait for the end."""
    session = session_of(app)
    words = {"variant": "lucene", "analyser": "words"}
    for slot in session.slots:
        slot.on = slot.family == "bm25"
    session.add_slot(session.slots[0].spec)
    session.slots[-1].options.update(words)
    app.multiselect(key="w_evaluate_collections").set_value(list(collections)).run()
    app.selectbox(key="w_evaluate_rule").select(rule).run()
    app.button(key="evaluate").click().run()
    for evaluation in evaluations().all():
        assert evaluation.job.wait(120)
    app.run()
    check(app)


def show(app: AppTest, view: str) -> None:
    app.segmented_control(key="w_evaluate_view").select(view).run()
    check(app)


def test_an_empty_store_says_what_to_do_and_a_missing_collection_is_named():
    app = open_page(PAGE)
    check(app)
    assert said(app, "info")[0].startswith("No evaluation is stored yet.")
    app.button(key="evaluate").click().run()
    check(app)
    assert said(app, "error") == ["No collection is chosen. Choose one or more."]
    app.text_input(key="w_evaluate_path").set_value("/nowhere/at/all").run()
    app.button(key="evaluate").click().run()
    for evaluation in evaluations().all():
        assert evaluation.job.wait(60)
    app.run()
    assert any("There is no dataset, folder or zip archive" in message for message in said(app, "error"))
    assert app.text_input(key="w_evaluate_path").value == "/nowhere/at/all"


def test_a_run_has_the_command_lines_numbers_and_another_session_finds_it():
    app = open_page(PAGE)
    evaluate(app, "negation")
    printed = printed_json(
        "evaluate", "--dataset", "negation", "--candidates", "judged", "--ranker", RANKERS[0], "--ranker", RANKERS[1]
    )
    assert printed["stored"] == 2 * printed["queries"], "the page has kept them"
    (run,) = open_store().runs.all()[:1]
    assert (run.settings["source"], run.settings["candidates"], run.ended is not None) == ("negation", "judged", True)
    other = open_page(PAGE, {"run": [str(run.id)], "view": ["means"]})
    check(other)
    rows = other.dataframe[0].value
    assert [float(value.split()[0]) for value in rows["nDCG@10 [95 %]"]] == [
        round(result["metrics"]["nDCG@10"], 4) for result in printed["results"]
    ]
    (verdict,) = [message for message in said(other, "info") if message.startswith(("12 queries cannot", "BM25"))]
    assert "BM25" in verdict
    other.text_input(key="w_evaluate_measure").set_value("nonsense@3").run()
    assert any("There is no measure 'nonsense@3'" in message for message in said(other, "error"))
    other.text_input(key="w_evaluate_measure").set_value("RR").run()
    check(other)
    assert "RR [95 %]" in other.dataframe[0].value


def test_each_view_is_drawn_and_a_query_opens_on_compare():
    app = open_page(PAGE)
    evaluate(app, "negation")
    for view in ("depth", "times", "exports", "queries"):
        show(app, view)
        assert not said(app, "error"), view
    rows = app.dataframe[0].value
    assert list(rows["Difference in points"].abs()) == sorted(rows["Difference in points"].abs(), reverse=True)
    query = rows["Id"].iloc[0]
    app.button(key="open_query").click().run()
    check(app)
    session = session_of(app)
    pending = session.pending
    comparison = session.comparison if pending is None else pending.comparison()
    assert comparison is not None
    assert comparison.request.query.id == query
    assert comparison.request.judgements
    assert comparison.settings.ranker_ids == tuple(run_rankers())
    assert session.of(CompareState).source == "sample"
    assert session.of(CompareState).ideal
    if comparison.rankings:
        grades = [comparison.request.judgements[id_] for id_ in ideal_order(comparison)]
        assert grades == sorted(grades, reverse=True)


def run_rankers() -> tuple[str, ...]:
    return open_store().runs.all()[-1].rankers


def test_an_uploaded_collection_is_evaluated_by_its_name():
    app = open_page(PAGE)
    check(app)
    (uploader,) = (each for each in app.file_uploader if each.label == "Zip archive in BEIR layout")
    uploader.set_value(("mine.zip", archive(), "application/zip")).run()
    check(app)
    assert app.multiselect(key="w_evaluate_collections").value == ["mine"]
    evaluate(app, "mine")
    (run,) = open_store().runs.all()
    assert (run.settings["dataset"], run.settings["source"], run.settings["queries"]) == ("mine", "mine", 1)
    assert not said(app, "error")
    app.selectbox(key="upload_chosen").select("mine").run()
    app.button(key="upload_delete").click().run()
    check(app)
    assert upload_names() == ()


def test_an_uploaded_run_is_a_system_and_a_first_stage():
    app = open_page(PAGE)
    lines = "nneg-q1 Q0 nneg-070 1 2.5 theirs\nnneg-q1 Q0 nneg-016 2 1.5 theirs\n"
    (uploader,) = (each for each in app.file_uploader if each.label == "TREC run")
    uploader.set_value(("bm25.their run.trec", lines.encode(), "text/plain")).run()
    check(app)
    evaluate(app, "negation", rule="run")
    assert not said(app, "error")
    (run,) = open_store().runs.all()
    assert run.rankers[-1] == "run:theirs"
    assert run.settings["candidates"].endswith(".trec:100")
    keys = [query.key for query in open_store().runs.queries(run.id) if query.ranker == "bm25" and query.key]
    (ranked,) = open_store().results.scored_lists(keys).values()
    assert sorted(ranked.ids) == ["nneg-016", "nneg-070"]


def archive() -> bytes:
    """A collection of two documents and a query."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("mine/corpus.jsonl", '{"_id": "a", "text": "red"}\n{"_id": "b", "text": "blue"}\n')
        file.writestr("mine/queries.jsonl", '{"_id": "1", "text": "red"}\n')
        file.writestr("mine/qrels/test.tsv", "query-id\tcorpus-id\tscore\n1\ta\t1\n1\tb\t0\n")
    return buffer.getvalue()


def test_several_collections_are_several_runs_and_one_can_be_deleted():
    app = open_page(PAGE)
    evaluate(app, "negation", "polysemy", rule="bm25")
    assert [run.settings["dataset"] for run in open_store().runs.all()] == ["negation", "polysemy"]
    show(app, "depth")
    assert not said(app, "error")
    state = session_of(app).of(EvaluateState)
    assert state.run == 2
    app.button(key="run_delete").click().run()
    check(app)
    assert [run.id for run in open_store().runs.all()] == [1]
    assert session_of(app).of(EvaluateState).run == 1


def test_a_cluster_is_offered_where_the_operator_names_one(monkeypatch: pytest.MonkeyPatch):
    app = open_page(PAGE)
    assert not any(control.key == "w_evaluate_cluster" for control in app.segmented_control)
    monkeypatch.setenv("RERANKLAB_RAY", "127.0.0.1:1")
    app.run()
    assert app.segmented_control(key="w_evaluate_cluster").value == ""
    app.segmented_control(key="w_evaluate_cluster").select("cpu").run()
    assert any("of the sidebar, on the cluster." in note for note in said(app, "note"))
    evaluate(app, "negation")
    assert any(error.startswith("No Ray cluster answers at '127.0.0.1:1'") for error in said(app, "error"))


def test_candidates_are_found_by_a_ranker_and_their_query_opens_on_compare(weights: dict[str, StoredModel]):
    app = open_page(PAGE)
    app.number_input(key="w_evaluate_queries").set_value(2).run()
    app.number_input(key="w_evaluate_depth").set_value(5).run()
    assert app.selectbox(key="w_evaluate_rule").options[:3] == ["BM25 search", "Judged documents", "Bi-encoder search"]
    evaluate(app, "negation", rule="bi-encoder")
    (run,) = open_store().runs.all()
    assert (run.settings["candidates"], run.ended is not None) == ("bi-encoder:5", True)
    query = open_store().runs.queries(run.id)[0].query_id
    draft = query_draft(session_of(app), run, query)
    assert draft.request is not None
    candidates = draft.request.collect(None, None)
    first = open_store().results.get(str(open_store().runs.queries(run.id)[0].key))
    assert first is not None
    by_place = sorted(first.items, key=lambda item: item.candidate)
    assert [document.id for document in candidates.documents] == [item.id for item in by_place]
    assert candidates.statistics is not None and len(candidates.context) == 64
