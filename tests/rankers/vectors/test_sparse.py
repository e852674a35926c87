"""Learned sparse rankers: scores as sentence-transformers has them, and what they are the sum of."""

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sentence_transformers import SparseEncoder
from sentence_transformers.base.modules import Router, Transformer
from sentence_transformers.sparse_encoder.modules import SparseStaticEmbedding, SpladePooling
from transformers import BertForMaskedLM, BertModel

from reranklab.engine.build import build_ranker
from reranklab.errors import ModelRefusedError
from reranklab.models.store import StoredModel
from reranklab.progress import Step
from reranklab.rankers.vectors.sparse_vectors import pack, unpack
from reranklab.types import Document, Query
from tests.models.tiny import bert_config, bert_tokenizer

QUERY = Query(text="what is the capital of france")
TEXTS = (
    "Paris is the capital and most populous city of France.",
    "Berlin is the capital of Germany.",
    "",
    "עיר הבירה של צרפת היא פריז. 巴黎是法国的首都",
    "🗼 café [MASK] \t 2.5 kg",
    "The boundary layer over a flat plate thickens with distance. " * 80,
)
DOCUMENTS = tuple(Document(id=str(number), text=text) for number, text in enumerate(TEXTS))


def tiny_splade(folder: Path, *, head: bool = True, seed: int = 0, **pooling: str) -> Path:
    """A SPLADE checkpoint with settings of its pooling; without `head` its language-model head is in no file."""
    torch.manual_seed(seed)
    network = BertForMaskedLM(bert_config())
    torch.nn.init.normal_(network.cls.predictions.bias)
    source = folder.parent / f"{folder.name}-source"
    network.save_pretrained(source)
    bert_tokenizer().save_pretrained(source)
    SparseEncoder(modules=[Transformer(str(source), transformer_task="fill-mask"), SpladePooling(**pooling)]).save(str(folder))
    if not head:
        BertModel(bert_config(), add_pooling_layer=False).save_pretrained(source)
        (folder / "model.safetensors").write_bytes((source / "model.safetensors").read_bytes())
    return folder


def expected_scores(folder: Path, query: Query, documents: tuple[Document, ...]) -> list[float]:
    """sentence-transformers' own."""
    own = SparseEncoder(str(folder), device="cpu")
    vectors = own.encode_document([document.text for document in documents], convert_to_sparse_tensor=False)
    return own.similarity(own.encode_query([query.text], convert_to_sparse_tensor=False), vectors)[0].tolist()


def scores(ranker: str, query: Query, documents: tuple[Document, ...]) -> list[float]:
    ranking = build_ranker(ranker).rank(query, documents)
    return [item.score for item in sorted(ranking.items, key=lambda item: item.candidate)]


def test_scores_are_those_of_sentence_transformers(weights: dict[str, StoredModel]) -> None:
    """Without the control token, which it would read as one."""
    plain = tuple(Document(id=each.id, text=each.text.replace("[MASK]", "")) for each in DOCUMENTS)
    expected = expected_scores(weights["embedded/splade-tiny"].folder, QUERY, plain)
    ranking = build_ranker("sparse").rank(QUERY, plain)
    assert [item.truncated for item in sorted(ranking.items, key=lambda item: item.candidate)] == [False] * 5 + [True]
    assert scores("sparse", QUERY, plain) == pytest.approx(expected, abs=1e-5)
    assert scores("sparse?batch_tokens=1", QUERY, plain) == pytest.approx(expected, abs=1e-5)


@pytest.mark.usefixtures("weights")
def test_matched_terms_add_up_to_the_score_and_expansions_are_told_apart() -> None:
    ranker = build_ranker("sparse")
    found = ranker.term_matches(QUERY, DOCUMENTS[0])  # type: ignore[attr-defined]
    (item,) = ranker.rank(QUERY, DOCUMENTS[:1]).items
    assert sum(match.contribution for match in found.matches) == found.score == item.score
    assert all(match.contribution == pytest.approx(match.query_weight * match.document_weight) for match in found.matches)
    by_term = {match.term: match for match in found.matches}
    standing = {term: (match.in_query, match.in_document) for term, match in by_term.items()}
    assert standing["capital"] == standing["france"] == (True, True)
    assert standing["city"] == standing["paris"] == (False, True)
    assert standing["french"] == (False, False)
    assert [TEXTS[0][span.start : span.end] for span in by_term["city"].spans] == ["city"]
    assert by_term["french"].spans == ()
    assert "name" in dict(found.missing)
    assert found.query_terms == len(found.matches) + len(found.missing)


@pytest.mark.usefixtures("own_cache")
def test_a_search_of_the_collection_gives_the_rankers_own_scores() -> None:
    ranker = build_ranker("sparse")
    twice = (*DOCUMENTS, Document(id="again", text=TEXTS[1]))
    search = ranker.open_search(twice)  # type: ignore[attr-defined]
    found = search.search(QUERY.text, k=100)
    ranking = ranker.rank(QUERY, twice)
    assert dict(found) == pytest.approx({item.id: item.score for item in ranking.items if item.score > 0}, abs=1e-5)
    assert [document for document, _ in found] == [item.id for item in ranking.items if item.score > 0]
    assert search.search(QUERY.text, k=2) == found[:2]
    assert dict(found)["1"] == dict(found)["again"]
    assert search.search("[UNK]", k=5) == search.search("[UNK]", k=50)[:5]
    steps: list[Step] = []
    build_ranker("sparse").open_search(twice, progress=steps.append)  # type: ignore[attr-defined]
    assert [step.unit for step in steps] == ["batch"], "nothing is read again"


def test_queries_by_a_table_and_documents_by_a_network(tmp_path: Path) -> None:
    """A router, as checkpoints without inference for queries have it."""
    source, folder = tmp_path / "splade-source", tmp_path / "routed"
    tiny_splade(tmp_path / "splade")
    table = SparseStaticEmbedding(bert_tokenizer(), weight=torch.rand(len(bert_tokenizer())))
    network = [Transformer(str(source), transformer_task="fill-mask"), SpladePooling()]
    saved = SparseEncoder(modules=[Router.for_query_document(query_modules=[table], document_modules=network)])
    saved.save(str(folder))
    query = Query(text="capital of paris")
    documents = (Document(id="a", text="berlin is a city"), Document(id="b", text="the capital of france is paris"))
    expected = expected_scores(folder, query, documents)
    assert scores(f"sparse:{folder}", query, documents) == pytest.approx(expected, abs=1e-5)
    matches = build_ranker(f"sparse:{folder}").term_matches(query, documents[1])  # type: ignore[attr-defined]
    assert {*(match.term for match in matches.matches), *dict(matches.missing)} == {"capital", "of", "paris"}
    assert matches.matches
    assert all(match.in_query for match in matches.matches), "a table expands nothing"


@pytest.mark.parametrize(
    "pooling", [{"activation_function": "log1p_relu"}, {"pooling_strategy": "sum"}], ids=["double logarithm", "sum"]
)
def test_other_poolings(tmp_path: Path, pooling: dict[str, str]) -> None:
    folder = tiny_splade(tmp_path / "splade", **pooling)
    query = Query(text="the capital of france")
    documents = (Document(id="a", text="milk"), Document(id="b", text="paris is the capital of france " * 3))
    expected = expected_scores(folder, query, documents)
    assert max(expected) > 0
    assert scores(f"sparse:{folder}", query, documents) == pytest.approx(expected, abs=1e-5)


def test_a_model_that_was_not_saved_as_a_sparse_encoder_is_refused(tmp_path: Path) -> None:
    tiny_splade(tmp_path / "splade")
    with pytest.raises(ModelRefusedError, match="does not say that it is a sparse encoder"):
        build_ranker(f"sparse:{tmp_path / 'splade-source'}").load()


def test_a_random_head_is_refused(tmp_path: Path) -> None:
    folder = tiny_splade(tmp_path / "splade", head=False)
    with pytest.raises(ModelRefusedError, match=r"lacks 5 weights that a sparse-encoder needs \(first: cls"):
        build_ranker(f"sparse:{folder}").load()


def test_an_embedder_of_sentences_is_refused(weights: dict[str, StoredModel]) -> None:
    folder = weights["embedded/all-MiniLM-L6-v2"].folder
    with pytest.raises(ModelRefusedError, match="is no sparse encoder over the terms of its vocabulary"):
        build_ranker(f"sparse:{folder}").load()


@given(st.dictionaries(st.integers(0, 2**31 - 1), st.floats(width=32, min_value=0, allow_infinity=False), max_size=8))
def test_packing_keeps_every_bit(row: dict[int, float]) -> None:
    terms, values = np.array(sorted(row), dtype=np.int64), np.array([row[term] for term in sorted(row)], dtype=np.float32)
    back = unpack(np.frombuffer(pack(terms, values).tobytes(), dtype=np.float32))
    assert (back[0].tolist(), back[1].tolist()) == (terms.tolist(), values.tolist())
