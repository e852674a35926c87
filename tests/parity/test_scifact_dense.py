"""all-MiniLM-L6-v2 over the whole of SciFact reaches the published nDCG@10 of 0.645."""

from pathlib import Path

import numpy as np
import pytest

from reranklab.data.collection import load_collection
from reranklab.engine.build import build_ranker
from reranklab.evaluate.metrics import score_lists

SCIFACT = Path(__file__).parents[2] / "../shared/data/scifact"


@pytest.mark.measurement
@pytest.mark.usefixtures("weights")
@pytest.mark.timeout(3600)
@pytest.mark.skipif(not SCIFACT.is_dir(), reason="SciFact is not in ../shared/data")
def test_all_minilm_over_the_whole_of_scifact() -> None:
    collection = load_collection(SCIFACT)
    ranker = build_ranker("bi-encoder?documents=indexed")
    vectors = ranker.index([document.content for document in collection.documents.values()]).vectors
    ids = list(collection.documents)
    best = {
        query.id: [ids[position] for position in np.argsort(-(vectors @ ranker.embed_query(query.text)), kind="stable")[:10]]
        for query in collection.queries.values()
    }
    assert len(best) == 300
    values = [values["nDCG@10"] for values in score_lists(best, collection.qrels, ["nDCG@10"]).values()]
    assert float(np.mean(values)) == pytest.approx(0.645, abs=0.005)
