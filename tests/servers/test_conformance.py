"""Conformance over HTTP with real weights: infinity conforms, and each broken server is named."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from reranklab.cli import main
from reranklab.models.store import StoredModel
from tests.servers.broken import Fault, Served, serving
from tests.servers.found import INFINITY, MODEL, address


@pytest.fixture(scope="module")
def model(weights: dict[str, StoredModel]) -> Served:
    address(INFINITY)
    return Served(weights[MODEL].folder)


@pytest.fixture(scope="module")
def url(model: Served) -> Iterator[str]:
    with serving(model) as found:
        yield found


def conform(url: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, str]]:
    """The exit status, and each check's verdict."""
    status = main(["conform", url, "--model", "minilm", "--reference", "cross-encoder", "--format", "json"])
    return status, {each["check"]: each["state"] for each in json.loads(capsys.readouterr().out)["verdicts"]}


def test_infinity_conforms(capsys: pytest.CaptureFixture[str]) -> None:
    status, states = conform(address(INFINITY), capsys)
    assert status == 0
    assert states.pop("special") == "note"
    assert set(states.values()) == {"pass"}


@pytest.mark.parametrize(
    ("fault", "failed"),
    [
        ("", set()),
        ("template", {"template"}),
        ("suffix", {"truncation"}),
        ("precision", {"batch"}),
        ("indices", {"indices"}),
        ("sigmoid", {"scale"}),
    ],
)
def test_a_broken_server_is_named(
    model: Served, url: str, fault: Fault, failed: set[str], capsys: pytest.CaptureFixture[str]
) -> None:
    model.fault = fault
    status, states = conform(url, capsys)
    found = {check for check, state in states.items() if state == "fail"}
    rounded = {"ties"} if fault == "precision" else set()
    assert failed <= found <= failed | rounded, "scores of 16 bits may also fall together"
    assert status == bool(failed)
