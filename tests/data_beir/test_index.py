import json
import math
import random
import shutil
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from reranklab.data.collection import Collection
from reranklab.data.index import CorpusIndex, bm25_candidates, open_index, own_document
from reranklab.errors import Cancelled, InputError
from reranklab.progress import Step
from reranklab.types import Document, Query

TEXTS = {"d1": "wing flow", "d2": "flow flow heat", "d3": "heat", "d4": "flow wing"}


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RERANKLAB_CACHE", str(tmp_path))
    return tmp_path


def make(
    texts: Mapping[str, str] = TEXTS, queries: Mapping[str, str] = {}, qrels: Mapping[str, Mapping[str, int]] = {}
) -> Collection:
    return Collection(
        name="tiny",
        split="test",
        documents={name: Document(id=name, text=text) for name, text in texts.items()},
        queries={name: Query(id=name, text=text) for name, text in queries.items()},
        qrels=qrels,
    )


def index_of(collection: Collection, **options: object) -> CorpusIndex:
    return open_index(collection, **{"analyser": "words", "k1": 1.2, "b": 0.75, **options})  # type: ignore[arg-type]


def test_scores_worked_out_by_hand() -> None:
    # N = 4, mean length 8 / 4 = 2. idf: "wing" in 2 documents: log(1 + 2.5 / 2.5), "heat" in 2: the same.
    found = index_of(make()).search("wing", k=4)
    assert [name for name, _ in found] == ["d1", "d4"]
    assert [score for _, score in found] == pytest.approx([math.log(2) / 2.2, math.log(2) / 2.2])


def test_the_depth_is_clamped_and_must_be_positive() -> None:
    index = index_of(make())
    assert [name for name, _ in index.search("heat", k=1)] == ["d3"]
    assert [name for name, _ in index.search("heat", k=1000)] == ["d3", "d2"]
    with pytest.raises(InputError, match="depth of 0"):
        index.search("heat", k=0)


@pytest.mark.parametrize("query", ["zebra", "?", ""])
def test_a_query_without_known_words_finds_nothing(query: str) -> None:
    assert index_of(make()).search(query, k=3) == ()


def test_ties_at_the_cut_are_in_corpus_order() -> None:
    names = [f"d{n}" for n in range(50)]
    found = index_of(make(dict.fromkeys(names, "wing") | {"other": "heat"})).search("wing", k=20)
    assert [name for name, _ in found] == names[:20]


def test_statistics() -> None:
    statistics = index_of(make()).statistics
    assert (statistics.documents, statistics.average_length) == (4, 2.0)
    assert statistics.document_frequencies == {"wing": 2, "flow": 3, "heat": 2}


def test_the_second_opening_reads_the_cache(cache: Path) -> None:
    steps: list[Step] = []
    first = index_of(make(), progress=steps.append)
    assert [(step.done, step.total, step.unit) for step in steps] == [(0, 4, "document"), (4, 4, "document")]
    steps.clear()
    again = index_of(make(), progress=steps.append)
    assert steps == []
    assert again.search("wing heat", k=4) == first.search("wing heat", k=4)
    assert again.statistics == first.statistics
    assert [entry.name[0] for entry in (cache / "indexes").iterdir()] != ["."]


@pytest.mark.parametrize(
    ("texts", "options"),
    [
        ({**TEXTS, "d3": "heat!"}, {}),
        ({"x1": TEXTS["d1"], **{name: TEXTS[name] for name in ("d2", "d3", "d4")}}, {}),
        (TEXTS, {"k1": 1.5}),
        (TEXTS, {"b": 0.4}),
        (TEXTS, {"analyser": "english"}),
    ],
)
def test_other_content_or_settings_are_another_index(cache: Path, texts: dict[str, str], options: dict[str, object]) -> None:
    index_of(make())
    index_of(make(texts), **options)
    assert len(list((cache / "indexes").iterdir())) == 2


FILES = [
    "about.json",
    "average_length.json",
    "data.csc.index.npy",
    "indices.csc.index.npy",
    "indptr.csc.index.npy",
    "params.index.json",
    "vocab.index.json",
]
REBUILT = ("The stored index of tiny was damaged or of an earlier version and was built again.",)


def damage(path: Path, how: str) -> None:
    content = b"" if path.is_dir() else path.read_bytes()
    if how in ("missing", "a folder"):
        path.unlink()
    match how:
        case "cut":
            path.write_bytes(content[: len(content) // 3])
        case "zeroed":
            path.write_bytes(bytes(len(content)))
        case "its end zeroed":
            path.write_bytes(content[:-8] + bytes(8))
        case "random":
            path.write_bytes(random.Random(0).randbytes(len(content)))
        case "another type":
            path.write_bytes(b"[[], {}, null]")
        case "a folder":
            (path / "inside").mkdir(parents=True)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("how", ["missing", "cut", "zeroed", "its end zeroed", "random", "another type", "a folder"])
def test_a_damaged_index_is_built_again(cache: Path, name: str, how: str) -> None:
    expected = index_of(make()).search("wing heat", k=4)
    (stored,) = (cache / "indexes").glob(f"*/{name}")
    damage(stored, how)
    again = index_of(make())
    assert (again.search("wing heat", k=4), again.notes) == (expected, REBUILT)
    third = index_of(make(), progress=pytest.fail)
    assert (third.search("wing heat", k=4), third.notes) == (expected, ())


@pytest.mark.parametrize("what", ["a file", "an empty folder", "a broken link", "an earlier version"])
def test_what_is_in_the_place_of_an_index_goes(cache: Path, what: str) -> None:
    expected = index_of(make()).search("wing heat", k=4)
    (folder,) = (cache / "indexes").iterdir()
    if what == "an earlier version":
        about = json.loads((folder / "about.json").read_text())
        del about["files"]
        (folder / "about.json").write_text(json.dumps(about))
    else:
        shutil.rmtree(folder)
        match what:
            case "a file":
                folder.write_text("in the way")
            case "an empty folder":
                folder.mkdir()
            case "a broken link":
                folder.symlink_to(cache / "nowhere")
    again = index_of(make())
    assert (again.search("wing heat", k=4), again.notes) == (expected, REBUILT)
    assert index_of(make(), progress=pytest.fail).search("wing heat", k=4) == expected


def test_an_index_that_cannot_be_stored_is_used_from_memory(cache: Path) -> None:
    expected = index_of(make())
    shutil.rmtree(cache / "indexes")
    (cache / "indexes").write_text("a file where the folder belongs")
    index = index_of(make())
    assert index.search("wing heat", k=4) == expected.search("wing heat", k=4)
    assert (index.statistics, index.key) == (expected.statistics, expected.key)
    (note,) = index.notes
    assert note.startswith(f"The index cannot be stored in {cache / 'indexes'}: {cache / 'indexes'} is a file, not a folder.")
    assert note.endswith("This time it is used from memory.")


def test_several_may_build_at_once(cache: Path) -> None:
    barrier = threading.Barrier(4)

    def work(_: int) -> tuple[tuple[str, float], ...]:
        barrier.wait()
        return index_of(make()).search("wing heat", k=4)

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(work, range(4)))) == 1
    assert len(list((cache / "indexes").iterdir())) == 1


def test_cancel_leaves_nothing_behind(cache: Path) -> None:
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        index_of(make(), cancel=cancel)
    assert not (cache / "indexes").exists()


def test_collections_that_cannot_be_indexed() -> None:
    with pytest.raises(InputError, match="no documents"):
        index_of(make({}))
    with pytest.raises(InputError, match="has a word"):
        index_of(make({"d1": "?", "d2": ""}))


def test_documents_without_words_are_never_found() -> None:
    found = index_of(make({"d0": "", "d1": "wing", "d2": "?"})).search("wing", k=3)
    assert [name for name, _ in found] == ["d1"]


def test_candidates_and_the_judged_that_were_missed() -> None:
    collection = make(queries={"q": "wing"}, qrels={"q": {"d3": 1, "d1": 2, "d4": 0, "d2": 1}})
    index = index_of(collection)
    query = collection.queries["q"]
    assert [document.id for document in bm25_candidates(collection, index, query, k=2)] == ["d1", "d4"]
    assert [d.id for d in bm25_candidates(collection, index, query, k=2, add_judged=True)] == ["d1", "d4", "d3", "d2"]
    typed = Query(id="typed", text="heat")
    assert [d.id for d in bm25_candidates(collection, index, typed, k=1, add_judged=True)] == ["d3"]


def test_documents_that_the_corpus_lacks_are_not_added() -> None:
    collection = make(queries={"q": "wing"}, qrels={"q": {"lost": 2, "d3": 1}})
    found = bm25_candidates(collection, index_of(collection), collection.queries["q"], k=1, add_judged=True)
    assert [document.id for document in found] == ["d1", "d3"]


def test_a_query_that_is_a_document_does_not_find_itself() -> None:
    collection = make(queries={"d1": "wing  flow", "d3": "wing"}, qrels={"d1": {"d1": 0, "d4": 1}})
    index = index_of(collection)
    itself = bm25_candidates(collection, index, collection.queries["d1"], k=2, add_judged=True)
    assert [document.id for document in itself] == ["d4", "d2"]
    by_chance = bm25_candidates(collection, index, collection.queries["d3"], k=4)
    assert [document.id for document in by_chance] == ["d1", "d4"]


@pytest.mark.parametrize(
    ("title", "text", "query", "itself"),
    [
        ("", "low  water", "low water", True),
        ("Tides", "low water", "Tides\nlow water ", True),
        ("Tides", "low water", "low water", True),
        ("Tides", "low water", "Tides", False),
        ("", "low water at noon", "low water", False),
        ("", "low water", "low water at noon", False),
        ("", "low water", "Low water", False),
    ],
)
def test_a_document_is_the_query_itself_only_with_the_same_text(title: str, text: str, query: str, itself: bool) -> None:
    asked = Query(id="x", text=query)
    collection = replace(make(), documents={"x": Document(id="x", text=text, title=title)})
    assert own_document(collection, asked) == ("x" if itself else None)
    assert own_document(collection, replace(asked, id="y")) is None
    judged = replace(collection, qrels={"x": {"x": 1}})
    assert own_document(judged, asked) is None
    assert own_document(replace(collection, qrels={"x": {"x": 0}}), asked) == ("x" if itself else None)
