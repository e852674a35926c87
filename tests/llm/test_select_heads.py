"""Fitting, choosing and measuring head weights, on lists small enough to work out by hand."""

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import ir_measures
import numpy as np
import pytest
import torch

from reranklab.data.samples import load_sample
from reranklab.llm.head_lists import HeadList, judged_lists, load_list, save_list
from reranklab.llm.heads import FEATURES, HeadWeights, fitted_scores
from reranklab.llm.local import PassageAttention
from reranklab.llm.select_heads import (
    Choice,
    HeadFit,
    choose,
    held_out,
    learning_curve,
    mean_ndcg,
    ndcg,
    pair_accuracy,
    random_ndcg,
    scores,
)


def head_list(
    heads: Sequence[Sequence[float]], grades: Sequence[int], *, tokens: Sequence[int] | None = None, collection: str = "a"
) -> HeadList:
    """Every feature has the same values: a row a passage, a column a head."""
    values = np.array(heads, dtype=np.float32)
    return HeadList(
        collection=collection,
        query="q",
        features=dict.fromkeys(FEATURES, values),
        grades=np.array(grades),
        tokens=np.array(tokens or [5] * len(grades)),
        bm25=np.arange(len(grades), dtype=np.float64),
    )


# The first head is right, the second is wrong.
PAIR = head_list([[3, 1], [1, 3]], [1, 0])
PLAIN = Choice(feature="difference-sum", ridge=2.0, length=0.0)


def test_weights_by_hand() -> None:
    """Standardised, the first head and the grades are (1, -1): X'X = X'y = 2, so 2 / (2 + ridge). The second gets no weight."""
    fit = HeadFit({"a": [PAIR]})
    assert fit.weights(frozenset("a"), feature="difference-sum", ridge=2.0).tolist() == pytest.approx([0.5, 0])
    assert fit.weights(frozenset("a"), feature="difference-sum", ridge=6.0).tolist() == pytest.approx([0.25, 0])


def test_length_takes_its_share_of_the_fit_and_none_of_the_heads() -> None:
    """The better passage is the longer one: length and first head share, 2 / (2 + 2 + ridge) each."""
    fit = HeadFit({"a": [head_list([[3, 1], [1, 3]], [1, 0], tokens=[9, 4])]})
    assert fit.weights(frozenset("a"), feature="difference-sum", ridge=2.0).tolist() == pytest.approx([1 / 3, 0])


def test_collections_weigh_the_same_whatever_their_size() -> None:
    """Three lists that favour the first head, one that favours the second: one collection each, so X'y = 0."""
    against = head_list([[1, 3], [3, 1]], [1, 0])
    fit = HeadFit({"a": [PAIR] * 3, "b": [against]})
    assert fit.weights(frozenset("ab"), feature="difference-sum", ridge=2.0).tolist() == pytest.approx([0, 0])


def test_a_collection_is_measured_without_itself() -> None:
    """Where the right head is the wrong one in c, weights from a and b put c's better passage last: (1 / log2 3)."""
    against = head_list([[1, 3], [3, 1]], [1, 0], collection="c")
    lists = {"a": [PAIR], "b": [PAIR], "c": [against], "d": [PAIR]}
    rows = dict(zip(lists, held_out(lists, fitted_on=frozenset("abc")), strict=True))
    assert rows["c"].fitted == pytest.approx(1 / math.log2(3))
    assert rows["d"].fitted == pytest.approx(1)


def test_the_choice_is_made_on_what_was_left_out() -> None:
    """Heads say nothing and the better passage is the longer one, so that only a length weight above 0 ranks it first."""
    longer = head_list([[1, 1], [1, 1]], [0, 1], tokens=[4, 9])
    lists = {"a": [longer], "b": [longer]}
    choices = (PLAIN, Choice(feature="difference-sum", ridge=2.0, length=0.5))
    assert choose(lists, HeadFit(lists), fitted_on=frozenset("ab"), choices=choices) == choices[1]


def test_scores_by_hand() -> None:
    choice = Choice(feature="difference-sum", ridge=2.0, length=0.5)
    found = head_list([[3, 1], [1, 3]], [1, 0], tokens=[4, 9])
    assert scores(found, choice, np.array([0.5, 0.0])).tolist() == pytest.approx([1 - 0.5, -1 + 0.5])


def test_scores_equal_those_of_the_ranker() -> None:
    """Two layers of three heads, four passages of unequal length."""
    drawn = torch.Generator().manual_seed(0)
    spans = ((0, 3), (3, 40), (41, 45), (45, 60))
    query, no_query = torch.rand(2, 3, 60, generator=drawn), torch.rand(2, 3, 60, generator=drawn)
    attention = PassageAttention(query=query, no_query=no_query, spans=spans, tokens=0)
    weights = torch.rand(2, 3, generator=drawn)
    lengths = [end - start for start, end in spans]
    for name, feature in FEATURES.items():
        rows = tuple(map(tuple, weights.tolist()))
        heads = HeadWeights(model="m", feature=name, weights=rows, length=0.5, fitted_on="nothing")
        found = replace(head_list([[0]] * 4, [1, 0, 0, 0], tokens=lengths), features={name: feature(attention).numpy()})
        choice = Choice(feature=name, ridge=1.0, length=0.5)
        expected = fitted_scores(attention, heads)
        assert scores(found, choice, weights.flatten().double().numpy()).tolist() == pytest.approx(expected, abs=1e-4)


def test_ndcg_equals_that_of_trec_eval() -> None:
    drawn = np.random.default_rng(0)
    for count in (3, 12, 20):
        grades, values = drawn.integers(0, 3, count), drawn.permutation(count).astype(float)
        grades[0] = 1
        qrels = [ir_measures.Qrel("q", str(number), int(grade)) for number, grade in enumerate(grades)]
        run = [ir_measures.ScoredDoc("q", str(number), float(value)) for number, value in enumerate(values)]
        expected = ir_measures.calc_aggregate([ir_measures.nDCG @ 10], qrels, run)[ir_measures.nDCG @ 10]
        assert ndcg(values, grades) == pytest.approx(expected)


def test_a_random_order_by_hand() -> None:
    """Two passages, one relevant: first or second, nDCG 1 or 1 / log2 3."""
    assert random_ndcg(np.array([1, 0])) == pytest.approx((1 + 1 / math.log2(3)) / 2)


def test_pairs_are_counted_by_which_passage_is_longer() -> None:
    """Ordered by length, pairs are right where the better passage is longer (1) and wrong where it is shorter (0)."""
    found = head_list([[0, 0]] * 3, [2, 1, 0], tokens=[5, 9, 4])
    assert pair_accuracy([found], [found.tokens.astype(float)]) == (1, 0)
    # Better and longer: passages 1 and 3, 2 and 3. Better and shorter: 1 and 2.
    assert pair_accuracy([found], [np.array([3.0, 1.0, 2.0])]) == (0.5, 1)


def test_a_curve_has_a_value_for_each_seed() -> None:
    lists = {"a": [PAIR] * 4, "b": [PAIR] * 4}
    curve = learning_curve(lists, fitted_on=frozenset("ab"), choice=PLAIN, sizes=[1, 3], seeds=2)
    assert curve == {1: (1.0, 1.0), 3: (1.0, 1.0)}
    assert mean_ndcg(lists["a"], PLAIN, np.array([1.0, 0.0])) == 1


def test_a_kept_list_comes_back(tmp_path: Path) -> None:
    save_list(tmp_path / "list.npz", PAIR)
    found = load_list(tmp_path / "list.npz")
    assert (found.collection, found.query) == ("a", "q")
    assert list(found.features) == list(FEATURES)
    for name in ("grades", "tokens", "bm25"):
        assert getattr(found, name).tolist() == getattr(PAIR, name).tolist()
    assert found.features["difference-sum"].tolist() == [[3, 1], [1, 3]]
    assert [path.name for path in tmp_path.iterdir()] == ["list.npz"]


def test_judged_lists_are_shuffled_the_same_way_every_time() -> None:
    collection = load_sample("long-documents")
    first, second = list(judged_lists(collection)), list(judged_lists(collection))
    assert first == second
    for item in first:
        judged = collection.qrels[item.query.id]
        assert sorted(document.id for document in item.documents) == sorted(judged)
        assert item.grades == tuple(judged[document.id] for document in item.documents)
    assert any([document.id for document in item.documents] != list(collection.qrels[item.query.id]) for item in first)
