"""Attention of the real cross-encoder, held against the eager implementation."""

import numpy as np
import pytest
import torch

from reranklab.data.spans import word_spans
from reranklab.engine.build import build_ranker
from reranklab.errors import InputError
from reranklab.explain.attention import attention_map, attention_overview
from reranklab.models.device import cpu
from reranklab.models.loaded import LoadedModel
from reranklab.models.store import StoredModel
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.rankers.crossencoders.pair_scores import score_pairs
from reranklab.rankers.reference import refer
from reranklab.rankers.traces import trace_pair
from reranklab.types import Document, Query

QUERY = Query(text="What is the capital of France?")
DOCUMENT = Document(id="d", title="Unparalleled Paris", text="Paris isn't merely big; it's France's capital (since 987).")

RANKER = build_ranker("cross-encoder")


@pytest.fixture(scope="module")
def model(weights: dict[str, StoredModel]) -> LoadedModel:
    return refer(parse_ranker_id("cross-encoder?precision=fp32"), device=cpu()).get()


@pytest.fixture(scope="module")
def eager(model: LoadedModel) -> tuple[float, np.ndarray]:
    """Logit and maps (layers, heads, tokens, tokens) of an eager pass over the same input."""
    pair = trace_pair(model, QUERY, DOCUMENT).pair
    model.network.set_attn_implementation("eager")
    try:
        with torch.inference_mode():
            output = model.network(
                input_ids=torch.tensor([pair.ids]), token_type_ids=torch.tensor([pair.types]), output_attentions=True
            )
    finally:
        model.network.set_attn_implementation("sdpa")
    return float(output.logits[0, 0]), torch.cat(output.attentions).numpy()


def test_the_input_traced_is_the_input_scored(model: LoadedModel):
    traced = trace_pair(model, QUERY, DOCUMENT)
    assert len(traced.tokens) == len(traced.pair.ids)
    assert [token.piece for token in traced.tokens] == model.tokenizer.convert_ids_to_tokens(traced.pair.ids)
    assert [traced.tokens[p].piece for p in traced.positions("frame")] == ["[CLS]", "[SEP]", "[SEP]"]


def test_words_hold_each_token_once(model: LoadedModel):
    traced = trace_pair(model, QUERY, DOCUMENT)
    held = [position for word in traced.words() for position in word.tokens]
    assert held == list(range(len(traced.tokens)))
    words = traced.words("document")
    assert [word.label for word in words][:6] == ["Unparalleled", "Paris", "Paris", "isn't", "merely", "big"]
    assert len(words[0].tokens) > 1
    letters = [word for word in words if word.label[0].isalnum()]
    assert [word.span for word in letters] == list(word_spans(DOCUMENT.content))


def test_a_cut_document_keeps_its_first_tokens(model: LoadedModel):
    long = Document(id="d", text=" ".join(f"word{n}" for n in range(600)))
    traced = trace_pair(model, QUERY, long)
    assert len(traced.tokens) == len(traced.pair.ids) == 512
    assert len(traced.positions("document")) == traced.pair.used
    assert traced.words("document")[0].label == "word0"
    assert model.network.config._attn_implementation == "sdpa"
    assert attention_map(RANKER, QUERY, long, view="rollout").weights.shape == (512, 512)


def test_the_watched_pass_is_the_fast_pass(model: LoadedModel, eager: tuple[float, np.ndarray]):
    pair = trace_pair(model, QUERY, DOCUMENT).pair
    overview = attention_overview(RANKER, QUERY, DOCUMENT)
    assert overview.score == score_pairs(model, [pair])[0]
    assert overview.score == pytest.approx(eager[0], abs=1e-4)
    assert model.network.config._attn_implementation == "sdpa"


@pytest.mark.parametrize(("layer", "head"), [(0, 0), (5, 7), (11, 11)])
def test_a_head_is_the_eager_head(model: LoadedModel, eager: tuple[float, np.ndarray], layer: int, head: int):
    found = attention_map(RANKER, QUERY, DOCUMENT, view="head", layer=layer, head=head).weights
    np.testing.assert_allclose(found, eager[1][layer, head], atol=1e-5)
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-5)


def test_means_and_rollout(model: LoadedModel, eager: tuple[float, np.ndarray]):
    maps = eager[1]
    everything = attention_map(RANKER, QUERY, DOCUMENT).weights
    np.testing.assert_allclose(everything, maps.mean(axis=(0, 1)), atol=1e-5)
    np.testing.assert_allclose(attention_map(RANKER, QUERY, DOCUMENT, layer=3).weights, maps[3].mean(axis=0), atol=1e-5)
    rolled = np.eye(maps.shape[-1])
    for layer in maps:
        rolled = (0.5 * layer.mean(axis=0) + 0.5 * np.eye(len(rolled))) @ rolled
    rollout = attention_map(RANKER, QUERY, DOCUMENT, view="rollout").weights
    np.testing.assert_allclose(rollout, rolled, atol=1e-5)
    np.testing.assert_allclose(rollout.sum(axis=1), 1, atol=1e-4)


def test_the_overview_counts_crossing_and_frame(model: LoadedModel, eager: tuple[float, np.ndarray]):
    traced = trace_pair(model, QUERY, DOCUMENT)
    query, document, frame = (traced.positions(part) for part in ("query", "document", "frame"))
    overview = attention_overview(RANKER, QUERY, DOCUMENT)
    maps = eager[1][4, 2]
    paid = len(query) + len(document)
    crossed = maps[np.ix_(query, document)].sum() + maps[np.ix_(document, query)].sum()
    assert overview.crossing[4, 2] == pytest.approx(crossed / paid, abs=1e-5)
    assert overview.frame[4, 2] == pytest.approx(maps[np.ix_(query + document, frame)].sum() / paid, abs=1e-5)


def test_words_share_out_what_tokens_attend(model: LoadedModel):
    found = attention_map(RANKER, QUERY, DOCUMENT)
    words = found.traced.words()
    between = found.between(words, words)
    np.testing.assert_allclose(between.sum(axis=1), 1, atol=1e-5)
    received = {word.label: value for word, value in found.received()}
    query, document = found.traced.positions("query"), found.traced.positions("document")
    assert sum(value for _, value in found.received()) == pytest.approx(
        found.weights[np.ix_(query, document)].sum() / len(query), rel=1e-4
    )
    assert received["capital"] > 0


def test_what_cannot_be_shown(model: LoadedModel):
    with pytest.raises(InputError, match=r"has 12 layers with 12 heads each"):
        attention_map(RANKER, QUERY, DOCUMENT, view="head", layer=12, head=0)
    with pytest.raises(InputError, match="does not let attention between query and document be read"):
        attention_overview(build_ranker("cross-encoder?precision=int8"), QUERY, DOCUMENT)
