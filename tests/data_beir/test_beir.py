import hashlib
import json
import shutil
import threading
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from reranklab.data import list_splits
from reranklab.data.beir import (
    BeirDataset,
    dataset_path,
    download_dataset,
    fetch_dataset,
    find_dataset,
    list_datasets,
    load_dataset,
)
from reranklab.data.samples import list_samples
from reranklab.errors import Cancelled, DataUnavailableError, InputError
from reranklab.progress import Step
from tests.data_beir.server import Files, serve

SHARED = Path(__file__).parents[2] / "../shared/data"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RERANKLAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    return tmp_path / "cache"


def write(folder: Path, *, splits: tuple[str, ...] = ("test",)) -> Path:
    (folder / "qrels").mkdir(parents=True)
    (folder / "corpus.jsonl").write_text(json.dumps({"_id": "d1", "title": "", "text": "wing"}) + "\n")
    (folder / "queries.jsonl").write_text(json.dumps({"_id": "q1", "text": "wings"}) + "\n")
    for split in splits:
        (folder / "qrels" / f"{split}.tsv").write_text("query-id\tcorpus-id\tscore\nq1\td1\t1\n")
    return folder


def pack(folder: Path, archive: Path) -> Path:
    """The folder's content, as it is below the folder."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as opened:
        for file in sorted(folder.rglob("*")):
            opened.write(file, file.relative_to(folder).as_posix())
    return archive


def tiny(content: bytes, **facts: object) -> BeirDataset:
    known = {"name": "tiny", "title": "Tiny", "archive": "tiny.zip", "md5": hashlib.md5(content).hexdigest(), "licence": "CC0"}
    return BeirDataset(**(known | facts))  # type: ignore[arg-type]


@pytest.fixture
def content(tmp_path: Path) -> bytes:
    write(tmp_path / "source" / "tiny")
    return pack(tmp_path / "source", tmp_path / "tiny.zip").read_bytes()


def test_the_catalogue() -> None:
    datasets = {dataset.name: dataset for dataset in list_datasets()}
    assert len(datasets) == len(list_datasets()) == 14 + 12 + 4
    assert [dataset.name for dataset in list_datasets() if not dataset.public] == [
        "bioasq",
        "signal1m",
        "trec-news",
        "robust04",
    ]
    for dataset in datasets.values():
        assert dataset.evaluated in dataset.splits
        assert bool(dataset.md5 and dataset.size) == dataset.public
        assert bool(dataset.source) != dataset.public
        assert not dataset.md5 or len(bytes.fromhex(dataset.md5)) == 16
    forums = [dataset for dataset in datasets.values() if dataset.archive == "cqadupstack.zip"]
    assert len(forums) == 12
    assert sum(forum.documents or 0 for forum in forums) == 457_199
    assert sum(forum.queries or 0 for forum in forums) == 13_145
    assert datasets["msmarco"].evaluated == "dev"
    assert datasets["fiqa"].licence == ""


def test_where_the_files_belong(cache: Path) -> None:
    assert find_dataset("cqadupstack/android").folder == cache / "datasets" / "cqadupstack" / "android"
    assert not find_dataset("scifact").available
    write(cache / "datasets" / "scifact")
    assert find_dataset("scifact").available
    assert dataset_path("scifact") == cache / "datasets" / "scifact"


def test_names_that_do_not_exist() -> None:
    with pytest.raises(InputError, match=r"'sci-fact'\. Did you mean scifact"):
        dataset_path("sci-fact")
    with pytest.raises(InputError, match="Did you mean cqadupstack/android or"):
        download_dataset("cqadupstack")
    with pytest.raises(InputError, match="`reranklab datasets` lists the names"):
        load_dataset("/no/such/folder")
    with pytest.raises(InputError, match="No dataset is named"):
        dataset_path(" ")


def test_a_dataset_that_is_not_here_says_where_it_belongs(cache: Path) -> None:
    with pytest.raises(DataUnavailableError) as caught:
        dataset_path("scifact")
    assert str(caught.value) == (
        f"scifact is not here yet. Download it, or put its files into {cache / 'datasets' / 'scifact'}, "
        "so that corpus.jsonl lies there."
    )
    for ask in (dataset_path, download_dataset):
        with pytest.raises(DataUnavailableError, match=r"robust04 is not public\. Ask its owners"):
            ask("robust04")


def test_a_folder(tmp_path: Path) -> None:
    folder = write(tmp_path / "mine", splits=("dev", "train"))
    collection = load_dataset(folder)
    assert (collection.name, collection.split, collection.licence) == ("mine", "dev", "")
    assert load_dataset(str(folder), split="train").split == "train"
    (folder / "corpus.jsonl").unlink()
    with pytest.raises(InputError, match=r"corpus\.jsonl is missing"):
        dataset_path(folder)


def test_a_folder_that_only_shares_the_name_is_not_taken(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "work" / "scifact").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "work")
    stored = write(cache / "datasets" / "scifact")
    assert dataset_path("scifact") == stored


def test_published_results_choose_the_split(cache: Path) -> None:
    write(cache / "datasets" / "msmarco", splits=("test", "dev", "train"))
    collection = load_dataset("msmarco")
    assert (collection.name, collection.split) == ("msmarco", "dev")
    assert collection.licence == "MSR-LA (non-commercial research)"
    assert load_dataset("msmarco", split="test").split == "test"
    with pytest.raises(InputError, match="no split 'all'"):
        load_dataset("msmarco", split="all")


@pytest.mark.parametrize("nested", [True, False])
def test_a_zip_is_unpacked_once(tmp_path: Path, cache: Path, nested: bool) -> None:
    folder = write(tmp_path / "source" / "inner")
    archive = pack(folder.parent if nested else folder, tmp_path / "My Data.ZIP")
    collection = load_dataset(archive)
    assert (collection.name, list(collection.documents)) == ("My Data", ["d1"])
    first = dataset_path(archive)
    assert dataset_path(str(shutil.copy(archive, tmp_path / "copy.zip"))) == first
    assert len(list((cache / "unpacked").iterdir())) == 1


@pytest.mark.usefixtures("cache")
def test_what_archivers_add_is_no_dataset_and_no_split(tmp_path: Path) -> None:
    folder = write(tmp_path / "source" / "set")
    (folder / "qrels" / "._test.tsv").write_bytes(b"\x00\x05\x16\x07")
    for extra in ("__MACOSX/set", ".backup", "set~"):
        shutil.copytree(folder, tmp_path / "source" / extra)
    place = dataset_path(pack(tmp_path / "source", tmp_path / "mac.zip"))
    assert (place.name, list_splits(place)) == ("set", ("test",))


def test_zips_that_are_no_dataset(tmp_path: Path, cache: Path) -> None:
    write(tmp_path / "source" / "a")
    write(tmp_path / "source" / "b")
    several = pack(tmp_path / "source", tmp_path / "several.zip")
    with pytest.raises(InputError, match=r"several\.zip holds several datasets: a, b\. Unpack it"):
        dataset_path(several)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "readme.txt").write_text("hello")
    with pytest.raises(InputError, match=r"none\.zip is not in BEIR layout"):
        dataset_path(pack(tmp_path / "other", tmp_path / "none.zip"))
    assert list((cache / "unpacked").iterdir()) == []
    with zipfile.ZipFile(tmp_path / "evil.zip", "w") as opened:
        opened.writestr("../corpus.jsonl", "{}")
    with pytest.raises(InputError, match=r"evil\.zip is refused"):
        dataset_path(tmp_path / "evil.zip")


def test_a_download(content: bytes, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset, steps = tiny(content), list[Step]()
    with serve(Files(files={"/beir/tiny.zip": content})) as server:
        monkeypatch.setenv("RERANKLAB_BEIR_URL", f"{server.url}/beir/")
        assert fetch_dataset(dataset, progress=steps.append) == cache / "datasets" / "tiny"
    assert dataset.available
    assert {step.label for step in steps} == {"downloading tiny.zip", "unpacking tiny.zip"}
    assert not (cache / "downloads" / "tiny.zip").exists()
    assert {path.name for path in (cache / "datasets").iterdir() if not path.name.endswith(".lock")} == {"tiny"}
    assert fetch_dataset(dataset) == dataset.folder, "the server is gone: nothing is fetched twice"


def test_a_forum_comes_with_the_others(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for forum in ("android", "tex"):
        write(tmp_path / "source" / "forums" / forum)
    content = pack(tmp_path / "source", tmp_path / "forums.zip").read_bytes()
    android, tex, gis = (tiny(content, name=f"forums/{name}", archive="forums.zip") for name in ("android", "tex", "gis"))
    with serve(Files(files={"/forums.zip": content})) as server:
        monkeypatch.setenv("RERANKLAB_BEIR_URL", server.url)
        assert fetch_dataset(android) == cache / "datasets" / "forums" / "android"
    assert fetch_dataset(tex) == cache / "datasets" / "forums" / "tex"
    with (
        pytest.raises(DataUnavailableError, match="does not hold forums/gis"),
        serve(Files(files={"/forums.zip": content})) as server,
    ):
        monkeypatch.setenv("RERANKLAB_BEIR_URL", server.url)
        fetch_dataset(gis)


def test_a_forum_that_is_lost_comes_again_and_the_others_stay(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for forum in ("android", "tex"):
        write(tmp_path / "source" / "forums" / forum)
    content = pack(tmp_path / "source", tmp_path / "forums.zip").read_bytes()
    android, tex = (tiny(content, name=f"forums/{name}", archive="forums.zip") for name in ("android", "tex"))
    with serve(Files(files={"/forums.zip": content})) as server:
        monkeypatch.setenv("RERANKLAB_BEIR_URL", server.url)
        fetch_dataset(android)
        (tex.folder / "qrels" / "test.tsv").unlink()
        (tex.folder / "mine.txt").write_text("by hand")
        (android.folder / "mine.txt").write_text("by hand")
        fetch_dataset(tex)
    assert tex.available and android.available
    assert (android.folder / "mine.txt").is_file()
    assert (tex.folder.with_name("tex.incomplete-1") / "mine.txt").is_file(), "what a person put there is never deleted"


def test_an_incomplete_dataset_is_moved_aside(content: bytes, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = tiny(content)
    with serve(Files(files={"/tiny.zip": content})) as server:
        monkeypatch.setenv("RERANKLAB_BEIR_URL", server.url)
        for _ in range(2):
            fetch_dataset(dataset)
            (dataset.folder / "corpus.jsonl").unlink()
        dataset.folder.rename(cache / "away")
        dataset.folder.write_text("a file in the place of the folder")
        fetch_dataset(dataset)
    assert dataset.available
    folders = {path.name for path in (cache / "datasets").iterdir() if not path.name.startswith(".")}
    assert folders == {"tiny", "tiny.incomplete-1", "tiny.incomplete-2"}


def test_an_archive_that_was_left_damaged_is_fetched_again(
    content: bytes, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (cache / "downloads").mkdir(parents=True)
    (cache / "downloads" / "tiny.zip").write_bytes(content[: len(content) // 2])
    with serve(Files(files={"/tiny.zip": content})) as server:
        monkeypatch.setenv("RERANKLAB_BEIR_URL", server.url)
        assert fetch_dataset(tiny(content)) == cache / "datasets" / "tiny"
        shutil.rmtree(cache / "datasets" / "tiny")
        (cache / "downloads" / "tiny.zip").write_bytes(b"no archive at all")
        unpinned = tiny(content, md5="")
        with pytest.raises(InputError, match=r"tiny\.zip is damaged"):
            fetch_dataset(unpinned)
        assert fetch_dataset(unpinned).is_dir(), "it does not stand in the way a second time"


def test_a_download_that_fails(content: bytes, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = tiny(content)
    monkeypatch.setenv("RERANKLAB_BEIR_URL", "http://127.0.0.1:9")
    with pytest.raises(DataUnavailableError) as caught:
        fetch_dataset(dataset)
    assert "127.0.0.1 cannot be reached" in str(caught.value)
    assert str(caught.value).endswith(f"Or put the unpacked files into {dataset.folder}, so that corpus.jsonl lies there.")
    with serve(Files(files={"/tiny.zip": content + b"x"})) as server:
        monkeypatch.setenv("RERANKLAB_BEIR_URL", server.url)
        with pytest.raises(DataUnavailableError, match=r"tiny\.zip is damaged"):
            fetch_dataset(dataset)
        with pytest.raises(DataUnavailableError, match=r"There is no other\.zip"):
            fetch_dataset(replace(dataset, name="other", archive="other.zip"))
        cancel = threading.Event()
        cancel.set()
        with pytest.raises(Cancelled):
            fetch_dataset(dataset, cancel=cancel)
    assert not dataset.available


def test_an_archive_that_holds_something_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "readme.txt").write_text("hello")
    content = pack(tmp_path / "other", tmp_path / "x.zip").read_bytes()
    with serve(Files(files={"/tiny.zip": content})) as server:
        monkeypatch.setenv("RERANKLAB_BEIR_URL", server.url)
        with pytest.raises(DataUnavailableError, match=r"tiny\.zip does not hold tiny in BEIR layout"):
            fetch_dataset(tiny(content))


def test_samples_by_name() -> None:
    samples = list_samples()
    if not samples:
        pytest.skip("there are no samples in this checkout")
    name = samples[0].name
    assert load_dataset(name).name == load_dataset(name, split="test").name == name
    with pytest.raises(InputError, match="no split 'dev', only test"):
        load_dataset(name, split="dev")


def test_the_facts_on_scifact() -> None:
    if not (SHARED / "scifact").is_dir():
        pytest.skip("the scifact collection is not beside the project")
    facts = find_dataset("scifact")
    collection = load_dataset(SHARED / "scifact")
    assert (len(collection.documents), len(collection.queries)) == (facts.documents, facts.queries)
