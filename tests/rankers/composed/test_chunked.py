"""Passages and merges, by hand: documents of sentences of 16 words, each with some z, ranked by how many z they hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from reranklab.engine.build import build_ranker
from reranklab.engine.cache import ResultCache
from reranklab.engine.measure import WARMUP, measure
from reranklab.errors import InputError, ScoreError, TooManyDocumentsError
from reranklab.evaluate.experiment import RankingTask, evaluate
from reranklab.explain.leave_one_out import leave_one_out
from reranklab.export import to_dict
from reranklab.models.device import cpu
from reranklab.progress import Step
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.rankers.composed.chunked import ChunkedRanker
from reranklab.rankers.family import BuildContext, Capability
from reranklab.types import STAGES, Document, Query, Ranking
from tests.contract.plugin import LETTERS, installed, write_package
from tests.engine.scripted import ScriptedRanker

QUERY = Query(text="z")
INSIDE = "letters?count=all"


@pytest.fixture(scope="module", autouse=True)
def plugged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    folder = tmp_path_factory.mktemp("packages")
    write_package(folder, "letters-ranker", LETTERS)
    with installed(folder):
        yield


LETTERS_EACH = 3 + 1 + 13 * 2 + 3
"""Of a sentence with one z: "The z so so ... end"."""


def sentence(z: int) -> str:
    """16 words, `z` of them "z"."""
    return " ".join(["The", *["z"] * z, *["so"] * (14 - z), "end"]) + "."


def document(name: str, *counts: int) -> Document:
    return Document(id=name, text=" ".join(map(sentence, counts)))


DOCUMENTS = (document("one", 2, 2), document("two", 3, 0, 2), document("three", 1))


def rank(options: str = "", documents: Sequence[Document] = DOCUMENTS, *, inside: str = INSIDE) -> Ranking:
    return build_ranker(f"chunked({inside})?words=16&overlap=0{options}").rank(QUERY, documents)


def scores(ranking: Ranking) -> list[tuple[str, float]]:
    return [(item.id, item.score) for item in ranking.items]


def test_the_best_passage_decides() -> None:
    assert scores(rank()) == [("two", 3.0), ("one", 2.0), ("three", 1.0)]


def test_the_mean_of_the_best_or_of_as_many_as_there_are() -> None:
    assert scores(rank("&merge=mean&best=2")) == [("two", 2.5), ("one", 2.0), ("three", 1.0)]
    assert scores(rank("&merge=mean&best=3")) == [("one", 2.0), ("two", pytest.approx(5 / 3)), ("three", 1.0)]
    assert scores(rank("&merge=mean&best=1")) == scores(rank())


def test_ties_keep_the_order_of_the_input() -> None:
    same = [document("a", 1, 2), document("b", 2, 0, 0), document("c", 2)]
    assert [item.id for item in rank("", same).items] == ["a", "b", "c"]


def test_the_passage_that_decided_is_a_range_of_the_content() -> None:
    titled = Document(id="titled", title="A z title of its own.", text=DOCUMENTS[1].text)
    contents = {each.id: each.content for each in [titled, *DOCUMENTS]}
    found = {}
    for item in rank("", [titled, *DOCUMENTS]).items:
        assert item.passage is not None
        start, end = item.passage
        found[item.id] = contents[item.id][start:end]
    assert found == {"titled": sentence(3), "two": sentence(3), "one": sentence(2), "three": sentence(1)}


def test_the_stage_tells_how_the_passages_were_ranked() -> None:
    ranking = rank()
    (stage,) = ranking.stages
    assert (stage.ranker, stage.candidates, stage.scale) == (INSIDE, 6, ranking.scale)
    assert stage.provenance.parameters == {"count": "all", "limit": 2000}
    assert ranking.provenance.ranker == ranking.ranker == "chunked(letters?count=all)?overlap=0&words=16"
    assert ranking.provenance.parameters == {"words": 16, "overlap": 0, "merge": "max", "best": 1, "inside": INSIDE}
    assert ranking.provenance.versions == stage.provenance.versions
    assert ranking.details == {"passages": 6, "documents_split": 2}
    (outer,), (inner,) = ranking.timing.runs, stage.timing.runs
    assert all(getattr(outer, name) >= getattr(inner, name) for name in STAGES)
    assert (ranking.timing.documents, stage.timing.documents) == (3, 6)
    assert to_dict([ranking])["rankings"][0]["stages"][0]["candidates"] == 6


def test_a_ranker_of_passages_inside_of_another_keeps_its_stage() -> None:
    ranking = build_ranker(f"chunked(chunked({INSIDE})?overlap=0&words=16)?overlap=0&words=32").rank(QUERY, DOCUMENTS)
    assert scores(ranking) == [("two", 3.0), ("one", 2.0), ("three", 1.0)]
    (stage,) = ranking.stages
    assert (stage.candidates, stage.details["passages"]) == (4, 6)
    assert [each.ranker for each in stage.stages] == [INSIDE]
    assert to_dict([ranking])["rankings"][0]["stages"][0]["stages"][0]["candidates"] == 6


def test_nothing_is_cut_and_an_overlap_counts_twice() -> None:
    long = [document("long", *[1] * 50)]
    (item,) = rank("", long).items
    assert (item.tokens_used, item.tokens_total, item.truncated) == (50 * LETTERS_EACH, 50 * LETTERS_EACH, False)
    (whole,) = build_ranker(f"{INSIDE}&limit=100").rank(QUERY, long).items
    assert (whole.tokens_used, whole.tokens_total) == (100, 50 * LETTERS_EACH)
    (item,) = build_ranker(f"chunked({INSIDE})?words=32&overlap=16").rank(QUERY, long).items
    assert item.tokens_total == 49 * 2 * LETTERS_EACH


def test_a_passage_that_is_too_long_for_the_ranker_inside_is_said() -> None:
    ranking = rank(inside="letters?count=all&limit=10")
    assert all(item.truncated for item in ranking.items)
    assert ranking.warnings == (
        "6 passages are longer than letters?count=all&limit=10 reads, and cut. Take shorter ones (words).",
    )


def test_warnings_of_the_ranker_inside_are_said_of_passages() -> None:
    ranking = rank(inside="bm25", documents=[document("a", 0), document("b", 0, 0)])
    assert ranking.warnings == (
        "Of the passages, each a document to bm25: No document contains a word of the query. Every score is 0: the order is "
        "the input's.",
    )
    assert ranking.stages[0].warnings[0].startswith("No document contains")


def test_what_matched_is_counted_in_documents() -> None:
    assert rank(inside="bm25").matched == 3
    assert rank(inside="bm25", documents=[document("a", 0), *DOCUMENTS[:2]]).matched == 2
    assert rank().matched is None


def test_a_query_that_no_passage_matches_scores_nothing() -> None:
    ranker = build_ranker("chunked(bm25)")
    task = RankingTask(query=QUERY, documents=[document("a", 0), document("b", 0)])
    (result,) = evaluate([ranker], [task], {"z": {}, "q": {"a": 1}}, measures=["RR"])
    assert (result.metrics["RR"], result.unmatched) == (0.0, ("q",))


def inside_of(ranker: ScriptedRanker, options: str = "") -> ChunkedRanker:
    """Passages ranked by a ranker that a test wrote down, which gives ranks and no scores."""
    spec = parse_ranker_id(f"chunked(bm25)?words=16&overlap=0{options}")
    return ChunkedRanker(spec, BuildContext(device=cpu(), build=lambda spec: ranker))


def test_where_passages_have_ranks_alone_documents_have_ranks() -> None:
    # Passages in order of the input: one has ranks 5 and 6, two has 1, 4 and 2, three has 3.
    ranks = [5, 6, 1, 4, 2, 3]
    ranking = inside_of(ScriptedRanker(lambda number, documents: [1 / rank for rank in ranks])).rank(QUERY, DOCUMENTS)
    assert scores(ranking) == [("two", 1.0), ("three", 0.5), ("one", pytest.approx(1 / 3))]
    assert ranking.scale.name == "rank only"


def test_an_error_names_document_and_passage() -> None:
    broken = ScriptedRanker(lambda number, documents: [float("nan")] * len(documents))
    with pytest.raises(ScoreError, match=r"gave document 'one \[0:48\]' the score nan"):
        inside_of(broken).rank(QUERY, DOCUMENTS)


def test_more_passages_than_candidates_are_ranked_in_parts() -> None:
    counts = [[1] * 400 for _ in range(3)]
    counts[1][399] = 5
    documents = [document(f"d{number}", *each) for number, each in enumerate(counts)]
    blank = [Document(id=f"blank {number}", text=" ") for number in range(900)]
    steps: list[Step] = []
    ranker = build_ranker(f"chunked({INSIDE})?words=16&overlap=0")
    ranking = ranker.rank(QUERY, [*documents, *blank], progress=steps.append)
    assert scores(ranking)[:4] == [("d1", 5.0), ("d0", 1.0), ("d2", 1.0), ("blank 0", 0.0)]
    assert [item.candidate for item in ranking.items[3:]] == list(range(3, 903))
    assert ranking.stages[0].candidates == ranking.stages[0].timing.documents == 2100
    assert ranking.timing.tokens == 1199 * LETTERS_EACH + 3 + 5 + 2 * 9 + 3
    assert [step.done for step in steps] == sorted(step.done for step in steps)
    assert (steps[-1].done, steps[-1].total) == (2100, 2100)


def test_a_ranker_that_compares_passages_has_a_limit() -> None:
    with pytest.raises(TooManyDocumentsError, match="The 2 documents make 1,002 passages, and bm25 compares at most 1,000"):
        rank(inside="bm25", documents=[document("a", *[1] * 501), document("b", *[1] * 501)])


def test_a_sentence_of_a_long_document_is_left_out() -> None:
    # 41 variants of up to 40 passages are more than 1,000 passages. Without its best sentence the document has 3 z at most.
    long = document("long", *[1] * 38, 3, 5)
    ranker = build_ranker(f"chunked({INSIDE})?words=16&overlap=0")
    found = leave_one_out(ranker, QUERY, [long, *DOCUMENTS], "long", unit="sentence")
    assert found.base == 5.0
    assert found.values == (*[0.0] * 39, 2.0)


def test_a_term_is_left_out_of_a_list_that_is_ranked_as_a_whole() -> None:
    ranker = build_ranker("chunked(bm25)?words=16&overlap=0")
    found = leave_one_out(ranker, QUERY, DOCUMENTS, "two", unit="term")
    values = {unit.label: value for unit, value in zip(found.units, found.values, strict=True)}
    assert values["z"] == found.base > 0


def test_repeated_runs_are_those_of_the_stage_as_well() -> None:
    ranking = measure(build_ranker(f"chunked(chunked({INSIDE}))"), QUERY, DOCUMENTS, repeats=3)
    (stage,) = ranking.stages
    (inner,) = stage.stages
    for timing in (ranking.timing, stage.timing, inner.timing):
        assert (len(timing.runs), timing.warmup, timing.cached) == (3, WARMUP, False)
    for run, inside in zip(ranking.timing.runs, inner.timing.runs, strict=True):
        assert run.total >= inside.total
    cache = ResultCache()
    cache.put("key", ranking)
    again = cache.get("key")
    assert again is not None
    assert again.timing.cached
    assert again.stages[0].timing.cached
    assert again.stages[0].stages[0].timing.cached


KEPT = {
    "chunked(bm25)": {Capability.ORDER_FREE, Capability.CHEAP, Capability.PASSAGES},
    "chunked(bi-encoder)": {Capability.POINTWISE, Capability.ORDER_FREE, Capability.PASSAGES},
    "chunked(cross-encoder)": {Capability.POINTWISE, Capability.ORDER_FREE, Capability.PASSAGES},
    "chunked(listwise-llm)": {Capability.INSTRUCTION, Capability.PASSAGES},
    "chunked(listwise-llm?method=chat)": {
        Capability.HOSTED,
        Capability.ENDPOINT,
        Capability.INSTRUCTION,
        Capability.PASSAGES,
    },
}


@pytest.mark.parametrize("ranker", KEPT)
def test_it_can_what_the_ranker_inside_can_do_with_documents_too(ranker: str) -> None:
    """Neither terms, attention, gradients nor tokens of a passage are those of the document."""
    assert parse_ranker_id(ranker).capabilities == KEPT[ranker]


def test_its_settings_are_those_of_the_ranker_inside() -> None:
    spec = parse_ranker_id("chunked(bi-encoder)?words=64")
    assert spec.family.exact(spec).id == "chunked(bi-encoder?batch_tokens=1)?words=64"
    assert [each.id for each in spec.family.settings(spec, "cpu")] == [
        "chunked(bi-encoder?tier=fast)?words=64",
        "chunked(bi-encoder?precision=bf16)?words=64",
        "chunked(bi-encoder?batch_tokens=1)?words=64",
    ]


@pytest.mark.parametrize(("options", "words"), [
    ("words=15", "Give a whole number from 16 to 4096"),
    ("overlap=-1", "Give a whole number from 0 to 2048"),
    ("best=0", "Give a whole number from 1 to 20"),
    ("best=21&merge=mean", "Give a whole number from 1 to 20"),
])  # fmt: skip
def test_options_out_of_range(options: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        build_ranker(f"chunked(bm25)?{options}")
