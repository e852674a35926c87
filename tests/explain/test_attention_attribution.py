"""Attention read as an explanation."""

from __future__ import annotations

import numpy as np
import pytest

from reranklab.data.spans import Span
from reranklab.errors import InputError
from reranklab.explain.attention import AttentionMap
from reranklab.explain.attention_attribution import attention_attribution
from reranklab.rankers.pairs import EncodedPair
from reranklab.rankers.traces import Token, TracedPair
from reranklab.types import Document, Query
from tests.rankers.make import bm25_ranker


def token(piece, part, start=0, end=0):
    return Token(piece=piece, part=part, span=Span(start=start, end=end))


@pytest.fixture
def found():
    """[CLS] tide [SEP] high tide [SEP], in which "tide" looks at 0.1 0.2 0.1 | 0.2 0.3 | 0.1."""
    tokens = (
        token("[CLS]", "frame"),
        token("tide", "query", 0, 4),
        token("[SEP]", "frame"),
        token("high", "document", 0, 4),
        token("tide", "document", 5, 9),
        token("[SEP]", "frame"),
    )
    pair = EncodedPair(ids=[0] * 6, types=[0] * 6, used=2, total=2)
    traced = TracedPair(pair=pair, tokens=tokens, query="tide", document="high tide")
    weights = np.full((6, 6), 1 / 6, dtype=np.float32)
    weights[1] = [0.1, 0.2, 0.1, 0.2, 0.3, 0.1]
    return AttentionMap(traced=traced, weights=weights, name="mean of all heads")


@pytest.fixture
def ranking():
    return bm25_ranker().rank(Query(text="tide"), [Document(id="d", text="high tide"), Document(id="e", text="bread")])


def test_each_word_has_the_attention_that_the_query_pays_it(found, ranking):
    attribution = attention_attribution(found, document_id="d", ranking=ranking)
    assert [unit.label for unit in attribution.units] == ["high", "tide"]
    assert attribution.values == pytest.approx((0.2, 0.3))
    assert attribution.shares == pytest.approx((0.4, 0.6))
    assert [value for _, value in attribution.word_values()] == pytest.approx([0.2, 0.3])
    assert attribution.method == "attention"
    assert attribution.base == ranking.items[0].score
    assert attribution.provenance.parameters["attention"] == "mean of all heads"


def test_a_document_that_was_not_ranked_is_refused(found, ranking):
    with pytest.raises(InputError, match="'x' is not in the ranking"):
        attention_attribution(found, document_id="x", ranking=ranking)
