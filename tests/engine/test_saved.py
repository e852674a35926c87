"""A comparison saved and opened again is the same one, marked as measured earlier; any other file is one clear sentence."""

import copy
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import reranklab as rl
from reranklab.data.collection import Collection
from reranklab.data.index import bm25_candidates
from reranklab.data.statistics import CollectionStatistics
from reranklab.engine.comparison import Comparison, RankerRun
from reranklab.engine.opened import open_comparison
from reranklab.engine.request import Candidates, Request, RunSettings, listed
from reranklab.engine.run import compare
from reranklab.engine.saved import LABEL, save_comparison, saved_record
from reranklab.engine.timing import as_cached
from reranklab.errors import InputError, RerankLabError
from reranklab.explain.analyse import analyse
from reranklab.explain.catalogue import find_analysis
from reranklab.explain.subject import subject_of
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.types import Document, Query, Ranking
from tests.evaluate.make import make_ranking

LONG = "A sentence of some words about water. " * 20
DOCUMENTS = (
    Document(id="a", title="Tides <b>", text="high water at noon"),
    Document(id="ß & b", text=LONG),
    Document(id="c", text="water"),
)
RANKERS = ("bm25", "chunked(bm25?k1=2)?words=16&overlap=0", "votes(bm25)")


def ranked(*, rankers: tuple[str, ...] = RANKERS) -> Comparison:
    request = listed(Query(id="7", text="high water"), DOCUMENTS, label="Pasted", judgements={"a": 2, "z": 0}, notes=("cut",))
    settings = RunSettings(specs=tuple(map(parse_ranker_id, rankers)), repeats=2)
    return compare(request, settings)


def opened(comparison: Comparison, *, number: int = 0) -> Comparison:
    return open_comparison("result.json", save_comparison(comparison).encode(), number=number)


def as_stored(ranking: Ranking) -> Ranking:
    """The ranking without what a file does not tell: the machine's name."""

    def at_another_place(each: Any) -> Any:
        stages = tuple(map(at_another_place, each.stages))
        return replace(each, timing=replace(each.timing, host="opened from a file"), stages=stages)

    marked: Ranking = at_another_place(as_cached(ranking))
    return marked


def test_it_is_the_same_comparison_marked_as_measured_earlier():
    before = ranked()
    after = opened(before, number=9)
    assert after.rankings == tuple(map(as_stored, before.rankings))
    assert (after.request.query, after.documents) == (before.request.query, before.documents)
    assert (after.request.judgements, after.request.notes) == ({"a": 2, "z": 0}, ("cut",))
    assert (after.request.label, after.number, after.settings) == ("Saved · Pasted", 9, before.settings)
    assert after.rankings[1].stages and any(item.passage for item in after.rankings[1].items)
    assert all(item.error for item in after.rankings[2].items)
    assert opened(after).request.label == LABEL + "Pasted"
    nameless = replace(before, request=replace(before.request, label=""))
    assert opened(nameless).request.label == opened(opened(nameless)).request.label == "Saved"
    assert opened(after).rankings == after.rankings


def test_it_holds_no_name_of_a_machine_and_no_address():
    comparison = ranked(rankers=("bm25",))
    (ranking,) = comparison.rankings
    told = replace(ranking, details={"endpoint": "https://example.org/v1", "calls": 2})
    text = save_comparison(replace(comparison, runs=(RankerRun(ranker="bm25", state="finished", ranking=told),)))
    assert ranking.timing.host and ranking.timing.host not in text
    assert "example.org" not in text


def test_failures_are_kept():
    before = ranked(rankers=("bm25",))
    failed = RankerRun(ranker="listwise-llm", state="failed", message="No weights.")
    after = opened(replace(before, runs=(*before.runs, failed)))
    assert [(run.ranker, run.message) for run in after.failures] == [("listwise-llm", "No weights.")]


@pytest.mark.usefixtures("empty_cache")
def test_explanations_count_with_the_collections_statistics():
    texts = ["high water", "water water land", "land of high hills", "sand and sea", "a high sea"]
    documents = {f"d{number}": Document(id=f"d{number}", text=text) for number, text in enumerate(texts)}
    query = Query(id="q", text="high water")
    collection = Collection(name="x", split="test", documents=documents, queries={"q": query}, qrels={"q": {"d0": 1}})

    def collect(cancel: object, progress: object) -> Candidates:
        statistics = CollectionStatistics(collection)
        found = bm25_candidates(collection, statistics.index("english"), query, k=3)
        return Candidates(documents=found, statistics=statistics, pool=5, context="an index")

    request = Request(label="x", query=query, collect=collect)
    before = compare(request, RunSettings(specs=(parse_ranker_id("bm25"),)))
    after = opened(before)
    assert before.rankings[0].provenance.parameters["statistics"] == "collection"
    assert after.candidates.pool == 5 and "Other words count as absent" in after.candidates.notes[0]
    assert after.candidates.context.startswith("saved ")
    again = compare(after.request, after.settings)
    assert [(item.id, item.score) for item in again.rankings[0].items] == [
        (item.id, item.score) for item in before.rankings[0].items
    ]
    left_out = find_analysis("leave-one-out")
    found = [analyse(left_out, subject_of(each, "d0"), "bm25", {"unit": "term"}).result for each in (before, after)]
    assert found[0] == found[1]
    assert opened(after).rankings == after.rankings


@pytest.mark.parametrize(
    ("ranker", "reason"),
    [
        ("from-elsewhere:model", "There is no ranker 'from-elsewhere'"),
        ("cross-encoder:someone/model-that-is-not-here", "someone/model-that-is-not-here is not stored here"),
        ("cross-encoder?remote_code=allow", "runs a model's own code, which no file may ask for"),
        ("chunked(cross-encoder?remote_code=allow)", "runs a model's own code"),
        ("bm25?k1=1.2", "its id is written bm25 here"),
    ],
)
def test_what_a_file_may_not_start_is_shown_and_not_explained(ranker: str, reason: str):
    before = ranked(rankers=("bm25?k1=2",))
    foreign = make_ranking(["c", "a", "ß & b"], ranker=ranker, query="7")
    foreign = replace(
        foreign,
        query=before.request.query,
        items=tuple(replace(item, candidate=[document.id for document in DOCUMENTS].index(item.id)) for item in foreign.items),
    )
    after = opened(replace(before, runs=(*before.runs, RankerRun(ranker=ranker, state="finished", ranking=foreign))))
    assert [ranking.ranker for ranking in after.rankings] == ["bm25?k1=2", ranker]
    assert [spec.id for spec in after.settings.specs] == ["bm25?k1=2"]
    (note,) = after.candidates.notes
    assert reason in note and note.startswith(f"{ranker} is shown as it was saved and cannot be explained here: ")
    subject = subject_of(after, "a")
    assert [ranking.ranker for ranking in subject.rankings] == ["bm25?k1=2"]
    with pytest.raises(InputError, match="gave no ranking to explain"):
        analyse(find_analysis("leave-one-out"), subject, ranker)


def test_a_device_that_is_not_here_is_said():
    record = {**saved_record(ranked(rankers=("bm25",))), "device": "cuda:7"}
    after = open_comparison("x.json", json.dumps(record).encode())
    assert (after.settings.device, after.candidates.notes) == (
        "cpu",
        ("The device cuda:7 is not here. Explanations run on cpu.",),
    )


RECORD = saved_record(ranked())


def changed(path: str, value: object) -> bytes:
    record = copy.deepcopy(RECORD)
    *way, last = [int(step) if step.isdigit() else step for step in path.split("/")]
    place: Any = record
    for step in way:
        place = place[step]
    place[last] = value
    return json.dumps(record).encode()


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "x.json is not valid JSON"),
        (b"[]", "is no result that was saved to be opened again"),
        (b'{"query": "a", "notes": [], "rankings": []}', "is no result that was saved to be opened again"),
        (b"\xff", "x.json is not UTF-8"),
        (b" " * (20 * 1024 * 1024 + 1), "more than the limit of 20 MB"),
        (changed("version", 2), "was saved by a newer RerankLab"),
        (changed("version", "1"), "version is \"1\", not a whole number"),
        (changed("query", "  "), "x.json: The query is empty"),
        (changed("query", "a\x00b"), "query is"),
        (changed("documents", []), "There are no documents to rank"),
        (changed("documents/1/id", "a"), "Two documents have the id 'a'"),
        (changed("documents/0/text", 7), "x.json, documents 1: text is 7, not a text"),
        (changed("rankings", []), "has no ranking, or two of one ranker"),
        (changed("rankings/1/ranker", "bm25"), "two of one ranker"),
        (changed("rankings/0/items/0/score", "NaN"), "x.json, rankings 1, items 1: score is \"NaN\", not a number"),
        (changed("rankings/0/items/0/rank", 3), "rank is 3, not 1, its place in the list"),
        (changed("rankings/0/items/0/id", "zz"), "id is \"zz\", not the id of document"),
        (changed("rankings/0/items/1", RECORD["rankings"][0]["items"][0]), "rank is 1, not 2"),
        (changed("rankings/0/items", RECORD["rankings"][0]["items"][:2]), "do not hold each of the 3 documents once"),
        (changed("rankings/1/items/0/passage", [0, 10**7]), "not the start and end of a passage of the document"),
        (changed("rankings/0/items/0/tokens_used", 10**6), "tokens_used is 1000000, not a whole number from 0"),
        (changed("rankings/0/timing/all_runs", []), "not a list of at least one measured run"),
        (changed("rankings/0/timing/measured_at", "yesterday"), "measured_at is \"yesterday\", not a time"),
        (changed("rankings/0/timing/all_runs/0/total", -1), "total is -1, not a number from 0"),
        (changed("rankings/0/matched", True), "matched is True, not a whole number"),
        (changed("rankings/0/scale/name", "x" * 200), "not a text of up to 120 characters"),
        (changed("rankings/0/provenance/parameters", {"k": []}), "parameters is an object, not an object of up to"),
        (changed("judgements/a", 1.5), "x.json, judgements: a is 1.5, not a whole number"),
        (changed("repeats", 0), "repeats is 0, not a whole number from 1"),
        (b'{"format": "reranklab-result", "version": NaN}', "holds NaN, which is no JSON number"),
    ],
)  # fmt: skip
def test_another_file_is_one_sentence(content: bytes, problem: str):
    with pytest.raises(InputError) as caught:
        open_comparison("x.json", content)
    assert problem in str(caught.value)


def places(value: object, way: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [*([way] if way else []), *(place for step, each in inside for place in places(each, (*way, step)))]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=5), inside, max_size=3),
    max_leaves=5,
)


@given(place=st.sampled_from(places(RECORD)), value=JSON)
def test_any_change_to_a_file_opens_or_is_refused_in_our_own_words(place: tuple[str | int, ...], value: object):
    record = copy.deepcopy(RECORD)
    inside: Any = record
    for step in place[:-1]:
        inside = inside[step]
    inside[place[-1]] = value
    try:
        comparison = open_comparison("x.json", json.dumps(record).encode())
    except RerankLabError as error:
        assert "x.json" in str(error)
        return
    assert all(len(ranking.items) == 3 and ranking.timing.cached for ranking in comparison.rankings)
    assert opened(comparison).rankings == comparison.rankings


@given(content=st.binary(max_size=200))
def test_any_bytes_are_refused_in_our_own_words(content: bytes):
    with pytest.raises(InputError, match=r"x\.json"):
        open_comparison("x.json", content)


def test_a_result_goes_from_one_command_to_another(tmp_path: Path):
    from tests.contract.command import printed_json, run_command

    documents = tmp_path / "documents.txt"
    documents.write_text("high water at noon\nsand\n")
    asked = ("--query", "high water", "--documents", documents, "--ranker", "bm25")
    file = tmp_path / "result.json"
    printed_json("rank", *asked, "--save", file)
    explained = printed_json("explain", "--saved", file, "--document", "d1")
    assert explained == printed_json("explain", *asked, "--document", "d1")
    status, _, err = run_command("explain", "--saved", file, "--document", "d1", "--query", "x")
    assert status == 2 and "Leave the others out" in err
    status, _, err = run_command("explain", "--document", "d1")
    assert status == 2 and "Give --query and --documents, or --saved" in err


def test_the_library_saves_and_opens_the_same(tmp_path: Path):
    before = rl.compare("high water", ["high water at noon", "sand"], ["bm25", "bm25?k1=2"])
    after = rl.open_result(before.save(tmp_path / "result.json"))
    assert [[item.score for item in ranking.items] for ranking in after] == [
        [item.score for item in ranking.items] for ranking in before
    ]
    assert after["bm25"].timing.cached
    assert after.explain("d1").to_dict() == before.explain("d1").to_dict()
    with pytest.raises(rl.StorageError, match="The result cannot be stored"):
        before.save(tmp_path / "nowhere" / "result.json")
    with pytest.raises(rl.InputError, match="cannot be read"):
        rl.open_result(tmp_path / "nowhere.json")
