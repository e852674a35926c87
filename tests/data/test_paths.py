from collections.abc import Callable
from pathlib import Path, PurePath

import platformdirs
import pytest

from reranklab.data import app_dir, cache_dir, paths
from reranklab.data.paths import data_dir, is_file, is_folder, is_hidden, is_there, shortened, shown, typed_path
from reranklab.errors import InputError, RerankLabError


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


@pytest.mark.parametrize(("variable", "folder"), [("RERANKLAB_CACHE", cache_dir), ("RERANKLAB_DATA", data_dir)])
def test_the_home_of_nobody_is_an_error(monkeypatch: pytest.MonkeyPatch, variable: str, folder: Callable[[], Path]) -> None:
    monkeypatch.setenv(variable, "~a-user-who-is-not-there/x")
    with pytest.raises(InputError, match=rf"^{variable} '~a-user-who-is-not-there/x' begins with the home of a user"):
        folder()


def test_a_blank_variable_is_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RERANKLAB_CACHE", " ")
    assert cache_dir() == Path(platformdirs.user_cache_dir("reranklab", appauthor=False))


def test_a_path_with_a_nul_is_an_error() -> None:
    with pytest.raises(InputError, match=r"^The dataset 'a\\x00b' holds a NUL"):
        typed_path("a\0b", what="The dataset")


@pytest.mark.parametrize("text", ["a" * 300, "a/" * 3000, "a\0b", "\ud800", "/proc/1/root/x"])
def test_what_cannot_be_looked_at_is_not_there(text: str) -> None:
    assert not is_file(Path(text)) and not is_folder(Path(text))


def test_a_broken_link_is_there(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    assert is_there(tmp_path / "link")
    assert not is_file(tmp_path / "link")


def test_a_long_name_is_shown_by_its_ends() -> None:
    assert shortened("short\nname") == "short\nname"
    assert shown("a\x1b[0m") == "'a\\x1b[0m'"
    assert shown("a" * 1000 + "z") == f"'{'a' * 80}…{'a' * 79}z'"


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
