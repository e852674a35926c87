"""Views of the real models that attention and gradients do not cover."""

import numpy as np
import pytest

from reranklab.engine.build import build_ranker
from reranklab.errors import InputError
from reranklab.explain.passages import passage_attention, passages_around
from reranklab.explain.settings import rank_in_settings
from reranklab.explain.similarity import token_similarity
from reranklab.models.store import StoredModel
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.rankers.family import RankerSpec
from reranklab.types import Document, Query

QUERY = Query(text="What is the capital of France?")
DOCUMENTS = (
    Document(id="a", text="Cheese is made of milk."),
    Document(id="b", title="Paris", text="Paris is the capital of France, unquestionably."),
    Document(id="c", text="The wing of a gull is long."),
)


@pytest.mark.parametrize("ranker", ["bi-encoder", "bi-encoder:embedded/bge-small-en-v1.5"])
def test_words_of_a_bi_encoder(weights: dict[str, StoredModel], ranker: str):
    spec = parse_ranker_id(ranker)
    found = token_similarity(build_ranker(spec), QUERY, DOCUMENTS[1])
    score = next(item.score for item in build_ranker(spec).rank(QUERY, DOCUMENTS).items if item.id == "b")
    assert found.cosine == pytest.approx(score, abs=1e-5)
    assert found.cosines.shape == (len(found.query), len(found.document))
    labels = [word.label for word in found.document]
    assert labels == ["Paris", "Paris", "is", "the", "capital", "of", "France", ",", "unquestionably", "."]
    row = found.cosines[[word.label for word in found.query].index("capital")]
    assert labels[int(row.argmax())] == "capital"
    assert found.best <= 1
    if ranker == "bi-encoder":
        assert found.contributions is not None
        assert found.frame is not None
        assert sum(found.contributions) + found.frame == pytest.approx(found.cosine, abs=1e-4)
    else:
        assert found.contributions is None  # this one takes the vector of its first token


def test_attention_from_the_query_to_passages(weights: dict[str, StoredModel]):
    found = passage_attention(build_ranker("listwise-llm"), QUERY, DOCUMENTS)
    assert found.ids == ("a", "b", "c")
    assert found.query.shape == found.no_query.shape == (30, 9, 3)
    assert (found.query >= 0).all()
    assert (found.query.sum(axis=2) <= 1.0001).all()
    np.testing.assert_allclose(found.of("b", calibrated=True), found.query[:, :, 1] - found.no_query[:, :, 1])
    ranking = build_ranker("listwise-llm?heads=all").rank(QUERY, DOCUMENTS)
    summed = found.calibrated.sum(axis=(0, 1))
    assert found.ids[int(summed.argmax())] == ranking.items[0].id
    with pytest.raises(InputError, match="'z' is not in this prompt"):
        found.of("z", calibrated=False)


def test_the_prompt_around_a_document():
    documents = [Document(id=str(number), text="x") for number in range(5)]
    assert [d.id for d in passages_around(documents, "1", window=3)] == ["0", "1", "2"]
    assert [d.id for d in passages_around(documents, "4", window=3)] == ["0", "1", "4"]


@pytest.mark.parametrize("ranker", ["bm25", "listwise-llm?method=chat"])
def test_rankers_without_attention(ranker: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RERANKLAB_LLM_URL", "http://127.0.0.1:1/v1")
    monkeypatch.setenv("RERANKLAB_LLM_MODEL", "none")
    with pytest.raises(InputError, match="does not let attention to passages be read"):
        passage_attention(build_ranker(ranker), QUERY, DOCUMENTS)


def other_settings(ranker: str) -> tuple[RankerSpec, ...]:
    spec = parse_ranker_id(ranker)
    return spec.family.settings(spec, "cpu")


def test_other_settings_of_a_ranker(weights: dict[str, StoredModel]):
    specs = other_settings("cross-encoder")
    assert [spec.id for spec in specs] == [
        "cross-encoder?tier=fast",
        "cross-encoder?precision=int8",
        "cross-encoder?precision=bf16",
        "cross-encoder?batch_tokens=1",
    ]
    assert other_settings("bm25") == ()
    assert other_settings("listwise-llm?method=chat") == ()
    assert [spec.id for spec in other_settings("listwise-llm")] == ["listwise-llm?precision=bf16"]
    found = rank_in_settings(build_ranker, [specs[0], specs[3]], QUERY, DOCUMENTS)
    assert [ranking.items[0].id for ranking in found.values()] == ["b", "b"]
