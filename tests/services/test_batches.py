"""How documents are divided into requests."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reranklab.services.batches import request_groups
from reranklab.services.catalogue import find_contract
from reranklab.services.contract import Contract, OfferedScale
from reranklab.services.rerank import call_address
from reranklab.types import LOGIT


def limited(**limits: int) -> Contract:
    return Contract(
        path="/rerank", texts="documents", results="results", score="score", scales=(OfferedScale(scale=LOGIT),), cuts="silent",
        **limits,
    )  # fmt: skip


def test_by_number() -> None:
    texts = ["x"] * 70
    assert request_groups(find_contract("tei"), query="q", texts=texts, documents=0, body_bytes=0) == [
        (0, 32),
        (32, 64),
        (64, 70),
    ]
    assert request_groups(limited(), query="q", texts=texts, documents=0, body_bytes=0) == [(0, 70)]
    assert request_groups(find_contract("tei"), query="q", texts=texts, documents=64, body_bytes=0) == [(0, 64), (64, 70)]


def test_by_tokens_with_the_query_in_each_pair() -> None:
    """8 bytes and the query's 8 are at most 6 tokens a pair: four pairs are 24."""
    groups = request_groups(limited(request_tokens=24), query="12345678", texts=["12345678"] * 9, documents=0, body_bytes=0)
    assert groups == [(0, 4), (4, 8), (8, 9)]


@given(
    texts=st.lists(st.text(st.characters(exclude_categories=("Cs",)), max_size=30), min_size=1, max_size=40),
    size=st.integers(min_value=300, max_value=900),
    most=st.integers(min_value=0, max_value=7),
)
def test_every_request_keeps_to_its_bytes_and_no_document_is_lost(texts: list[str], size: int, most: int) -> None:
    base = {"query": "q", "documents": []}
    groups = request_groups(
        limited(request_bytes=size), query="q", texts=texts, documents=most, body_bytes=len(json.dumps(base))
    )
    assert [text for start, end in groups for text in texts[start:end]] == texts
    assert all(start < end for start, end in groups)
    for start, end in groups:
        body = json.dumps({**base, "documents": texts[start:end]}, ensure_ascii=False).encode()
        assert len(body) <= size
        assert not most or end - start <= most


@pytest.mark.parametrize(
    ("base", "path", "address"),
    [
        ("https://api.cohere.com", "/v2/rerank", "https://api.cohere.com/v2/rerank"),
        ("https://api.cohere.com/v2/", "/v2/rerank", "https://api.cohere.com/v2/rerank"),
        ("http://gpu/v1", "/v1/rerank", "http://gpu/v1/rerank"),
        ("http://gpu/proxy/v1", "/v1/models/rerank", "http://gpu/proxy/v1/models/rerank"),
        ("http://gpu/v1", "/rerank", "http://gpu/v1/rerank"),
        ("http://v1", "/v1/rerank", "http://v1/v1/rerank"),
    ],
)
def test_where_a_call_goes(base: str, path: str, address: str) -> None:
    assert call_address(base, path) == address
