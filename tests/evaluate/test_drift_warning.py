"""The warning without judgements: distances against scipy, silence between halves of one collection, alarms between two."""

import numpy as np
import pytest
from scipy.spatial.distance import jensenshannon
from scipy.stats import wasserstein_distance

from reranklab.data.samples import load_sample
from reranklab.errors import InputError
from reranklab.evaluate.drift_signals import (
    distribution_distance,
    permuted_labels,
    smallest_p,
    vocabulary_distance,
)
from reranklab.evaluate.drift_warning import QuerySample, warn_of_drift
from reranklab.types import ATTENTION, COSINE, Query
from tests.evaluate.make import make_ranking

NATURAL = ("arguments", "hard-negatives", "legal-financial", "negation", "numbers-entities", "polysemy")


def queries(*samples: str) -> list[Query]:
    return [Query(id=f"{name} {id_}", text=query.text) for name in samples for id_, query in load_sample(name).queries.items()]


def sample(name: str, asked: list[Query], **rankings) -> QuerySample:
    return QuerySample(name=name, queries=tuple(asked), rankings=rankings)


def test_distances_equal_scipys():
    generator = np.random.default_rng(0)
    values = [generator.normal(size=5).tolist() for _ in range(12)]
    labels = permuted_labels(7, 5, permutations=50)
    found = distribution_distance(values, labels)
    assert found.value == pytest.approx(wasserstein_distance(np.ravel(values[:7]), np.ravel(values[7:])))
    terms = [generator.choice(list("abcdef"), size=4).tolist() for _ in range(12)]
    distance, unseen, _ = vocabulary_distance(terms, labels)
    first, second = (
        np.array([[word for each in group for word in each].count(letter) for letter in "abcdef"])
        for group in (terms[:7], terms[7:])
    )
    assert distance.value == pytest.approx(jensenshannon(first, second, base=2) ** 2)
    assert unseen == pytest.approx(second[first == 0].sum() / second.sum())


def test_queries_weigh_the_same_however_many_documents_they_have():
    labels = permuted_labels(2, 1, permutations=10)
    # half of the reference at 0, half at 1, the new ones at 1: half of the mass moves by 1
    assert distribution_distance([[0.0], [1.0] * 9, [1.0]], labels).value == pytest.approx(0.5)
    assert distribution_distance([[0.0], [1.0], []], labels) is None


def test_labels_keep_the_sizes_and_begin_with_the_truth():
    labels = permuted_labels(6, 3, permutations=200)
    assert labels[0].tolist() == [False] * 6 + [True] * 3
    assert (labels.sum(axis=1) == 3).all()
    assert len({tuple(row) for row in labels.tolist()}) > 60
    assert smallest_p(3, 3) == 1 / 20
    assert smallest_p(300, 300, permutations=999) == 1 / 1000


def test_p_is_the_share_of_permutations_that_separate_as_much():
    # of the 20 ways to divide six values into three and three, two separate as much as 0 0 0 | 9 9 9
    found = distribution_distance([[0.0]] * 3 + [[9.0]] * 3, permuted_labels(3, 3, permutations=4000))
    assert found.p == pytest.approx(0.1, abs=0.02)


def test_halves_of_one_collection_raise_few_false_alarms():
    every = queries(*NATURAL)
    rankings = {
        query.id: make_ranking("ab", query=query.id, scores=[position % 7 + 1, 0.5], scale=COSINE)
        for position, query in enumerate(every)
    }
    generator = np.random.default_rng(0)
    alarms = 0
    for seed in range(100):
        order = generator.permutation(len(every))
        halves = [[every[position] for position in part] for part in (order[:36], order[36:])]
        first, second = (sample("half", half, ranker={query.id: rankings[query.id] for query in half}) for half in halves)
        alarms += warn_of_drift(first, second, permutations=199, seed=seed).drifted
    # 5 in the mean; more than 11 of 100 happen in 0.4 % of runs
    assert alarms <= 11


def test_two_kinds_of_queries_raise_an_alarm_that_names_the_signal():
    warning = warn_of_drift(
        sample("arguments", queries("arguments")), sample("questions", queries("polysemy", "numbers-entities"))
    )
    assert warning.drifted
    words, length = warning.signals
    assert (words.kind, length.kind) == ("words", "length")
    assert words.drifted and words.distance > words.chance
    assert warning.unseen > warning.unseen_by_chance
    assert warning.sentence.startswith("questions has drifted from arguments, at 5% false alarms: by the words of the quer")
    assert "no rankings of both" in warning.notes[0]


def test_scores_that_move_and_an_order_that_turns_are_signals_of_their_own():
    asked = [Query(id=f"q{number}", text="same words") for number in range(40)]
    generator = np.random.default_rng(0)

    def ranked(part: list[Query], *, shift: float, turned: bool) -> dict:
        orders = [generator.permutation(list("abcdefgh")).tolist() for _ in part]
        return {
            "bm25": {
                query.id: make_ranking(order, query=query.id, scores=sorted(generator.random(8), reverse=True))
                for query, order in zip(part, orders, strict=True)
            },
            "dense": {
                query.id: make_ranking(
                    order[::-1] if turned else order,
                    ranker="dense",
                    query=query.id,
                    scores=sorted(generator.random(8) + shift, reverse=True),
                    scale=COSINE,
                )
                for query, order in zip(part, orders, strict=True)
            },
        }

    old, new = asked[:20], asked[20:]
    still = ranked(old, shift=0, turned=False)
    moved = warn_of_drift(sample("old", old, **still), sample("new", new, **ranked(new, shift=0.3, turned=False)))
    assert [signal.title for signal in moved.signals if signal.drifted] == ["scores of dense"]
    scores = next(signal for signal in moved.signals if signal.drifted)
    assert scores.distance == pytest.approx(0.3, abs=0.1) and scores.unit == "cosine"
    turned = warn_of_drift(sample("old", old, **still), sample("new", new, **ranked(new, shift=0, turned=True)))
    assert [signal.title for signal in turned.signals if signal.drifted] == ["agreement of dense with bm25"]
    agreement = next(signal for signal in turned.signals if signal.drifted)
    assert agreement.reference == 1.0 and agreement.new < 0.7
    assert turned.record()["signals"][-1]["reference_median"] == 1.0


def test_scores_that_hold_within_one_list_are_not_compared():
    asked = queries("negation")
    ranked = {query.id: make_ranking("ab", ranker="llm", query=query.id, scale=ATTENTION) for query in asked}
    warning = warn_of_drift(sample("a", asked, llm=ranked), sample("b", asked, llm=ranked))
    assert [signal.kind for signal in warning.signals] == ["words", "length"]
    assert not warning.drifted
    assert "none of 2 signals differs over 12 and 12 queries" in warning.sentence


def test_too_few_queries_and_what_cannot_be_compared():
    asked = queries("negation")
    few = warn_of_drift(sample("a", asked[:3]), sample("b", asked[3:6]))
    assert any("can never raise an alarm" in note for note in few.notes)
    with pytest.raises(InputError, match="b has no queries"):
        warn_of_drift(sample("a", asked), sample("b", []))
    with pytest.raises(InputError, match="one rule for both"):
        warn_of_drift(
            QuerySample(name="a", queries=tuple(asked), candidates="judged"),
            QuerySample(name="b", queries=tuple(asked), candidates="bm25:10"),
        )
