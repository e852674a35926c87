"""A ranker from a function: a family like any other, for this process."""

from collections.abc import Sequence

import pytest

import reranklab as rl
from reranklab.errors import InputError, ModelError, ScoreError
from reranklab.rankers import catalogue
from reranklab.rankers.family import Capability


@pytest.fixture(autouse=True)
def no_added_family(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "_added", {})


def length(query: str, texts: Sequence[str]) -> list[float]:
    return [float(len(text)) for text in texts]


def test_it_ranks_by_its_scores_with_ties_in_input_order() -> None:
    scale = rl.ScoreScale(name="length", description="characters: 0 or more")
    rl.add_family(rl.scorer_family("length", length, title="Length", scale=scale))
    ranking = rl.rank("a", ["bb", "ccc", "dd"], "length").ranking
    assert [(item.id, item.score) for item in ranking.items] == [("d2", 3.0), ("d1", 2.0), ("d3", 2.0)]
    assert (ranking.scale, ranking.ranker, ranking.provenance.backend) == (scale, "length", "length")
    assert not any(item.truncated for item in ranking.items)


def test_titles_are_read_with_the_text() -> None:
    ranking = rl.rank("a", [rl.Document(id="x", title="dddd", text="d"), "bbbb"], rl.scorer_family("length", length)).ranking
    assert [item.score for item in ranking.items] == [6.0, 4.0]


def test_it_is_explained_and_evaluated_like_any_other() -> None:
    family = rl.scorer_family("length", length)
    found = rl.explain("a", ["One two. Three.", "b"], "d1", family)
    # 15 characters; "Three." is left without the first sentence, "One two." without the second.
    assert found.attribution.base == 15
    assert [unit.label for unit in found.attribution.units] == ["One two.", "Three."]
    assert found.attribution.values[0] > found.attribution.values[1] > 0
    assert rl.evaluate("negation", [family], candidates="judged", queries=2)["length"].complete


def test_a_family_given_once_is_known_by_its_id_and_can_be_replaced() -> None:
    rl.rank("a", ["b"], rl.scorer_family("length", length, title="First"))
    assert rl.compare("a", ["b"], ["length"]).titles == {"length": "First"}
    rl.add_family(rl.scorer_family("length", length, title="Second"))
    assert rl.compare("a", ["b"], ["length"]).titles == {"length": "Second"}


def test_an_id_that_is_taken_is_refused() -> None:
    with pytest.raises(InputError, match="already a ranker 'bm25'"):
        rl.add_family(rl.scorer_family("bm25", length))
    with pytest.raises(InputError, match="already a ranker 'bm25'"):
        rl.rank("a", ["b"], rl.scorer_family("bm25", length))


def test_scores_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ModelError, match="gave 1 scores for 2 texts"):
        rl.rank("a", ["b", "c"], rl.scorer_family("one", lambda query, texts: [1.0]))
    with pytest.raises(ScoreError, match="'d1' the score nan"):
        rl.rank("a", ["b"], rl.scorer_family("nan", lambda query, texts: [float("nan")]))
    with pytest.raises(InputError, match="is no function"):
        rl.scorer_family("word", "length")  # type: ignore[arg-type]


def test_what_it_can_do() -> None:
    alone = rl.RankerSpec(family=rl.scorer_family("length", length))
    assert alone.capabilities == {Capability.POINTWISE, Capability.ORDER_FREE}
    beside = rl.RankerSpec(family=rl.scorer_family("length", length, pointwise=False))
    assert beside.capabilities == frozenset()
