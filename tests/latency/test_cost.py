"""Costs by hand, and the command."""

from __future__ import annotations

import math
from datetime import date

import pytest

from reranklab.errors import InputError
from reranklab.latency.cost import Listed, cost_record, hosted_costs, local_costs, served, service_in_words
from reranklab.latency.prices import Kind, Price
from tests.contract.command import printed_json, run_command


def price(kind: Kind, usd: float, **more: object) -> Price:
    return Price(id=kind, name=kind, kind=kind, usd=usd, date=date(2026, 1, 1), **more)  # type: ignore[arg-type]


def test_hosted_rankers_by_hand():
    search = price("searches", 2.0, documents=100, chunk_tokens=500)
    (cost,) = hosted_costs([search], Listed(candidates=100, tokens=500, query_tokens=10))
    assert (cost.searches, cost.usd, cost.read) == (1000, 2.0, 1000 * 100 * 510)
    # 101 documents are two searches; 60 of 501 tokens are 120 chunks, two searches too.
    assert [hosted_costs([search], Listed(candidates=n, tokens=t))[0].usd for n, t in ((101, 500), (60, 501))] == [4.0, 4.0]
    (cost,) = hosted_costs([price("tokens", 0.05)], Listed(candidates=100, tokens=90, query_tokens=10))
    assert (cost.read, cost.usd) == (10_000_000, pytest.approx(0.5))
    # 30 documents: windows of 11-30 and 1-20, 40 passages.
    (cost,) = hosted_costs([price("chat", 1.0, usd_written=4.0)], Listed(candidates=30, tokens=94, query_tokens=30))
    assert cost.read == 1000 * (2 * 150 + 40 * 100) and cost.written == 1000 * 40 * 5
    assert cost.usd == pytest.approx(4.3 + 0.8)


def test_a_local_ranker_costs_the_time_of_a_machine_with_its_device():
    prices = [price("machine", 3.6, device="cpu"), price("machine", 9.0, device="cuda"), price("tokens", 1)]
    listed = Listed(candidates=10, tokens=50)
    (cost,) = local_costs(prices, listed, ms=250.0, device="cpu")
    # 1,000 lists take 250 s, at a tenth of a cent a second.
    assert (cost.seconds, cost.usd) == (250.0, pytest.approx(0.25))
    assert [each.price.device for each in local_costs(prices, listed, ms=1, device="cuda:0")] == ["cuda"]
    assert local_costs(prices, listed, ms=1, device="mps") == ()


def test_queries_wait_as_in_the_queue_of_constant_times():
    found = served(100.0, rate=5.0)
    assert (found.queries_per_second, found.wait) == (10.0, pytest.approx(50.0))
    assert "a query waits 50.0 ms on average" in service_in_words(found)
    busy = served(100.0, rate=30.0, workers=2)
    assert busy.wait == math.inf and "grows without end" in service_in_words(busy)
    assert cost_record(Listed(candidates=1, tokens=1), (), busy)["service"]["wait"] is None
    assert service_in_words(served(100.0, rate=None)).endswith("at most 10.00 queries a second.")
    for workers, ms in ((0, 1.0), (1, 0.0)):
        with pytest.raises(InputError):
            served(ms, rate=None, workers=workers)
    for candidates, tokens in ((0, 10), (10, 0), (10, math.nan), (10**9, 10)):
        with pytest.raises(InputError, match="do not work"):
            Listed(candidates=candidates, tokens=tokens)


def test_the_command_costs_lists_and_measurements(tmp_path, monkeypatch):
    monkeypatch.setenv("RERANKLAB_DATA", str(tmp_path))
    record = printed_json("cost", "100x256", "20x64", "--format", "json")
    assert [(each["candidates"], each["tokens"]) for each in record["lists"]] == [(100, 256), (20, 64)]
    assert record["ranker"] is None and record["lists"][0]["service"] is None
    printed_json("latency", "--ranker", "bm25", "--candidates", "5,10,20", "--tokens", "16,64", "--repeats", "2", "--no-cold")
    measured = printed_json("cost", "--measurement", "1", "--rate", "2", "--workers", "2", "--format", "json")
    assert measured["ranker"] == "bm25" and len(measured["lists"]) == 6
    for each in measured["lists"]:
        ms = each["service"]["ms"]
        (local,) = (cost for cost in each["costs"] if cost["kind"] == "machine")
        assert local["machine_seconds"] == pytest.approx(ms) and each["service"]["queries_per_second"] == pytest.approx(
            2000 / ms
        )
    status, out, _ = run_command("cost", "50x32", "--measurement", "1")
    assert status == 0 and "bm25 on AWS m7g.large" in out and "unverified" in out and "queries a second" in out
    (tmp_path / "prices.toml").write_text("[[price]]\nid = 3\n")
    for arguments, problem in (
        ((), "line 1: the kind is missing"),
        (("100",), "The list '100' does not work"),
        (("--rate", "2"), "--rate needs a time"),
    ):
        status, _, err = run_command("cost", *arguments)
        assert (status, problem in err) == (2, True), err
