"""Leaving parts out, on scores worked out by hand."""

import threading

import pytest

from reranklab.engine.build import build_ranker
from reranklab.errors import Cancelled, InputError
from reranklab.explain.contrast import contrast
from reranklab.explain.faithfulness import deletion_curve
from reranklab.explain.leave_one_out import MAX_UNITS, leave_one_out
from reranklab.types import Document, Query
from tests.explain.counting import CountingRanker

QUERY = Query(text="metal")
DOCUMENTS = (
    Document(id="a", text="Gold lies here. There is mud and mud. Silver too."),
    Document(id="b", text="Silver it is."),
    Document(id="c", text="Nothing."),
)


def values(attribution) -> dict[str, float]:
    return {unit.label: value for unit, value in zip(attribution.units, attribution.values, strict=True)}


def test_sentences_and_terms():
    ranker = CountingRanker()
    sentences = leave_one_out(ranker, QUERY, DOCUMENTS, "a", unit="sentence")
    assert sentences.base == 4
    assert values(sentences) == {"Gold lies here.": 4, "There is mud and mud.": -2, "Silver too.": 2}
    assert sentences.shares == (0.5, -0.25, 0.25)
    terms = values(leave_one_out(ranker, QUERY, DOCUMENTS, "a", unit="term"))
    assert terms["mud"] == -2
    assert terms["gold"] == 4
    assert terms["there"] == 0


def test_a_pointwise_ranker_gets_all_variants_in_one_batch_and_no_other_document():
    ranker = CountingRanker()
    leave_one_out(ranker, QUERY, DOCUMENTS, "a", unit="sentence")
    assert [len(contents) for contents in ranker.lists] == [1, 5]
    assert not any("Nothing." in contents for contents in ranker.lists)


def test_another_ranker_gets_whole_lists_with_the_document_in_its_place():
    ranker = CountingRanker(listwise=True)
    reference = ranker.rank(QUERY, DOCUMENTS)
    found = leave_one_out(ranker, QUERY, DOCUMENTS, "b", unit="sentence", reference=reference)
    assert found.base == -2  # 2, and a has 4
    assert values(found) == {"Silver it is.": 2}
    assert ranker.lists[1:] == [
        [DOCUMENTS[0].content, DOCUMENTS[1].content, "Nothing."],
        [DOCUMENTS[0].content, "", "Nothing."],
    ]
    assert found.calls == 6
    assert "within one list" in found.warnings[0]


def test_the_only_sentence_can_be_left_out():
    assert values(leave_one_out(CountingRanker(), QUERY, DOCUMENTS[1:2], "b", unit="sentence")) == {"Silver it is.": 2}


def test_a_document_of_very_many_parts_is_tried_in_part():
    long = Document(id="long", text=" ".join(f"w{number}" for number in range(MAX_UNITS + 10)))
    found = leave_one_out(CountingRanker(), QUERY, [long], "long", unit="term")
    assert (len(found.units), found.possible) == (MAX_UNITS, MAX_UNITS + 10)
    assert found.warnings == ("The first 400 of 410 parts were tried.",)


@pytest.mark.parametrize(("document", "match"), [("z", "no document 'z' among the 3"), ("c", "has no words")])
def test_what_cannot_be_left_out(document: str, match: str):
    documents = (*DOCUMENTS[:2], Document(id="c", text="…"))
    with pytest.raises(InputError, match=match):
        leave_one_out(CountingRanker(), QUERY, documents, document, unit="term")


def test_it_stops():
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        leave_one_out(CountingRanker(), QUERY, DOCUMENTS, "a", unit="term", cancel=cancel)


def test_the_deletion_curve_and_its_number():
    documents = [Document(id="a", text="gold mud silver dust")]
    ranker = CountingRanker()
    attribution = leave_one_out(ranker, QUERY, documents, "a", unit="word")
    curve = deletion_curve(ranker, QUERY, documents, attribution, fractions=(0, 0.25, 0.5, 0.75, 1), random_orders=3)
    assert curve.most == (5, 1, -1, -1, 0)  # gold, silver, dust, mud
    assert curve.least == (5, 6, 6, 4, 0)  # mud, dust, silver, gold
    assert all(row[0] == 5 and row[-1] == 0 for row in curve.random)
    again = deletion_curve(ranker, QUERY, documents, attribution, fractions=(0, 0.25, 0.5, 0.75, 1), random_orders=3)
    assert again == curve
    area = sum(chance - most for chance, most in zip(curve.random_mean, curve.most, strict=True)) * 0.25
    assert curve.deletion_score == pytest.approx(area / 7)
    assert curve.deletion_score > 0


def test_a_margin_and_what_makes_it():
    ranker = CountingRanker()
    found = contrast(ranker, ranker.rank(QUERY, DOCUMENTS), QUERY, DOCUMENTS, "b", "a", unit="sentence")
    assert (found.above.document_id, found.below.document_id) == ("a", "b")
    assert (found.rank_above, found.rank_below, found.margin) == (1, 2, 2)
    assert values(found.below) == {"Silver it is.": 2}
    with pytest.raises(InputError, match="'a' was given twice"):
        contrast(ranker, ranker.rank(QUERY, DOCUMENTS), QUERY, DOCUMENTS, "a", "a", unit="sentence")


def test_bm25_counts_the_list_it_is_in():
    documents = [Document(id="a", text="Gold is found. Mud."), Document(id="b", text="Gold."), Document(id="c", text="Mud.")]
    ranker = build_ranker("bm25")
    found = leave_one_out(ranker, Query(text="gold"), documents, "a", unit="sentence")
    (base,) = (item.score for item in ranker.rank(Query(text="gold"), documents).items if item.id == "a")
    assert found.base == base
    changed = [Document(id="a", text="Mud."), *documents[1:]]
    (without,) = (item.score for item in ranker.rank(Query(text="gold"), changed).items if item.id == "a")
    assert found.values[0] == base - without == base
