"""The law of a log and what it makes of a change of time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from reranklab.latency.law import Law
from reranklab.watch.detect.changepoint import Step
from reranklab.watch.detect.decomposition import decompose, machine_is_sure
from reranklab.watch.detect.expected import Expected, fit_expected, measured_expected
from tests.watch.simulated import CHARACTERS_PER_TOKEN, DAY, FIXED_MS, MS_PER_CANDIDATE, MS_PER_TOKEN, START, simulate

LAW = Law(coefficients=(10.0, 1.0, 0.01, 0.0), draws=np.array([[10.0, 1.0, 0.01, 0.0]] * 50), residuals=(), spread=0.0)
EXPECTED = Expected(
    law=LAW, unit=1.0, reads_tokens=True, factor=1.0, source="measured", knows_candidates=True, knows_length=True
)


def step(factor: float, before: float = 1.0, error: float = 0.0) -> Step:
    return Step(before=float(np.log(before)), size=float(np.log(factor)), error=error, count=50)


def test_the_law_of_a_log_is_the_one_it_was_made_with() -> None:
    columns = simulate(days=7, per_day=2000)
    expected = fit_expected(columns, START + 7 * DAY)
    assert expected is not None and expected.reads_tokens and expected.unit == pytest.approx(CHARACTERS_PER_TOKEN, rel=0.05)
    made = FIXED_MS + columns.candidates * (MS_PER_CANDIDATE + MS_PER_TOKEN * columns.document_tokens)
    off = np.log(expected.of(columns) / made)
    assert np.quantile(np.abs(off - np.median(off)), 0.9) < 0.06
    assert "fitted to the log's own baseline" in expected.words


def test_a_measured_law_is_scaled_to_the_log() -> None:
    columns = simulate(days=2, per_day=300)
    expected = measured_expected(LAW, columns, START + 2 * DAY)
    assert expected is not None
    assert np.median(columns.milliseconds / expected.of(columns)) == pytest.approx(1)
    assert f"{expected.factor:.2f} times as long" in expected.words


def test_no_law_without_sizes() -> None:
    columns = simulate(days=1, per_day=300)
    bare = replace(columns, candidates=np.full(len(columns), np.nan))
    assert fit_expected(bare, START + DAY) is None
    assert measured_expected(LAW, bare, START + DAY) is None


def test_parts_of_a_change_by_hand() -> None:
    """10 + 20 (1 + 0.01 x 100) = 50 ms; twice the candidates 90, twice the length 70, both 130; half as fast 260."""
    parts = decompose(EXPECTED, 50.0, candidates=step(2.0, 20.0), length=step(2.0, 100.0), machine=step(2.0))
    assert parts.total.factor == pytest.approx(260 / 50)
    assert parts.candidates.factor == pytest.approx((90 / 50 * 130 / 70) ** 0.5)
    assert parts.length.factor == pytest.approx((70 / 50 * 130 / 90) ** 0.5)
    assert parts.machine.factor == pytest.approx(2)
    assert parts.verdict == "machine" and parts.after_ms == pytest.approx(260)


def test_longer_documents_alone_are_no_slower_machine() -> None:
    parts = decompose(
        EXPECTED, 50.0, candidates=step(1.0, 20.0, 0.01), length=step(2.0, 100.0, 0.01), machine=step(1.03, 1.0, 0.01)
    )
    assert parts.verdict == "length"
    assert not machine_is_sure(parts.candidates, parts.length, parts.machine, parts.total)
    assert "Longer documents explain it." in parts.sentence


def test_documents_cut_at_the_window_are_no_faster_machine() -> None:
    """The law foretells 70 ms, and it stays at 50: what is cut costs nothing."""
    parts = decompose(EXPECTED, 50.0, candidates=step(1.0, 20.0), length=step(2.0, 100.0), machine=step(50 / 70))
    assert not machine_is_sure(parts.candidates, parts.length, parts.machine, parts.total)


def test_a_size_that_never_varied_leaves_the_machine_unsure() -> None:
    unsure = replace(EXPECTED, knows_candidates=False)
    parts = decompose(unsure, 50.0, candidates=step(2.0, 20.0), length=step(1.0, 100.0), machine=step(1.1))
    assert parts.candidates.low == 1.0 and parts.candidates.high == pytest.approx(2.0)
    assert parts.machine.low < 1
