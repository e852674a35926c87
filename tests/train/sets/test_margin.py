from collections.abc import Callable, Sequence

import pytest

from reranklab.engine.build import build_ranker
from reranklab.errors import InputError, QueryTooLongError
from reranklab.rankers.family import RankerSpec
from reranklab.rankers.scorer import scorer_family
from reranklab.train.sets.judged_set import judged_training_set
from reranklab.train.sets.margin import FalseNegatives, Margin, highest
from reranklab.train.sets.mining import Mining
from reranklab.types import BM25_SCORE, COSINE, LOGIT, RANK_ONLY, Document, Query, ScoreScale
from tests.train.made import FRUIT

Scored = Callable[[dict[str, float], ScoreScale], FalseNegatives]


@pytest.fixture
def scored(monkeypatch: pytest.MonkeyPatch) -> Scored:
    """A margin by a ranker that gives texts the scores of a table."""

    def make(table: dict[str, float], scale: ScoreScale) -> FalseNegatives:
        def score(query: str, texts: Sequence[str]) -> list[float]:
            if query == "long":
                raise QueryTooLongError("The query is too long.")
            return [table[text] for text in texts]

        family = scorer_family("table", score, scale=scale)
        monkeypatch.setattr(
            "reranklab.train.sets.margin.build_ranker", lambda ranker, **context: build_ranker(RankerSpec(family=family))
        )
        return FalseNegatives(Margin(by="bm25"), FRUIT)

    return make


def documents(texts: str) -> list[Document]:
    return [Document(id=text, text=text) for text in texts]


@pytest.mark.parametrize(
    ("scale", "lowest", "margin", "bound"),
    [
        (COSINE, 0.8, None, 0.76),
        (COSINE, 0.8, 0.5, 0.4),
        (COSINE, -0.2, 0.05, -0.21),
        (BM25_SCORE, 20.0, 0.1, 18.0),
        (LOGIT, 3.0, None, 1.0),
        (LOGIT, -1.0, 0.5, -1.5),
        (COSINE, 0.7, 0.0, 0.7),
    ],
)
def test_the_highest_score_of_a_negative(scale: ScoreScale, lowest: float, margin: float | None, bound: float) -> None:
    assert highest(scale, lowest, margin) == pytest.approx(bound)


def test_near_scores_are_left_out_by_the_lowest_relevant_one(scored: Scored) -> None:
    guard = scored({"r": 0.9, "s": 0.6, "a": 0.95, "b": 0.58, "c": 0.565, "d": 0.2, "e": 0.1}, COSINE)
    kept = guard.keep(Query(text="what"), documents("rs"), documents("abcde"), 2)
    assert [document.id for document in kept] == ["c", "d"]  # they lie below 0.6 less its twentieth
    assert guard.left_out == 2
    assert guard.told[0].startswith("2 of 5 mined documents are left out, since table scores them near")


def test_no_more_is_scored_than_is_needed(scored: Scored) -> None:
    letters = "abcdefghijklmnopqrstuvwxyz"
    guard = scored({"R": 5.0} | {letter: 4.5 if letter < "i" else 0.0 for letter in letters}, LOGIT)
    kept = guard.keep(Query(text="what"), documents("R"), documents(letters), 3)
    assert [document.id for document in kept] == ["i", "j", "k"]
    assert (guard.scored, guard.left_out) == (16, 8)
    assert guard.keep(Query(text="what"), documents("R"), documents("abc"), 3) == []


def test_a_query_that_is_too_long_keeps_nothing_and_is_told(scored: Scored) -> None:
    guard = scored({"r": 1.0, "a": 0.0}, COSINE)
    assert guard.keep(Query(text="long", id="q7"), documents("r"), documents("a"), 1) == []
    assert guard.told[1] == "Too long for table, and so without mined documents: q7."


def test_scales_of_one_list_alone_are_refused(scored: Scored) -> None:
    guard = scored({"r": 1.0, "a": 0.5}, RANK_ONLY)
    with pytest.raises(InputError, match="within one list alone"):
        guard.keep(Query(text="what"), documents("r"), documents("a"), 1)
    with pytest.raises(InputError, match="within one list alone"):
        Margin(by="votes")
    with pytest.raises(InputError, match="margin of -1"):
        Margin(by="bm25", margin=-1)


@pytest.mark.usefixtures("empty_cache")
def test_a_set_with_a_margin() -> None:
    mining = Mining(by=("bm25:10",), negatives=2, choose="first", margin=Margin(by="bm25"))
    made = judged_training_set(FRUIT, mining=mining)
    lists = {each.query.id: each for each in (*made.lists, *made.held_back)}
    # d holds both words of q4 as c does, and "red" twice: it scores higher and is left out. a holds one of the two.
    assert [document.id for document in lists["q4"].documents] == ["c", "a"]
    assert (made.provenance["margin_by"], made.provenance["margin"]) == ("bm25", None)
    assert any("mined documents are left out, since bm25" in note for note in made.notes)
