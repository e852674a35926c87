import math
import threading
from functools import reduce
from operator import add

import numpy as np
import pytest

from reranklab.data.index import CorpusStatistics
from reranklab.data.spans import Span
from reranklab.errors import Cancelled, InputError
from reranklab.explain.lexical import TermContribution, term_contributions, to_attribution
from reranklab.rankers.bm25 import Bm25Ranker
from reranklab.rankers.bm25_terms import VARIANTS, Variant
from reranklab.types import BM25_SCORE, Document, Query
from tests.rankers.make import bm25_ranker

# 3 documents, 6 words, mean length 2. "wing" is in 1 document, "flow" and "heat" are in 2.
DOCUMENTS = [Document(id=f"d{n}", text=text) for n, text in enumerate(["wing flow", "flow flow heat", "heat"], start=1)]
STATISTICS = CorpusStatistics(documents=1000, average_length=4.0, document_frequencies={"wing": 10, "flow": 500})


def ranker_of(variant: Variant = "lucene", statistics: CorpusStatistics | None = None) -> Bm25Ranker:
    return bm25_ranker(statistics, variant=variant, analyser="words")


def test_every_field_worked_out_by_hand() -> None:
    _, second, _ = term_contributions(ranker_of(), Query(text="Flow, wing: FLOW zebra"), DOCUMENTS)
    flow, wing, zebra = second
    idf = math.log1p(1.5 / 2.5)
    # "flow" is in 2 of 3 documents, and twice in the query; d2 holds it twice in 3 words: 2 * 2.2 / (2 + 1.2 * 1.375).
    assert flow == TermContribution(
        term="flow",
        count=2,
        document_frequency=2,
        idf=idf,
        query_count=2,
        length=3,
        average_length=2.0,
        contribution=flow.contribution,
    )
    assert flow.contribution == pytest.approx(2 * idf * 4.4 / 3.65)
    assert (wing.term, wing.count, wing.document_frequency, wing.query_count, wing.contribution) == ("wing", 0, 1, 1, 0.0)
    assert wing.idf == pytest.approx(math.log(8 / 3))
    assert (zebra.term, zebra.count, zebra.document_frequency, zebra.idf, zebra.contribution) == ("zebra", 0, 0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("variant", "wing", "flow"),
    [
        # d1 has the mean length, so a term found once weighs idf * 2.2 / 2.2.
        ("lucene", math.log(8 / 3), math.log(1.6)),
        ("okapi", math.log(2.5 / 1.5), 0.0),
        ("plus", 2 * math.log(4), 2 * math.log(2)),
        ("l", math.log(4 / 1.5) * 2.2 * 1.5 / 2.7, math.log(4 / 2.5) * 2.2 * 1.5 / 2.7),
    ],
)
def test_each_variant(variant: Variant, wing: float, flow: float) -> None:
    first, *_ = term_contributions(ranker_of(variant), Query(text="wing flow"), DOCUMENTS)
    assert [each.contribution for each in first] == pytest.approx([wing, flow])
    assert str(first[1].contribution) != "-0.0"


def test_bm25_plus_gives_a_term_to_documents_that_lack_it() -> None:
    _, _, third = term_contributions(ranker_of("plus"), Query(text="wing"), DOCUMENTS)
    assert [(each.count, each.contribution) for each in third] == [(0, pytest.approx(math.log(4)))]


def test_statistics_of_a_collection() -> None:
    query = Query(text="wing flow zebra lift")
    statistics = CorpusStatistics(
        documents=1000, average_length=4.0, document_frequencies=dict(STATISTICS.document_frequencies, lift=20)
    )
    first, *_ = term_contributions(ranker_of(statistics=statistics), query, DOCUMENTS)
    # Length 2 of a mean of 4: 2.2 / (1 + 1.2 * (0.25 + 0.375)). The collection has "lift", no candidate does.
    assert [(each.document_frequency, each.idf) for each in first] == [
        (10, pytest.approx(math.log1p(990.5 / 10.5))),
        (500, pytest.approx(math.log(2))),
        (0, pytest.approx(math.log1p(999.5 / 1.5))),
        (20, pytest.approx(math.log1p(980.5 / 20.5))),
    ]
    assert [each.contribution for each in first] == pytest.approx(
        [math.log1p(990.5 / 10.5) * 2.2 / 1.75, math.log(2) * 2.2 / 1.75, 0, 0]
    )
    assert {each.average_length for each in first} == {4.0}


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("statistics", [None, STATISTICS])
@pytest.mark.parametrize("seed", range(3))
def test_contributions_add_up_to_the_score_exactly_in_any_order(
    variant: Variant, statistics: CorpusStatistics | None, seed: int
) -> None:
    generator = np.random.default_rng(seed)
    words = ["wing", "flow", *(f"w{n}" for n in range(40))]
    documents = [Document(id=str(n), text=" ".join(generator.choice(words, size=n))) for n in range(1, 60)]
    query = Query(text=" ".join(generator.choice([*words, "absent"], size=30)))
    ranker = ranker_of(variant, statistics)
    scores = {item.id: item.score for item in ranker.rank(query, documents).items}
    assert len(set(scores.values())) > 20
    for document, found in zip(documents, term_contributions(ranker, query, documents), strict=True):
        values = [each.contribution for each in found]
        assert reduce(add, values) == scores[document.id]
        assert reduce(add, reversed(values)) == sum(values) == math.fsum(values) == scores[document.id]
        assert [each.term for each in found] == list(dict.fromkeys(query.text.split()))


@pytest.mark.parametrize("variant", VARIANTS)
def test_documents_without_words(variant: Variant) -> None:
    ranker = ranker_of(variant)
    none = term_contributions(ranker, Query(text="wing"), [Document(id="a", text="?"), Document(id="b", text="!")])
    assert [[(each.idf, each.length, each.contribution) for each in found] for found in none] == [[(0.0, 0, 0.0)]] * 2
    blank, _ = term_contributions(ranker, Query(text="wing"), [Document(id="a", text=""), Document(id="b", text="wing")])
    assert (blank[0].length, blank[0].count) == (0, 0)


def test_input_and_cancel() -> None:
    with pytest.raises(InputError, match="query is empty"):
        term_contributions(ranker_of(), Query(text=" "), DOCUMENTS)
    assert term_contributions(ranker_of(), Query(text="?"), DOCUMENTS) == ((), (), ())
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        term_contributions(ranker_of(), Query(text="wing"), DOCUMENTS, cancel=cancel)


def test_an_attribution_marks_every_place_of_a_term() -> None:
    documents = [
        Document(id="a", title="Wings", text="The wing's flow, winged."),
        Document(id="b", text="heat"),
    ]
    ranker = bm25_ranker()
    query = Query(text="wing heat flows flow")
    contributions = term_contributions(ranker, query, documents)[0]
    ranking = ranker.rank(query, documents)
    found = to_attribution(ranker, contributions, document=documents[0], ranking=ranking)
    assert found.text == "Wings The wing's flow, winged."
    # Snowball leaves "wing" of Wings, wing and winged. "heat" is not in the document.
    assert [(unit.label, [span.of(found.text) for span in unit.spans]) for unit in found.units] == [
        ("wing", ["Wings", "wing", "winged"]),
        ("flow", ["flow"]),
    ]
    assert found.units[0].spans[1] == Span(start=10, end=14)
    assert found.values == tuple(each.contribution for each in contributions if each.term != "heat")
    assert sum(found.values) == found.base == ranking.items[0].score
    assert (found.ranker, found.method, found.document_id, found.scale) == ("bm25", "terms", "a", BM25_SCORE)
    assert (found.calls, found.possible, found.gap, found.warnings) == (1, 3, None, ())
    assert found.provenance is ranking.provenance
    assert sum(value for _, value in found.word_values()) == pytest.approx(found.base)


def test_places_of_decomposed_characters_and_other_scripts() -> None:
    text = "Un cafe\u0301s, CAFÉS — कैफ़े हिन्दी"
    documents = [Document(id="a", text=text), Document(id="b", text="tea")]
    ranker, query = ranker_of(), Query(text="Cafés हिन्दी")
    contributions = term_contributions(ranker, query, documents)[0]
    found = to_attribution(ranker, contributions, document=documents[0], ranking=ranker.rank(query, documents))
    assert [span.of(text) for span in found.units[0].spans] == ["cafe\u0301s", "CAFÉS"]
    assert [[span.of(text) for span in unit.spans] for unit in found.units[1:]] == [["हिन्दी"]]
    assert sum(found.values) == found.base


def test_only_a_document_with_the_hindi_word_scores() -> None:
    # The second document shares the consonants of the query, each in another word.
    documents = [Document(id=f"d{n}", text=text) for n, text in enumerate(["मुंबई में बारिश हुई", "मन बड़ा ईमान", "मेरा घर"], start=1)]
    ranking = ranker_of().rank(Query(text="मुंबई"), documents)
    assert [item.id for item in ranking.items if item.score > 0] == ["d1"]
    assert [[each.count for each in found] for found in term_contributions(ranker_of(), Query(text="मुंबई"), documents)] == [
        [1],
        [0],
        [0],
    ]


def test_pairs_of_characters_lie_on_both() -> None:
    text = "长城在中国，中国很大"
    documents = [Document(id="a", text=text), Document(id="b", text="今天下雨")]
    ranker, query = ranker_of(), Query(text="在中国")
    ranking = ranker.rank(query, documents)
    found = to_attribution(ranker, term_contributions(ranker, query, documents)[0], document=documents[0], ranking=ranking)
    assert [(unit.label, [(span.start, span.end) for span in unit.spans]) for unit in found.units] == [
        ("在中", [(2, 4)]),
        ("中国", [(3, 5), (6, 8)]),
    ]
    # "在中" gives half of its part to each of its characters, "中国" a quarter to each of its four.
    first, second = found.values
    values = {span.start: value for span, value in found.word_values()}
    assert (values[2], values[3], values[4], values[6]) == pytest.approx(
        (first / 2, first / 2 + second / 4, second / 4, second / 4)
    )
    assert (values[0], values[8]) == (0, 0)
    assert sum(values.values()) == pytest.approx(found.base)


@pytest.mark.parametrize("query", ["istanbul", "İSTANBUL", "I\u0307stanbul", "ISTANBUL"])
def test_folded_terms_lie_on_what_is_written(query: str) -> None:
    text = "ＩＳＴＡＮＢＵＬ, İstanbul ve I\u0307stanbul"
    documents = [Document(id="a", text=text), Document(id="b", text="Ankara")]
    ranker = ranker_of()
    ranking = ranker.rank(Query(text=query), documents)
    found = to_attribution(
        ranker, term_contributions(ranker, Query(text=query), documents)[0], document=documents[0], ranking=ranking
    )
    assert [span.of(text) for span in found.units[0].spans] == ["ＩＳＴＡＮＢＵＬ", "İstanbul", "I\u0307stanbul"]


def test_what_bm25_plus_gives_for_absent_terms_is_told() -> None:
    ranker, query = ranker_of("plus"), Query(text="wing heat")
    contributions = term_contributions(ranker, query, DOCUMENTS)[2]
    found = to_attribution(ranker, contributions, document=DOCUMENTS[2], ranking=ranker.rank(query, DOCUMENTS))
    assert [unit.label for unit in found.units] == ["heat"]
    # idf of "wing": log(4 / 1) = 1.386, for a term that d3 lacks.
    assert found.warnings == (
        "1.386 of the score is for query terms that the document lacks, as BM25+ gives them to every document.",
    )


def test_terms_and_ranking_must_belong_together() -> None:
    query = Query(text="wing flow")
    ranking = ranker_of().rank(query, DOCUMENTS)
    contributions = term_contributions(ranker_of("plus"), query, DOCUMENTS)
    with pytest.raises(InputError, match="do not add up to its score"):
        to_attribution(ranker_of(), contributions[0], document=DOCUMENTS[0], ranking=ranking)
    with pytest.raises(InputError, match="'zz' is not in the ranking of bm25"):
        to_attribution(ranker_of(), contributions[0], document=Document(id="zz", text="wing"), ranking=ranking)
