"""Lists of given lengths, quantiles by hand, and a sweep of scripted and real rankers."""

from __future__ import annotations

import json
import threading

import pytest

from reranklab.engine.build import build_ranker
from reranklab.errors import Cancelled, InputError
from reranklab.latency.lists import made_lists, real_lists
from reranklab.latency.machine import MachineState, busy_notes
from reranklab.latency.quantiles import short_ms, time_quantile
from reranklab.latency.record import sweep_record
from reranklab.latency.sweep import sweep
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.types import Document, Query
from tests.contract.command import printed_json, run_command


def test_the_ends_of_a_median_are_order_statistics():
    # Of ten values the 2nd and the 9th hold the median with 97.9 %: the classical table.
    found = time_quantile([10, 1, 9, 2, 8, 3, 7, 4, 6, 5], 0.5)
    assert (found.value, found.low, found.high) == (5.5, 2, 9)
    few = time_quantile([3, 1, 2], 0.95)
    assert (few.value, few.high) == (pytest.approx(2.9), None), "three runs say nothing of the upper end"
    assert (found.short, few.short) == ("5.50 [2.00, 9.00]", "2.90 [2.00, ?]")
    assert [short_ms(each) for each in (0.123, 9.994, 9.996, 1234.56)] == ["0.12", "9.99", "10.0", "1,234.6"]
    with pytest.raises(InputError, match="no times"):
        time_quantile([], 0.5)


@pytest.mark.usefixtures("weights")
def test_documents_have_the_lengths_that_were_asked_for():
    ranker = build_ranker(parse_ranker_id("cross-encoder?precision=int8"))
    lists = made_lists(ranker, candidates=[2, 3], tokens=[16, 40])
    assert [(len(each.documents), each.tokens) for each in lists] == [(2, 16), (3, 16), (2, 40), (3, 40)]
    assert len({document.text for document in lists[-1].documents}) == 3
    result = sweep(ranker, lists, repeats=1)
    for cell in result.cells:
        assert cell.lengths == (cell.asked_tokens,) * cell.candidates
        # [CLS] query [SEP] document [SEP]
        assert cell.overhead == pytest.approx(result.cells[0].overhead) and cell.overhead > 10


def test_every_list_is_run_as_often_as_asked_and_the_record_says_how():
    ranker = build_ranker(parse_ranker_id("bm25"))
    lists = made_lists(ranker, candidates=[5, 10, 20], tokens=[20, 60])
    steps = []
    result = sweep(ranker, lists, repeats=4, progress=steps.append)
    assert [len(cell.runs) for cell in result.cells] == [4] * 6
    assert (steps[-1].done, steps[-1].total, steps[-1].unit) == (24, 24, "run")
    record = json.loads(json.dumps(sweep_record(result, budget=50.0), allow_nan=False))
    assert [cell["runs"] for cell in record["cells"]] == [4] * 6
    assert record["cells"][0]["p95"]["high"] is None
    assert record["device"] == "cpu" and record["warm_up"].startswith("1 unmeasured run")
    assert record["law"]["deepest"].keys() == {"20", "60"}
    assert record["machine"]["before"]["cores"] >= 1
    few = sweep_record(sweep(ranker, lists[:2], repeats=1))
    assert few["law"] is None and "too few for the law" in few["law_missing"]


def test_a_sweep_can_be_stopped_and_refuses_what_is_no_number():
    ranker = build_ranker(parse_ranker_id("bm25"))
    lists = made_lists(ranker, candidates=[5], tokens=[20])
    stop = threading.Event()
    stop.set()
    with pytest.raises(Cancelled):
        sweep(ranker, lists, cancel=stop)
    for candidates, tokens, problem in (
        ([0], [5], "0 candidates"),
        ([5], [9000], "9,000 tokens"),
        ([], [5], "nothing to measure"),
    ):
        with pytest.raises(InputError, match=problem):
            made_lists(ranker, candidates=candidates, tokens=tokens)
    with pytest.raises(InputError, match="0 repeats"):
        sweep(ranker, lists, repeats=0)


def test_documents_as_they_are():
    lists = [(Query(text="a"), [Document(id=str(number), text="b") for number in range(length)]) for length in (3, 7)]
    found = real_lists(lists, candidates=[3, 5])
    assert [len(each.documents) for each in found] == [3, 3, 5]
    with pytest.raises(InputError, match="No query has 9 candidates"):
        real_lists(lists, candidates=[9])
    record = printed_json(
        "latency", "--ranker", "bm25", "--dataset", "negation", "--candidates", "5,10", "--queries", "3", "--repeats", "2",
        "--budget-ms", "40",
    )  # fmt: skip
    (ranker,) = record["rankers"]
    assert {(cell["candidates"], cell["asked_tokens"]) for cell in ranker["cells"]} == {(5, None), (10, None)}
    assert len({cell["tokens"] for cell in ranker["cells"]}) > 2 and list(ranker["law"]["deepest"]) == ["0"]


def test_a_busy_machine_is_told():
    calm = MachineState(cores=4, load=0.2, frequency=3000.0, threads=2, peak_memory=100.0)
    assert list(busy_notes(calm, calm, 0.05)) == []
    busy = MachineState(cores=4, load=3.5, frequency=3000.0, threads=2, peak_memory=100.0)
    slow = MachineState(cores=4, load=3.5, frequency=2000.0, threads=2, peak_memory=100.0)
    told = list(busy_notes(busy, slow, 0.3))
    assert len(told) == 3 and "load average was 3.5 on 4 cores" in told[0] and "30%" in told[1] and "2,000 MHz" in told[2]


def test_the_command_gives_cells_fit_and_held_out_error():
    record = printed_json("latency", "--ranker", "bm25", "--candidates", "5,10,20", "--tokens", "16,64", "--repeats", "2")
    (ranker,) = record["rankers"]
    assert [(cell["candidates"], cell["asked_tokens"]) for cell in ranker["cells"]] == [
        (5, 16), (10, 16), (20, 16), (5, 64), (10, 64), (20, 64),
    ]  # fmt: skip
    assert {"a", "b", "c", "d", "intervals", "held_out_median_error", "token_exponent"} <= ranker["law"].keys()
    status, out, _ = run_command(
        "latency", "--ranker", "bm25", "--candidates", "5,10,20", "--tokens", "16,64", "--repeats", "2", "--budget-ms", "40"
    )
    assert status == 0 and "time = " in out and "Within 40 ms at" in out
    status, out, _ = run_command("latency", "show", "1", "--predict", "100x32", "--budget-ms", "40", "--published")
    assert status == 0 and "100 documents of 32 tokens: p50 " in out and "beyond the lists that were measured" in out
    assert "Within 40 ms with 100 documents: " in out and "One document of 256 tokens alone takes" in out
    loaded = printed_json(
        "latency", "--ranker", "bm25", "--candidates", "5", "--tokens", "16", "--repeats", "2", "--rate", "1000000"
    )
    (cell,) = loaded["rankers"][0]["cells"]
    assert cell["wait_ms"] is None and cell["queries_per_second"] == pytest.approx(1000 / cell["p50"]["value"])
    for arguments, problem in (
        (("--tokens", "many"), "--tokens 'many' do not work"),
        (("--budget-ms", "0"), "--budget-ms 0"),
        (("--predict", "5"), "The list '5' does not work"),
    ):
        status, _, err = run_command("latency", "--ranker", "bm25", *arguments)
        assert (status, problem in err) == (2, True)
