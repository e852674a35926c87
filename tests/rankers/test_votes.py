"""Votes on pairs: the fit against other implementations, the choice of pairs, consistency, and rankers that vote."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit
from scipy.stats import kendalltau, norm

from reranklab.data.collection import judged_candidates
from reranklab.data.samples import load_sample
from reranklab.engine.build import build_ranker
from reranklab.errors import InputError
from reranklab.evaluate.preferences import bradley_terry
from reranklab.rankers.asked import asked_in_words
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.rankers.estimate import Workload
from reranklab.rankers.family import Capability
from reranklab.rankers.votes.budget import pairs_of
from reranklab.rankers.votes.consistency import consistency
from reranklab.rankers.votes.design import expected_gain, voted
from reranklab.rankers.votes.strengths import Floats, Model, Votes, chance, fit, information
from reranklab.store.codec import decode, encode
from reranklab.types import Document, Query, Ranking

MODELS: tuple[Model, ...] = ("thurstone", "bradley-terry")


def votes_of(count: int, *votes: tuple[int, int, float]) -> Votes:
    first, second, share = zip(*votes, strict=True)
    return Votes(count=count, first=np.array(first), second=np.array(second), share=np.array(share, dtype=float))


def some_votes(count: int, seed: int) -> Votes:
    draw = np.random.default_rng(seed)
    pairs = [pair for pair in itertools.combinations(range(count), 2) if draw.random() < 0.6]
    return votes_of(count, *((i, j, draw.choice([0, 0.5, 1, 0.8])) for i, j in pairs))


def by_scipy(votes: Votes, model: Model, prior: float) -> Floats:
    """The same posterior, minimised by BFGS with scipy's own distributions."""

    def loss(scores: Floats) -> float:
        difference = scores[votes.first] - scores[votes.second]
        if model == "thurstone":
            won, lost = norm.logcdf(difference, scale=math.sqrt(0.5)), norm.logsf(difference, scale=math.sqrt(0.5))
        else:
            won, lost = -np.logaddexp(0, -difference), -np.logaddexp(0, difference)
        return float(-(votes.share * won + (1 - votes.share) * lost).sum() - norm.logpdf(scores, scale=prior).sum())

    return np.asarray(minimize(loss, np.zeros(votes.count), method="BFGS", options={"gtol": 1e-9}).x)


def test_two_items_by_hand() -> None:
    """A draw is no difference; 9 of 10 votes of Bradley and Terry are log 9 where the prior is wide."""
    assert fit(votes_of(2, (0, 1, 0.5)), model="thurstone", prior=1).scores == pytest.approx([0, 0])
    even = fit(votes_of(2, (0, 1, 0.9)), model="bradley-terry", prior=1e4).scores
    assert even[0] - even[1] == pytest.approx(math.log(9), abs=1e-5)
    assert even.mean() == pytest.approx(0)
    wide = fit(votes_of(2, (0, 1, (1 + math.erf(0.7)) / 2)), model="thurstone", prior=1e4).scores
    assert wide[0] - wide[1] == pytest.approx(0.7, abs=1e-5)


def test_three_items_by_hand() -> None:
    """A circle is no difference, and by symmetry each variance is 2/3 of 1 / (3 h + 1 / prior^2); h = 4/pi a vote."""
    for model, h in (("thurstone", 4 / math.pi), ("bradley-terry", 1 / 4)):
        found = fit(votes_of(3, (0, 1, 0.5), (1, 2, 0.5), (0, 2, 0.5)), model=model, prior=2)
        assert found.scores == pytest.approx([0, 0, 0])
        assert found.errors == pytest.approx([math.sqrt(2 / 3 / (3 * h + 1 / 4))] * 3)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("seed", range(5))
def test_the_fit_is_scipys_optimum(model: Model, seed: int) -> None:
    votes = some_votes(8, seed)
    found = fit(votes, model=model, prior=1.5)
    assert found.scores == pytest.approx(by_scipy(votes, model, 1.5), abs=1e-5)
    assert found.scores.sum() == pytest.approx(0, abs=1e-9)


def test_bradley_terry_is_that_of_the_blind_comparisons() -> None:
    """Another iteration, without a prior."""
    votes = votes_of(4, (0, 1, 0.7), (0, 2, 0.8), (1, 2, 0.6), (1, 3, 0.5), (2, 3, 0.4), (0, 3, 0.9))
    wins = np.nan_to_num(votes.wins)
    assert fit(votes, model="bradley-terry", prior=1e4).scores == pytest.approx(bradley_terry(wins), abs=1e-5)


@pytest.mark.parametrize("model", MODELS)
def test_errors_are_of_the_curvature(model: Model) -> None:
    """The Hessian by differences of the gradient that scipy's optimum has there, projected to the mean 0."""
    votes = some_votes(6, 1)
    found = fit(votes, model=model, prior=1)

    def log_likelihood(scores: Floats) -> float:
        share = chance(scores[votes.first] - scores[votes.second], model)
        return float((votes.share * np.log(share) + (1 - votes.share) * np.log(1 - share)).sum() - (scores**2).sum() / 2)

    step, basis = 1e-4, np.eye(6)
    hessian = np.array(
        [
            [
                sum(
                    a * b * log_likelihood(found.scores + step * (a * basis[i] + b * basis[j]))
                    for a in (-1, 1)
                    for b in (-1, 1)
                )
                / (4 * step**2)
                for j in range(6)
            ]
            for i in range(6)
        ]
    )
    centre = np.eye(6) - 1 / 6
    assert found.covariance == pytest.approx(centre @ np.linalg.inv(-hessian) @ centre, abs=1e-4)


@pytest.mark.parametrize("model", MODELS)
def test_information_is_that_of_a_coin(model: Model) -> None:
    d, step = np.array([-1.5, 0.0, 0.4]), 1e-5
    slope = (chance(d + step, model) - chance(d - step, model)) / (2 * step)
    assert information(d, model) == pytest.approx(slope**2 / (chance(d, model) * (1 - chance(d, model))), rel=1e-6)
    far = information(np.array([8.0, 40.0]), model)
    assert np.isfinite(far).all()
    assert (far < 1e-3).all()


@pytest.mark.parametrize("model", MODELS)
def test_whoever_wins_every_vote_has_a_finite_score(model: Model) -> None:
    found = fit(votes_of(30, *((i, j, 1.0) for i, j in itertools.combinations(range(30), 2))), model=model, prior=10)
    assert np.isfinite(found.scores).all()
    assert list(np.argsort(-found.scores)) == list(range(30))


def test_circles_by_hand() -> None:
    """0 > 1 > 2 > 0 goes round; 1 > 2, 1 > 3, 2 > 3 does not; a draw decides nothing; 0 and 3 have no vote."""
    votes = votes_of(5, (0, 1, 1), (1, 2, 1), (0, 2, 0), (1, 3, 1), (2, 3, 0.9), (1, 4, 0.5), (2, 4, 1))
    found = consistency(votes)
    assert (found.triples, found.circles, found.intransitive) == (3, 1, 1 / 3)
    assert consistency(votes_of(3, (0, 1, 1))).intransitive is None


def brute(votes: Votes) -> tuple[int, int]:
    wins, triples, circles = votes.wins, 0, 0
    for i, j, k in itertools.combinations(range(votes.count), 3):
        around = [wins[i, j], wins[j, k], wins[k, i]]
        if not any(map(math.isnan, around)):
            triples += 1
            circles += all(each > 0.5 for each in around) or all(each < 0.5 for each in around)
    return triples, circles


@pytest.mark.parametrize("seed", range(5))
def test_circles_are_counted_as_by_hand(seed: int) -> None:
    votes = some_votes(9, seed)
    found = consistency(votes)
    assert (found.triples, found.circles) == brute(votes)


def spec_pairs(text: str, count: int) -> int:
    return pairs_of(parse_ranker_id(f"votes(bm25)?pairs={text}"), count=count)


def test_a_budget_is_a_share_or_a_number_and_connects() -> None:
    assert [spec_pairs(text, 20) for text in ("0.2", "1", "1.0", "50", "500", "2", "0.01")] == [38, 190, 190, 50, 190, 19, 19]
    assert spec_pairs("0.2", 1) == 0
    for text in ("0", "-1", "2.5", "many", "nan"):
        with pytest.raises(InputError, match="pairs="):
            spec_pairs(text, 5)


def asked(count: int, budget: int, *, design: str = "information", seed: int = 0) -> list[tuple[int, int]]:
    pairs: list[tuple[int, int]] = []

    def ask(pair: tuple[int, int]) -> float:
        pairs.append(pair)
        return float(pair[0] < pair[1])

    voted(count, budget, ask, model="thurstone", prior=2, design=design, seed=seed)  # type: ignore[arg-type]
    return pairs


@pytest.mark.parametrize("design", ["information", "random"])
@pytest.mark.parametrize(("count", "budget"), [(1, 0), (2, 1), (5, 4), (12, 20), (12, 66)])
def test_each_pair_once_and_all_hang_together(design: str, count: int, budget: int) -> None:
    pairs = asked(count, budget, design=design)
    assert len(pairs) == len(set(pairs)) == budget
    assert pairs == asked(count, budget, design=design)
    reached = {0}
    for _ in range(count):
        reached |= {other for pair in pairs for other in pair if reached & set(pair)}
    assert reached == set(range(count))


def test_the_next_pair_is_uncertain_and_close() -> None:
    """Of a chain 0 > 1 > 2 > 3, the middle scores are the close ones without a vote between 0-2, 1-3 and 0-3."""
    votes = votes_of(4, (0, 1, 1), (1, 2, 1), (2, 3, 1))
    gain = expected_gain(fit(votes, model="thurstone", prior=2), "thurstone")
    assert gain[0, 2] == pytest.approx(gain[1, 3])
    assert gain[0, 2] > gain[0, 3]
    assert gain == pytest.approx(gain.T)


def test_information_asks_better_than_chance() -> None:
    """A fifth of the pairs of 40, in a true order: the informed design comes nearer to it, over five seeds."""

    def reached(design: str, seed: int) -> float:
        order = np.random.default_rng(100 + seed).permutation(40)
        _, found = voted(
            40, 156, lambda pair: float(order[pair[0]] < order[pair[1]]), model="thurstone", prior=2, design=design, seed=seed  # type: ignore[arg-type]
        )  # fmt: skip
        return float(kendalltau(-order, found.scores).statistic)

    informed, drawn = (np.mean([reached(design, seed) for seed in range(5)]) for design in ("information", "random"))
    assert informed > drawn
    assert informed > 0.85


def documents(texts: Sequence[str]) -> list[Document]:
    return [Document(id=f"d{number}", text=text) for number, text in enumerate(texts)]


TEXTS = ["zebra", "zebra zebra", "apple", "zebra yak", "zebra", "", "yak yak yak"]


def test_texts_that_are_alike_are_one_item() -> None:
    ranking = build_ranker("votes(bm25?b=0)?pairs=1").rank(Query(text="zebra yak"), documents(TEXTS))
    of = {item.id: item for item in ranking.items}
    assert of["d0"].score == of["d4"].score
    assert of["d0"].error == of["d4"].error
    assert asked_in_words(ranking) == "votes on 15 of 15 pairs, 0.0% of 20 triples go round in a circle"
    assert sum(item.score for item in ranking.items) - of["d0"].score == pytest.approx(0, abs=1e-9)


def test_a_ranker_that_is_not_pointwise_is_asked_pair_by_pair() -> None:
    """BM25's weights depend on the candidates, so each pair is a list of its own; it does not depend on their order."""
    ranking = build_ranker("votes(bm25?b=0)?pairs=8").rank(Query(text="zebra yak"), documents(TEXTS))
    assert (ranking.details["voted_pairs"], ranking.details["lists"]) == (8, 8)
    (stage,) = ranking.stages
    assert stage.candidates == 6
    assert asked_in_words(ranking) == "votes on 8 of 15 pairs"
    assert ranking.timing.documents == 7
    both = build_ranker("votes(votes(bm25))?pairs=8").rank(Query(text="zebra yak"), documents(TEXTS))
    assert (both.details["voted_pairs"], both.details["lists"]) == (8, 16)
    one = build_ranker("votes(votes(bm25))?orders=one&pairs=8").rank(Query(text="zebra yak"), documents(TEXTS))
    assert one.details["lists"] == 8


def test_errors_travel_into_the_store_and_stay_out_where_there_are_none() -> None:
    ranking = build_ranker("votes(bm25)?pairs=1").rank(Query(text="zebra yak"), documents(TEXTS))
    assert all(item.error is not None and item.error > 0 for item in ranking.items)
    assert decode(encode(ranking)) == ranking
    plain = build_ranker("bm25").rank(Query(text="zebra yak"), documents(TEXTS))
    assert "errors" not in encode(plain).facts
    assert decode(encode(plain)) == plain


def test_what_it_can_do_and_asks() -> None:
    spec = parse_ranker_id("votes(listwise-llm?method=pairwise&sort=all)?pairs=0.5")
    load = Workload(documents=10, document_tokens=30, query_tokens=5)
    found = spec.estimate(load)
    assert found is not None
    assert (found.calls, found.exact) == (2 * 22, False)  # half of 45 pairs, rounded to even, in two prompts each
    assert parse_ranker_id("votes(cross-encoder)").estimate(load) is None
    assert not parse_ranker_id("votes(bm25)").can(Capability.ORDER_FREE)
    assert parse_ranker_id("votes(listwise-llm?method=chat)").can(Capability.HOSTED)
    with pytest.raises(InputError, match="Take vote=hard"):
        build_ranker("votes(bm25)?vote=soft")


def test_one_document_has_nobody_to_vote_against() -> None:
    ranking = build_ranker("votes(bm25)").rank(Query(text="zebra"), documents(["zebra"]))
    (item,) = ranking.items
    assert (item.score, item.error) == (0, 0)
    assert ranking.details["voted_pairs"] == 0


@pytest.fixture(scope="module")
def lists(weights: object) -> list[tuple[Ranking, Query, list[Document]]]:
    """Six lists of the sample, ranked by the embedded cross-encoder."""
    collection = load_sample("novel-facts")
    found = []
    for query_id in sorted(collection.queries)[:6]:
        listed = list(judged_candidates(collection, query_id))
        query = collection.queries[query_id]
        found.append((build_ranker("cross-encoder?precision=int8").rank(query, listed), query, listed))
    return found


def scores_of(ranking: Ranking) -> Floats:
    """Along the input order."""
    return np.array([item.score for item in sorted(ranking.items, key=lambda item: item.candidate)])


def tau(one: Floats, other: Floats) -> float:
    return float(kendalltau(one, other).statistic)


@pytest.mark.parametrize("vote", ["hard", "soft"])
def test_the_cross_encoders_order_comes_back(lists: list[tuple[Ranking, Query, list[Document]]], vote: str) -> None:
    """From all pairs above 0.95, from a fifth above 0.8: Kendall's tau, mean of the lists."""

    def found(scores: Floats, budget: int) -> float:
        def ask(pair: tuple[int, int]) -> float:
            difference = scores[pair[0]] - scores[pair[1]]
            return float(difference > 0) if vote == "hard" else float(expit(difference))

        _, fitted = voted(len(scores), budget, ask, model="thurstone", prior=2, design="information", seed=0)
        return tau(scores, fitted.scores)

    known = [scores_of(ranking) for ranking, _, _ in lists]
    every, fifth = (np.mean([found(scores, pairs) for scores in known]) for pairs in (190, 38))
    assert every > 0.95
    assert fifth > 0.8


def test_the_ranker_votes_by_the_scores_of_the_one_inside(lists: list[tuple[Ranking, Query, list[Document]]]) -> None:
    ranking, query, listed = lists[0]
    whole = build_ranker("votes(cross-encoder?precision=int8)?pairs=1").rank(query, listed)
    assert tau(scores_of(ranking), scores_of(whole)) == 1
    assert [item.tokens_used for item in whole.items] == [item.tokens_used for item in ranking.items]
    assert (whole.details["lists"], whole.details["intransitive"], len(whole.stages)) == (1, 0.0, 1)
    soft = build_ranker("votes(cross-encoder?precision=int8)?model=bradley-terry&pairs=1&prior=10&vote=soft").rank(
        query, listed
    )
    assert tau(scores_of(ranking), scores_of(soft)) > 0.95
