"""A plain task of twenty passages a question: the cross-encoder ranks above the bi-encoder, and both far above BM25."""

from collections.abc import Callable, Mapping

import pytest

from reranklab.data.samples import load_sample
from reranklab.evaluate.candidates import parse_candidates, ranking_tasks
from reranklab.evaluate.experiment import evaluate
from reranklab.rankers.registry import build_ranker

SAMPLE = "novel-facts"
RANKERS = ("bm25", "bi-encoder", "cross-encoder")

# The listwise default belongs here: clearly above random order and above "listwise-llm?heads=all". Add both ids to RANKERS
# and a test below.


@pytest.fixture(scope="module")
def ndcg(weights: object) -> Mapping[str, float]:
    """Ranker to mean nDCG@10 over the judged candidates of every query."""
    collection = load_sample(SAMPLE)
    tasks, _ = ranking_tasks(collection, tuple(collection.queries.values()), parse_candidates("judged"))
    assert all(len(task.documents) == 20 for task in tasks)
    results = evaluate([build_ranker(ranker) for ranker in RANKERS], tasks, collection.qrels, measures=["nDCG@10"])
    assert all(result.complete for result in results)
    return {result.ranker: result.metrics["nDCG@10"] for result in results}


def test_the_order_of_the_families(ndcg: Mapping[str, float], record_property: Callable[[str, object], None]) -> None:
    """Measured: 0.721, 0.708 and 0.487. Twelve queries tell the first two apart only in this sample: on web-questions, whose
    passages are worded to mislead, the bi-encoder leads with 0.770 to 0.729 over ten queries."""
    for ranker, value in ndcg.items():
        record_property(ranker, round(value, 4))
    assert ndcg["cross-encoder"] > ndcg["bi-encoder"] > ndcg["bm25"], ndcg
    assert ndcg["bi-encoder"] > ndcg["bm25"] + 0.1
