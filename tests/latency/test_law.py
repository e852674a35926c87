"""The law recovered from cells that follow it, and what it predicts."""

from __future__ import annotations

import numpy as np
import pytest

from reranklab.errors import InputError
from reranklab.latency.law import fit_law, held_out
from reranklab.latency.sweep import Cell
from reranklab.types import StageTimes

A, B, C, D = 4.0, 0.5, 0.02, 1e-4
SIZES, LENGTHS = (5, 10, 20, 50, 100), (32, 64, 128, 256, 512)


def run(ms: float) -> StageTimes:
    return StageTimes(queue=0, tokenise=0, compute=ms, postprocess=0, total=ms)


def cell(candidates: int, tokens: int, *, noise: float = 1.0, overhead: float = 0.0) -> Cell:
    length = tokens + overhead
    ms = (A + candidates * (B + C * length + D * length**2)) * noise
    return Cell(
        candidates=candidates, asked_tokens=tokens, lengths=(tokens,) * candidates, overhead=overhead, runs=(run(ms),) * 3
    )


def cells(*, spread: float = 0.0, seed: int = 0) -> list[Cell]:
    noise = np.random.default_rng(seed).normal(1.0, spread, len(SIZES) * len(LENGTHS)) if spread else np.ones(25)
    grid = [(size, length) for size in SIZES for length in LENGTHS]
    return [cell(*each, noise=factor) for each, factor in zip(grid, noise.tolist(), strict=True)]


def test_exact_cells_give_the_law_back():
    law = fit_law(cells())
    assert law.coefficients == pytest.approx((A, B, C, D), rel=1e-6)
    assert max(map(abs, law.residuals)) < 1e-9
    assert held_out(cells()).median < 1e-9
    assert law.predict(70, 300).value == pytest.approx(A + 70 * (B + C * 300 + D * 300**2))


def test_what_is_read_besides_each_document_counts_as_length():
    grid = [cell(size, length, overhead=13) for size in SIZES for length in LENGTHS]
    assert fit_law(grid).coefficients == pytest.approx((A, B, C, D), rel=1e-6)
    assert grid[0].tokens == 32 + 13


def test_documents_of_different_lengths_are_one_list():
    lengths = (10, 200, 500)
    ms = A + sum(B + C * length + D * length**2 for length in lengths)
    mixed = Cell(candidates=3, asked_tokens=None, lengths=lengths, overhead=0, runs=(run(ms),))
    assert fit_law([*cells(), mixed]).residuals[-1] == pytest.approx(0, abs=1e-9)


def test_intervals_hold_the_truth_and_no_coefficient_is_negative():
    inside = 0
    for seed in range(20):
        law = fit_law(cells(spread=0.05, seed=seed), seed=seed)
        assert min(law.coefficients) >= 0
        found, truth = law.predict(100, 400), A + 100 * (B + C * 400 + D * 400**2)
        inside += found.low <= truth <= found.high
    assert inside >= 18
    assert held_out(cells(spread=0.05)).median < 0.1


def test_the_exponent_is_that_of_the_slope():
    law = fit_law(cells())
    step = 1e-4
    each = [B + C * tokens + D * tokens**2 for tokens in (200 * (1 - step), 200 * (1 + step))]
    assert law.token_exponent(200).value == pytest.approx(np.log(each[1] / each[0]) / np.log((1 + step) / (1 - step)), rel=1e-6)


def test_the_budget_is_met_and_one_more_breaks_it():
    law = fit_law(cells())
    deepest, longest = law.deepest(200, 128), law.longest(200, 20)
    assert law.predict_median(deepest, 128) <= 200 < law.predict_median(deepest + 1, 128)
    assert law.predict_median(20, longest) <= 200 < law.predict_median(20, longest + 1)
    assert (law.deepest(1, 128), law.longest(1, 20)) == (0, 0)


def test_too_few_cells_and_cells_alike_are_refused():
    with pytest.raises(InputError, match="4 cells are too few"):
        fit_law(cells()[:4])
    with pytest.raises(InputError, match="too much alike"):
        fit_law([cell(5, 32)] * 9)
