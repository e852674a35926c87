import csv
import math
from pathlib import Path

import pytest

from reranklab.train.sets.alike import Alike, alike_pairs, groups_of, piece_weights, stored_embedder

REWORDINGS = Path(__file__).parents[3] / "benchmarks" / "rewordings.tsv"


def test_words_weigh_by_how_rare_they_are() -> None:
    weights = piece_weights(["ab", "ab cd", "", "cd ab"])
    cosines = (weights @ weights.T).toarray()
    # The three pieces of "ab" are in three of four texts, those of "cd" in two.
    common, rare = math.log(5 / 3), math.log(5 / 2)
    assert cosines[0, 1] == pytest.approx(common / math.hypot(common, rare))
    assert cosines[1, 3] == pytest.approx(1)
    assert cosines[2].tolist() == [0, 0, 0, 0]


def test_words_alone_where_no_model_is_here(empty_cache: Path) -> None:
    found = alike_pairs(
        ["Which ferry sails to Varnholm?", "apples and pears", "!?"],
        ["which  ferry sails to ＶＡＲＮＨＯＬＭ", "to Varnholm sails which ferry", "pears", "?"],
    )
    assert found.by == ""
    assert [(pair.first, pair.second, pair.same) for pair in found.pairs] == [(0, 0, True), (0, 1, False)]
    assert [pair.words for pair in found.pairs][:2] == pytest.approx([1, 1])
    assert all(pair.meaning is None and pair.likeness == pair.words for pair in found.pairs)


def test_pairs_within_one_list_are_told_once(empty_cache: Path) -> None:
    assert [(pair.first, pair.second) for pair in alike_pairs(["a ferry", "pears", "ferry a", "a ferry"]).pairs] == [
        (0, 2),
        (0, 3),
        (2, 3),
    ]
    assert alike_pairs([]).pairs == alike_pairs(["a"], []).pairs == ()


def test_blocks_make_no_difference(empty_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [f"word{number % 7} and word{number % 5}" for number in range(30)]
    whole = alike_pairs(texts).pairs
    monkeypatch.setattr("reranklab.train.sets.alike._BLOCK", 60)
    assert alike_pairs(texts).pairs == whole


def test_groups_are_what_hangs_together() -> None:
    pairs = [Alike(first=first, second=second, words=1, meaning=None, same=True) for first, second in ((0, 3), (3, 4), (1, 2))]
    assert groups_of(6, pairs) == [[0, 3, 4], [1, 2], [5]]
    assert groups_of(2, []) == [[0], [1]]


@pytest.mark.usefixtures("weights")
def test_rewordings_are_found_and_other_queries_are_not() -> None:
    assert stored_embedder()
    with REWORDINGS.open(newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    plain = [row for row in rows if row["kind"] in ("order", "voice", "form")]
    found = alike_pairs([row["rewording"] for row in plain], [row["query"] for row in plain])
    hit = {(pair.first, pair.second) for pair in found.pairs}
    assert all(first == second for first, second in hit)
    assert len(hit) >= 0.95 * len(plain)
    assert all(pair.meaning is not None for pair in found.pairs)


@pytest.mark.usefixtures("weights")
def test_meaning_is_not_asked_of_a_model_that_does_not_read_the_script() -> None:
    texts = ["почему листья меняют цвет осенью", "когда отправляется последний паром", "листья почему осенью меняют цвет"]
    (pair,) = alike_pairs(texts).pairs
    assert (pair.first, pair.second, pair.meaning) == (0, 2, None)
