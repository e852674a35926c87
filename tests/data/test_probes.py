import os
import threading
from pathlib import Path

import pytest

from reranklab.data import shared_files
from reranklab.data.paths import data_dir
from reranklab.data.probe_records import Probe, ProbeScore, from_line, to_line
from reranklab.data.probes import delete_probe, export_probes, list_probes, load_probe, probes_file, save_probe
from reranklab.errors import InputError, RerankLabError
from reranklab.types import Document, Query


def probe(probe_id: str) -> Probe:
    return Probe(
        id=probe_id,
        created_at="2026-01-02T03:04:05+00:00",
        query=Query(text="wing"),
        original=Document(id="a", text="wing"),
        edited=Document(id="a", text="no wing"),
        edit="negate",
        expectation="lower",
        scores={"bm25": ProbeScore(before=1.0, after=2.0, scale="BM25", rank_before=1, rank_after=2)},
        provenance={"bm25": {"family": "bm25"}},
    )


def test_saved_listed_loaded_deleted(tmp_path: Path) -> None:
    assert list_probes().probes == ()
    assert not data_dir().exists()
    for probe_id in ("one", "two", "three"):
        save_probe(probe(probe_id))
    assert list_probes().probes == (probe("one"), probe("two"), probe("three"))
    assert load_probe("two") == probe("two")
    delete_probe("two")
    assert [each.id for each in list_probes().probes] == ["one", "three"]
    assert probes_file().read_text().endswith("\n")
    save_probe(probe("two"))
    assert [each.id for each in list_probes().probes] == ["one", "three", "two"]
    assert sorted(path.name for path in data_dir().iterdir()) in (
        ["probes.jsonl"],
        ["probes.jsonl", "probes.jsonl.lock"],
    )


def test_an_id_is_taken_once() -> None:
    save_probe(probe("one"))
    with pytest.raises(InputError, match="There is a probe 'one' already"):
        save_probe(probe("one"))
    assert len(list_probes().probes) == 1


@pytest.mark.parametrize("saved", [True, False])
def test_no_such_probe(saved: bool) -> None:
    if saved:
        save_probe(probe("one"))
    for ask in (load_probe, delete_probe, lambda probe_id: export_probes([probe_id])):
        with pytest.raises(InputError, match="There is no probe 'zz'"):
            ask("zz")


def test_export_is_what_can_be_read_again() -> None:
    for probe_id in ("one", "two", "three"):
        save_probe(probe(probe_id))
    assert [from_line(line).id for line in export_probes().splitlines()] == ["one", "two", "three"]
    assert [from_line(line).id for line in export_probes({"three", "one"}).splitlines()] == ["one", "three"]
    assert export_probes([]) == ""


def test_damaged_lines_are_reported_and_never_lost() -> None:
    save_probe(probe("one"))
    with probes_file().open("ab") as file:
        file.write(b"\n  \n\xff\xfe\n" + to_line(probe("one")).encode() + b"\n{not json\n")
    save_probe(probe("two"))
    found = list_probes()
    assert [each.id for each in found.probes] == ["one", "two"]
    # Lines 2 and 3 are blank.
    assert [line.number for line in found.damaged] == [4, 5, 6]
    assert "It repeats the id 'one'" in found.damaged[1].reason
    assert found.damaged[2].text == "{not json"
    assert found.damaged[2].warning.startswith(f"Line 6 of {probes_file()} is not a probe and was passed over: It is not JSON")
    delete_probe("two")
    assert b"\n  \n\xff\xfe\n" in probes_file().read_bytes()
    assert probes_file().read_bytes().endswith(b"{not json\n")


def test_a_torn_last_line_does_not_take_the_next_with_it() -> None:
    save_probe(probe("one"))
    with probes_file().open("ab") as file:
        file.write(b'{"format": 1, "id": "to')
    save_probe(probe("two"))
    found = list_probes()
    assert [each.id for each in found.probes] == ["one", "two"]
    assert [line.number for line in found.damaged] == [2]


def test_a_write_that_fails_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    save_probe(probe("one"))

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    before = probes_file().read_bytes()
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RerankLabError, match=r"the disk is full.*RERANKLAB_DATA"):
        save_probe(probe("two"))
    with pytest.raises(RerankLabError, match="the disk is full"):
        delete_probe("one")
    assert probes_file().read_bytes() == before
    assert not list(probes_file().parent.glob(".probes-*"))


def test_a_held_lock_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    save_probe(probe("one"))
    monkeypatch.setattr(shared_files, "LOCK_SECONDS", 0.05)
    with shared_files.turn(probes_file()), pytest.raises(RerankLabError, match="Another program has held"):
        save_probe(probe("two"))


def test_threads_take_turns() -> None:
    threads = [threading.Thread(target=save_probe, args=(probe(str(number)),)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = list_probes()
    assert sorted(int(each.id) for each in found.probes) == list(range(12))
    assert found.damaged == ()
