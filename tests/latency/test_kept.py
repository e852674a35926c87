"""Sweeps in the store: read as they were measured, and what is damaged or of another version."""

from __future__ import annotations

from pathlib import Path

import pytest

from reranklab.errors import InputError, StorageError
from reranklab.latency import kept
from reranklab.latency.kept import keep_sweep, open_sweep, sweep_line
from reranklab.latency.machine import machine_state
from reranklab.latency.sweep import Sweep
from reranklab.store import database
from reranklab.store.store import open_store
from reranklab.types import Timing
from tests.contract.command import printed_json, run_command
from tests.latency.test_law import cells, run

STATE = machine_state()


def measured(ranker: str = "bm25") -> Sweep:
    timing = Timing(
        runs=(run(3.0),), load=None, warmup="none", documents=5, tokens=50, device="cpu", device_name="a processor",
        precision="float32", measured_at="2026-01-02T03:04:05+00:00", host="here",
    )  # fmt: skip
    return Sweep(ranker=ranker, cells=tuple(cells(spread=0.1)), timing=timing, before=STATE, after=STATE, notes=("<b>",))


def test_a_sweep_is_read_as_it_was_measured(tmp_path: Path):
    store = open_store(tmp_path / "results.sqlite")
    numbers = [keep_sweep(store, measured(name)) for name in ("bm25", "cross-encoder")]
    assert [open_sweep(store, number) for number in numbers] == [measured("bm25"), measured("cross-encoder")]
    first, second = store.sweeps.all()
    assert (first.id, first.ranker, second.ranker) == (1, "bm25", "cross-encoder")
    assert sweep_line(first) == "5, 10, 20, 50, 100 x 32, 64, 128, 256, 512 tokens, 3 runs each"
    store.sweeps.delete(1)
    assert [each.id for each in store.sweeps.all()] == [2]
    for act in (store.sweeps.delete, store.sweeps.record):
        with pytest.raises(InputError, match="no measurement 1"):
            act(1)


def test_one_of_another_version_counts_as_absent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    store = open_store(tmp_path / "results.sqlite")
    number = keep_sweep(store, measured())
    with store.database.writing() as connection:
        connection.execute("INSERT INTO sweep SELECT 9, measured, ranker, '[', record FROM sweep")
        connection.execute("INSERT INTO sweep SELECT 10, measured, ranker, facts, x'780102' FROM sweep WHERE id = 1")
    assert [each.id for each in store.sweeps.all()] == [1, 10], "a line that cannot be read is none"
    with store.database.writing() as connection:
        connection.execute(
            "INSERT INTO sweep SELECT 11, measured, ranker, '{\"candidates\": 5}', record FROM sweep WHERE id = 1"
        )
    assert sweep_line(store.sweeps.all()[-1]) == "its line is damaged"
    with pytest.raises(StorageError, match="10 is damaged and counts as absent"):
        open_sweep(store, 10)
    monkeypatch.setattr(kept, "_VERSION", 2)
    with pytest.raises(StorageError, match="1 was kept by another version of RerankLab and counts as absent"):
        open_sweep(store, number)


def test_a_file_of_the_first_version_gets_room_for_sweeps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "results.sqlite"
    with monkeypatch.context() as earlier:
        earlier.setattr(database, "_MIGRATIONS", database._MIGRATIONS[:1])
        store = open_store(path)
        assert store.sweeps.all() == ()
        with pytest.raises(InputError, match="no measurement 1"):
            store.sweeps.record(1)
        store.close()
    assert keep_sweep(open_store(path), measured()) == 1


def test_the_command_lists_shows_and_deletes():
    asked = ("latency", "--ranker", "bm25", "--candidates", "5,10", "--tokens", "16", "--repeats", "2")
    (made,) = printed_json(*asked)["rankers"]
    (line,) = printed_json("latency", "list")
    assert (line["sweep"], line["ranker"], line["candidates"], line["repeats"]) == (made["sweep"], "bm25", [5, 10], 2)
    (shown,) = printed_json("latency", "show", str(made["sweep"]))["rankers"]
    assert shown == made
    status, out, _ = run_command("latency", "list")
    assert status == 0 and "5, 10 x 16 tokens, 2 runs each" in out
    assert run_command("latency", "delete", str(made["sweep"]))[0] == 0
    status, _, err = run_command("latency", "show", str(made["sweep"]))
    assert (status, f"no measurement {made['sweep']}" in err) == (2, True)
