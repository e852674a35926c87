"""What is said of unread documents: by hand where it can be, and against what comes true where the model holds."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import t as student_t

from reranklab.rankers.crossencoders.outlook import Outlook, Prior, _entering, outlook

ALIKE = Prior(near=1e9, level=0.0)
"""Every read document counts the same, and the line is that of least squares."""


def test_a_first_stage_that_tells_nothing_leaves_the_t_distribution_of_one_more_observation() -> None:
    """Textbook: (y - mean) / (s sqrt(1 + 1/n)) has Student's t distribution; here with n - 2 degrees."""
    model = [1.0, 2.0, 4.0, 3.0, 8.0, 2.5, 6.0, 5.0, 7.0, 4.5, 3.5, 0.5]
    found = outlook([(1.0, score) for score in model], [1.0, 1.0], top=3, prior=ALIKE)
    scale = np.sqrt(np.var(model) * 12 / 10 * (1 + 1 / 12))
    by_hand = student_t.sf((6.0 - np.mean(model)) / scale, df=10)
    assert found.chances == pytest.approx([by_hand] * 2, abs=0.02)
    assert (1 - by_hand) ** 2 - 0.02 < found.sure < 1 - by_hand  # they share the mean: not independent, and not the same


def test_the_chance_along_a_line_by_hand() -> None:
    """Twelve read documents on model = 2 * first, each off by 1 up or down: the prediction's deviation grows with distance."""
    first = np.repeat(np.arange(6.0), 2)
    model = 2 * first + np.tile([1.0, -1.0], 6)
    for place in (-1.0, 2.0):
        found = outlook(list(zip(first, model, strict=True)), [place], top=8, prior=ALIKE)
        scale = np.sqrt(12 / 10 * (1 + 1 / 12 + (place - 2.5) ** 2 / np.sum((first - 2.5) ** 2)))
        by_hand = student_t.sf((np.sort(model)[-8] - 2 * place) / scale, df=10)
        assert found.chances[0] == pytest.approx(by_hand, abs=0.02)


def test_a_line_that_falls_counts_as_level_and_a_level_prior_lowers_the_slope() -> None:
    falling = [(float(n), -float(n)) for n in range(12)]
    high, low = outlook(falling, [20.0, -5.0], prior=ALIKE).chances
    assert 0.3 < low <= high, "nearly level"
    rising = [(float(n), float(n) + (n % 3)) for n in range(12)]
    shrunk, plain = (outlook(rising, [-2.0], prior=Prior(near=1e9, level=level)).chances[0] for level in (50.0, 0.0))
    assert shrunk > plain


def test_documents_near_the_unread_ones_count_more() -> None:
    """The first stage's last documents are all alike, so that little is unsure of the next; its first ones differ widely."""
    read = [(20.0 - n, (10.0 if n < 6 else 0.1) * (-1) ** n) for n in range(20)]
    near, alike = (outlook(read, [0.0], top=3, prior=Prior(near=near, level=5.0)).chances[0] for near in (0.2, 1e9))
    assert near < alike / 5


@pytest.mark.parametrize(
    ("unread", "entering"),
    [([0.0], 0), ([3.5], 1), ([9.0, 8.0, 7.0], 3), ([3.5, 3.4, 3.3], 1), ([4.5, 4.4, 0.0], 2), ([9.0] * 5, 3)],
)
def test_how_many_of_the_top_are_unread(unread: list[float], entering: int) -> None:
    """Of 1 to 5 the best three are 3, 4 and 5: the second newcomer has to beat 4, the third 5."""
    assert _entering(np.array(unread), np.array([1.0, 2.0, 3.0, 4.0, 5.0]), 3) == entering


def test_nothing_unread_or_too_little_read() -> None:
    assert outlook([(1.0, 2.0)], []) == Outlook(chances=(), expected=0.0, sure=1.0)
    assert outlook([(1.0, 2.0)] * 4, [3.0] * 30) == Outlook(chances=(1.0,) * 30, expected=10.0, sure=0.0)


def test_the_same_is_said_again_in_whatever_order_it_was_read() -> None:
    read = [(float(n), float(n % 5)) for n in range(14)]
    assert outlook(read, [3.0, -1.0]) == outlook(read[::-1], [3.0, -1.0])


def test_what_is_stated_comes_true() -> None:
    """400 lists of 60 on a line with normal errors, its slope drawn from the prior, 24 read."""
    draw, prior = np.random.default_rng(3), Prior(near=1e9, level=5.0)
    sure, none, chances, above, expected, entered = [], [], [], [], [], []
    for _ in range(400):
        first = np.sort(draw.normal(size=60))[::-1]
        slope = abs(draw.normal()) / np.sqrt(prior.level) / first[:24].std()
        model = slope * first + draw.normal(size=60)
        found = outlook(list(zip(first[:24], model[:24], strict=True)), list(first[24:]), prior=prior)
        over = model[24:] > np.sort(model[:24])[-10]
        sure.append(found.sure)
        none.append(not over.any())
        chances += found.chances
        above += over.tolist()
        expected.append(found.expected)
        entered.append(_entering(model[24:], np.sort(model[:24]), 10))
    assert np.mean(sure) == pytest.approx(np.mean(none), abs=3 * 0.5 / np.sqrt(400))
    assert np.mean(expected) == pytest.approx(np.mean(entered), abs=0.15)
    stated, true = np.array(chances), np.array(above)
    for low, high in ((0, 0.01), (0.01, 0.1), (0.1, 0.3), (0.3, 0.6)):
        within = (stated >= low) & (stated < high)
        assert within.sum() > 100
        assert stated[within].mean() == pytest.approx(true[within].mean(), abs=0.06 if high > 0.1 else 0.02)
