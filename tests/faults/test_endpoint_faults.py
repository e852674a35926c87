"""A chat endpoint that misbehaves in every way that a server can, over real connections: an error in words or the right
order, soon, in little memory, and never a document anywhere else."""

import gc
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator

import pytest

from reranklab.engine.request import RunSettings, listed
from reranklab.engine.run import compare
from reranklab.errors import EndpointError, InputError, RerankLabError
from reranklab.llm.chat import chat_order
from reranklab.models.clock import RunClock
from reranklab.models.device import Device
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.services.endpoint import Endpoint
from reranklab.services.limits import CallLimits
from reranklab.types import Document, Query
from tests.faults.conftest import StartPlan
from tests.faults.endpoint_answers import (
    BOMB,
    DEEP,
    GOOD,
    GZIP,
    HURRIED,
    KEY,
    PASSAGES,
    PATIENT,
    RIGHT,
    SECRET,
    Fault,
    holding,
    json_whole,
    raw,
)
from tests.faults.endpoint_value_faults import kinds, statuses, values
from tests.faults.endpoint_wire_faults import bombs, cuts, delays, floods, not_http, redirects
from tests.faults.plan import what_is_wrong
from tests.faults.raw_server import Answer, RawServer, serve_raw

DEVICE = Device(id="remote", name="chat endpoint")
MOST_MEMORY = 100_000_000
MOST_SECONDS = 60
"""Generous: what hangs, hangs for longer."""


@pytest.fixture(scope="module")
def other() -> Iterator[RawServer]:
    """Where no document may come."""
    with serve_raw() as server:
        server.answer = lambda wire: wire.whole(GOOD)
        yield server


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[RawServer]:
    """What the environment names as the proxy of everything."""
    with serve_raw() as server:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://{server.origin}")
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        yield server


def ask(endpoint: Endpoint, limits: CallLimits) -> tuple[int, ...]:
    found = chat_order(
        endpoint, query="capital of France", passages=PASSAGES, clock=RunClock(DEVICE), cancel=threading.Event(), limits=limits
    )
    assert type(found.tokens) is int and 0 <= found.tokens < 10**10
    return found.order


def end_of(fault: Fault, server: RawServer) -> str:
    """What is wrong with a fault's end; "" where nothing is."""
    server.answer = fault.answer
    if tracemalloc.is_tracing():
        tracemalloc.reset_peak()
    before, start = tracemalloc.get_traced_memory()[0], time.monotonic()
    order, error = None, None
    try:
        order = ask(Endpoint(url=server.url, key=KEY, model="tiny"), fault.limits)
    except RerankLabError as caught:
        error = caught
    except Exception as caught:  # noqa: BLE001 - the plan reports it
        return what_is_wrong(caught)
    seconds, memory = time.monotonic() - start, tracemalloc.get_traced_memory()[1] - before
    if seconds > MOST_SECONDS or memory > MOST_MEMORY:
        return f"took {seconds:.0f} s and {memory / 1e6:.0f} MB"
    if error is None:
        return "" if order == fault.order else f"the order {order}"
    if not isinstance(error, EndpointError) or KEY in str(error) or SECRET in str(error):
        return f"{type(error).__name__}: {error}"
    if fault.order is not None and not fault.either:
        return f"no order: {error}"
    return what_is_wrong(error) or ("" if fault.words in str(error) else f"does not say {fault.words!r}: {error}")


@pytest.mark.parametrize(
    "faults", [bombs, floods, delays, cuts, not_http, kinds, values, statuses], ids=lambda faults: faults.__name__
)
def test_an_endpoint_that_misbehaves(faults: Callable[[], Iterator[Fault]], fault_plan: StartPlan, proxy: RawServer) -> None:
    _try_all(list(faults()), faults.__name__.replace("_", " "), fault_plan)
    assert proxy.received == []


def test_an_endpoint_that_points_elsewhere(fault_plan: StartPlan, proxy: RawServer, other: RawServer) -> None:
    _try_all(list(redirects(other)), "redirects", fault_plan)
    assert other.received == proxy.received == []


def _try_all(faults: list[Fault], kind: str, fault_plan: StartPlan) -> None:
    with serve_raw() as server, fault_plan(f"an endpoint that misbehaves: {kind}") as plan:
        server.answer = lambda wire: wire.whole(GOOD)
        assert ask(Endpoint(url=server.url, model="tiny"), PATIENT) == RIGHT, "the client library is loaded now"
        if kind in ("bombs", "floods"):
            tracemalloc.start()
        try:
            for fault in faults:
                plan.tried(fault.name, failed=end_of(fault, server))
        finally:
            tracemalloc.stop()
        server.answer = lambda wire: wire.whole(GOOD)
        assert ask(Endpoint(url=server.url, model="tiny"), PATIENT) == RIGHT, "and nothing of them is left"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_address_that_is_no_endpoint(fault_plan: StartPlan, proxy: RawServer) -> None:
    """https where there is none: nothing but a handshake is sent, to that address or through a tunnel.

    The client library leaves the socket of a handshake that was stopped to the garbage collector, which warns.
    """
    answers: dict[str, Answer] = {
        "plain text": raw(b"HTTP/1.1 400 Bad Request\r\n\r\nplain HTTP"),
        "TLS alert": raw(b"\x15\x03\x03\x00\x02\x02\x28"),
        "zeros": raw(b"\0" * 100),
        "nothing": raw(),
        "reset": lambda wire: wire.reset(),
        "silence": holding(),
    }
    with serve_raw() as server, fault_plan("https where there is none") as plan, pytest.MonkeyPatch.context() as patch:
        for name, answer in answers.items():
            server.answer = proxy.answer = answer
            for host in ("127.0.0.1", ""):
                patch.setenv("no_proxy", host)
                with pytest.raises(EndpointError) as caught:
                    ask(Endpoint(url=server.url.replace("http:", "https:"), key=KEY, model="tiny"), HURRIED)
                plan.tried(f"{name}, {'direct' if host else 'through a proxy'}", failed=what_is_wrong(caught.value))
        patch.setenv("no_proxy", "")
        for name, status in {
            "refusing": "403 No",
            "asking": "407 Who",
            "pointing elsewhere": "302 Found",
            "broken": "502 No",
        }.items():
            proxy.answer = json_whole("{}", status, Location=server.url)
            with pytest.raises(EndpointError) as caught:
                ask(Endpoint(url="https://api.invalid/v1", key=KEY, model="tiny"), HURRIED)
            plan.tried(f"a proxy {name}", failed=what_is_wrong(caught.value))
        told = b"".join(server.received + proxy.received)
        assert b"CONNECT api.invalid:443" in told
        assert SECRET.encode() not in told and KEY.encode() not in told
    gc.collect()


@pytest.mark.parametrize("value", ["socks9://127.0.0.1:1", "foo", "http://[::1", "socks5://127.0.0.1:1"])
def test_a_proxy_that_cannot_be_used(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("https_proxy", "HTTPS_PROXY"):
        monkeypatch.setenv(name, value)
    with pytest.raises((InputError, EndpointError)) as caught:
        ask(Endpoint(url="https://api.invalid/v1", model="tiny"), HURRIED)
    assert what_is_wrong(caught.value) == ""


def test_the_other_ranker_keeps_its_result(fault_plan: StartPlan, proxy: RawServer) -> None:
    """The same servers below the engine, which warms up and repeats."""
    documents = [Document(id=f"d{number}", text=text) for number, text in enumerate(PASSAGES)]
    specs = tuple(map(parse_ranker_id, ("listwise-llm?method=chat", "bm25")))
    answers = {
        "a bomb": json_whole(BOMB, **GZIP),
        "a redirect": json_whole("", "307 Lost", Location="//x.invalid/"),
        "deep": json_whole(DEEP),
    }
    with serve_raw() as server, fault_plan("an endpoint that misbehaves, below the engine") as plan:
        settings = RunSettings(specs=specs, endpoints=(Endpoint(url=server.url, key=KEY, model="tiny"),))
        for name, answer in answers.items():
            server.answer = answer
            chat, bm25 = compare(listed(Query(text="capital of France"), documents), settings).runs
            plan.tried(name, failed=what_is_wrong(chat.error) or ("" if bm25.ranking else "cost the other its result"))
