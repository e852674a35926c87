from pathlib import Path

import pytest

from reranklab.engine.build import build_ranker
from reranklab.errors import InputError
from reranklab.evaluate.computing import RankingTask
from reranklab.latency.prices import load_prices
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.store.store import open_store
from reranklab.train.sets.examples import Labels
from reranklab.train.sets.soft import label_softly, soft_task
from reranklab.train.sets.soft_agreement import label_agreement
from reranklab.train.sets.soft_cost import counted_cost, estimated_cost
from reranklab.types import Document, Query
from tests.evaluate.make import make_ranking
from tests.train.made import FRUIT

pytestmark = pytest.mark.usefixtures("empty_cache")


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """Queries, and documents to ask them of."""
    queries, documents = tmp_path / "asked.txt", tmp_path / "texts.txt"
    queries.write_text("which apples are red\nred cherries\nwhat is yellow\nhow is soup cooked\n")
    documents.write_text("\n".join(document.text for document in FRUIT.documents.values()) + "\n")
    return queries, documents


def test_labels_are_the_teachers_scores(files: tuple[Path, Path]) -> None:
    queries, documents = files
    task = soft_task(queries, corpus=documents, teacher="bm25", candidates="bm25:10")
    made = label_softly(task, held_back=0.4)
    training = made.training_set
    assert training.labels is Labels.SOFT
    assert made.agreement is None
    lists = {each.query.text: each for each in (*training.lists, *training.held_back)}
    assert lists.keys() == {"which apples are red", "red cherries", "what is yellow"}
    assert training.held_back
    ranker = build_ranker("bm25", statistics=task.tasks.statistics)
    for each in lists.values():
        scores = {item.id: item.score for item in ranker.rank(each.query, each.documents).items}
        assert each.labels == tuple(scores[document.id] for document in each.documents)
        assert list(each.labels) == sorted(each.labels, reverse=True)
    assert (training.provenance["teacher"], training.provenance["teacher_scale"]) == ("bm25", "BM25")
    assert any(note.startswith("bm25 labelled 3 lists") for note in training.notes)


def test_what_was_asked_is_kept(files: tuple[Path, Path], tmp_path: Path) -> None:
    queries, documents = files
    store = open_store(tmp_path / "results.sqlite")
    task = soft_task(queries, corpus=documents, teacher="bm25", candidates="bm25:10")
    first, again = (label_softly(task, store=store) for _ in range(2))
    assert (first.cost.stored, again.cost.stored, again.cost.read) == (0, 3, 0)
    assert first.training_set.lists == again.training_set.lists


def test_votes_become_labels_with_their_agreement() -> None:
    task = soft_task(FRUIT, teacher="votes(bm25)?pairs=1", candidates="bm25:10")
    made = label_softly(task, held_back=0)
    assert made.training_set.provenance["teacher_scale"] == "Thurstone score"
    for each in made.training_set.lists:
        assert sum(each.labels) == pytest.approx(0, abs=1e-9)
    assert made.agreement is not None
    assert made.agreement.ndcg_queries == 3
    assert any(note.startswith("The labels agree with human judgements by ") for note in made.training_set.notes)


def test_a_file_of_queries_needs_documents(files: tuple[Path, Path]) -> None:
    queries, _ = files
    with pytest.raises(InputError, match="Name the corpus"):
        soft_task(queries, teacher="bm25")


def test_unlabelled_queries_of_an_evaluation_leak_too(files: tuple[Path, Path]) -> None:
    queries, documents = files
    with pytest.raises(InputError, match=r"3 are queries of an evaluation"):
        soft_task(queries, corpus=documents, teacher="bm25", evaluate_on=[FRUIT])
    task = soft_task(queries, corpus=documents, teacher="bm25", evaluate_on=[FRUIT], leaks="leave-out")
    assert (task.left_out, len(task.tasks.tasks)) == (3, 1)


def test_agreement_by_hand() -> None:
    rankings = [
        make_ranking(["d1", "d2", "d3"], query="reversed"),
        make_ranking(["d1", "d2", "d3", "d4"], query="same"),
        make_ranking(["d1", "d2"], query="unjudged"),
    ]
    found = label_agreement(
        rankings, {"reversed": {"d1": 0, "d2": 1, "d3": 2}, "same": {"d1": 2, "d3": 0}, "unjudged": {"elsewhere": 0}}
    )
    assert found is not None
    assert (found.tau_queries, found.ndcg_queries) == (2, 2)
    assert found.tau is not None and found.ndcg is not None
    assert found.tau.mean == pytest.approx(0)  # -1 and 1
    # (1 / log2(3) + 2 / 2) / (2 + 1 / log2(3)) and 1
    assert found.ndcg.mean == pytest.approx((0.619913 + 1) / 2, abs=1e-5)
    assert label_agreement(rankings, {"same": {"d1": 0}}) is None


def test_the_cost_is_counted_by_what_the_rankings_say() -> None:
    spec = parse_ranker_id("bm25")
    asked = make_ranking(["d1", "d2", "d3"], query="a", details={"calls": 3, "written_tokens": 5})
    stored = make_ranking(["d1", "d2"], query="b", details={"calls": 9}, cached=True)
    cost = counted_cost(spec, [asked, stored], load_prices())
    assert (cost.lists, cost.pairs, cost.calls, cost.read, cost.written, cost.stored) == (2, 5, 3, 22, 5, 1)
    assert (
        cost.words
        == "2 lists, 5 pairs of query and document, 3 calls, about 22 tokens read, 5 written; 1 of the lists were stored"
    )


def test_the_cost_is_estimated_before_anything_is_asked() -> None:
    documents = tuple(Document(id=f"d{number}", text="one two three") for number in range(10))
    tasks = [RankingTask(query=Query(text="what is it", id=each), documents=documents) for each in "ab"]
    prices = load_prices()
    here = estimated_cost(parse_ranker_id("cross-encoder"), tasks, prices)
    # 3 words of a document and 3 of the query, 4/3 tokens each
    assert (here.pairs, here.calls, here.read, here.usd) == (20, 0, 160, None)
    votes = estimated_cost(parse_ranker_id("votes(listwise-llm?compute=endpoint&method=chat)?pairs=1"), tasks, prices)
    assert votes.calls == 2 * 45 * 2  # both orders of all pairs of both lists
    assert votes.usd is not None and 0 < votes.usd[0] < votes.usd[1]
    price = next(price for price in prices if price.kind == "searches")
    service, _, model = price.id.partition("-")
    searches = estimated_cost(parse_ranker_id(f"hosted:{service}/{model}"), tasks, prices)
    assert searches.usd == pytest.approx((2 * price.usd / 1000,) * 2)
