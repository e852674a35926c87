"""What so many queries can tell: expectations worked out by hand, and by simulation."""

import numpy as np
import pytest

from reranklab.errors import InputError
from reranklab.evaluate.power import audit, detectable, queries_to_detect, queries_to_equate, smallest_p


def test_the_detectable_difference_by_hand():
    # (1.95996 + 0.84162) x 0.2 / sqrt(50)
    assert detectable(0.2, 50) == pytest.approx(0.079240, abs=1e-6)
    assert queries_to_detect(0.05, 0.2) == 126  # (2.80159 x 4)^2 = 125.58
    assert queries_to_detect(0.0, 0.2) is None
    assert queries_to_detect(1e-9, 0.5) is None


def test_the_queries_of_an_equivalence_by_hand():
    # (1.64485 + 1.28155)^2 x (0.1 / 0.01)^2 = 856.4
    assert queries_to_equate(0.0, 0.1, margin=0.01) == 857
    assert queries_to_equate(0.01, 0.1, margin=0.01) is None


def test_the_detectable_difference_is_found_in_four_of_five_evaluations():
    generator = np.random.default_rng(0)
    true = detectable(0.2, 60)
    samples = generator.normal(true, 0.2, size=(4000, 60))
    found = np.abs(samples.mean(axis=1)) / (samples.std(axis=1, ddof=1) / 60**0.5) > 1.96
    assert found.mean() == pytest.approx(0.8, abs=0.03)


def test_the_smallest_p_counts_only_what_differs():
    assert (smallest_p(5), smallest_p(1), smallest_p(300, differing=3), smallest_p(4, differing=0)) == (0.0625, 1.0, 0.25, 1.0)


def test_a_published_row_that_may_be_noise():
    row = audit(0.68, 0.008, 300)
    assert row.p_low > 0.05 and row.correlation_needed == pytest.approx(0.9885, abs=1e-4)
    assert "correlate by 0.99 or more" in row.words
    assert "can be noise, however closely" in audit(0.68, 0.002, 300).words
    clear = audit(0.68, 0.1, 300)
    assert clear.p_high < 0.05 and "more than noise" in clear.words
    assert audit(0.68, 0.008, 300, deviation=0.02).p_high < 0.05


@pytest.mark.parametrize(
    ("row", "problem"),
    [((1.5, 0.1, 10), "mean"), ((0.5, 0.0, 10), "difference"), ((0.5, 0.1, 1), "spread")],
)
def test_numbers_of_no_table_are_refused(row: tuple[float, float, int], problem: str):
    with pytest.raises(InputError, match=problem):
        audit(*row)
