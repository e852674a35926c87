"""Collections that wait for judgements."""

from __future__ import annotations

import pytest

from reranklab.data.beir import load_dataset
from reranklab.data.collection import load_unjudged
from reranklab.data.judged import judged_names, set_grades
from reranklab.data.trec import parse_run
from reranklab.data.unjudged import LOGGED_RUN, RankedQuery, keep_unjudged, unjudged_names
from reranklab.errors import InputError
from reranklab.evaluate.query_sources import load_queries
from reranklab.types import Document, Query

A, B = Document(id="a", text="tide tables"), Document(id="b", text="bread", title="Baking")
OTHER_A = Document(id="a", text="another text of the same id")


@pytest.fixture(autouse=True)
def own_data(tmp_path, monkeypatch):
    monkeypatch.setenv("RERANKLAB_DATA", str(tmp_path))


def ranked(text: str, *documents: Document, scores: tuple[float, ...] = ()) -> RankedQuery:
    return RankedQuery(query=Query(id=f"q-{text}", text=text), documents=documents, scores=scores, source="a log")


def test_queries_documents_and_the_logged_order_are_kept():
    folder = keep_unjudged("harbour", [ranked("tides", A, B, scores=(2.5, -1.0)), ranked("bread", B, A)])
    assert unjudged_names() == ("harbour",) and judged_names() == ()
    collection = load_queries("harbour")
    assert collection == load_unjudged(folder)
    assert [query.text for query in collection.queries.values()] == ["tides", "bread"]
    assert dict(collection.documents) == {"a": A, "b": B}
    run = parse_run((folder / LOGGED_RUN).read_text().splitlines(), name="run")
    assert run.lists == {"q-tides": (("a", 2.5), ("b", -1.0)), "q-bread": (("b", 2.0), ("a", 1.0))}


def test_what_is_there_is_not_added_again_and_an_id_of_two_texts_becomes_two():
    keep_unjudged("harbour", [ranked("tides", A, B), ranked("other", OTHER_A)])
    folder = keep_unjudged("harbour", [ranked("tides", A, B), ranked("new", B)])
    collection = load_unjudged(folder)
    assert [query.text for query in collection.queries.values()] == ["tides", "other", "new"]
    assert sorted(document.text for document in collection.documents.values()) == sorted([A.text, B.text, OTHER_A.text])
    run = parse_run((folder / LOGGED_RUN).read_text().splitlines(), name="run")
    (other,) = run.lists["q-other"]
    assert collection.documents[other[0]].text == OTHER_A.text and set(run.lists) == {"q-tides", "q-other", "q-new"}


def test_the_first_grade_makes_it_a_judged_collection():
    keep_unjudged("harbour", [ranked("tides", A, B), ranked("bread", B, A)])
    set_grades("harbour", judge="Anna", query=Query(id="q-tides", text="tides"), candidates=[A, B], grades={"a": 3, "b": 0})
    assert unjudged_names() == () and judged_names() == ("harbour",)
    assert load_dataset("harbour").qrels == {"q-tides": {"a": 3, "b": 0}}


def test_ids_that_a_run_cannot_hold_leave_the_run_alone():
    folder = keep_unjudged("harbour", [ranked("tides", Document(id="with space", text="x")), ranked("bread", B)])
    assert set(parse_run((folder / LOGGED_RUN).read_text().splitlines(), name="run").lists) == {"q-bread"}


@pytest.mark.parametrize(
    ("name", "queries"), [("../x", [ranked("tides", A)]), ("x", []), ("x", [ranked("t", A), ranked("t", B)])]
)
def test_what_cannot_be_kept_is_refused(name, queries):
    with pytest.raises(InputError):
        keep_unjudged(name, queries)
    assert unjudged_names() == ()
