"""`reranklab distil`: the estimate, a student of each kind of training, and what is refused."""

import json
from pathlib import Path

import pytest

from tests.contract.command import printed_json, run_command
from tests.train.distil.test_fewer_layers import teacher as tiny_teacher
from tests.train.distil.test_run import ASKED, TEXTS
from tests.train.distil.test_students import static


@pytest.fixture
def arguments(tmp_path: Path) -> tuple[str, ...]:
    tiny_teacher(tmp_path / "teacher")
    folder = tmp_path / "mine"
    (folder / "qrels").mkdir(parents=True)
    lines = [json.dumps({"_id": f"d{number}", "text": text}) for number, text in enumerate(TEXTS)]
    (folder / "corpus.jsonl").write_text("\n".join(lines), encoding="utf-8")
    lines = [json.dumps({"_id": f"q{number}", "text": text}) for number, text in enumerate(ASKED)]
    (folder / "queries.jsonl").write_text("\n".join(lines), encoding="utf-8")
    for split, queries in (("train", range(5)), ("test", (5,))):
        rows = "".join(f"q{number}\td0\t1\n" for number in queries)
        (folder / "qrels" / f"{split}.tsv").write_text(f"query-id\tcorpus-id\tscore\n{rows}", encoding="utf-8")
    return (
        "distil", "--teacher", f"cross-encoder:{tmp_path / 'teacher'}", "--dataset", str(folder), "--candidates", "bm25:5",
        "--held-back", "0.3", "--epochs", "2",
    )  # fmt: skip


def test_an_estimate_trains_nothing(arguments: tuple[str, ...], tmp_path: Path):
    found = printed_json(*arguments, "--student", "layers=1", "--estimate", "--window", "32")
    assert found["lists"] == 5 and found["minutes"] > 0
    assert found["minutes"] == pytest.approx(found["teacher_minutes"] + found["student_minutes"])
    base = f"bi-encoder:{static(tmp_path / 'static')}"
    status, out, _ = run_command(*arguments, "--student", "static", "--base", base, "--estimate")
    assert status == 0 and out.startswith("about ") and "for the teacher (5 lists" in out


def test_a_student_has_the_first_layers_and_the_settings_that_suit_it(arguments: tuple[str, ...]):
    record = printed_json(*arguments, "--student", "layers=1", "--name", "pupil", "--window", "32")
    assert record["student"]["layers"] == [0]
    assert (record["settings"]["epochs"], record["settings"]["learning_rate"]) == (2, 3e-4), "what is given is not the usual"


def test_a_student_is_told_with_its_ranker(arguments: tuple[str, ...]):
    status, out, err = run_command(*arguments, "--student", "layers=2", "--name", "pupil", "--window", "32")
    assert status == 0, err
    assert "a student with 2 of the layers" in out and "Use it as cross-encoder:trained/pupil" in out
    assert "To be trained: about" in err
    status, _, err = run_command(*arguments, "--student", "layers=2", "--name", "pupil", "--window", "32")
    assert status == 2 and "already" in err


def test_queries_of_a_file_are_taken_over_a_corpus(arguments: tuple[str, ...], tmp_path: Path):
    (tmp_path / "log.txt").write_text("cheese\nmilk of france\nwing of berlin\ncity\n" + ASKED[5], encoding="utf-8")
    folder = arguments[arguments.index("--dataset") + 1]
    rest = [each for each in arguments if each not in ("--dataset", folder)]
    base = f"bi-encoder:{static(tmp_path / 'static')}"
    queries = ("--dataset", tmp_path / "log.txt", "--corpus", folder, "--evaluate-on", folder)
    student = ("--student", "static", "--base", base, "--name", "pupil")
    status, _, err = run_command(*rest, *queries, *student)
    assert status == 2 and "is a query of an evaluation" in err
    record = printed_json(*rest, *queries, *student, "--leaks", "leave-out")
    assert record["family"] == "bi-encoder" and record["ranker"].endswith("pupil")
    assert record["data"]["provenance"]["leaks_left_out"] == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--student", "layers=1"), "needs a name"),
        (("--student", "deeper", "--name", "a"), "There is no student"),
        (("--student", "static", "--name", "a", "--window", "32"), "--window does not go with --student static"),
        (("--student", "layers=1", "--name", "a", "--temperature", "2"), "--temperature does not go with"),
        (("--student", "static", "--name", "a", "--loss", "mse"), "no loss 'mse'"),
    ],
)
def test_what_is_refused(arguments: tuple[str, ...], options: tuple[str, ...], message: str):
    status, _, err = run_command(*arguments, *options)
    assert status == 2 and message in err
