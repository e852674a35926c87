"""Hosted rankers against a server that speaks each service's protocol."""

import json
import logging
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from reranklab.engine.build import build_ranker
from reranklab.engine.measure import measure
from reranklab.errors import Cancelled, EndpointError, InputError
from reranklab.export import to_dict
from reranklab.latency.cost import estimated_usd, fitting_prices
from reranklab.latency.prices import packaged_prices
from reranklab.progress import Step
from reranklab.rankers.catalogue import default_rankers, parse_ranker_id
from reranklab.rankers.estimate import Estimate, Workload
from reranklab.rankers.family import Capability
from reranklab.rankers.titles import model_name, ranker_titles
from reranklab.services.catalogue import find_contract, rerank_services
from reranklab.services.endpoint import Endpoint
from reranklab.types import Document, Query, Ranking
from tests.services.rerank_server import KEY, SERVICES, RerankServer, logit, serve_service, sigmoid

QUERY = Query(text="What is the capital of France?")
TEXTS = (
    "Berlin is the capital of Germany.",
    "Paris is the capital and most populous city of France.",
    "Cheese.",
    "Paris is the capital of France.",
    "Cheese.",
)
MODELS = {"cohere": "rerank-v4.0-fast", "voyage": "rerank-2.5", "jina": "jina-reranker-m0", "zeroentropy": "zerank-2"}
LOGITS = {"tei", "infinity", "llamacpp"}


def documents(texts: tuple[str, ...] = TEXTS) -> list[Document]:
    return [Document(id=f"d{number}", text=text) for number, text in enumerate(texts)]


def ranker_id(service: str, options: str = "") -> str:
    model = MODELS.get(service, "minilm")
    return f"hosted:{service}/{model}{options}"


def rank(server: RerankServer, *, options: str = "", texts: tuple[str, ...] = TEXTS, ranker: str = "") -> Ranking:
    endpoint = Endpoint(service=server.service, url=server.url, key=KEY)
    built = build_ranker(ranker or ranker_id(server.service, options), endpoints=(endpoint,))
    return built.rank(QUERY, documents(texts))


@pytest.fixture(params=SERVICES)
def server(request: pytest.FixtureRequest) -> Iterator[RerankServer]:
    with serve_service(request.param) as running:
        yield running


def test_every_service_has_its_protocol_here() -> None:
    assert list(rerank_services()) == list(SERVICES)


def test_scores_and_order_are_the_services_own(server: RerankServer) -> None:
    """Ties stay in input order, whatever the order of the answer, and each score is the served one."""
    ranking = rank(server)
    of = [logit(QUERY.text, text) for text in TEXTS]
    if server.service not in LOGITS:
        of = [sigmoid(value) for value in of]
    assert [item.candidate for item in ranking.items] == [3, 1, 0, 2, 4]
    assert [item.score for item in ranking.items] == [of[place] for place in (3, 1, 0, 2, 4)]
    assert ranking.scale.description
    assert (len(server.requests), ranking.details["calls"], ranking.details["retries"]) == (1, 1, 0)


def test_nothing_is_asked_for_but_all_documents(server: RerankServer) -> None:
    rank(server)
    (asked,) = server.requests
    assert not {"top_n", "top_k"} & asked.keys()
    assert asked[SERVICES[server.service].texts] == list(TEXTS)


def test_a_long_list_is_divided_by_the_services_limit_and_scored_alike() -> None:
    texts = tuple(f"Paris number {number}" for number in range(70))
    with serve_service("tei") as server:
        whole, divided = rank(server, texts=texts), rank(server, texts=texts, options="?batch=7")
        assert [len(asked["texts"]) for asked in server.requests] == [32, 32, 6] + [7] * 10
    assert [(item.id, item.score) for item in whole.items] == [(item.id, item.score) for item in divided.items]
    assert (whole.details["calls"], divided.details["calls"]) == (3, 10)


def test_the_services_own_time_is_told_apart_from_the_network() -> None:
    with serve_service("tei") as server:
        ranking = rank(server, texts=tuple(f"Paris {number}" for number in range(40)))
    (run,) = ranking.timing.runs
    assert (run.compute, run.transfer > 0) == (4.0, True)
    assert {name: value for name, value in ranking.details.items() if name.startswith("reported")} == {
        "reported_total_ms": 4.0,
        "reported_queue_ms": 2.0,
        "reported_tokenise_ms": 0.0,
        "reported_compute_ms": 2.0,
    }
    assert run.compute + run.transfer <= run.total


def test_what_a_service_charges_is_kept() -> None:
    texts = tuple(f"Paris {number}" for number in range(150))
    found = {}
    for service in ("cohere", "voyage", "infinity", "zeroentropy"):
        with serve_service(service) as server:
            ranking = rank(server, texts=texts)
        found[service] = {name: value for name, value in ranking.details.items() if name.startswith("reported")}
        assert ranking.timing.tokens == 300, "as many as words were sent"
    characters = sum(len(QUERY.text) + len(text) for text in texts)
    assert found == {
        "cohere": {"reported_search_units": 2},
        "voyage": {"reported_tokens": 300},
        "infinity": {"reported_characters": characters},
        "zeroentropy": {},
    }


@pytest.mark.parametrize("service", ["tei", "infinity"])
def test_scores_as_probabilities(service: str) -> None:
    with serve_service(service) as server:
        logits, probabilities = rank(server), rank(server, options="?scores=probability")
    assert [item.score for item in probabilities.items] == [sigmoid(item.score) for item in logits.items]
    assert (logits.scale.name, probabilities.scale.name) == ("logit", "probability")


def test_what_is_cut_is_not_reported_or_refused() -> None:
    with serve_service("voyage") as server:
        allowed, refused = rank(server), rank(server, options="?cut=refuse")
        assert [asked["truncation"] for asked in server.requests] == [True, False]
    assert allowed.warnings == (
        "Voyage does not report what it cuts: tokens here are words that were sent. Voyage cuts a query at 8,000 tokens and a "
        "pair at 32,000.",
    )
    assert refused.warnings == ()
    with serve_service("vllm") as server:
        assert rank(server).warnings == ()
        with pytest.raises(EndpointError, match=r"refused the request \(status 400: maximum context length is 8192 tokens\)"):
            rank(server, texts=("word " * 9000,))


def test_an_instruction_goes_in_front_of_the_query() -> None:
    with serve_service("voyage") as server:
        rank(server, options="?instruction=Prefer%20cheese.")
        assert server.requests[0]["query"] == f"Prefer cheese.\n{QUERY.text}"
    assert parse_ranker_id("hosted:voyage/rerank-2.5").can(Capability.INSTRUCTION)
    assert not parse_ranker_id("hosted:cohere/rerank-v3.5").can(Capability.INSTRUCTION)


def test_a_model_that_reads_documents_together_is_never_divided() -> None:
    """Not by a wish for smaller requests, and where the provider divides, that is said."""
    texts = tuple(f"Paris {number}" for number in range(65))
    ranker = "hosted:jina/jina-reranker-v3"
    with serve_service("jina") as server:
        assert "reads up to 64 documents in one pass" in rank(server, texts=texts, ranker=ranker).warnings[-1]
        assert not any("one pass" in warning for warning in rank(server, texts=texts[:64], ranker=ranker).warnings)
        assert [len(asked["documents"]) for asked in server.requests] == [65, 64]
        with pytest.raises(InputError, match="reads its documents together"):
            rank(server, texts=texts, ranker=f"{ranker}?batch=8")
    with serve_service("tei") as server, pytest.raises(InputError, match="65 documents do not fit into one request"):
        rank(server, texts=texts, ranker="hosted:tei/jinaai/jina-reranker-v3")
    spec = parse_ranker_id("hosted:infinity/jinaai/jina-reranker-v3")
    assert not spec.can(Capability.POINTWISE)
    assert parse_ranker_id("hosted:infinity/minilm").can(Capability.POINTWISE)


def test_a_server_that_answers_as_another_model_is_named() -> None:
    with serve_service("infinity") as server:
        ranking = rank(server, ranker="hosted:infinity/bge-reranker")
        assert ranking.warnings[-1] == "infinity was asked for bge-reranker and answered as minilm."
        assert not any("answered as" in warning for warning in rank(server, ranker="hosted:infinity").warnings)
        assert "model" not in server.requests[-1]


@pytest.mark.parametrize("path", ["", "/", "/v2", "/v2/"])
def test_an_address_with_and_without_the_first_part_of_the_path(path: str) -> None:
    with serve_service("cohere") as server:
        endpoint = Endpoint(service="cohere", url=server.url + path, key=KEY)
        assert build_ranker("hosted:cohere/rerank-v3.5", endpoints=(endpoint,)).rank(QUERY, documents())


def test_several_services_at_once_each_with_its_key() -> None:
    with serve_service("cohere") as first, serve_service("infinity") as second:
        endpoints = [
            Endpoint(service="cohere", url=first.url, key=KEY),
            Endpoint(service="infinity", url=second.url),
        ]
        for service in ("cohere", "infinity"):
            build_ranker(ranker_id(service), endpoints=endpoints).rank(QUERY, documents())
        assert (len(first.requests), len(second.requests)) == (1, 1)


@pytest.mark.parametrize(
    ("ranker", "words"),
    [
        ("hosted", "names its service: hosted:SERVICE/MODEL. Services: cohere, voyage"),
        ("hosted:nobody/x", "no rerank service 'nobody'"),
        ("hosted:llm/x", "'llm' is no rerank service"),
        ("hosted:cohere", "Cohere needs a model: hosted:cohere/rerank-v4.0-pro"),
        ("hosted:cohere/rerank-v3.5?scores=logit", "gives its scores as Cohere score, not as logit"),
        ("hosted:cohere/rerank-v3.5?cut=refuse", "cannot be told to refuse"),
        ("hosted:cohere/rerank-v3.5?instruction=be%20kind", "takes no instruction for rerank-v3.5"),
        ("hosted:infinity/m?batch=1001", "whole number from 0 to 1000"),
    ],
)
def test_rankers_that_cannot_be(ranker: str, words: str) -> None:
    keys = [Endpoint(service="cohere", key=KEY), Endpoint(service="infinity", url="http://127.0.0.1:1")]
    with pytest.raises(InputError, match=words):
        build_ranker(ranker, endpoints=keys)


def test_a_key_is_asked_for_before_anything_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RERANKLAB_COHERE_KEY", raising=False)
    with pytest.raises(InputError, match=r"Cohere asks for a key. Give it in the session or as RERANKLAB_COHERE_KEY"):
        build_ranker("hosted:cohere/rerank-v3.5")


def test_no_service_runs_unasked() -> None:
    assert not any(parse_ranker_id(ranker).can(Capability.HOSTED) for ranker in default_rankers())


def test_names() -> None:
    assert model_name("hosted:cohere/rerank-v4.0-fast") == "Cohere rerank-v4.0-fast"
    assert model_name("hosted:infinity/org/minilm") == "infinity minilm"
    rankers = ["hosted:cohere/rerank-v4.0-fast", "hosted:tei"]
    assert list(ranker_titles(rankers).values()) == ["Hosted service: Cohere rerank-v4.0-fast", "Hosted service: TEI"]
    assert parse_ranker_id("hosted:vllm/Qwen/Qwen3-Reranker-0.6B").id == "hosted:vllm/Qwen/Qwen3-Reranker-0.6B"


def test_it_can_be_stopped_between_requests() -> None:
    cancel = threading.Event()
    steps: list[Step] = []

    def stop(step: Step) -> None:
        steps.append(step)
        cancel.set()

    with serve_service("tei") as server:
        ranker = build_ranker("hosted:tei?batch=1", endpoints=[Endpoint(service="tei", url=server.url)])
        with pytest.raises(Cancelled):
            ranker.rank(QUERY, documents(), cancel=cancel, progress=stop)
        assert len(server.requests) == 1
    assert [(step.done, step.total, step.unit) for step in steps] == [(1, 5, "call")]


def test_measured_runs_name_the_service_as_their_place(server: RerankServer) -> None:
    endpoint = Endpoint(service=server.service, url=server.url, key=KEY)
    ranking = measure(build_ranker(ranker_id(server.service), endpoints=(endpoint,)), QUERY, documents(), repeats=2)
    title = rerank_services()[server.service].title
    assert (ranking.timing.device, ranking.timing.device_name) == ("remote", f"{title} service, network included")
    assert len(server.requests) == 3, "one of them the warm-up"


def test_the_key_is_in_no_log_and_no_ranking(server: RerankServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    ranking = rank(server)
    told = caplog.text + repr(ranking) + json.dumps(to_dict([ranking]))
    assert KEY not in told
    assert server.url.removeprefix("http://") not in repr(ranking) + json.dumps(to_dict([ranking]))


def test_what_a_list_will_ask_and_cost() -> None:
    """By hand: 1,000 documents of 600 tokens are 2,000 chunks, 20 searches of a thousandth of $2; 640,000 tokens with the
    query's are 2 requests and 0.64 of $0.05."""
    load = Workload(documents=1000, document_tokens=600, query_tokens=40)
    prices = packaged_prices()
    found = {}
    for ranker in ("cohere/rerank-v4.0-fast", "voyage/rerank-2.5", "tei", "infinity/zerank-2", "zeroentropy/zerank-2"):
        spec = parse_ranker_id(f"hosted:{ranker}")
        estimate = spec.estimate(load)
        assert estimate is not None and estimate.tokens == 640_000
        usd = [estimated_usd(price, estimate) for price in fitting_prices(prices, spec.model, estimate)]
        found[ranker] = (estimate.calls, usd)
    assert found == {
        "cohere/rerank-v4.0-fast": (1, [pytest.approx(0.04)]),
        "voyage/rerank-2.5": (2, [pytest.approx(0.032)]),
        "tei": (32, []),
        "infinity/zerank-2": (1, []),
        "zeroentropy/zerank-2": (1, [pytest.approx(0.016)]),
    }
    inside = parse_ranker_id("cascade(bm25,hosted:tei)?keep=40").estimate(load)
    assert inside is not None and inside.calls == 2


def test_every_model_that_a_provider_serves_has_a_window_and_one_price() -> None:
    estimate = Estimate(calls=1, tokens=1)
    for service in rerank_services():
        for model in find_contract(service).models:
            prices = fitting_prices(packaged_prices(), f"{service}/{model.name}", estimate)
            assert model.window and len(prices) == 1, model.name
            assert fitting_prices(packaged_prices(), f"infinity/{model.name}", estimate) == (), "nobody charges for one's own"


def test_the_contract_table_is_whole() -> None:
    for service in rerank_services():
        contract = find_contract(service)
        assert contract.path.startswith("/")
        assert all(offered.scale.description for offered in contract.scales)
        assert replace(contract, models=()).models == ()
