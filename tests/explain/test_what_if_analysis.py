"""The analysis What if: edits from parameters, what they move, and what they cost."""

from __future__ import annotations

import json

import pytest

from reranklab.errors import InputError
from reranklab.explain.analyse import analyse
from reranklab.explain.analyses.what_if import ANALYSIS, written
from reranklab.explain.edit_history import begin
from tests.explain.subjects import make_subject


def test_an_edit_moves_the_document() -> None:
    subject = make_subject()
    found = analyse(ANALYSIS, subject, "counting", {"edits": "remove-sentence=2, repeat-keywords=2"})
    # The keyword of the query is worth nothing. Behind a sentence it is a paragraph, so that the sentences stay two.
    assert found.result.document.text == "Gold is here.\n\nmetal metal"
    assert ANALYSIS.words(subject, found) == ("sentence 2: removed", "added 2 times: metal")
    record = ANALYSIS.record(found.result)
    assert record["before"] == {"score": 3.0, "rank": 2, "computed": 3, "reused": 0}
    assert record["after"] == {"score": 4.0, "rank": 2, "computed": 1, "reused": 2}
    assert (record["control"], record["edits"]) == (None, "remove-sentence + repeat-keywords")


def test_what_is_written_comes_first_and_a_new_query_has_a_control() -> None:
    subject = make_subject()
    text = json.dumps({"text": "Gold gold", "query": "ore"})
    found = analyse(ANALYSIS, subject, "counting", {"written": text}).result
    assert (found.query.text, found.document.text) == ("ore", "Gold gold")
    assert found.after is not None
    assert found.control is not None
    assert (found.after.item("mixed").rank, found.after.item("mixed").score) == (1, 8.0)
    assert (found.control.item("mixed").rank, found.without_edit) == (2, found.control)
    history = begin(subject.comparison, subject.document)
    assert written(history) == ""
    history.write("text", "Gold gold")
    history.write("query", "ore")
    assert written(history) == json.dumps({"query": "ore", "text": "Gold gold"})


def test_nothing_changed() -> None:
    subject = make_subject()
    found = analyse(ANALYSIS, subject, "counting")
    assert found.result.after is None
    assert ANALYSIS.words(subject, found) == ("Nothing was changed.",)


def test_the_cost_is_what_is_not_known_yet() -> None:
    subject = make_subject()

    def amount(**parameters: str) -> str:
        return ANALYSIS.cost(subject, subject.rankings[0], ANALYSIS.settings(parameters)).amount

    assert amount() == "1 list of 3 documents"
    assert amount(written='{"query": "ore"}') == "2 lists of 3 documents"
    analyse(ANALYSIS, subject, "counting")
    assert amount() == "0 lists of 3 documents"
    assert amount(edits="remove-sentence") == "0 lists of 3 documents"
    assert amount(written='{"query": "ore"}') == "1 list of 3 documents"


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"edits": "improve"}, "There is no edit 'improve'"),
        ({"edits": "negate=two"}, "'negate=two' does not work. Write NAME or NAME=N"),
        ({"edits": "remove-sentence=9"}, "There is no sentence 9"),
        ({"written": "{"}, "written is not JSON"),
        ({"written": '{"id": "x"}'}, "takes a JSON object with the texts query, title or text"),
    ],
)
def test_edits_that_cannot_be_done(parameters: dict[str, str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        analyse(ANALYSIS, make_subject(), "counting", parameters)
