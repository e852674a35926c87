"""The adapter against a real llama-server with a reranker of anybody's choice: a whole ranking with the answer on top."""

import math

from reranklab.engine.build import build_ranker
from reranklab.services.endpoint import Endpoint
from reranklab.types import Document, Query
from tests.servers.found import LLAMACPP, address


def test_a_whole_ranking_with_the_answer_on_top() -> None:
    texts = ("Berlin is the capital of Germany.", "Cheese is made of milk.", "Paris is the capital of France.")
    documents = [Document(id=f"d{number}", text=text) for number, text in enumerate(texts)]
    ranker = build_ranker("hosted:llamacpp", endpoints=[Endpoint(service="llamacpp", url=address(LLAMACPP))])
    ranking = ranker.rank(Query(text="What is the capital of France?"), documents)
    assert sorted(item.candidate for item in ranking.items) == [0, 1, 2]
    assert ranking.items[0].id == "d2"
    assert all(math.isfinite(item.score) for item in ranking.items)
