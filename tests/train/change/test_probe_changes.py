"""Probes before and after: the paired interval as published, the exact test, and the flips."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from reranklab.errors import InputError
from reranklab.evaluate.paired_shares import paired_share_interval
from reranklab.evaluate.probes.probe import BehaviourProbe
from reranklab.evaluate.probes.run import ProbeOutcome, ProbeReport
from reranklab.train.change.probe_changes import changes_of
from reranklab.types import Document, Query

COUNTS = st.integers(0, 40)


def test_the_interval_is_newcombes():
    # Fagerland, Lydersen and Laake (Statistics in Medicine 2014) give (-0.507, -0.026) for these counts by this method
    interval = paired_share_interval(both=1, first=1, second=7, neither=12)
    assert (interval.mean, interval.low, interval.high) == pytest.approx((-6 / 21, -0.507, -0.026), abs=5e-4)
    with pytest.raises(InputError, match="at least one result"):
        paired_share_interval(both=0, first=0, second=0, neither=0)


@given(COUNTS, COUNTS, COUNTS, COUNTS)
def test_the_interval_holds_its_mean_and_turns_with_the_order(both: int, first: int, second: int, neither: int):
    if both + first + second + neither == 0:
        return
    one = paired_share_interval(both=both, first=first, second=second, neither=neither)
    other = paired_share_interval(both=both, first=second, second=first, neither=neither)
    assert -1 <= one.low <= one.mean <= one.high <= 1 and one.low < one.high
    assert (other.low, other.high) == pytest.approx((-one.high, -one.low))


def _report(passes: dict[str, list[tuple[bool | None, bool | None]]]) -> ProbeReport:
    outcomes = []
    for ranker, place in (("old", 0), ("new", 1)):
        for capability, pairs in passes.items():
            for number, pair in enumerate(pairs):
                probe = BehaviourProbe(
                    id=f"{capability}-{number}", capability=capability, query=Query(text="q"),
                    original=Document(id="o", text="one"), edited=Document(id="e", text="two"), expected="lower",
                )  # fmt: skip
                outcomes.append(ProbeOutcome(probe=probe, ranker=ranker, passed=pair[place], original=1.0, edited=0.0))
    return ProbeReport(rankers=("old", "new"), outcomes=tuple(outcomes))


def test_rates_flips_and_the_exact_test():
    flipped = [(False, True)] * 8 + [(True, False)] + [(True, True)] * 3
    found = changes_of(_report({"numbers": flipped, "names": [(True, True)] * 5 + [(None, False)]}), "old", "new")
    numbers, names = found.capabilities
    assert (numbers.before.passed, numbers.after.passed) == (4, 11)
    assert numbers.difference.difference == pytest.approx(7 / 12)
    assert numbers.difference.p == pytest.approx(binomtest(8, 9, 0.5).pvalue)
    assert numbers.difference.p_holm == pytest.approx(2 * numbers.difference.p)
    assert names.difference.queries == 5, "a probe that one of the two could not be judged by is in no pair"
    assert names.difference.verdict == "undecided" and names.difference.interval.low < 0
    assert [flip.now for flip in found.flips] == ["passes"] * 8 + ["fails"]
    assert found.sentence.startswith("Of 17 probes 8 pass now that failed before, and 1 fail now that passed")
