"""Separation and thresholds: by hand, against scipy, and intervals against a bootstrap over queries."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu

from reranklab.errors import InputError
from reranklab.evaluate.separation import ScoredPairs, auc_within, pooled_auc, scored_pairs
from reranklab.evaluate.thresholds import apply_threshold, best_threshold, check_criterion, transfer
from reranklab.types import ATTENTION, LOGIT
from tests.evaluate.make import make_ranking


def pairs(*lists: dict[float, bool], scale=LOGIT) -> ScoredPairs:
    """One list of score to relevant a query."""
    rows = [(query, score, relevant) for query, scores in enumerate(lists) for score, relevant in scores.items()]
    queries, scores, relevant = zip(*rows, strict=True)
    return ScoredPairs(
        scale=scale, queries=np.array(queries), scores=np.array(scores, dtype=float), relevant=np.array(relevant)
    )


def drawn(seed: int, *, queries: int = 40, shift: float = 1.0) -> ScoredPairs:
    """Scores of 10 documents a query, 2 relevant; each query has a level of its own, so that its pairs go together."""
    generator = np.random.default_rng(seed)
    numbers = np.repeat(np.arange(queries), 10)
    relevant = np.tile(np.arange(10) < 2, queries)
    scores = generator.normal(size=queries)[numbers] + generator.normal(size=10 * queries) + shift * relevant
    return ScoredPairs(scale=LOGIT, queries=numbers, scores=scores, relevant=relevant)


def test_pairs_of_rankings_count_unjudged_documents_as_not_relevant():
    rankings = [make_ranking("abc", query="q1", scores=[3, 2, 1]), make_ranking("de", query="q2", scores=[9, 8])]
    found = scored_pairs(rankings, {"q1": {"b": 1, "a": 0}, "q2": {"e": 2, "x": 1}})
    assert found.queries.tolist() == [0, 0, 0, 1, 1]
    assert found.relevant.tolist() == [False, True, False, False, True]
    assert (found.scores.tolist(), found.unjudged) == ([3, 2, 1, 9, 8], 2)


def test_a_small_case_by_hand():
    found = pairs({3: True, 2: False}, {5: True, 4: False, 6: False})
    # of the 6 pairs of a relevant (3, 5) and another (2, 4, 6): 3>2, 5>2, 5>4 are right
    assert pooled_auc(found).mean == pytest.approx(3 / 6)
    # within the first query 1, within the second 5>4 of two
    assert auc_within(found).mean == pytest.approx((1 + 1 / 2) / 2)
    best = best_threshold(found, "F1")
    # at 3: 3 and 5 found with 4 and 6: precision 2/4, recall 1, F1 2/3; at 5: 1/2, 1/2; halfway between 3 and 2
    assert (best.score, best.precision, best.recall) == (2.5, 0.5, 1.0)
    assert best.f1 == best.value == pytest.approx(2 / 3)
    # Youden at 3: 1 - 2/3; at 5: 1/2 - 1/3
    assert best_threshold(found, "Youden").value == pytest.approx(1 / 3)
    assert apply_threshold(found, 5.5, "F1").f1 == 0.0


@given(st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=2, max_size=40))
def test_auc_equals_mann_whitney_and_no_threshold_is_better(rows):
    scores, relevant = (np.array(column) for column in zip(*rows, strict=True))
    found = ScoredPairs(scale=LOGIT, queries=np.arange(len(rows)), scores=scores.astype(float), relevant=relevant)
    auc = pooled_auc(found)
    if relevant.all() or not relevant.any():
        assert auc is None and best_threshold(found, "F1") is None
        return
    u = mannwhitneyu(scores[relevant], scores[~relevant], method="asymptotic").statistic
    assert auc.mean == pytest.approx(u / (relevant.sum() * (~relevant).sum()))
    assert auc.low - 1e-12 <= auc.mean <= auc.high + 1e-12
    for criterion in ("F1", "Youden"):
        best = best_threshold(found, criterion)
        assert best.value >= max(apply_threshold(found, float(score), criterion).value for score in scores) - 1e-12


def test_the_interval_counts_queries_not_documents():
    found = drawn(3)
    interval = pooled_auc(found)
    generator = np.random.default_rng(0)
    redrawn = []
    for _ in range(400):
        chosen = generator.integers(40, size=40)
        rows = (chosen[:, None] * 10 + np.arange(10)).ravel()
        again = ScoredPairs(
            scale=LOGIT, queries=np.repeat(np.arange(40), 10), scores=found.scores[rows], relevant=found.relevant[rows]
        )
        redrawn.append(pooled_auc(again).mean)
    low, high = np.quantile(redrawn, [0.025, 0.975])
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=0.02)


def test_the_interval_covers_the_truth():
    # a relevant score less another: normal with mean 1 and variance 4, so it is positive with probability Phi(1/2)
    truth = 0.6914625
    inside = sum(interval.low <= truth <= interval.high for seed in range(300) if (interval := pooled_auc(drawn(seed))))
    assert 0.91 <= inside / 300 <= 0.985


def test_few_queries_prove_no_perfect_separation():
    perfect = pooled_auc(pairs(*({2: True, 1: False} for _ in range(12))))
    assert (perfect.mean, perfect.high) == (1.0, 1.0)
    assert perfect.low == pytest.approx(0.05 ** (1 / 12))
    one = pooled_auc(pairs({2: True, 1: False}))
    assert (one.low, one.high) == (0.0, 1.0)


def test_scores_of_one_list_have_no_threshold():
    found = pairs({2: True, 1: False}, {4: True, 3: False}, scale=ATTENTION)
    assert best_threshold(found, "F1") is None
    assert auc_within(found).mean == 1.0


def test_a_threshold_holds_at_home_and_is_lost_where_scores_moved():
    home, near, far = drawn(1, queries=200, shift=4), drawn(2, queries=200, shift=4), drawn(3, queries=200, shift=4)
    moved = ScoredPairs(scale=LOGIT, queries=far.queries, scores=far.scores + 3, relevant=far.relevant)
    best = best_threshold(home, "F1")
    kept = transfer(near, best, ranker="r", source="home", target="near")
    lost = transfer(moved, best, ranker="r", source="home", target="far")
    assert (kept.verdict, lost.verdict) == ("holds", "lost")
    assert kept.loss.mean == pytest.approx(kept.own - kept.carried.f1)
    assert lost.loss.low > 0.2
    assert lost.carried.precision < kept.carried.precision
    assert lost.carried == apply_threshold(moved, best.score, "F1")


def test_a_criterion_that_does_not_exist():
    assert check_criterion("youden") == "Youden"
    with pytest.raises(InputError, match="F1, Youden"):
        check_criterion("accuracy")
