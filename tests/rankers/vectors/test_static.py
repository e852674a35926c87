"""Static embeddings: the mean of one vector a token, as sentence-transformers and numpy compute it."""

import json

import numpy as np
import pytest
from safetensors.numpy import load_file
from sentence_transformers import SentenceTransformer
from tokenizers import Tokenizer

from reranklab.engine.build import build_ranker
from reranklab.errors import ModelRefusedError
from reranklab.explain.similarity import token_similarity
from reranklab.models.device import cpu
from reranklab.models.store import StoredModel
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.rankers.family import Capability
from reranklab.rankers.vectors.static_models import load_static
from reranklab.types import Document, Query

RANKER = "bi-encoder:embedded/wordllama-256"
QUERY = Query(text="what is the capital of France?")
DOCUMENTS = tuple(
    Document(id=str(number), text=text)
    for number, text in enumerate(
        ["Paris is the capital of France.", "Cheese  is\tmade of milk.", "巴黎是法国的首都", "עיר הבירה של צרפת", "🗼 " * 900]
    )
)


@pytest.fixture
def stored(weights: dict[str, StoredModel]) -> StoredModel:
    return weights["embedded/wordllama-256"]


def test_scores_are_cosines_of_means_of_token_vectors(stored: StoredModel) -> None:
    tokenizer = Tokenizer.from_file(str(stored.folder / "tokenizer.json"))
    matrix = load_file(stored.folder / "model.safetensors")["embedding.weight"].astype(np.float64)
    means = [matrix[tokenizer.encode(text).ids].mean(axis=0) for text in (QUERY.text, *(d.text for d in DOCUMENTS))]
    query, *documents = [mean / np.linalg.norm(mean) for mean in means]
    ranking = build_ranker(RANKER).rank(QUERY, DOCUMENTS)
    found = {item.id: item.score for item in ranking.items}
    assert [found[document.id] for document in DOCUMENTS] == pytest.approx(
        [float(query @ each) for each in documents], abs=1e-5
    )
    own = SentenceTransformer(str(stored.folder), device="cpu").float()
    texts = [document.text for document in DOCUMENTS]
    expected = own.similarity(own.encode([QUERY.text]), own.encode(texts))[0].tolist()
    assert [found[document.id] for document in DOCUMENTS] == pytest.approx(expected, abs=1e-5)


def test_the_cosine_is_a_sum_over_the_words(stored: StoredModel) -> None:
    ranker = build_ranker(RANKER)
    similarity = token_similarity(ranker, QUERY, DOCUMENTS[0])
    (item,) = ranker.rank(QUERY, DOCUMENTS[:1]).items
    assert similarity.cosine == pytest.approx(item.score, abs=1e-6)
    assert similarity.contributions is not None and similarity.frame is not None
    assert sum(similarity.contributions) + similarity.frame == pytest.approx(item.score, abs=1e-6)
    best = similarity.cosines.argmax(axis=1)
    pairs = {word.label: similarity.document[place].label for word, place in zip(similarity.query, best.tolist(), strict=True)}
    assert (pairs["capital"], pairs["France"]) == ("capital", "France")


def test_it_cuts_nothing_and_has_no_gradients_of_a_network() -> None:
    static, other = parse_ranker_id(RANKER), parse_ranker_id("bi-encoder")
    assert other.capabilities - static.capabilities == {Capability.TRUNCATES, Capability.GRADIENTS}
    assert static.capabilities < other.capabilities


def test_another_chain_of_modules_is_refused(weights: dict[str, StoredModel]) -> None:
    with pytest.raises(ModelRefusedError, match="no static embedding"):
        load_static(weights["embedded/all-MiniLM-L6-v2"], device=cpu(), precision="fp32", allow_code=False)


def test_special_tokens_are_written_nowhere_but_in_the_text(stored: StoredModel) -> None:
    """No token is put before a text, so that an empty one has no vector."""
    assert json.loads((stored.folder / "tokenizer.json").read_text(encoding="utf-8"))["post_processor"] is None
    ranking = build_ranker(RANKER).rank(QUERY, [DOCUMENTS[0], Document(id="empty", text="")])
    empty = next(item for item in ranking.items if item.id == "empty")
    assert (empty.score, empty.tokens_total) == (0.0, 0)


def test_a_folder_that_holds_one_is_read_as_one(stored: StoredModel) -> None:
    folder = parse_ranker_id(f"bi-encoder:{stored.folder}")
    assert folder.capabilities == parse_ranker_id(RANKER).capabilities
    ours, catalogued = (build_ranker(spec, device="cpu").rank(QUERY, DOCUMENTS) for spec in (folder, RANKER))
    assert [(item.id, item.score) for item in ours.items] == [(item.id, item.score) for item in catalogued.items]
