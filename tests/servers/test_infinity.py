"""The adapter against a real infinity server that serves the embedded cross-encoder: what the local ranker says of it."""

import itertools
import math

import pytest

from reranklab.data.samples import load_sample
from reranklab.engine.build import build_ranker
from reranklab.engine.measure import measure
from reranklab.errors import EndpointError
from reranklab.models.store import StoredModel
from reranklab.rankers.family import Ranker
from reranklab.services.endpoint import Endpoint
from reranklab.types import Document, Query, Ranking
from tests.servers.found import INFINITY, address

TOLERANCE = 1e-3
FRANCE = Query(text="What is the capital of France?")
PAIRS = ("Paris is the capital of France.", "Berlin is the capital of Germany.")


def hosted(options: str = "") -> Ranker:
    endpoint = Endpoint(service="infinity", url=address(INFINITY))
    return build_ranker(f"hosted:infinity/minilm{options}", endpoints=[endpoint])


@pytest.fixture(scope="module")
def local(weights: dict[str, StoredModel]) -> Ranker:
    return build_ranker("cross-encoder")


def scores(ranking: Ranking) -> list[float]:
    """Along the input."""
    return [item.score for item in sorted(ranking.items, key=lambda item: item.candidate)]


def documents(*texts: str) -> list[Document]:
    return [Document(id=f"d{number}", text=text) for number, text in enumerate(texts)]


def test_two_pairs(local: Ranker) -> None:
    served = hosted().rank(FRANCE, documents(*PAIRS))
    assert scores(served) == pytest.approx(scores(local.rank(FRANCE, documents(*PAIRS))), abs=TOLERANCE)
    assert served.scale.name == "logit"


def test_order_and_scores_are_the_local_rankers(local: Ranker) -> None:
    """On a sample's queries, with texts of many lengths."""
    sample = load_sample("novel-facts")
    candidates = list(sample.documents.values())[:40]
    for query in list(sample.queries.values())[:3]:
        served, here = hosted().rank(query, candidates), local.rank(query, candidates)
        assert scores(served) == pytest.approx(scores(here), abs=TOLERANCE)
        assert order(served, here), "no two documents change places but those whose scores are this close"


def order(served: Ranking, here: Ranking) -> bool:
    local_scores = scores(here)
    of = [local_scores[item.candidate] for item in served.items]
    return all(above > below - TOLERANCE for above, below in itertools.pairwise(of))


def test_texts_that_are_cut_are_cut_alike(local: Ranker) -> None:
    texts = ("Paris is a city of many quarters, and each has its own market. " * 250, *PAIRS)
    served = hosted().rank(FRANCE, documents(*texts))
    assert scores(served) == pytest.approx(scores(local.rank(FRANCE, documents(*texts))), abs=TOLERANCE)
    assert "does not report what it cuts" in served.warnings[0]


def test_probabilities_are_the_sigmoid_of_the_logits() -> None:
    logits, probabilities = (scores(hosted(options).rank(FRANCE, documents(*PAIRS))) for options in ("", "?scores=probability"))
    assert probabilities == pytest.approx([1 / (1 + math.exp(-value)) for value in logits], abs=1e-5)


def test_smaller_requests_give_the_same() -> None:
    whole, divided = (hosted(options).rank(FRANCE, documents(*PAIRS * 8)) for options in ("", "?batch=5"))
    assert scores(divided) == pytest.approx(scores(whole), abs=TOLERANCE)
    assert (whole.details["calls"], divided.details["calls"]) == (1, 4)


def test_what_it_reports_are_characters_and_no_time_of_its_own() -> None:
    ranking = measure(hosted(), FRANCE, documents(*PAIRS), repeats=2)
    assert ranking.details["reported_characters"] == sum(len(FRANCE.text) + len(text) for text in PAIRS)
    assert not any(name.endswith("_ms") for name in ranking.details if name.startswith("reported"))
    assert all(run.transfer == 0 < run.compute for run in ranking.timing.runs)


def test_another_model_is_answered_by_the_one_that_it_has_and_said() -> None:
    endpoint = Endpoint(service="infinity", url=address(INFINITY))
    ranking = build_ranker("hosted:infinity/no-such-model", endpoints=[endpoint]).rank(FRANCE, documents(*PAIRS))
    assert any("asked for no-such-model and answered as" in warning for warning in ranking.warnings)


def test_a_text_beyond_its_limit_is_its_refusal_in_a_sentence() -> None:
    with pytest.raises(EndpointError, match=r"refused the request \(status 422: .*122880"):
        hosted().rank(FRANCE, documents("word " * 30_000, "Paris."))
