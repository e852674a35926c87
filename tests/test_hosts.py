"""Which hosts a request may name."""

from __future__ import annotations

import pytest

from reranklab.errors import InputError
from reranklab.hosts import Host, allowed_host, is_allowed, loopback, parse_host, serves_others


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("localhost", Host(name="localhost")),
        ("LocalHost:8501", Host(name="localhost", port=8501)),
        ("127.0.0.1:1", Host(name="127.0.0.1", port=1)),
        ("[::1]:8501", Host(name="[::1]", port=8501)),
        ("rerank.example.org", Host(name="rerank.example.org")),
        ("", None),
        (":8501", None),
        ("localhost:", None),
        ("localhost:port", None),
        ("localhost:123456", None),
        ("localhost.", None),
        ("::1", None),
        ("a b", None),
        ("user@localhost", None),
        ("localhost/path", None),
        ("http://localhost", None),
        ("münchen.example", None),
        ("localhost\n", None),
        ("*", None),
    ],
)
def test_what_is_a_host(text: str, host: Host | None):
    assert parse_host(text) == host


@pytest.mark.parametrize("text", ["http://rerank.example.org", "*", "", "rerank.example.org/app"])
def test_an_operator_hears_of_a_host_that_does_not_work(text: str):
    with pytest.raises(InputError, match="NAME:PORT"):
        allowed_host(text)


@pytest.mark.parametrize(
    ("asked", "allowed", "answer"),
    [
        ("localhost:8501", "", True),
        ("[::1]:8501", "", True),
        ("localhost:8502", "", False),
        ("localhost", "", False),
        ("127.0.0.2:8501", "", False),
        ("rerank.example.org", "rerank.example.org", True),
        ("rerank.example.org:8443", "rerank.example.org", True),
        ("rerank.example.org:8443", "rerank.example.org:8443", True),
        ("rerank.example.org", "rerank.example.org:8443", False),
        ("rerank.example.org", "rerank.example.org:443", True),
        ("x.rerank.example.org", "rerank.example.org", False),
    ],
)
def test_which_are_allowed(asked: str, allowed: str, answer: bool):
    host = parse_host(asked)
    assert host is not None
    assert is_allowed(host, [*loopback(8501), *map(allowed_host, allowed.split())]) is answer


def test_a_server_at_the_usual_port_is_named_without_it():
    assert is_allowed(Host(name="localhost"), loopback(80))


@pytest.mark.parametrize(
    ("address", "hosts", "others"),
    [
        ("127.0.0.1", (), False),
        ("localhost", (), False),
        ("::1", (), False),
        ("127.0.0.1", ("localhost:9000",), False),
        ("127.0.0.1", ("rerank.example.org",), True),
        ("0.0.0.0", (), True),
        ("192.168.1.5", (), True),
        (None, (), True),
    ],
)
def test_whom_a_server_serves(address: str | None, hosts: tuple[str, ...], others: bool) -> None:
    assert serves_others(address, [allowed_host(host) for host in hosts]) == others
