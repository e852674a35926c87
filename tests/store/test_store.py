"""What is kept comes back as it was, and files that are not the store's are left alone."""

import dataclasses
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reranklab.errors import InputError, StorageError
from reranklab.store import database
from reranklab.store.codec import decode, encode
from reranklab.store.runs import RunQuery
from reranklab.store.store import Store, open_store, store_or_none
from reranklab.types import RANK_ONLY, Query, RankedDocument, Stage
from tests.evaluate.make import make_ranking, run_times

TEXTS = st.text(max_size=20)
ITEMS = st.lists(
    st.builds(
        RankedDocument,
        id=TEXTS,
        rank=st.just(0),
        score=st.floats(allow_nan=False, allow_infinity=False),
        candidate=st.just(0),
        tokens_used=st.integers(0, 2**31 - 1),
        tokens_total=st.integers(0, 2**31 - 1),
        unknown_share=st.floats(0, 1),
        passage=st.none() | st.tuples(st.integers(0, 1000), st.integers(0, 1000)),
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda item: item.id,
)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(tmp_path / "results.sqlite")


@given(items=ITEMS, order=st.randoms(use_true_random=False), query=TEXTS, details=st.dictionaries(TEXTS, st.booleans() | TEXTS))
def test_a_row_gives_the_ranking_back_to_the_last_bit(items, order, query, details):
    positions = list(range(len(items)))
    order.shuffle(positions)
    placed = tuple(
        dataclasses.replace(item, rank=rank, candidate=position)
        for rank, (item, position) in enumerate(zip(items, positions, strict=True), start=1)
    )
    inner = make_ranking(["p1", "p2"], ranker="cross-encoder", runs=[run_times(3), run_times(5)], scale=RANK_ONLY)
    ranking = dataclasses.replace(
        make_ranking(["x"], ranker="chunked(cross-encoder)", load=2.5, warnings=("one", "two"), matched=3),
        items=placed,
        query=Query(id=query, text=query + " text"),
        details=details,
        stages=(dataclasses.replace(Stage.of(inner), stages=(Stage.of(inner),)),),
    )
    assert decode(encode(ranking)) == ranking


def test_a_ranking_is_found_by_its_key_and_replaced_by_a_new_one(store: Store):
    first, second = make_ranking(["a", "b"], query="q1"), make_ranking(["b", "a"], query="q1")
    store.results.put("key", first)
    assert store.results.get("key") == first
    assert store.results.get("other") is None
    store.results.put("key", second)
    assert store.results.get("key") == second
    assert store.results.scored_lists(["key", "other"]).keys() == {"key"}


def test_scores_come_without_objects_in_rank_order(store: Store):
    store.results.put("key", make_ranking(["b", "c", "a"], scores=[3.5, 2.0, -1.25]))
    lists = store.results.scored_lists(["key", "other"])
    assert list(lists) == ["key"]
    assert (lists["key"].ids, lists["key"].scores.tolist()) == (("b", "c", "a"), [3.5, 2.0, -1.25])


def test_a_damaged_row_is_one_sentence(store: Store):
    store.results.put("key", make_ranking(["a"]))
    with store.database.writing() as connection:
        connection.execute("UPDATE result SET facts = '{'")
    with pytest.raises(StorageError, match="stored result of bm25 for query q is damaged"):
        store.results.get("key")


@pytest.mark.parametrize("column", ["facts", "items", "making"])
def test_a_value_that_changed_on_disk_is_no_other_result(store: Store, column: str):
    store.results.put("key", make_ranking(["a", "b"], scores=[3.5, 2.0]))
    with store.database.writing() as connection:
        table, name = ("making", "record") if column == "making" else ("result", column)
        (value,) = connection.execute(f"SELECT {name} FROM {table}").fetchone()
        if column == "items":
            changed = value[:4] + bytes([value[4] ^ 1]) + value[5:]
        else:
            changed = value.replace("fp32", "fp16").replace("a machine", "b machine")
        assert changed != value
        connection.execute(f"UPDATE {table} SET {name} = ?", (changed,))
    with pytest.raises(StorageError, match=r"is damaged \(it was changed\)"):
        store.results.get("key")
    if column == "items":
        with pytest.raises(StorageError, match="A stored list is damaged"):
            store.results.scored_lists(["key"])


def test_a_run_that_was_interrupted_goes_on_and_one_that_ended_does_not(store: Store):
    asked, judged = {"dataset": "x", "seed": 0}, {"q1": {"d1": 1}}
    number = store.runs.begin(asked, ["bm25", "bi-encoder"], judged)
    store.runs.record(number, 0, RunQuery(ranker="bm25", query_id="q1", key="k"))
    store.runs.record(number, 0, RunQuery(ranker="bm25", query_id="q1", key="k"))
    assert store.runs.begin(asked, ["bm25", "bi-encoder"], judged) == number
    assert store.runs.begin({"dataset": "y", "seed": 0}, ["bm25", "bi-encoder"], judged) != number
    assert store.runs.begin(asked, ["bm25", "bi-encoder"], {"q1": {"d1": 2}}) != number, "other judgements are another request"
    run = store.runs.get(number)
    assert (run.rankers, run.done, run.ended, run.settings) == (("bm25", "bi-encoder"), 1, None, asked)
    store.runs.fail(number, "bi-encoder", "No such model.")
    store.runs.end(number)
    run = store.runs.get(number)
    assert run.ended is not None and run.errors == {"bi-encoder": "No such model."}
    assert store.runs.begin(asked, ["bm25", "bi-encoder"], judged) != number
    assert store.runs.judgements(number) == judged
    assert [query.key for query in store.runs.queries(number)] == ["k"]


def test_deleting_a_run_leaves_what_another_run_has(store: Store):
    for key in ("shared", "own", "unclaimed"):
        store.results.put(key, make_ranking([key], query=key))
    first = store.runs.begin({"n": 1}, ["bm25"], {})
    second = store.runs.begin({"n": 2}, ["bm25"], {})
    for number, keys in ((first, ("shared", "own")), (second, ("shared",))):
        for position, key in enumerate(keys):
            store.runs.record(number, position, RunQuery(ranker="bm25", query_id=key, key=key))
    store.runs.delete(first)
    assert store.results.scored_lists(["shared", "own", "unclaimed"]).keys() == {"shared", "unclaimed"}
    assert [run.id for run in store.runs.all()] == [second]
    with store.database.reading() as connection:
        assert connection.execute("SELECT count(*) FROM candidates").fetchone() == (len(database._MIGRATIONS),)
    with pytest.raises(InputError, match="no run 1"):
        store.runs.delete(first)


def test_two_stores_on_one_file_do_not_disturb_each_other(tmp_path: Path):
    path = tmp_path / "results.sqlite"
    stores = [open_store(path) for _ in range(2)]

    def write(number: int) -> None:
        for query in range(100):
            stores[number].results.put(f"{number}-{query}", make_ranking(["a", "b"], query=str(query)))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    keys = [f"{number}-{query}" for number in range(2) for query in range(100)]
    first, second = (each.results.scored_lists(keys).keys() for each in stores)
    assert first == second == set(keys)


def test_a_file_of_an_older_schema_is_brought_up_to_date(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "results.sqlite"
    old = open_store(path)
    old.results.put("key", make_ranking(["a"]))
    old.close()
    monkeypatch.setattr(database, "_MIGRATIONS", (*database._MIGRATIONS, "ALTER TABLE run ADD COLUMN note TEXT"))
    new = open_store(path)
    assert new.results.get("key") is not None
    with new.database.reading() as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (len(database._MIGRATIONS),)
        assert connection.execute("SELECT note FROM run").fetchall() == []
    new.close()
    monkeypatch.undo()
    with pytest.raises(StorageError, match=r"later version of RerankLab.*Update"):
        open_store(path)


def spoil(path: Path, how: str) -> None:
    content = path.read_bytes()
    match how:
        case "no database":
            path.write_bytes(b"not a database at all" * 100)
        case "zeroed":
            path.write_bytes(bytes(len(content)))
        case "cut":
            path.write_bytes(content[: len(content) // 2])
        case "a broken schema":
            path.write_bytes(content[:100] + b"\xff" * 3000 + content[3100:])
        case "a folder":
            path.unlink()
            (path / "inside").mkdir(parents=True)
        case "a table less":
            with closing(sqlite3.connect(path)) as connection:
                connection.execute("DROP TABLE run_query")


@pytest.mark.parametrize("how", ["no database", "cut", "a broken schema", "a folder", "a table less"])
def test_a_damaged_file_is_set_aside_and_a_new_one_begun(tmp_path: Path, how: str):
    path = tmp_path / "results.sqlite"
    for number in (1, 2):
        first = open_store(path)
        first.results.put("key", make_ranking(["a"]))
        first.close()
        spoil(path, how)
        spoiled = None if path.is_dir() else path.read_bytes()
        store = open_store(path)
        aside = tmp_path / f"results.sqlite.damaged-{number}"
        assert store.database.notes == (
            f"The stored results were damaged. They are kept as {aside}, and results are stored anew.",
        )
        assert aside.is_dir() if spoiled is None else aside.read_bytes() == spoiled
        assert store.results.get("key") is None
        store.results.put("key", make_ranking(["b"]))
        store.close()
    again = open_store(path)
    assert (again.database.notes, again.results.get("key")) == ((), make_ranking(["b"]))


def test_an_empty_file_is_a_new_one(tmp_path: Path):
    path = tmp_path / "results.sqlite"
    open_store(path).close()
    spoil(path, "zeroed")
    path.write_bytes(b"")
    assert open_store(path).database.notes == ()


def test_damage_that_shows_while_it_is_used_is_set_aside_too(tmp_path: Path):
    path = tmp_path / "results.sqlite"
    store = open_store(path)
    for number in range(200):
        store.results.put(f"key {number}", make_ranking([f"d{n}" for n in range(40)]))
    store.close()
    content = path.read_bytes()
    path.write_bytes(content[:20_000] + bytes(len(content) - 20_000))
    used = open_store(path)
    assert used.database.notes == ()
    with pytest.raises(StorageError, match=r"were damaged. They are kept as .*damaged-1, and results are stored anew"):
        for number in range(200):
            used.results.get(f"key {number}")
    assert used.results.get("key 0") is None
    used.results.put("key 0", make_ranking(["a"]))
    assert open_store(path).results.get("key 0") == make_ranking(["a"])
    assert (tmp_path / "results.sqlite.damaged-1").stat().st_size == len(content)


def test_two_who_find_it_damaged_begin_one_new_file(tmp_path: Path):
    path = tmp_path / "results.sqlite"
    path.write_bytes(b"not a database at all" * 100)
    with ThreadPoolExecutor(4) as pool:
        stores = list(pool.map(lambda _: open_store(path), range(4)))
    assert sum(bool(store.database.notes) for store in stores) == 1
    stores[0].results.put("key", make_ranking(["a"]))
    assert all(store.results.get("key") == make_ranking(["a"]) for store in stores)
    assert [file.name for file in tmp_path.glob("*damaged*")] == ["results.sqlite.damaged-1"]


def test_several_who_begin_it_at_once_share_one_file(tmp_path: Path):
    with ThreadPoolExecutor(6) as pool:
        for number in range(30):
            stores = list(pool.map(open_store, [tmp_path / f"{number}.sqlite"] * 6))
            stores[0].results.put("key", make_ranking(["a"]))
            for store in stores:
                assert store.results.get("key") == make_ranking(["a"]) and store.database.notes == ()
                store.close()


def test_without_a_store_the_reason_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RERANKLAB_DATA", str(tmp_path / "data"))
    told: list[str] = []
    store = store_or_none(told.append)
    assert store is not None and told == []
    store.close()
    spoil(tmp_path / "data" / "results.sqlite", "no database")
    assert store_or_none(told.append) is not None
    assert "were damaged" in told[0]
    (tmp_path / "file").write_text("a file")
    monkeypatch.setenv("RERANKLAB_DATA", str(tmp_path / "file"))
    assert store_or_none(told.append) is None
    assert told[1].endswith("or set RERANKLAB_DATA to another folder. Results are shown and not kept.")


def test_another_programs_database_is_left_alone(tmp_path: Path):
    path = tmp_path / "results.sqlite"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE theirs (x)")
    with pytest.raises(StorageError, match="another program"):
        open_store(path)


def test_a_folder_that_is_a_file_is_one_sentence(tmp_path: Path):
    (tmp_path / "data").write_text("")
    with pytest.raises(StorageError, match=r"results cannot be stored in .*data"):
        open_store(tmp_path / "data" / "results.sqlite")


def test_a_failed_write_keeps_nothing_of_it(store: Store):
    with pytest.raises(StorageError, match="cannot be kept as JSON"):
        store.results.put("key", make_ranking(["a"], load=float("nan")))
    with store.database.writing() as connection:
        connection.execute("CREATE TRIGGER no_more BEFORE INSERT ON result BEGIN SELECT RAISE(ABORT, 'disk full'); END")
    with pytest.raises(StorageError, match="the disk is full"):
        store.results.put("key", make_ranking(["b"]))
    with store.database.reading() as connection:
        assert connection.execute("SELECT count(*) FROM candidates").fetchone() == (0,)
