from pathlib import Path

import pytest

from reranklab.data.collection import Collection
from reranklab.data.index import indexes_dir, open_index
from reranklab.data.stored_indexes import delete_index, disk_usage, list_indexes
from reranklab.errors import InputError
from reranklab.types import Document


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RERANKLAB_CACHE", str(tmp_path))


def build(name: str, *texts: str) -> None:
    documents = {str(number): Document(id=str(number), text=text) for number, text in enumerate(texts)}
    open_index(Collection(name=name, split="test", documents=documents, queries={}, qrels={}), analyser="words", k1=1.5, b=0.5)


def test_an_index_says_what_it_is_of() -> None:
    build("tiny", "wing", "flow heat")
    build("bread", "yeast")
    bread, tiny = list_indexes()
    assert (tiny.collection, tiny.analyser, tiny.documents, tiny.k1, tiny.b) == ("tiny", "words", 2, 1.5, 0.5)
    assert tiny.size == sum(path.stat().st_size for path in tiny.folder.rglob("*"))
    assert bread.collection == "bread"


@pytest.mark.parametrize("about", [None, "not json", "[]", '{"collection": "tiny"}'])
def test_an_index_of_an_earlier_version_is_unknown_and_last(about: str | None) -> None:
    old = indexes_dir() / "0123abc"
    old.mkdir(parents=True)
    (old / "vocab").write_bytes(b"12345")
    if about is not None:
        (old / "about.json").write_text(about)
    build("tiny", "wing")
    known, unknown = list_indexes()
    assert known.collection == "tiny"
    assert (unknown.collection, unknown.documents, unknown.size) == ("", None, 5 + len(about or ""))


def test_a_deleted_index_is_gone_and_can_be_built_again() -> None:
    build("tiny", "wing")
    build("bread", "yeast")
    bread, tiny = list_indexes()
    delete_index(tiny.id)
    delete_index(tiny.id)
    assert [index.collection for index in list_indexes()] == ["bread"]
    assert list(indexes_dir().iterdir()) == [bread.folder], "nothing is left behind"
    build("tiny", "wing")
    assert len(list_indexes()) == 2


@pytest.mark.parametrize("name", ["..", "../models", "", ".building-1", "/etc"])
def test_only_an_index_can_be_deleted(name: str, tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "indexes" / ".building-1").mkdir(parents=True)
    with pytest.raises(InputError, match="There is no index"):
        delete_index(name)
    assert (tmp_path / "models").is_dir()
    assert (tmp_path / "indexes" / ".building-1").is_dir()


def test_without_a_cache_there_is_nothing(tmp_path: Path) -> None:
    assert list_indexes() == ()
    assert disk_usage(tmp_path / "nowhere") == 0
