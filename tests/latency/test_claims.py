"""Published times, and the contradictions among them, for a law that is known."""

from __future__ import annotations

import pytest

from reranklab.latency.claims import answer_claim, published_claims
from reranklab.latency.contradictions import growth_in_words, growths, pair_and_list, pair_in_words
from reranklab.latency.forecast import forecast
from tests.latency.test_forecast import swept
from tests.latency.test_law import LENGTHS, SIZES, A, B, C, D, cell

GRID = [cell(size, length, overhead=12) for size in SIZES for length in LENGTHS]


def each(tokens: float) -> float:
    return B + C * (tokens + 12) + D * (tokens + 12) ** 2


def test_a_claim_is_answered_for_its_own_list():
    told = forecast(swept(GRID, window=2012))
    answers = {claim.id: answer_claim(claim, told) for claim in published_claims()}
    assert answers["gpu-256"].here.value == pytest.approx(A + 100 * each(256))
    assert answers["gpu-4096"].cut and answers["gpu-4096"].here.value == pytest.approx(A + 100 * each(2000))
    fifty = answers["fifty"]
    assert (fifty.claim.ms, fifty.tokens, fifty.cut) == ((100, 300), (32, 512), False)
    assert (fifty.here.low, fifty.here.high) == pytest.approx((A + 50 * each(32), A + 50 * each(512)))
    assert fifty.here.low < fifty.here.value < fifty.here.high
    for claim in published_claims():
        assert 0 < claim.ms[0] <= claim.ms[1] and claim.conditions and claim.source
    # 100 documents at so many a second.
    rates = {"sbert-tinybert-l2": 9000, "sbert-minilm-l2": 4100, "sbert-minilm-l4": 2500, "sbert-minilm-l6": 1800}
    for name, rate in (*rates.items(), ("sbert-minilm-l12", 960)):
        assert answers[name].claim.ms[0] == pytest.approx(100_000 / rate, rel=0.005)


def test_sixteen_times_as_long():
    (only,) = growths(forecast(swept(GRID)))
    assert only.times.value == pytest.approx((A + 100 * each(4096)) / (A + 100 * each(256)))
    assert (only.quadratic, only.extrapolated) == (256, True)
    within, beyond = growths(forecast(swept(GRID, window=524)))
    assert (within.long, within.quadratic, within.extrapolated) == (512, 4, False)
    assert within.times.value == pytest.approx((A + 100 * each(512)) / (A + 100 * each(256)))
    assert beyond == only, "were it to read on"
    assert growth_in_words(within).startswith("From 256 to 512 tokens, 2 times as long, 100 documents take ")
    assert "a purely quadratic law gives 4." in growth_in_words(within)
    assert len(list(growths(forecast(swept(GRID, window=200))))) == 1


def test_a_pair_and_fifty_documents():
    pair = pair_and_list(forecast(swept(GRID)))
    assert pair.alone.value == pytest.approx(A + each(256))
    assert pair.each == pytest.approx(A / 50 + each(256))
    # 4 + e = 8 ms at 127.08 + ... tokens: the lengths are those at which the law reaches the claim, and one more passes it.
    assert pair.pair_tokens is not None and A + each(pair.pair_tokens) <= 8 < A + each(pair.pair_tokens + 1)
    shortest, longest = pair.list_tokens
    assert longest is not None and A + 50 * each(longest) <= 300 < A + 50 * each(longest + 1)
    assert shortest is not None and A + 50 * each(shortest) <= 100 < A + 50 * each(shortest + 1)
    assert f"8 ms at {pair.pair_tokens} tokens; 50 take 100 ms at {shortest} tokens and 300 ms at" in pair_in_words(pair)
    assert pair_and_list(forecast(swept(GRID, window=112))).tokens == 100
