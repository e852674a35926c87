import math
import threading
from importlib.metadata import version

import pytest

from reranklab.data.index import CorpusStatistics
from reranklab.engine.build import build_ranker
from reranklab.errors import Cancelled, InputError, RerankLabError
from reranklab.progress import Step
from reranklab.rankers.bm25 import Bm25Options
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.rankers.family import Ranker
from reranklab.types import BM25_SCORE, Document, Query
from tests.rankers.make import bm25_ranker

# 3 documents, 6 words, mean length 2. "wing" is in 1 document, "flow" and "heat" are in 2.
DOCUMENTS = [Document(id=f"d{n}", text=text) for n, text in enumerate(["wing flow", "flow flow heat", "heat"], start=1)]
QUERY = Query(text="Wing flow!")


def scores(texts: list[str], query: str, **settings: str) -> list[float]:
    documents = [Document(id=f"d{n}", text=text) for n, text in enumerate(texts, start=1)]
    items = bm25_ranker(**{"analyser": "words", **settings}).rank(Query(text=query), documents).items
    return [item.score for item in sorted(items, key=lambda item: item.candidate)]


@pytest.mark.parametrize(
    ("variant", "expected"),
    [
        # idf: log(8/3) and log(1.6). d1: weights 1 and 1. d2: 2 * 2.2 / (2 + 1.2 * 1.375) = 4.4 / 3.65.
        ("lucene", [math.log(8 / 3) + math.log(1.6), math.log(1.6) * 4.4 / 3.65, 0]),
        # Robertson's idf: log(2.5/1.5); "flow" has log(1.5/2.5) < 0, cut to 0.
        ("okapi", [math.log(2.5 / 1.5), 0, 0]),
        # idf: log(4/1) and log(4/2), each weight raised by 1, also where the word is missing.
        ("plus", [2 * math.log(4) + 2 * math.log(2), math.log(4) + math.log(2) * (1 + 4.4 / 3.65), math.log(4) + math.log(2)]),
        # idf: log(4/1.5) and log(4/2.5). d1: 2.2 * 1.5 / 2.7. d2: c = 2 / 1.375, shifted by 0.5.
        ("l", [math.log(4 / 1.5 * 4 / 2.5) * 3.3 / 2.7, math.log(1.6) * 2.2 * (2 / 1.375 + 0.5) / (1.7 + 2 / 1.375), 0]),
    ],
)
def test_scores_worked_out_by_hand(variant: str, expected: list[float]) -> None:
    ranking = bm25_ranker(variant=variant, analyser="words").rank(QUERY, DOCUMENTS)
    assert [item.id for item in ranking.items] == ["d1", "d2", "d3"]
    assert [item.score for item in ranking.items] == pytest.approx(expected)


def test_what_a_ranking_says_of_itself() -> None:
    ranker: Ranker = bm25_ranker()
    ranking = ranker.rank(QUERY, DOCUMENTS)
    assert (ranking.ranker, ranking.scale, ranking.warnings) == ("bm25", BM25_SCORE, ())
    assert [(item.rank, item.candidate, item.tokens_used, item.tokens_total) for item in ranking.items] == [
        (1, 0, 2, 2),
        (2, 1, 3, 3),
        (3, 2, 1, 1),
    ]
    assert (ranking.timing.documents, ranking.timing.tokens, ranking.timing.load) == (3, 6, None)
    provenance = ranking.provenance
    assert (provenance.family, provenance.model, provenance.backend, provenance.precision) == ("bm25", "", "rank-bm25", "fp64")
    assert provenance.parameters == {
        "variant": "lucene",
        "k1": 1.2,
        "b": 0.75,
        "analyser": "english",
        "statistics": "candidates",
        "statistics_documents": 3,
    }
    assert provenance.versions["rank-bm25"] == version("rank-bm25")
    assert set(provenance.versions) == {"reranklab", "rank-bm25", "PyStemmer", "regex", "numpy", "python"}


def test_the_title_counts() -> None:
    documents = [Document(id="a", text="flow"), Document(id="b", text="flow", title="Wing")]
    assert bm25_ranker().rank(QUERY, documents).items[0].id == "b"


def test_the_english_analyser_matches_stems_and_words_do_not() -> None:
    documents = [Document(id="a", text="other"), Document(id="b", text="the wings are flowing")]
    english, words = (bm25_ranker(analyser=analyser) for analyser in ("english", "words"))
    assert english.rank(QUERY, documents).items[0].id == "b"
    assert words.rank(QUERY, documents).items[0].score == 0


def test_a_term_in_half_of_the_documents_counts_for_lucene_only() -> None:
    texts = ["flow", "heat", "flow", "heat"]
    assert scores(texts, "flow") == pytest.approx([math.log(2), 0, math.log(2), 0])
    assert scores(texts, "flow", variant="okapi") == [0, 0, 0, 0]
    documents = [Document(id=str(n), text=text) for n, text in enumerate(texts)]
    (warning,) = bm25_ranker(variant="okapi", analyser="words").rank(Query(text="flow"), documents).warnings
    assert "Okapi's idf is 0" in warning


@pytest.mark.parametrize("variant", ["lucene", "okapi", "plus", "l"])
def test_no_shared_word_keeps_the_input_order_and_says_so(variant: str) -> None:
    ranking = bm25_ranker(variant=variant, analyser="words").rank(Query(text="zebra"), DOCUMENTS)
    assert [(item.id, item.score) for item in ranking.items] == [("d1", 0), ("d2", 0), ("d3", 0)]
    assert ranking.warnings == ("No document contains a word of the query. Every score is 0: the order is the input's.",)


def test_a_query_of_stop_words_is_warned_about() -> None:
    ranking = bm25_ranker().rank(Query(text="to be or not to be"), DOCUMENTS)
    assert [item.id for item in ranking.items] == ["d1", "d2", "d3"]
    assert "only stop words" in ranking.warnings[0]


@pytest.mark.parametrize("variant", ["lucene", "okapi", "plus", "l"])
@pytest.mark.parametrize("settings", [{}, {"b": "1"}, {"k1": "0"}, {"k1": "0", "b": "1"}, {"b": "0"}])
def test_documents_without_words_come_last(variant: str, settings: dict[str, str]) -> None:
    found = scores(["", "?!", "wing", "flow heat heat"], "wing", variant=variant, **settings)
    assert found[2] > max(found[0], found[1], found[3])
    assert found[0] == found[1] == found[3]


def test_documents_of_signs_alone() -> None:
    ranking = bm25_ranker().rank(QUERY, [Document(id="a", text="?"), Document(id="b", text="!")])
    assert [(item.id, item.score, item.tokens_total) for item in ranking.items] == [("a", 0, 0), ("b", 0, 0)]


def test_at_k1_zero_only_presence_counts() -> None:
    assert scores([d.text for d in DOCUMENTS], "wing flow", k1="0") == pytest.approx(
        [math.log(8 / 3) + math.log(1.6), math.log(1.6), 0]
    )


def test_ties_are_in_input_order_and_repeats_give_the_same() -> None:
    documents = [Document(id=name, text="wing flow") for name in ("z", "m", "a")] + [Document(id="b", text="wing wing")]
    ranking = bm25_ranker().rank(Query(text="wing"), documents)
    assert [item.id for item in ranking.items] == ["b", "z", "m", "a"]
    assert bm25_ranker().rank(Query(text="wing"), documents).items == ranking.items


def test_a_long_query_counts_every_repeat() -> None:
    once, often = scores(["wing flow", "heat"], "wing"), scores(["wing flow", "heat"], "wing " * 200)
    assert often == pytest.approx([200 * once[0], 0])


def test_statistics_of_a_collection() -> None:
    statistics = CorpusStatistics(documents=1000, average_length=2.0, document_frequencies={"wing": 10, "flow": 500})
    ranking = bm25_ranker(statistics, analyser="words").rank(QUERY, DOCUMENTS)
    wing, flow = math.log(1 + 990.5 / 10.5), math.log(1 + 500.5 / 500.5)
    assert [item.score for item in ranking.items] == pytest.approx([wing + flow, flow * 4.4 / 3.65, 0])
    assert ranking.provenance.parameters["statistics"] == "collection"
    assert ranking.provenance.parameters["statistics_documents"] == 1000


@pytest.mark.parametrize("variant", ["lucene", "okapi", "plus", "l"])
def test_terms_that_the_collection_lacks_count_as_rare(variant: str) -> None:
    statistics = CorpusStatistics(documents=1000, average_length=2.0, document_frequencies={"flow": 400})
    ranking = bm25_ranker(statistics, variant=variant, analyser="words").rank(QUERY, DOCUMENTS)
    assert [item.id for item in ranking.items] == ["d1", "d2", "d3"]
    none = bm25_ranker(statistics, variant=variant, analyser="words").rank(Query(text="zebra"), DOCUMENTS)
    assert [item.score for item in none.items] == [0, 0, 0]
    assert none.warnings


def test_cancel_and_progress() -> None:
    steps: list[Step] = []
    documents = [Document(id=str(n), text="wing") for n in range(120)]
    bm25_ranker().rank(QUERY, documents, progress=steps.append)
    assert [(step.done, step.total) for step in steps] == [(50, 120), (100, 120), (120, 120)]
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        bm25_ranker().rank(QUERY, documents, cancel=cancel)


def test_input_is_checked() -> None:
    with pytest.raises(InputError, match="query is empty"):
        bm25_ranker().rank(Query(text=" "), DOCUMENTS)
    with pytest.raises(InputError, match="no documents"):
        bm25_ranker().rank(QUERY, [])


def test_options_of_a_spec() -> None:
    assert Bm25Options.of(parse_ranker_id("bm25")) == Bm25Options()
    spec = parse_ranker_id("bm25?variant=plus&k1=0.9&b=0.4&analyser=words")
    assert Bm25Options.of(spec) == Bm25Options(variant="plus", k1=0.9, b=0.4, analyser="words")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("variant=bm26", "variant=bm26 does not exist. Choose one of: lucene, okapi, plus, l."),
        ("analyser=german", "analyser=german does not exist. Choose one of: english, words."),
        ("k1=much", "k1=much does not work. Give a number from 0 to 10."),
        ("k1=-1", "k1=-1 does not work. Give a number from 0 to 10."),
        ("k1=inf", "k1=inf does not work. Give a number from 0 to 10."),
        ("b=nan", "b=nan does not work. Give a number from 0 to 1."),
        ("b=1.01", "b=1.01 does not work. Give a number from 0 to 1."),
        ("depth=3", "no option 'depth'. It has: variant, k1, b, analyser."),
    ],
)
def test_options_that_do_not_work(given: str, message: str) -> None:
    with pytest.raises(RerankLabError) as caught:
        build_ranker(f"bm25?{given}")
    assert message in str(caught.value)


@pytest.mark.parametrize("variant", ["lucene", "plus", "l"])
def test_matched_counts_the_candidates_with_a_word_of_the_query(variant: str) -> None:
    ranker = bm25_ranker(variant=variant, analyser="words")
    for query, matched in (("wing", 1), ("wing flow", 2), ("flow heat", 3), ("zebra", 0), ("?", 0)):
        assert ranker.rank(Query(text=query), DOCUMENTS).matched == matched


def test_a_word_without_weight_matches_nothing() -> None:
    # "flow" is in 2 of 3 documents: okapi's idf is cut to 0.
    assert bm25_ranker(variant="okapi", analyser="words").rank(Query(text="flow"), DOCUMENTS).matched == 0
