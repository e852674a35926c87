"""A measurement on invented facts with 20 graded passages a query, which no weights were fitted on: better models rank better
(cross-encoder, bi-encoder, BM25 in this order), and the listwise default is clearly above BM25, above a random order and above
attention summed over all heads."""

from collections.abc import Callable, Mapping

import pytest

from reranklab.data.samples import load_sample
from reranklab.engine.build import build_ranker
from reranklab.evaluate.candidates import parse_candidates
from reranklab.evaluate.experiment import evaluate
from reranklab.evaluate.first_stage import ranking_tasks

pytestmark = [pytest.mark.measurement, pytest.mark.timeout(3600), pytest.mark.xdist_group("novel-facts")]

SAMPLE = "novel-facts"
RANKERS = ("bm25", "bi-encoder", "cross-encoder", "listwise-llm", "listwise-llm?heads=all")
RANDOM_ORDER = 0.446
"""Mean nDCG@10 over 500 shuffles of each query's candidates."""


@pytest.fixture(scope="module")
def ndcg(weights: object) -> Mapping[str, float]:
    """Ranker to mean nDCG@10 over the judged candidates of every query."""
    collection = load_sample(SAMPLE)
    tasks = ranking_tasks(collection, tuple(collection.queries.values()), parse_candidates("judged")).tasks
    assert all(len(task.documents) == 20 for task in tasks)
    results = evaluate([build_ranker(ranker) for ranker in RANKERS], tasks, collection.qrels, measures=["nDCG@10"])
    assert all(result.complete for result in results)
    return {result.ranker: result.metrics["nDCG@10"] for result in results}


def test_the_order_of_the_families(ndcg: Mapping[str, float], record_property: Callable[[str, object], None]) -> None:
    for ranker, value in ndcg.items():
        record_property(ranker, round(value, 4))
    assert ndcg["cross-encoder"] > ndcg["bi-encoder"] > ndcg["bm25"], ndcg


def test_the_listwise_default_is_better_than_bm25_chance_and_all_heads(ndcg: Mapping[str, float]) -> None:
    assert ndcg["listwise-llm"] > ndcg["bm25"] + 0.05, ndcg
    assert ndcg["listwise-llm"] > RANDOM_ORDER + 0.1, ndcg
    assert ndcg["listwise-llm"] > ndcg["listwise-llm?heads=all"] + 0.05, ndcg
