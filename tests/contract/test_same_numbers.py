"""The same request by Python, on the command line and on the Compare page: the same ranks, scores, scales and warnings."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

import reranklab as rl
from reranklab.data.samples import load_sample
from reranklab.data.text import parse_pasted
from reranklab.engine.comparison import Comparison
from reranklab.evaluate.metrics import score_ranking
from reranklab.export import to_dict
from reranklab.models.store import StoredModel
from reranklab.rankers.catalogue import families, new_spec, parse_ranker_id
from reranklab.rankers.family import Capability, RankerSpec
from reranklab.types import Ranking
from reranklab.ui.inputs.beir import BeirState
from reranklab.ui.inputs.paste import PasteState
from tests.app.drive import ROOT, check, choose_source, open_app, rank, session_of
from tests.contract.chat_server import reversing_server
from tests.contract.command import printed_json, run_command
from tests.contract.plugin import LETTERS, installed, write_package
from tests.services.rerank_server import serve_service

pytestmark = pytest.mark.slow

QUERY = "What is the capital of France?"
TEXTS = (
    "Berlin is the capital of Germany, and the capitals of other states are smaller.",
    "Paris is the capital and most populous city of France. " * 8,
    "Cheese is made of milk. France has [1] > [2] kinds of it.",
    "巴黎是法国的首都。 עיר הבירה של צרפת היא פריז.",
    "Paris is the capital and most populous city of France. " * 8,
    "[SEP] What is the what of the of?",
)
FEW = ("Berlin is in Germany.", "Paris is the capital of France.", "นี่คือ [1] cheese")
"""For models: each of their options is tried three times."""
FREE: Mapping[str, Sequence[str]] = {
    "k1": ("0", "3"),
    "b": ("0", "1"),
    "batch_tokens": ("1", "64"),
    "batch": ("1", "3"),
    "instruction": ("Find the passage that answers.",),
    "window": ("2", "4"),
    "step": ("1", "3"),
    "passage_tokens": ("8", "64"),
    "words": ("16", "32"),
    "overlap": ("0", "8"),
    "best": ("1", "2"),
    "limit": ("5",),
    "keep": ("1", "3"),
    "budget_ms": ("1",),
    "k": ("0", "10"),
    "weight": ("0", "1"),
    "lambda": ("0", "1"),
    "top": ("1",),
    "rounds": ("1",),
    "pairs": ("1", "3"),
    "prior": ("0.5",),
    "seed": ("7",),
}
"""Values of options that take any."""
TOGETHER: Mapping[tuple[str, str], Mapping[str, str]] = {
    ("cross-encoder", "keep"): {"tier": "budgeted"},
    ("cross-encoder", "budget_ms"): {"tier": "budgeted"},
    ("cross-encoder", "prune"): {"tier": "budgeted"},
}
"""Options that mean something only with another."""


@pytest.fixture(scope="module", autouse=True)
def surroundings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A chat endpoint that reverses, the invented family, and a cache that starts with the models alone."""
    from reranklab.models.store import models_dir

    packages, cache = tmp_path_factory.mktemp("packages"), tmp_path_factory.mktemp("cache")
    write_package(packages, "letters-ranker", LETTERS)
    (cache / "models").symlink_to(models_dir(), target_is_directory=True)
    with installed(packages), reversing_server() as url, pytest.MonkeyPatch.context() as patch:
        patch.setenv("RERANKLAB_CACHE", str(cache))
        patch.setenv("RERANKLAB_LLM_URL", url)
        patch.setenv("RERANKLAB_LLM_MODEL", "tiny")
        patch.setenv("RERANKLAB_LLM_KEY", "none")
        yield


def variants(base: RankerSpec, *, model: bool = False) -> list[RankerSpec]:
    """The ranker as it is, and with each value of each option; of a `model` one value of the free ones, and no fp16, which
    takes a CPU minutes."""
    found = {base.id: base}
    for option in base.family.options:
        for value in option.choices or FREE[option.name][: 1 if model else None]:
            if value == "fp16":
                continue
            spec = base.with_options(**{option.name: value}, **TOGETHER.get((base.family.id, option.name), {}))
            found[spec.id] = spec
    return list(found.values())


def of(ranking: Mapping[str, Any]) -> dict[str, Any]:
    """What must agree of an exported ranking: everything but times, versions, and what was cached."""
    return {
        "items": ranking["items"],
        "scale": ranking["scale"],
        "warnings": ranking["warnings"],
        "matched": ranking.get("matched"),
        "parameters": ranking["provenance"]["parameters"],
        "stages": [{**of({"items": None, **stage}), "candidates": stage["candidates"]} for stage in ranking["stages"]],
    }


def outcomes(comparison: Comparison) -> dict[str, Any]:
    """Ranker id to what it gave, or why it gave nothing."""
    found: dict[str, Any] = {failure.ranker: failure.message for failure in comparison.failures}
    return found | exported(comparison.rankings)


def exported(rankings: Sequence[Ranking]) -> dict[str, Any]:
    return {ranking.ranker: of(json.loads(json.dumps(to_dict([ranking])["rankings"][0]))) for ranking in rankings}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What one way in says: how the input was read, and what each ranker gave."""

    notes: tuple[str, ...]
    outcomes: Mapping[str, Any]


def by_python(specs: Sequence[RankerSpec], query: str, texts: Sequence[str]) -> Told:
    parsed = parse_pasted("\n".join(texts))
    result = rl.compare(query, parsed.documents, specs)
    return Told(notes=parsed.notes, outcomes=outcomes(result.comparison))


def by_command(specs: Sequence[RankerSpec], query: str, texts: Sequence[str], folder: Path) -> Told:
    path = folder / "documents.txt"
    path.write_text("\n".join(texts), encoding="utf-8")
    rankers = [part for spec in specs for part in ("--ranker", spec.id)]
    _, out, err = run_command("rank", "--query", query, "--documents", path, *rankers, "--format", "json")
    answer = json.loads(out)
    found: dict[str, Any] = {ranking["ranker"]: of(ranking) for ranking in answer["rankings"]}
    lines = [line.removeprefix("reranklab: ") for line in err.splitlines()]
    lines = [line for line in lines if not line.startswith("To be asked of ")]
    failed = {spec.id: line.removeprefix(f"{spec.id}: ") for spec in specs for line in lines if line.startswith(f"{spec.id}: ")}
    assert len(lines) == len(answer["notes"]) + len(failed)
    return Told(notes=tuple(answer["notes"]), outcomes=failed | found)


def with_rankers(specs: Sequence[RankerSpec], source: str) -> AppTest:
    """The Compare page with these rankers in the sidebar and nothing else."""
    app = open_app(only="")
    session_of(app).slots.clear()
    for spec in specs:
        session_of(app).add_slot(spec)
    choose_source(app, source)
    return app


def ranked(app: AppTest) -> Comparison:
    rank(app)
    while session_of(app).pending is not None:  # several models take longer than one
        time.sleep(0.5)
        app.run()
    comparison = session_of(app).comparison
    assert comparison is not None
    return comparison


def by_app(specs: Sequence[RankerSpec], query: str, texts: Sequence[str]) -> Told:
    app = with_rankers(specs, "paste")
    session_of(app).of(PasteState).query = query
    session_of(app).of(PasteState).text = "\n".join(texts)
    app.run()
    check(app)
    comparison = ranked(app)
    _, *notes = comparison.request.notes  # the first says how many documents there are
    return Told(notes=tuple(notes), outcomes=outcomes(comparison))


def assert_agreement(specs: Sequence[RankerSpec], folder: Path, *, query: str = QUERY, texts: Sequence[str] = TEXTS) -> None:
    python = by_python(specs, query, texts)
    assert set(python.outcomes) == {spec.id for spec in specs}
    assert by_command(specs, query, texts, folder) == python
    assert by_app(specs, query, texts) == python


def test_every_option_of_every_family_is_tried() -> None:
    free = {option.name for family in families().values() for option in family.options if not option.choices}
    assert free == set(FREE)


@pytest.mark.parametrize("base", ["bm25", "letters", "chunked(bm25)", "chunked(letters)?merge=mean"])
def test_rankers_without_a_model(base: str, tmp_path: Path) -> None:
    assert_agreement(variants(parse_ranker_id(base)), tmp_path)


def test_a_chat_endpoint(tmp_path: Path) -> None:
    chat = parse_ranker_id("listwise-llm?method=chat")
    assert_agreement([spec for spec in variants(chat) if spec.can(Capability.ENDPOINT)], tmp_path)


def test_a_rerank_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve_service("tei") as server:
        monkeypatch.setenv("RERANKLAB_TEI_URL", server.url)
        assert_agreement(variants(parse_ranker_id("hosted:tei")), tmp_path)


@pytest.mark.parametrize(
    ("query", "texts"),
    [
        ("of the", TEXTS),
        ("中国的首都", ("巴黎是法国的首都。", "北京是中国的首都。", "bread")),
        ("दिल्ली", ("मुंबई एक नगर है", "दिल्ली भारत की राजधानी है", "bread")),
        ("İstanbul", ("istanbul is large", "i̇stanbul büyük", "bread")),
        ("nothing in common", ("xyz", "uvw")),
    ],
    ids=["stop words", "Chinese", "Hindi", "Turkish", "no match"],
)
def test_queries_in_every_script(query: str, texts: tuple[str, ...], tmp_path: Path) -> None:
    specs = [*variants(parse_ranker_id("bm25")), parse_ranker_id("letters"), parse_ranker_id("chunked(bm25?analyser=words)")]
    assert_agreement(specs, tmp_path, query=query, texts=texts)


def test_a_ranker_that_fails_fails_alike(tmp_path: Path) -> None:
    specs = [parse_ranker_id(ranker) for ranker in ("bm25?k1=many", "bm25", "chunked(bm25?b=2)", "chunked(letters)?words=9")]
    python = by_python(specs, QUERY, TEXTS)
    assert [isinstance(python.outcomes[spec.id], str) for spec in specs] == [True, False, True, True]
    assert_agreement(specs, tmp_path)


@pytest.mark.model
@pytest.mark.parametrize("base", [family.id for family in families().values() if family.kinds])
def test_rankers_with_a_model(base: str, weights: dict[str, StoredModel], tmp_path: Path) -> None:
    assert_agreement(variants(new_spec(families()[base]), model=True), tmp_path, texts=FEW)


@pytest.mark.model
def test_passages_ranked_by_models(weights: dict[str, StoredModel], tmp_path: Path) -> None:
    inside = ("bi-encoder", "cross-encoder?precision=int8", "listwise-llm?method=first-token")
    assert_agreement([parse_ranker_id(f"chunked({each})?overlap=8&words=32") for each in inside], tmp_path, texts=FEW)


def test_a_process_of_its_own_says_the_same(tmp_path: Path) -> None:
    specs = variants(parse_ranker_id("bm25"))
    path = tmp_path / "documents.txt"
    path.write_text("\n".join(TEXTS), encoding="utf-8")
    rankers = [part for spec in specs for part in ("--ranker", spec.id)]
    done = subprocess.run(
        [sys.executable, "-m", "reranklab.cli", "rank", "--query", QUERY, "--documents", str(path), *rankers],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=True,
    )  # fmt: skip
    found = {ranking["ranker"]: of(ranking) for ranking in json.loads(done.stdout)["rankings"]}
    assert found == by_python(specs, QUERY, TEXTS).outcomes


# Collections: the candidates of a BM25 search, with the statistics of the whole collection.


def write_collection(folder: Path, corpus: Mapping[str, str], queries: Mapping[str, str], qrels: str) -> Path:
    """A folder in BEIR layout; `qrels` are lines of query, document and grade."""
    (folder / "qrels").mkdir(parents=True)
    for name, texts in (("corpus", corpus), ("queries", queries)):
        lines = [json.dumps({"_id": key, "text": text}) for key, text in texts.items()]
        (folder / f"{name}.jsonl").write_text("\n".join(lines), encoding="utf-8")
    lines = [re.sub(" +", "\t", line.strip()) for line in qrels.strip().splitlines()]
    (folder / "qrels" / "test.tsv").write_text("\n".join(["query-id\tcorpus-id\tscore", *lines]), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def glaciers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Stop words are common here and "rivers" is rare, while its stem "river" is not."""
    filler = ["house", "tree", "cat", "dog", "boat", "bird", "fish", "car"]
    corpus = {f"x{number}": f"the {word} of the {word} is in the {word}" for number, word in enumerate(filler)}
    corpus |= {"gold": "glacier rivers carve valleys", "noise": "the glacier of the what is the the the of of"}
    corpus |= {f"v{number}": f"glacier river number {number} was small" for number in range(3)}
    queries = {"q1": "what is the origin of the glacier rivers", "q2": "the boat and the river"}
    qrels = "q1 gold 1\nq2 x4 1\nq2 v1 1"
    return write_collection(tmp_path_factory.mktemp("own") / "glaciers", corpus, queries, qrels)


COLLECTION_RANKERS = (
    *(f"bm25?analyser={analyser}&variant={variant}" for analyser in ("words", "english") for variant in ("lucene", "okapi")),
    "bm25?b=0&k1=3",
    "letters?count=all",
    "chunked(bm25?analyser=words)",
    "chunked(letters)?merge=mean",
)


def in_app(dataset: Path, specs: Sequence[RankerSpec], *, depth: int, queries: Sequence[str]) -> list[Comparison]:
    """The Compare page's results for each query of a dataset."""
    app = with_rankers(specs, "beir")
    session_of(app).of(BeirState).dataset = str(dataset)
    app.run()
    app.number_input(key="w_depth").set_value(depth).run()
    found = []
    for query in queries:
        app.selectbox(key="w_dataset_query").set_value(query).run()
        check(app)
        found.append(ranked(app))
    return found


@pytest.mark.parametrize("depth", [3, 20])
def test_a_collection_gives_the_same_rankings_and_measures(glaciers: Path, depth: int) -> None:
    specs = [parse_ranker_id(ranker) for ranker in COLLECTION_RANKERS]
    results = rl.evaluate(glaciers, specs, candidates=f"bm25:{depth}").results
    comparisons = in_app(glaciers, specs, depth=depth, queries=["q1", "q2"])
    for result in results:
        assert exported_each(result.rankings) == [
            exported([ranking for ranking in comparison.rankings if ranking.ranker == result.ranker])
            for comparison in comparisons
        ]
    rankers = [part for spec in specs for part in ("--ranker", spec.id)]
    answer = printed_json("evaluate", "--dataset", glaciers, "--candidates", f"bm25:{depth}", *rankers)
    assert {each["ranker"]: each["metrics"] for each in answer["results"]} == {
        result.ranker: dict(result.metrics) for result in results
    }
    assert {each["ranker"]: each["metrics"]["nDCG@10"] for each in answer["results"]} == pytest.approx(
        {spec.id: mean_ndcg(comparisons, spec.id) for spec in specs}
    )


def exported_each(rankings: Sequence[Ranking]) -> list[dict[str, Any]]:
    return [exported([ranking]) for ranking in rankings]


def mean_ndcg(comparisons: Sequence[Comparison], ranker: str) -> float:
    """Over the queries, from the rankings that the app shows."""
    values = [
        score_ranking(ranking, comparison.request.judgements, ["nDCG@10"])["nDCG@10"]
        for comparison in comparisons
        for ranking in comparison.rankings
        if ranking.ranker == ranker
    ]
    assert len(values) == len(comparisons)
    return sum(values) / len(values)


WORDS = "bm25?analyser=words"
SECOND_OF_ONE = 0.6309
"""nDCG of one relevant document at rank 2: 1 / log2(3)."""


def test_statistics_are_of_the_rankers_own_analyser(glaciers: Path, tmp_path: Path) -> None:
    """With English stems counted for unstemmed words, "rivers" and "what" had no rarity and the relevant document fell."""
    one = tmp_path / "one"
    shutil.copytree(glaciers, one)
    (one / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq1\tgold\t1\n", encoding="utf-8")
    answer = printed_json("evaluate", "--dataset", one, "--candidates", "bm25:100", "--ranker", WORDS)
    assert answer["results"][0]["metrics"]["nDCG@10"] == pytest.approx(SECOND_OF_ONE, abs=1e-4)
    (comparison,) = in_app(glaciers, [parse_ranker_id(WORDS)], depth=100, queries=["q1"])
    (ranking,) = comparison.rankings
    assert [item.id for item in ranking.items][:2] == ["noise", "gold"]
    assert mean_ndcg([comparison], WORDS) == pytest.approx(SECOND_OF_ONE, abs=1e-4)
    assert ranking.provenance.parameters["statistics_documents"] == 13


def test_the_sample_of_web_questions() -> None:
    rule = ("--candidates", "bm25:20", "--ranker", WORDS)
    answer = printed_json("evaluate", "--dataset", "web-questions", *rule)
    assert answer["results"][0]["metrics"]["nDCG@10"] == pytest.approx(0.5500, abs=1e-4)
    queries = list(load_sample("web-questions").queries)
    comparisons = in_app(ROOT / "sample_data" / "web-questions", [parse_ranker_id(WORDS)], depth=20, queries=queries)
    assert len(queries) == 10
    assert mean_ndcg(comparisons, WORDS) == pytest.approx(0.5500, abs=1e-4)
