"""TREC runs: the order of their scores, and clear errors for what is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reranklab.data.trec import check_documents, parse_run
from reranklab.errors import InputError


def test_documents_are_in_the_order_of_their_scores():
    run = parse_run(["q1 Q0 a 1 2.5 tag", "q1 Q0 b 2 7 tag", "", "q2 Q0 a 1 1e-3 tag"], name="x.run")
    assert run.lists == {"q1": (("b", 7.0), ("a", 2.5)), "q2": (("a", 0.001),)}
    assert (run.tag, run.tied) == ("tag", 0)


def test_equal_scores_are_in_the_order_of_the_rank_column():
    run = parse_run(["q Q0 a 2 1 t", "q Q0 b 1 1 t", "q Q0 c 1 1 t"], name="x.run")
    assert [document for document, _ in run.lists["q"]] == ["b", "c", "a"]
    assert run.tied == 1


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        (["q Q0 a 1 2.5"], "Line 1 of x.run has 5 fields"),
        (["q Q0 a 1 2.5 t", "q Q0 b 2 high t"], "Line 2 of x.run has the score 'high', which is not a number"),
        (["q Q0 a 1 nan t"], "score 'nan'"),
        (["q Q0 a first 1 t"], "rank 'first'"),
        (["q Q0 a 1 2 t", "q Q0 a 2 1 t"], "repeats the document 'a' of query 'q'"),
        (["q Q0 a 1 2 t", "q Q0 b 2 1 u"], "run 'u', "),
        (["", " "], "holds no line"),
    ],
)
def test_what_is_no_run_is_refused_with_its_line(lines: list[str], problem: str):
    with pytest.raises(InputError) as raised:
        parse_run(lines, name="x.run")
    assert problem in str(raised.value)


def test_documents_of_another_collection_are_named():
    run = parse_run(["q Q0 a 1 2 t", "q Q0 z 2 1 t"], name="x.run")
    with pytest.raises(InputError, match=r"1 document of the run x\.run is not in the collection: z"):
        check_documents(run, {"a": 1})


@given(st.text())
def test_any_text_is_a_run_or_one_clear_error(text: str):
    try:
        parse_run(text.splitlines(), name="x.run")
    except InputError as error:
        assert "x.run" in str(error)
