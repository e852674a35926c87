"""Matches: sums over query tokens and over vocabulary terms, as the page, the command and the JSON give them."""

from __future__ import annotations

import json
from functools import cache

import pytest

from reranklab.explain.analyse import analyse
from reranklab.explain.analyses.expansion import STANDING
from reranklab.explain.analysis import Finding
from reranklab.explain.catalogue import find_analysis
from reranklab.explain.record import explanations_record
from reranklab.explain.subject import Subject
from reranklab.plots.catalogue import draw_findings
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.types import Document
from tests.explain.subjects import make_subject

pytestmark = pytest.mark.usefixtures("weights")
DOCUMENTS = (
    Document(id="ores", text="Gold and silver are metals."),
    Document(id="blank", text="  "),
    Document(id="other", text="A train from Lyon to Nice."),
)


@cache
def subject() -> Subject:
    specs = [parse_ranker_id(ranker) for ranker in ("late-interaction", "late-interaction?score=mean", "sparse")]
    return make_subject("ores", documents=DOCUMENTS, specs=specs)


def found(analysis: str, ranker: str) -> Finding:  # type: ignore[type-arg]
    return analyse(find_analysis(analysis), subject(), ranker)


def own_record(finding: Finding) -> dict:  # type: ignore[type-arg]
    (explanation,) = json.loads(json.dumps(explanations_record(subject(), [finding]), allow_nan=False))["explanations"]
    record = explanation[finding.analysis.id]
    assert record["score"] == pytest.approx(explanation["score"], abs=1e-5), "of the list and of the pair alone"
    return record


@pytest.mark.parametrize("ranker", ["late-interaction", "late-interaction?score=mean"])
def test_each_query_token_with_its_match(ranker: str) -> None:
    finding = found("token-matches", ranker)
    record = own_record(finding)
    (token,) = record["query_tokens"]
    assert (token["token"], token["span"]) == ("metal", [0, 5])
    assert record["document_tokens"][token["match"]]["token"] == "metals"
    assert sum(each["contribution"] for each in record["query_tokens"]) == record["score"]
    assert token["cosine"] == max(record["cosines"][0])
    assert token["share"] == 1.0
    table = finding.analysis.table(subject(), finding)
    assert table is not None
    assert table.rows[0][:2] == ("metal", "metals")
    first, second = finding.analysis.words(subject(), finding)
    assert "was not trained for late interaction" in second
    assert first.startswith(f"The matches of 1 query tokens add up to {record['score']:.6g}, the score is ")
    (drawing,) = draw_findings(subject(), [finding])
    cells, outlines = drawing.figure.data
    assert (outlines.x, outlines.y) == ((str(token["match"]),), ("0",))
    assert cells.z.shape == (1, len(record["document_tokens"]))


def test_a_document_of_which_no_token_counts_has_nothing_to_draw() -> None:
    blank = make_subject("blank", documents=DOCUMENTS, specs=[parse_ranker_id("late-interaction")])
    finding = analyse(find_analysis("token-matches"), blank, "late-interaction")
    assert draw_findings(blank, [finding]) == ()
    assert "No token of the document counts" in finding.analysis.words(blank, finding)[2]
    record = json.loads(json.dumps(explanations_record(blank, [finding]), allow_nan=False))
    (token,) = record["explanations"][0]["token-matches"]["query_tokens"]
    assert (token["match"], token["cosine"], token["contribution"]) == (None, None, -1.0)


def test_shared_terms_and_where_they_stand() -> None:
    finding = found("expansion", "sparse")
    record = own_record(finding)
    assert sum(term["contribution"] for term in record["terms"]) == record["score"]
    assert {term["standing"] for term in record["terms"]} <= set(STANDING)
    by_term = {term["term"]: term for term in record["terms"]}
    assert by_term["metal"]["in_query"] is True
    assert by_term["metal"]["in_document"] is False, "the text has the plural"
    assert by_term["metal"]["standing"] == "added to the document"
    assert by_term["metals"]["standing"] == "added to the query"
    assert by_term["stone"]["standing"] == "added to both"
    assert [DOCUMENTS[0].text[start:end] for start, end in by_term["metals"]["spans"]] == ["metals"]
    (drawing,) = draw_findings(subject(), [finding])
    drawn = [name for bars in drawing.figure.data for name in [bars.name.partition(":")[0]] * len(bars.x)]
    assert sorted(drawn) == sorted(term["standing"] for term in record["terms"][:25])
