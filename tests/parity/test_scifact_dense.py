"""all-MiniLM-L6-v2 over the whole of SciFact reaches the published nDCG@10 of 0.645."""

from pathlib import Path

import numpy as np
import pytest

from reranklab.data.collection import load_collection
from reranklab.engine.build import build_ranker
from reranklab.evaluate.metrics import score_rankings
from reranklab.rankers.versions import library_versions
from reranklab.types import COSINE, Provenance, Query, RankedDocument, Ranking, StageTimes, Timing

SCIFACT = Path(__file__).parents[2] / "../shared/data/scifact"


def top_of_the_corpus(query: Query, ids: list[str], scores: np.ndarray) -> Ranking:
    """The best ten documents as a ranking; times and provenance play no part in its score."""
    best = np.argsort(-scores, kind="stable")[:10]
    items = tuple(
        RankedDocument(
            id=ids[position], rank=rank, score=float(scores[position]), candidate=int(position), tokens_used=1, tokens_total=1
        )
        for rank, position in enumerate(best, start=1)
    )
    nothing = StageTimes(queue=0, tokenise=0, compute=0, postprocess=0, total=0)
    timing = Timing(
        runs=(nothing,),
        load=None,
        warmup="none",
        documents=len(ids),
        tokens=0,
        device="cpu",
        device_name="",
        precision="fp32",
        measured_at="",
        host="",
    )
    provenance = Provenance(
        ranker="bi-encoder",
        family="bi-encoder",
        model="",
        revision="",
        weights_sha256="",
        device="cpu",
        device_name="",
        precision="fp32",
        backend="torch",
        parameters={},
        versions=library_versions(),
    )
    return Ranking(ranker="bi-encoder", query=query, items=items, scale=COSINE, timing=timing, provenance=provenance)


@pytest.mark.measurement
@pytest.mark.usefixtures("weights")
@pytest.mark.timeout(3600)
@pytest.mark.skipif(not SCIFACT.is_dir(), reason="SciFact is not in ../shared/data")
def test_all_minilm_over_the_whole_of_scifact() -> None:
    collection = load_collection(SCIFACT)
    ranker = build_ranker("bi-encoder?documents=indexed")
    vectors = ranker.index([document.content for document in collection.documents.values()]).vectors
    ids = list(collection.documents)
    rankings = [
        top_of_the_corpus(query, ids, vectors @ ranker.embed_query(query.text)) for query in collection.queries.values()
    ]
    assert len(rankings) == 300
    values = [values["nDCG@10"] for values in score_rankings(rankings, collection.qrels, ["nDCG@10"]).values()]
    assert float(np.mean(values)) == pytest.approx(0.645, abs=0.005)
