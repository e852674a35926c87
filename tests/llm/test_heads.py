"""What each head says of a passage, and how weights make a score of it: tiny tensors, values worked out by hand."""

import json
import math
from importlib.resources import files

import pytest
import torch

from reranklab.errors import ModelRefusedError
from reranklab.llm.head_lists import PASSAGE_TOKENS
from reranklab.llm.heads import FEATURES, HeadWeights, fitted_scores, load_heads, log_ratio, standardised
from reranklab.llm.local import PassageAttention
from reranklab.rankers.generative.listwise import FAMILY
from reranklab.rankers.generative.local import describe_heads, weak_warning

SHIPPED = "smollm2-135m-instruct.json"


def attention(query: list[float], no_query: list[float], *lengths: int) -> PassageAttention:
    """One layer with one head; passages of these lengths, one behind the other."""
    ends = [sum(lengths[: number + 1]) for number in range(len(lengths))]
    spans = tuple((end - length, end) for end, length in zip(ends, lengths, strict=True))
    return PassageAttention(query=torch.tensor([[query]]), no_query=torch.tensor([[no_query]]), spans=spans, tokens=0)


# Passage 1: two tokens, 0.2 and 0.1 for the query against 0.1 each. Passage 2: three tokens of 0.1 against 0.1, 0.05, 0.05.
# Passage 3 is empty.
EXAMPLE = attention([0.2, 0.1, 0.1, 0.1, 0.1], [0.1, 0.1, 0.1, 0.05, 0.05], 2, 3, 0)
LN2 = math.log(2)


@pytest.mark.parametrize(
    ("feature", "expected"),
    [
        ("difference-sum", [0.1, 0.1, 0]),
        ("difference-mean", [0.05, 0.1 / 3, 0]),
        ("log-ratio-top10", [LN2 / 2, 2 * LN2 / 3, 0]),
        ("log-ratio-top30", [LN2 / 2, 2 * LN2 / 3, 0]),
    ],
)
def test_features_by_hand(feature: str, expected: list[float]) -> None:
    assert FEATURES[feature](EXAMPLE)[:, 0].tolist() == pytest.approx(expected, abs=1e-4)


def test_only_the_strongest_tokens_count() -> None:
    assert log_ratio(EXAMPLE, strongest=1)[:, 0].tolist() == pytest.approx([LN2, LN2, 0], abs=1e-4)
    assert log_ratio(EXAMPLE, strongest=2)[:, 0].tolist() == pytest.approx([LN2 / 2, LN2, 0], abs=1e-4)


def test_a_longer_passage_gains_in_the_sum_alone() -> None:
    """The same attention on every token, on one token and on three."""
    even = attention([0.2] * 4, [0.1] * 4, 1, 3)
    assert FEATURES["difference-sum"](even)[:, 0].tolist() == pytest.approx([0.1, 0.3])
    for feature in ("difference-mean", "log-ratio-top10", "log-ratio-top30"):
        first, second = FEATURES[feature](even)[:, 0].tolist()
        assert first == pytest.approx(second)


def test_standardised_by_hand() -> None:
    values = standardised(torch.tensor([[1.0, 5.0], [2.0, 5.0], [3.0, 5.0]]))
    assert values[:, 0].tolist() == pytest.approx([-math.sqrt(1.5), 0, math.sqrt(1.5)])
    assert values[:, 1].tolist() == [0, 0, 0]


def weights(*, feature: str = "difference-sum", length: float = 0.0) -> HeadWeights:
    return HeadWeights(model="m", feature=feature, weights=((0.5,),), length=length, fitted_on="nothing")


def test_scores_by_hand() -> None:
    """Sums of 0.1, 0.2 and 0.3 on passages of equal length."""
    found = attention([0.2, 0.3, 0.4], [0.1, 0.1, 0.1], 1, 1, 1)
    assert fitted_scores(found, weights()) == pytest.approx([-math.sqrt(1.5), 0, math.sqrt(1.5)], abs=1e-5)
    assert fitted_scores(found, weights(length=0.5)) == pytest.approx([-math.sqrt(1.5), 0, math.sqrt(1.5)], abs=1e-5)


def test_the_length_term_lets_the_longer_passage_gain() -> None:
    """Nothing tells the passages apart but their lengths, 1 and 3: standardised, -1 and 1."""
    even = attention([0.2] * 4, [0.1] * 4, 1, 3)
    assert fitted_scores(even, weights(feature="difference-mean")) == pytest.approx([0, 0], abs=1e-4)
    assert fitted_scores(even, weights(feature="difference-mean", length=0.5)) == pytest.approx([-0.5, 0.5], abs=1e-4)


def test_a_single_passage_scores_zero() -> None:
    assert fitted_scores(attention([0.2], [0.1], 1), weights(length=0.5)) == [0]


def test_weights_of_another_architecture_are_refused() -> None:
    other = HeadWeights(model="m", feature="difference-sum", weights=((1.0, 1.0),), length=0, fitted_on="nothing")
    with pytest.raises(ModelRefusedError, match="for m, not for this model"):
        fitted_scores(EXAMPLE, other)


def test_the_shipped_weights_fit_the_ranker() -> None:
    """30 layers with 9 heads, none negative, fitted on passages as the ranker cuts them."""
    heads = load_heads(SHIPPED)
    data = json.loads(files("reranklab.llm").joinpath("head_weights", SHIPPED).read_text(encoding="utf-8"))
    passage_tokens = next(option.default for option in FAMILY.options if option.name == "passage_tokens")
    assert data["passage_tokens"] == PASSAGE_TOKENS == int(passage_tokens)
    assert heads.feature in FEATURES
    assert [len(row) for row in heads.weights] == [9] * 30
    assert min(map(min, heads.weights)) == 0 < max(map(max, heads.weights))
    assert "CC BY-NC" in data["note"]


def test_where_the_weights_come_from_is_said() -> None:
    heads = load_heads(SHIPPED)
    assert describe_heads(heads) == f"{heads.feature}, length {heads.length:g}, fitted on {heads.fitted_on}"
    assert "scifact" in heads.fitted_on
    assert "cranfield" in heads.fitted_on


def test_the_warning_says_where_the_heads_lost() -> None:
    heads = HeadWeights(
        model="m",
        feature="difference-sum",
        weights=((1.0,),),
        length=0,
        fitted_on="a",
        measured_on=3,
        below_bm25=("a", "b"),
        below_random=("b",),
    )
    assert weak_warning(134_515_008, heads) == (
        "A model of 135M parameters is a weak listwise ranker. It shows how the method behaves, not what large models reach. "
        "On 3 collections that its heads were not fitted on, its mean nDCG@10 was below BM25 on 2 (a, b) and below a random "
        "order on 1 (b), over the same candidates."
    )
