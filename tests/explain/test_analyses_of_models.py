"""Every analysis of the catalogue over the embedded models: numbers of the run, and records that are JSON."""

from __future__ import annotations

import json

import pytest

from reranklab.engine.request import RunSettings, listed
from reranklab.engine.run import compare
from reranklab.explain.analyse import analyse
from reranklab.explain.catalogue import analyses
from reranklab.explain.record import explanations_record
from reranklab.explain.subject import Subject, subject_of
from reranklab.plots.catalogue import draw_findings
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.rankers.family import Capability
from reranklab.types import Document, Query

pytestmark = pytest.mark.model

RANKERS = ("bi-encoder", "cross-encoder", "listwise-llm")
DOCUMENTS = (
    Document(id="paris", text="Paris is the capital of France. It lies on the Seine."),
    Document(id="berlin", text="Berlin is the capital of Germany."),
    Document(id="cheese", text="Cheese is made in France."),
)
PARAMETERS = {
    "stability": {"shuffles": "2"},
    "integrated-gradients": {"steps": "16"},
    "what-if": {"edits": "remove-sentence=2"},
}
OWN = {
    "bi-encoder": {"cut", "integrated-gradients", "word-similarity"},
    "cross-encoder": {"cut", "integrated-gradients", "attention-heads", "attention-map"},
    "listwise-llm": {"passage-attention"},
}
EVERY = {"ranks", "leave-one-out", "faithfulness", "compare", "what-if", "scores", "stability"}


@pytest.fixture(scope="module")
def subject(weights: object) -> Subject:
    specs = tuple(parse_ranker_id(ranker) for ranker in RANKERS)
    comparison = compare(listed(Query(text="capital of france"), DOCUMENTS), RunSettings(specs=specs))
    assert comparison.failures == ()
    return subject_of(comparison, "paris", other="berlin")


@pytest.mark.parametrize("ranker", RANKERS)
def test_each_analysis_that_fits(subject: Subject, ranker: str) -> None:
    spec = subject.spec(ranker)
    fitting = [each for each in analyses().values() if each.fits(spec.capabilities)]
    assert EVERY | OWN[ranker] <= {analysis.id for analysis in fitting}
    too_long = {"other-settings"} if spec.can(Capability.POINTWISE) else {"other-settings", "faithfulness"}
    fitting = [each for each in fitting if each.id not in too_long]
    findings = [analyse(analysis, subject, ranker, PARAMETERS.get(analysis.id)) for analysis in fitting]
    record = json.loads(json.dumps(explanations_record(subject, findings), allow_nan=False))
    item = subject.item(subject.ranking(ranker))
    for explanation in record["explanations"]:
        assert (explanation["ranker"], explanation["rank"], explanation["score"]) == (ranker, item.rank, item.score)
    said = [answer for each in record["explanations"] for answer in each.values() if isinstance(answer, dict)]
    answers = {answer["analysis"]: answer for answer in said if "analysis" in answer}
    assert set(answers) == {analysis.id for analysis in fitting}
    assert answers["leave-one-out"]["score"] == pytest.approx(item.score, abs=1e-4)
    if "faithfulness" in answers:
        assert answers["faithfulness"]["most_first"][0] == answers["leave-one-out"]["score"]
    assert {answers["compare"]["above"]["document"], answers["compare"]["below"]["document"]} == {"paris", "berlin"}
    for finding in findings:
        assert all(line.strip() for line in finding.analysis.words(subject, finding))
        assert all(drawing.words for drawing in draw_findings(subject, [finding]))


def test_the_map_of_one_head_is_a_part_of_the_overview(subject: Subject) -> None:
    """Layers and heads of parameters count from 1: layer 3, head 2 is row 2, column 1 of the overview."""
    heads = analyse(analyses()["attention-heads"], subject, "cross-encoder").result
    parameters = {"view": "head", "layer": "3", "head": "2"}
    found = analyse(analyses()["attention-map"], subject, "cross-encoder", parameters).result
    query, document = found.traced.positions("query"), found.traced.positions("document")
    paid = found.weights[query][:, document].sum() + found.weights[document][:, query].sum()
    assert paid / (len(query) + len(document)) == pytest.approx(float(heads.crossing[2, 1]), abs=1e-5)
