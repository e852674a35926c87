"""The table of rankers by collections equals what `evaluate` gives for each, with one correction over all cells."""

import json
import threading
from pathlib import Path

import pytest

from reranklab.data.collection import load_collection
from reranklab.data.samples import load_sample
from reranklab.errors import Cancelled, InputError
from reranklab.evaluate.differences import compare_results, holm
from reranklab.evaluate.drift import measure_drift
from reranklab.evaluate.drift_record import drift_record
from reranklab.evaluate.task_set import prepare_tasks
from reranklab.evaluate.text_profile import text_profile
from reranklab.progress import Step
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.store.store import open_store
from reranklab.types import Document
from tests.evaluate.make import make_ranking
from tests.evaluate.test_kept import made_collection

SPECS = [parse_ranker_id(ranker) for ranker in ("bm25", "bm25?k1=0&b=0", "bm25?k1=3")]
SAMPLES = ("negation", "arguments")


def test_cells_are_those_of_each_evaluation_corrected_over_all(tmp_path: Path):
    table = measure_drift(SAMPLES, SPECS, candidates="judged", store=open_store(tmp_path / "results.sqlite"))
    assert [part.name for part in table.collections] == list(SAMPLES)
    singles = []
    for name in SAMPLES:
        results = prepare_tasks(name, candidates="judged").evaluate(SPECS, measures=["nDCG@10"])
        singles += compare_results(results, ["nDCG@10"], baseline="bm25")
    cells = [cell for _, cell in table.differences]
    assert [(cell.first, cell.interval, cell.p) for cell in cells] == [(pair.first, pair.interval, pair.p) for pair in singles]
    assert [cell.p_holm for cell in cells] == pytest.approx(holm([pair.p for pair in singles]))
    assert {cell.second for cell in cells} == {"bm25"}
    again = measure_drift(SAMPLES, SPECS, candidates="judged", store=open_store(tmp_path / "results.sqlite"))
    assert all(part.stored == 3 * part.queries for part in again.collections)


def test_few_queries_among_many_cells_are_said():
    # the smallest p of 8 queries is 2 / 256: two cells make 0.016 of it, seven 0.055
    specs = [parse_ranker_id("bm25"), *(parse_ranker_id(f"bm25?k1={number}") for number in range(2, 9))]
    few, many = (measure_drift(["arguments-adversarial"], specs[:size], candidates="judged") for size in (3, 8))
    assert not any("hardly decide" in note for note in few.collections[0].notes)
    (note,) = (note for note in many.collections[0].notes if "hardly decide" in note)
    assert note.startswith("8 queries can hardly decide anything among 7 cells: their smallest p is 0.0078")


def test_thresholds_go_to_every_other_collection():
    table = measure_drift(SAMPLES, SPECS[:2], candidates="judged")
    assert {(each.ranker, each.source, each.target) for each in table.transfers} == {
        (spec.id, source, target) for spec in SPECS[:2] for source in SAMPLES for target in SAMPLES if source != target
    }
    for each in table.transfers:
        fitted = table.there(each.source, each.ranker).threshold
        assert each.carried.score == fitted.score
        assert each.loss.low <= each.loss.mean <= each.loss.high
    record = json.loads(json.dumps(drift_record(table), allow_nan=False))
    cell = record["collections"][0]["rankers"][1]
    assert cell["against_baseline"]["b"] == "bm25"
    assert cell["relevant"] + cell["not_relevant"] == sum(
        len(load_sample("negation").qrels[q]) for q in load_sample("negation").qrels
    )
    assert len(cell["scores"]["relevant"]) == 5
    assert len(record["thresholds_elsewhere"]) == 4


def test_a_ranker_that_fails_has_no_cell_and_a_note():
    bad = parse_ranker_id("cross-encoder:/nowhere")
    table = measure_drift(["negation"], [*SPECS[:2], bad], candidates="judged")
    (part,) = table.collections
    assert [each.ranker for each in part.rankers] == [spec.id for spec in SPECS[:2]]
    assert any("/nowhere" in note for note in part.notes)
    assert table.there("negation", bad.id) is None
    with pytest.raises(InputError, match="ranked no query of negation"):
        measure_drift(["negation"], [*SPECS[:1], bad], candidates="judged", baseline=bad.id)


def test_a_stopped_comparison_goes_on_from_the_store(tmp_path: Path):
    store, cancel = open_store(tmp_path / "results.sqlite"), threading.Event()

    def stop_in_the_second(step: Step) -> None:
        if step.label.startswith("collection 2 of 2, bm25"):
            cancel.set()

    with pytest.raises(Cancelled):
        measure_drift(SAMPLES, SPECS, candidates="judged", store=store, cancel=cancel, progress=stop_in_the_second)
    first, second = measure_drift(SAMPLES, SPECS, candidates="judged", store=store).collections
    assert (first.stored, second.stored < 3 * second.queries) == (36, True)


def test_two_collections_of_one_name_are_told_apart(tmp_path: Path):
    folders = [made_collection(tmp_path / where / "mine") for where in ("last", "this")]
    table = measure_drift([load_collection(folder) for folder in folders], SPECS[:2], candidates="judged")
    assert [part.name for part in table.collections] == ["mine", "mine (2)"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"baseline": "bi-encoder"}, "not among the rankers"),
        ({"specs": SPECS[:1]}, "nothing to differ from"),
        ({"datasets": ["negation", "negation"]}, "named twice"),
        ({"measure": "nDCG@0"}, "cutoff"),
    ],
)
def test_settings_that_do_not_work(settings: dict, message: str):
    with pytest.raises(InputError, match=message):
        measure_drift(**{"datasets": SAMPLES, "specs": SPECS, "candidates": "judged", **settings})


def test_lengths_by_hand():
    # every document of make_ranking has 9 tokens of which 7 were read
    profile = text_profile([make_ranking("abc"), make_ranking("cd", query="r")], {"a": 3, "b": 9, "c": 0, "d": 9})
    assert (profile.documents, profile.median, profile.p95, profile.truncated) == (4, 9, 9, 1.0)
    assert profile.tokens_per_word == pytest.approx((3 + 1 + 1) / 3)
    assert (profile.unknown, profile.with_unknown) == (0, 0)


@pytest.mark.usefixtures("weights")
def test_unknown_text_and_split_words_of_a_word_piece_tokenizer():
    ranker = parse_ranker_id("bi-encoder")
    from reranklab.engine.build import build_ranker
    from reranklab.types import Query

    built = build_ranker(ranker, device="cpu")
    built.load()
    documents = [Document(id="plain", text="the cat sat on the mat"), Document(id="rare", text="xylotriptaminoid zqwvk"),
                 Document(id="signs", text="cat 🜁🜂🜃 cat")]  # fmt: skip
    ranking = built.rank(Query(text="cat"), documents)
    words = {"plain": 6, "rare": 2, "signs": 2}
    by_one = {id_: text_profile([_only(ranking, id_)], words) for id_ in words}
    assert by_one["plain"].tokens_per_word == 1.0 and by_one["plain"].unknown == 0
    assert by_one["rare"].tokens_per_word >= 4 and by_one["rare"].unknown == 0
    assert by_one["signs"].unknown == pytest.approx(1 / 3) and by_one["signs"].with_unknown == 1


def _only(ranking, id_):
    from dataclasses import replace

    return replace(ranking, items=tuple(item for item in ranking.items if item.id == id_))
