"""What tables, lines and progress look like in a terminal and in a pipe."""

import io
import re
from collections.abc import Iterator

import pytest

from reranklab.cli import main
from reranklab.commands.output import write_json, write_line, write_table
from reranklab.commands.terminal import end_progress, printable, terminal_progress
from reranklab.progress import Step

LONG = "The quick brown fox jumps over the lazy dog, again and again, until both of them are tired."


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "COLUMNS", "LINES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    yield
    end_progress()


def in_terminal(monkeypatch: pytest.MonkeyPatch, *, columns: int) -> Terminal:
    terminal = Terminal()
    monkeypatch.setattr("sys.stdout", terminal)
    monkeypatch.setenv("COLUMNS", str(columns))
    return terminal


def test_a_table_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    write_table(("rank", "score", "id", "text"), [(1, 0.5, "d1", LONG), (10, -12.25, "d20", "short"), (11, 1.0, "", "x")])
    assert capsys.readouterr().out.split("\n") == [
        "rank     score  id   text",
        f"   1    0.5000  d1   {LONG}",
        "  10  -12.2500  d20  short",
        "  11    1.0000  -    x",
        "",
    ]


@pytest.mark.parametrize("name", ["FORCE_COLOR", "TTY_COMPATIBLE"])
def test_a_pipe_gets_no_colour_whatever_the_environment_says(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(name, "1")
    monkeypatch.setenv("COLUMNS", "20")
    write_table(("id", "text"), [("d1", LONG)])
    assert capsys.readouterr().out == f"id  text\nd1  {LONG}\n"


def test_wide_characters_keep_the_columns_aligned(capsys: pytest.CaptureFixture[str]) -> None:
    write_table(("text", "id"), [("北京", "d1"), ("Bern", "d2"), ("cafe\u0301s", "d3")])
    assert capsys.readouterr().out == "text   id\n北京   d1\nBern   d2\ncafe\u0301s  d3\n"


def test_figures_as_text_stand_to_the_right_as_well(capsys: pytest.CaptureFixture[str]) -> None:
    write_table(("documents", "size"), [("?", "22M"), (5183, "1,234M")])
    assert capsys.readouterr().out == "documents    size\n        ?     22M\n     5183  1,234M\n"


def test_no_rows(capsys: pytest.CaptureFixture[str]) -> None:
    write_table(("id", "text"), [])
    assert capsys.readouterr().out == "id  text\n"


def test_a_long_column_ends_in_an_ellipsis_in_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = in_terminal(monkeypatch, columns=40)
    write_table(("rank", "id", "text"), [(1, "d1", LONG), (2, "d2", "short")])
    lines = re.sub(r"\x1b\[[0-9;]*m", "", terminal.getvalue()).splitlines()
    assert [line.rstrip() for line in lines] == [
        "rank  id  text",
        "   1  d1  The quick brown fox jumps ove…",
        "   2  d2  short",
    ]
    assert all(len(line) <= 40 for line in lines)


def test_a_short_column_folds_in_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = in_terminal(monkeypatch, columns=20)
    write_table(("n", "id"), [(1, "abcdefghijklmnopqrstuvwxyz")])
    lines = re.sub(r"\x1b\[[0-9;]*m", "", terminal.getvalue()).splitlines()
    assert "".join(line.strip(" 1") for line in lines[1:]) == "abcdefghijklmnopqrstuvwxyz"
    assert all(len(line) <= 20 for line in lines)


def test_a_document_cannot_command_the_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    evil = "[red]a[/red] :smile: \x1b[31mb\x1b[0m\x1b]0;title\x07 c\x9b2Jd\x85e\r\nf\u202eg"
    write_table(("id", "text"), [("d1", evil)])
    write_line(evil)
    plain = "[red]a[/red] :smile: b cd e  f g"
    assert capsys.readouterr().out == f"id  text\nd1  {plain}\n{plain}\n"
    terminal = in_terminal(monkeypatch, columns=80)
    write_table(("id", "text"), [("d1", evil)])
    assert plain in terminal.getvalue()
    assert "\x1b[31m" not in terminal.getvalue()


def test_joiners_of_words_stay() -> None:
    assert printable("می\u200cخواهم क\u094d\u200dष") == "می\u200cخواهم क\u094d\u200dष"


def test_no_progress_in_a_pipe() -> None:
    assert terminal_progress() is None


@pytest.mark.parametrize("colour", [True, False])
def test_progress_shows_the_work_and_is_gone_when_it_is_done(colour: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not colour:
        monkeypatch.setenv("NO_COLOR", "1")
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setenv("COLUMNS", "100")
    show = terminal_progress()
    assert show is not None
    show(Step(done=0, total=1200, unit="batch", label="[bold]bm25\x1b[31m"))
    show(Step(done=600, total=1200, unit="batch", label="[bold]bm25\x1b[31m"))
    show(Step(done=1200, total=1200, unit="batch", label="[bold]bm25\x1b[31m"))
    written = terminal.getvalue()
    assert "[bold]bm25" in written
    assert "of 1,200 batch" in written
    assert "elapsed" in written
    assert " left" in written
    assert written.endswith("\x1b[2K")
    assert written.count("\x1b[?25l") == written.count("\x1b[?25h") == 1
    assert bool(re.search(r"\x1b\[[0-9;]*3[0-9;]*m", written)) is colour


@pytest.mark.parametrize("then", [lambda: write_json({}), write_line, lambda: write_table(("a",), []), lambda: main(["none"])])
def test_progress_goes_before_anything_else_is_printed(then: object, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    show = terminal_progress()
    assert show is not None
    show(Step(done=1, total=2, unit="batch", label="bm25"))
    assert callable(then)
    try:
        then()
    except SystemExit as ending:
        assert ending.code == 2
    assert terminal.getvalue().count("\x1b[?25h") == 1
