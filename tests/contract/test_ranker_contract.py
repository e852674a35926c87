"""One suite that every ranker passes: what Ranker.rank promises, whoever ranks."""

import itertools
import json
import math
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from reranklab.engine.build import build_ranker
from reranklab.errors import Cancelled, InputError, QueryTooLongError, TooManyDocumentsError
from reranklab.export import to_dict
from reranklab.models.store import models_dir
from reranklab.progress import Step
from reranklab.rankers.base import MAX_CANDIDATES
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.rankers.family import Ranker
from reranklab.services.endpoint import Endpoint
from reranklab.types import STAGES, Document, Provenance, Query, RankedDocument, Ranking
from tests.contract.cases import CASES, ENDPOINT, MIXED, QUERY, Case, documents
from tests.contract.chat_server import reversing_server
from tests.contract.plugin import LETTERS, installed, write_package
from tests.services.rerank_server import KEY, serve_service


def only(wanted: Callable[[Case], bool]) -> pytest.MarkDecorator:
    """Run a test over some of the cases."""
    return pytest.mark.parametrize("case", parameters(wanted), indirect=True, scope="module")


def parameters(wanted: Callable[[Case], bool] = lambda case: True) -> list[pytest.ParameterSet]:
    marks = {True: [pytest.mark.model], False: []}
    return [pytest.param(case, id=case.id, marks=marks[case.model]) for case in CASES if wanted(case)]


@pytest.fixture(scope="module", autouse=True)
def plugged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The invented family keeps the contract as well."""
    folder = tmp_path_factory.mktemp("packages")
    write_package(folder, "letters-ranker", LETTERS)
    with installed(folder):
        yield


@pytest.fixture(scope="module", params=parameters())
def case(request: pytest.FixtureRequest) -> Case:
    found: Case = request.param
    return found


@pytest.fixture(scope="module")
def url(case: Case) -> Iterator[str]:
    """The server that the case's ranker asks."""
    if case.service:
        with serve_service(case.service) as server:
            yield server.url
    else:
        with reversing_server() as address:
            yield address


@pytest.fixture(scope="module", autouse=True)
def cache(case: Case, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One cache for a case, with the embedded models where it needs them: embeddings are written into it."""
    if case.model:
        request.getfixturevalue("weights")
    folder = tmp_path_factory.mktemp("cache")
    (folder / "models").symlink_to(models_dir(), target_is_directory=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RERANKLAB_CACHE", str(folder))
        yield folder


def build(case: Case, url: str, *, id: str = "") -> Ranker:  # noqa: A002
    endpoints = [Endpoint(url=url, key="secret-key-of-the-test", model="tiny")] if case.id in ENDPOINT else []
    if case.service:
        endpoints = [Endpoint(url=url, key=KEY, service=case.service)]
    return build_ranker(id or case.id, endpoints=endpoints)


@pytest.fixture(scope="module")
def ranker(case: Case, url: str) -> Ranker:
    return build(case, url)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The first ranking of a new ranker, the progress it told, and its candidates as it left them."""

    ranking: Ranking
    steps: tuple[Step, ...]
    candidates: tuple[Document, ...]


@pytest.fixture(scope="module")
def first_run(case: Case, url: str) -> Run:
    candidates = list(MIXED)
    steps: list[Step] = []
    ranking = build(case, url).rank(QUERY, candidates, progress=steps.append)
    return Run(ranking=ranking, steps=tuple(steps), candidates=tuple(candidates))


@pytest.fixture(scope="module")
def mixed(first_run: Run) -> Ranking:
    return first_run.ranking


def assert_contract(ranking: Ranking, candidates: Sequence[Document]) -> None:
    items = ranking.items
    assert sorted(item.candidate for item in items) == list(range(len(candidates)))
    assert [item.id for item in items] == [candidates[item.candidate].id for item in items]
    assert [item.rank for item in items] == list(range(1, len(candidates) + 1))
    assert all(math.isfinite(item.score) for item in items)
    for above, below in itertools.pairwise(items):
        assert above.score >= below.score
        assert above.score > below.score or above.candidate < below.candidate, "ties stay in input order"
    assert all(0 <= item.tokens_used <= item.tokens_total for item in items)


def places(ranking: Ranking) -> list[tuple[str, float]]:
    return [(item.id, item.score) for item in ranking.items]


def item_of(ranking: Ranking, document_id: str) -> RankedDocument:
    return next(item for item in ranking.items if item.id == document_id)


def test_the_id_is_canonical_and_names_the_family(case: Case, ranker: Ranker) -> None:
    assert ranker.id == case.id
    assert re.split(r"[:?(]", ranker.id)[0] == ranker.spec.family.id


def test_its_reference_gives_nothing_up_and_is_the_same_model(ranker: Ranker) -> None:
    spec, reference = ranker.spec, ranker.spec.reference
    assert reference.reference.id == reference.id == parse_ranker_id(reference.id).id
    assert (reference.family.id, reference.model, len(reference.stages)) == (spec.family.id, spec.model, len(spec.stages))


def test_a_ranking_is_a_full_permutation_with_finite_scores_and_ties_in_input_order(mixed: Ranking) -> None:
    assert_contract(mixed, MIXED)


def test_a_ranking_says_what_was_asked_of_whom(ranker: Ranker, mixed: Ranking) -> None:
    assert (mixed.query, mixed.ranker) == (QUERY, ranker.id)
    assert mixed.scale.name
    assert mixed.scale.description


def test_a_used_ranker_ranks_as_a_new_one(ranker: Ranker, mixed: Ranking) -> None:
    ranker.rank(Query(text="how is cheese made"), documents("Milk curdles.", "A train leaves.", "Milk curdles."))
    assert places(ranker.rank(QUERY, MIXED)) == places(mixed)


def test_loading_twice_is_loading_once(ranker: Ranker, mixed: Ranking) -> None:
    ranker.load()
    ranker.load()
    assert ranker.rank(QUERY, MIXED[:2]).timing.load == mixed.timing.load


def test_one_document(ranker: Ranker) -> None:
    only = documents("Paris")
    assert_contract(ranker.rank(QUERY, only), only)


def test_equal_texts_with_equal_scores_keep_input_order(ranker: Ranker) -> None:
    same = documents(*["Paris is in France."] * 6)
    assert_contract(ranker.rank(QUERY, same), same)


@only(lambda case: not (case.order_only or case.id.startswith("listwise-llm")))
def test_equal_texts_have_equal_scores_wherever_they_stand(ranker: Ranker) -> None:
    """Listwise methods see where a passage stands; the others do not, but some give an order alone."""
    repeated = documents("Paris.", "a " * 40, "Paris.", "b " * 90, "Lyon and Nice.", "Paris.", "c " * 20)
    ranking = ranker.rank(QUERY, repeated)
    assert len({item_of(ranking, document_id).score for document_id in ("d1", "d3", "d6")}) == 1
    own = [item.candidate for item in ranking.items if item.id in ("d1", "d3", "d6")]
    assert own == [0, 2, 5]


def test_a_title_counts_as_text(ranker: Ranker, mixed: Ranking) -> None:
    assert item_of(mixed, "titled").tokens_total >= 2


def test_a_blank_document_among_others_has_no_tokens_but_its_spaces(case: Case, mixed: Ranking) -> None:
    blank = item_of(mixed, "d4")
    assert (blank.tokens_used, blank.tokens_total) == (case.spaces, case.spaces)


def test_what_a_window_cuts_is_reported(case: Case, ranker: Ranker) -> None:
    long = Document(id="long", text="Paris is a city of many quarters, and each has its own market. " * 250)
    ranking = ranker.rank(QUERY, [long, *documents("Paris is the capital of France.")])
    assert_contract(ranking, [long, *documents("Paris is the capital of France.")])
    found, short = item_of(ranking, "long"), item_of(ranking, "d1")
    assert found.truncated == case.window
    assert 0 < found.tokens_used <= found.tokens_total
    assert 0 < short.tokens_used == short.tokens_total


@pytest.mark.parametrize(
    ("query", "candidates", "error"),
    [
        ("", MIXED, InputError),
        (" \n\t", MIXED, InputError),
        ("paris", (), InputError),
        ("paris", documents("", " ", "\n"), InputError),
        ("paris", (Document(id="a", text="one"), Document(id="a", text="two")), InputError),
        ("paris", documents("half a pair \ud83d"), InputError),
        ("half a pair \udc00", documents("paris"), InputError),
        ("paris", (Document(id="a", title="\ud800", text="one"),), InputError),
        ("paris", documents(*["one"] * (MAX_CANDIDATES + 1)), TooManyDocumentsError),
    ],
    ids=["no query", "blank query", "no documents", "blank documents", "one id twice", "half a pair in a document",
         "half a pair in the query", "half a pair in a title", "1,001 documents"],
)  # fmt: skip
def test_input_that_cannot_be_ranked(
    ranker: Ranker, query: str, candidates: tuple[Document, ...], error: type[InputError]
) -> None:
    with pytest.raises(error) as caught:
        ranker.rank(Query(text=query), candidates)
    assert isinstance(caught.value, InputError)
    assert 10 < len(str(caught.value)) < 250


def test_a_query_that_fills_the_window_is_an_error(case: Case, ranker: Ranker) -> None:
    question = Query(text="capital of France " * 3000)
    if case.model and case.query_window:
        with pytest.raises(QueryTooLongError, match="Shorten the query"):
            ranker.rank(question, MIXED[:2])
    else:
        assert_contract(ranker.rank(question, MIXED[:2]), MIXED[:2])


@only(lambda case: case.thousand)
def test_a_thousand_documents(ranker: Ranker) -> None:
    candidates = documents(*(f"city {number}" for number in range(MAX_CANDIDATES)))
    steps: list[Step] = []
    assert_contract(ranker.rank(Query(text="city"), candidates, progress=steps.append), candidates)
    assert steps[-1].done == steps[-1].total


def test_cancelled_before_it_began(ranker: Ranker) -> None:
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        ranker.rank(QUERY, MIXED, cancel=cancel)


def many(case: Case) -> tuple[Document, ...]:
    return documents(*(f"{number} " + "Paris has markets. " * (case.words // 3) for number in range(case.many)))


def test_cancelled_on_the_way_it_stops_within_one_step(case: Case, url: str) -> None:
    ranker = build(case, url, id=case.small_steps or case.id)
    cancel = threading.Event()
    steps: list[Step] = []

    def stop(step: Step) -> None:
        steps.append(step)
        cancel.set()

    with pytest.raises(Cancelled):
        ranker.rank(QUERY, many(case), cancel=cancel, progress=stop)
    assert 1 <= len(steps) <= 2
    assert_contract(ranker.rank(QUERY, MIXED[:2]), MIXED[:2])


def test_progress_never_passes_its_total_and_reaches_it(first_run: Run) -> None:
    steps = first_run.steps
    assert steps
    assert all(0 <= step.done <= step.total and step.total > 0 and step.unit for step in steps)
    assert [step.done for step in steps] == sorted(step.done for step in steps)
    assert steps[-1].done == steps[-1].total


@only(lambda case: "indexed" in case.id)
def test_progress_is_told_where_everything_is_in_the_cache(ranker: Ranker, first_run: Run) -> None:
    steps: list[Step] = []
    ranking = ranker.rank(QUERY, MIXED, progress=steps.append)
    assert ranking.details["documents_embedded_now"] == 0
    assert [(step.done, step.total) for step in steps] == [(1, 1)]


def test_one_run_is_timed_by_stages(case: Case, mixed: Ranking) -> None:
    timing = mixed.timing
    (run,) = timing.runs
    assert all(getattr(run, stage) >= 0 for stage in STAGES)
    assert run.total > 0
    assert run.tokenise + run.compute + run.postprocess <= run.total + 1e-6
    assert run.compute > 0
    assert timing.documents == len(MIXED)
    assert timing.tokens > 0
    assert (timing.load is not None and timing.load > 0) == case.model
    assert timing.device
    assert timing.device_name
    assert timing.precision
    assert timing.host
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", timing.measured_at)
    assert not timing.cached


def innermost(ranking: Ranking) -> Provenance:
    """Of the ranker that holds no other, and ran last."""
    stages, provenance = ranking.stages, ranking.provenance
    while stages:
        *_, stage = stages
        stages, provenance = stage.stages, stage.provenance
    return provenance


def test_provenance_is_complete_and_holds_no_address_and_no_key(case: Case, ranker: Ranker, mixed: Ranking) -> None:
    provenance = mixed.provenance
    assert (provenance.ranker, provenance.family) == (ranker.id, ranker.spec.family.id)
    assert provenance.device
    assert provenance.device_name
    assert provenance.precision
    assert provenance.backend
    assert provenance.parameters
    assert {"python", "reranklab"} < set(provenance.versions)
    if case.model:
        assert re.fullmatch(r"[0-9a-f]{64}", provenance.weights_sha256)
        assert provenance.model.startswith("embedded/")
        assert provenance.revision
        assert "transformers" in provenance.versions
        assert "max_tokens" in innermost(mixed).parameters
    text = json.dumps(to_dict([mixed]), allow_nan=False)
    assert "://" not in text
    assert "secret-key" not in text and KEY not in text + repr(mixed)
    assert "secret-key" not in repr(mixed)


def test_the_input_is_not_changed(first_run: Run) -> None:
    assert first_run.candidates == MIXED
