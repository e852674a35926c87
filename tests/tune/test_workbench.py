"""Replayed scores against the rankers themselves, the space of configurations, and a collection whose answer is planted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import reranklab as rl
from reranklab.data.collection import Collection
from reranklab.engine.build import build_ranker
from reranklab.errors import InputError
from reranklab.evaluate.metrics import score_ranking
from reranklab.evaluate.task_set import TaskSet, prepare_tasks
from reranklab.rankers import catalogue
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.rankers.family import BuildContext, Family, Option, RankerSpec
from reranklab.rankers.scorer import ScorerRanker, scorer_family
from reranklab.store.store import open_store
from reranklab.tune.cost import RankerCost
from reranklab.tune.scored import ScoredLists
from reranklab.tune.space import cascades, on_passages, variants
from reranklab.tune.tuner import Tuning, tune
from reranklab.tune.workbench import Workbench
from reranklab.types import Document, Query, Ranking, StageTimes

DOCUMENTS, RELEVANT = 40, 3


@pytest.fixture(autouse=True)
def families_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test adds to the catalogue is gone after it."""
    monkeypatch.setattr(catalogue, "_added", {})


def planted(queries: int = 12) -> Collection:
    """A text is "QUERY GUESS TRUTH": the guess puts the relevant documents among the first ten, the truth at the top."""
    documents, qrels, asked = {}, {}, {}
    for number in range(queries):
        asked[f"q{number}"] = Query(id=f"q{number}", text=f"q{number}")
        qrels[f"q{number}"] = {}
        for place in range(DOCUMENTS):
            document = f"q{number}-d{place}"
            relevant = 7 <= (place + number) % DOCUMENTS < 7 + RELEVANT
            guess = DOCUMENTS - (place + number) % DOCUMENTS
            documents[document] = Document(id=document, text=f"q{number} {guess} {1000 if relevant else guess}")
            qrels[f"q{number}"][document] = int(relevant)
    return Collection(name="planted", split="test", documents=documents, queries=asked, qrels=qrels, notes=())


class Timed(ScorerRanker):
    """Tells a time of its own, so that a busy machine changes nothing: `ms` for each document."""

    ms = 0.0

    def rank(self, query: Query, documents: Sequence[Document], **settings: Any) -> Ranking:
        ranking = super().rank(query, documents, **settings)
        total = self.ms * len(documents)
        run = StageTimes(queue=0, tokenise=0, compute=total, postprocess=0, total=total)
        return replace(ranking, timing=replace(ranking.timing, runs=(run,)))


def reading(name: str, word: int, ms: float) -> Family:
    """Scores a text by one of its words, in so many ms a document."""

    def score(query: str, texts: Sequence[str]) -> list[float]:
        return [float(text.split()[word]) for text in texts]

    def build(spec: RankerSpec, context: BuildContext) -> Timed:
        ranker = Timed(spec, context, score=score, scale=family.scales[0])
        ranker.ms = ms
        return ranker

    family = scorer_family(name, score)
    return replace(family, build=build)


def tuned(budget: float, **settings: object) -> Tuning:
    tasks = prepare_tasks(planted(), candidates="judged")
    rankers = [reading("guess", 1, 0.1), reading("truth", 2, 20.0)]
    for ranker in rankers:
        rl.add_family(ranker)
    specs = [parse_ranker_id("guess"), parse_ranker_id("truth")]
    return tune(tasks, specs, budget=budget, folds=3, warn=lambda text: None, **settings)  # type: ignore[arg-type]


def bench_of(tasks: TaskSet, ids: Sequence[str]) -> Workbench:
    lists = ScoredLists(tasks, device="cpu", warn=lambda text: None)
    return Workbench(tasks, lists, [parse_ranker_id(each) for each in ids], measure="nDCG@10")


@pytest.mark.parametrize("candidates", ["bm25:15", "judged"])
def test_replayed_values_are_those_of_the_ranker(candidates: str):
    """With a collection's statistics BM25 reads each document once, without them each list anew; a fused pair always does."""
    ids = (
        "bm25?k1=0.3",
        "cascade(bm25,bm25?k1=0.3&b=0)?keep=4",
        "cascade(cascade(bm25?b=0,bm25)?keep=9,hybrid(bm25,bm25?b=0))?keep=5",
        "cascade(bm25,chunked(bm25)?words=16)?keep=7",
    )
    tasks = prepare_tasks("negation", candidates=candidates, queries=5)
    bench = bench_of(tasks, ids)
    for name in (parse_ranker_id(each).id for each in ids):
        ranker = build_ranker(name, statistics=tasks.statistics)
        for query, task in enumerate(tasks.tasks):
            truth = score_ranking(ranker.rank(task.query, task.documents), tasks.collection.qrels[task.query.id], ("nDCG@10",))[
                "nDCG@10"
            ]
            assert bench.quality(name, query) == pytest.approx(truth, abs=1e-12)
            assert bench.measured(name, query).value == pytest.approx(truth, abs=1e-12)


def test_each_document_is_read_once_at_all_depths():
    read: list[str] = []

    def score(query: str, texts: Sequence[str]) -> list[float]:
        read.extend(texts)
        return [float(len(text)) for text in texts]

    rl.add_family(scorer_family("counting", score))
    tasks = prepare_tasks("negation", candidates="bm25:12", queries=1)
    bench = bench_of(tasks, [f"cascade(bm25,counting)?keep={keep}" for keep in (3, 8, 5)])
    for keep in (3, 8, 5):
        bench.quality(f"cascade(bm25,counting)?keep={keep}", 0)
    assert len(read) - 3 == len(set(read)) == 8, "the warm-up reads the first list's three once more"


def test_what_a_store_holds_is_not_computed_again(tmp_path: Path):
    read: list[str] = []

    def score(query: str, texts: Sequence[str]) -> list[float]:
        read.extend(texts)
        return [float(len(text)) for text in texts]

    rl.add_family(scorer_family("counting", score))
    tasks = prepare_tasks("negation", candidates="bm25:12", queries=2)
    for _ in range(2):
        lists = ScoredLists(tasks, device="cpu", store=open_store(tmp_path / "results.sqlite"), warn=lambda text: None)
        bench = Workbench(tasks, lists, [parse_ranker_id("counting")], measure="nDCG@10")
        bench.quality("counting", 0)
        assert len(read) == len(tasks.tasks[0].documents) + 4, "the warm-up reads four"


def test_the_planted_configuration_is_found_within_the_budget():
    # truth alone reads 40 documents in 800 ms; the guess has what is relevant among its first ten, which take 200 ms.
    result = tuned(500)
    assert result.chosen == "cascade(guess,truth)?keep=10", "the fastest of those that are right everywhere"
    assert result.within and result.held_out.mean == pytest.approx(1.0) == result.winner.mean.mean
    assert {fold.pick for fold in result.folds} == {result.chosen}
    assert result.front == ("guess", result.chosen), "what keep=5 reads holds nothing relevant"
    assert "truth" not in {each.ranker for each in result.finalists}, "beyond 1.5 budgets by its estimate"
    assert len({query for fold in result.folds for query in fold.values}) == 12
    assert result.tried == 2 + 4, "both rankers, and keep 5, 10, 20 and 30 of 40"


def test_a_budget_that_nothing_keeps_to_is_said():
    result = tuned(1e-6)
    assert (result.chosen, result.within) == ("guess", False)
    assert result.winner.p95.value == pytest.approx(4.0)
    assert 0 <= result.held_out.low <= result.held_out.mean <= result.held_out.high <= 1
    with pytest.raises(InputError, match="A budget of 0 ms does not work"):
        tuned(0)


def test_a_ranker_that_fails_costs_no_other():
    def broken(query: str, texts: Sequence[str]) -> list[float]:
        raise ValueError("no")

    rl.add_family(scorer_family("broken", broken))
    tasks = prepare_tasks("negation", candidates="judged")
    specs = [parse_ranker_id("broken"), parse_ranker_id("bm25")]
    result = tune(tasks, specs, budget=1e6, folds=3, warn=lambda text: None)
    assert result.chosen == "bm25" and any(note.startswith("broken is left out: broken failed") for note in result.notes)
    with pytest.raises(InputError, match="broken is left out"):
        tune(tasks, specs[:1], budget=1e6, folds=3, warn=lambda text: None)


def test_scores_that_depend_on_the_list_are_told():
    """A ranker that says that it is pointwise, and is not: with few texts beside it a text gets another score."""

    def score(query: str, texts: Sequence[str]) -> list[float]:
        sign = 1 if len(texts) > 6 else -1
        return [sign * float(text.split()[2]) for text in texts]

    tasks = prepare_tasks(planted(6), candidates="judged")
    rl.add_family(reading("guess", 1, 0.1))
    moody = scorer_family("moody", score)
    rl.add_family(moody)
    specs = [parse_ranker_id("guess"), parse_ranker_id("cascade(guess,moody)?keep=5"), parse_ranker_id("moody")]
    result = tune(tasks, specs, budget=1e9 - 1, folds=2, warn=lambda text: None)
    assert any("its scores depend on what else is read" in note for note in result.notes)


def test_the_space_is_what_the_families_offer():
    bi = parse_ranker_id("bi-encoder")
    offered = [spec.id for spec in variants(bi, device="cpu", budget=200)]
    assert offered == ["bi-encoder", "bi-encoder?tier=fast"]
    static = parse_ranker_id("bi-encoder:embedded/wordllama-256")
    assert [spec.id for spec in variants(static, device="cpu", budget=200)] == [static.id], "its fast tier is the same"
    assert len(variants(static, device="cuda:0", budget=200)) == 2, "there it is float16"
    assert [spec.id for spec in variants(parse_ranker_id("bm25"), device="cpu", budget=200)] == ["bm25"]
    assert [spec.id for spec in on_passages(bi)] == ["chunked(bi-encoder)", "chunked(bi-encoder)?words=256"]
    assert on_passages(parse_ranker_id("chunked(bi-encoder)")) == ()
    bm25 = parse_ranker_id("bm25")
    pairs = cascades([bm25, bi], [bm25, bi], depth=20, is_faster=lambda first, second: first is bm25)
    assert [spec.id for spec in pairs] == ["cascade(bm25,bi-encoder)?keep=5", "cascade(bm25,bi-encoder)?keep=10"]


def test_tiers_stand_in_the_place_of_precisions():
    options = (
        Option(name="tier", default="exact", choices=("exact", "fast", "budgeted"), help=""),
        Option(name="precision", default="by tier", help=""),
        Option(name="budget_ms", default="100", help=""),
    )
    tiered = replace(scorer_family("tiered", lambda query, texts: [0.0 for _ in texts]), options=options)
    rl.add_family(tiered)
    offered = [spec.id for spec in variants(parse_ranker_id("tiered?precision=int8"), device="cpu", budget=200)]
    assert offered == ["tiered?precision=int8", "tiered", "tiered?tier=fast", "tiered?budget_ms=160&tier=budgeted"]


def test_the_cost_of_a_list_is_a_line_in_what_is_read():
    cost = RankerCost()
    assert cost.ms([]) == 0.0
    short, long = ([Document(id=str(n), text="x" * 400) for n in range(count)] for count in (2, 10))
    for documents in (short, long):
        cost.add(documents, 5 + 0.01 * 500 * len(documents))
    assert cost.ms(long[:6]) == pytest.approx(5 + 0.01 * 3000)
