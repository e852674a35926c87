from pathlib import Path, PurePath

import platformdirs
import pytest

from reranklab.data import app_dir, cache_dir, paths
from reranklab.data.paths import data_dir, is_hidden
from reranklab.errors import RerankLabError


def test_the_cache_is_the_users_unless_the_environment_names_another(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RERANKLAB_CACHE", str(tmp_path / "here"))
    assert cache_dir() == tmp_path / "here"
    monkeypatch.setenv("RERANKLAB_CACHE", "~/there")
    assert cache_dir() == Path.home() / "there"
    for empty in (True, False):
        monkeypatch.setenv("RERANKLAB_CACHE", "") if empty else monkeypatch.delenv("RERANKLAB_CACHE")
        assert cache_dir() == Path(platformdirs.user_cache_dir("reranklab", appauthor=False))


def test_what_users_keep_is_apart_from_the_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RERANKLAB_DATA", str(tmp_path / "here"))
    assert data_dir() == tmp_path / "here"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RERANKLAB_DATA", "there")
    assert data_dir() == tmp_path / "there"
    monkeypatch.setenv("RERANKLAB_DATA", "")
    assert data_dir() == Path(platformdirs.user_data_dir("reranklab", appauthor=False))
    assert data_dir() != cache_dir()


def test_a_relative_cache_does_not_move_with_the_working_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RERANKLAB_CACHE", "cache")
    assert cache_dir() == tmp_path / "cache"


def test_the_app_is_found_in_a_checkout() -> None:
    assert (app_dir() / "sample_data").is_dir()


def test_the_app_inside_the_wheel_comes_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    package = tmp_path / "reranklab"
    monkeypatch.setattr(paths, "PACKAGE", package)
    with pytest.raises(RerankLabError, match=r"neither in .*_app nor in .*Install RerankLab again"):
        app_dir()
    (tmp_path / "sample_data").mkdir()
    assert app_dir() == tmp_path
    (package / "_app" / "sample_data").mkdir(parents=True)
    assert app_dir() == package / "_app"


@pytest.mark.parametrize(
    ("path", "hidden"),
    [
        ("qrels/test.tsv", False),
        ("a~b/test.tsv", False),
        (".test.tsv", True),
        ("qrels/._test.tsv", True),
        ("~$test.tsv", True),
        ("test~.tsv", True),
        ("test.tsv~", True),
        ("__MACOSX/set/corpus.jsonl", True),
        (".cache/corpus.jsonl", True),
    ],
)
def test_what_is_hidden(path: str, hidden: bool) -> None:
    assert is_hidden(PurePath(path)) is hidden
