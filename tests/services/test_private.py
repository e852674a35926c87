"""Private addresses, where the app is served to others: nothing is sent to one that a visitor names."""

import asyncio
import threading
from collections.abc import Iterator

import pytest

from reranklab import operator
from reranklab.errors import EndpointError
from reranklab.llm.chat import chat_order
from reranklab.models.clock import RunClock
from reranklab.models.device import Device
from reranklab.operator import share
from reranklab.services.catalogue import find_contract
from reranklab.services.endpoint import Endpoint
from reranklab.services.private import is_public_address
from reranklab.services.rerank import rerank
from tests.faults.endpoint_answers import json_whole
from tests.faults.raw_server import RawServer, serve_raw


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that serves others than this machine's user."""
    monkeypatch.setattr(operator, "_shared", threading.Event())
    for name in ("RERANKLAB_SETTINGS", "RERANKLAB_PRIVATE_ADDRESSES", "RERANKLAB_TEI_URL", "RERANKLAB_LLM_URL"):
        monkeypatch.delenv(name, raising=False)
    share()


@pytest.fixture
def server() -> Iterator[RawServer]:
    with serve_raw() as running:
        running.answer = json_whole('[{"index": 0, "score": 1}]')
        yield running


def ask(url: str) -> tuple[float, ...]:
    endpoint = Endpoint(service="tei", url=url)
    return rerank(endpoint, find_contract("tei"), query="q", texts=["one"], model="", settings={}).scores


@pytest.mark.usefixtures("shared")
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0", "[::ffff:127.0.0.1]"])
def test_a_visitors_address_in_the_own_network_is_refused_before_a_byte(server: RawServer, host: str) -> None:
    with pytest.raises(EndpointError, match=r"is not public.*nothing was sent.*RERANKLAB_PRIVATE_ADDRESSES=1"):
        ask(f"http://{host}:{server.origin.rpartition(':')[2]}")
    assert server.received == []


@pytest.mark.usefixtures("shared")
def test_a_chat_endpoint_there_is_refused_as_well(server: RawServer) -> None:
    endpoint = Endpoint(url=server.url, model="m")
    clock = RunClock(Device(id="remote", name="chat endpoint"))
    with pytest.raises(EndpointError, match="is not public"):
        chat_order(endpoint, query="q", passages=["one"], clock=clock, cancel=None)
    assert server.received == []


@pytest.mark.usefixtures("shared")
def test_a_name_that_moves_there_between_look_and_connection_is_refused(
    server: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def public(*_: object, **__: object) -> list[object]:
        return [(2, 1, 6, "", ("8.8.8.8", 80))]

    monkeypatch.setattr(asyncio.base_events.BaseEventLoop, "getaddrinfo", public)
    with pytest.raises(EndpointError, match="is not public"):
        ask(f"http://127.0.0.1:{server.origin.rpartition(':')[2]}")
    assert not any(server.received)


@pytest.mark.usefixtures("shared")
def test_the_operator_can_allow_it_for_all_or_for_one(server: RawServer, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"http://{server.origin}"
    with monkeypatch.context() as patch:
        patch.setenv("RERANKLAB_PRIVATE_ADDRESSES", "1")
        assert ask(url) == (1.0,)
    with pytest.raises(EndpointError):
        ask(url)
    monkeypatch.setenv("RERANKLAB_TEI_URL", url)
    assert ask(url) == (1.0,)


def test_on_ones_own_machine_nothing_is_refused(server: RawServer) -> None:
    assert ask(f"http://{server.origin}") == (1.0,)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True), ("2606:4700::1111", True), ("127.0.0.1", False), ("10.1.2.3", False), ("172.16.0.1", False),
        ("192.168.1.1", False), ("169.254.169.254", False), ("100.64.0.1", False), ("0.0.0.0", False), ("224.0.0.1", False),
        ("255.255.255.255", False), ("::1", False), ("::", False), ("fe80::1%eth0", False), ("fd00::1", False),
        ("::ffff:10.0.0.1", False), ("2002:0a00:0001::", False), ("ff02::1", False),
    ],
)  # fmt: skip
def test_addresses(address: str, public: bool) -> None:
    assert is_public_address(address) == public
