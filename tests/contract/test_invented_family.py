"""A family of another package, one module and an entry point, on the command line and on both pages."""

from __future__ import annotations

import html
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from reranklab.explain import catalogue
from reranklab.export import CSV_COLUMNS, to_csv, to_dict, to_trec_run
from reranklab.rankers.catalogue import MODULES, default_rankers, discover, find_family, new_spec
from reranklab.rankers.cost_class import CostClass
from reranklab.rankers.styles import family_colour
from reranklab.rankers.titles import model_name, ranker_title, ranker_titles
from reranklab.ui.board import board_data
from reranklab.ui.compare_state import CompareState
from tests.app.drive import ROOT, check, order, rank, said, session_of
from tests.app.test_compare import paste
from tests.contract.plugin import LETTERS, installed, write_package

QUERY = "paris"
TEXTS = ("Berlin", "Paris in spring", "tea")
# Of p, a, r, i and s the first has r and i, the second all, the third a; wherever they stand: 2, 5 + 1 + 4, and 1.
DISTINCT = {"d2": 5.0, "d1": 2.0, "d3": 1.0}
ALL = {"d2": 10.0, "d1": 2.0, "d3": 1.0}


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("packages")
    write_package(folder, "letters-ranker", LETTERS)
    return folder


@pytest.fixture(scope="module", autouse=True)
def plugged(package: Path) -> Iterator[None]:
    with installed(package):
        yield


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    path = tmp_path / "documents.txt"
    path.write_text("\n".join(TEXTS), encoding="utf-8")
    return path


def printed(package: Path, *arguments: str | Path) -> Any:
    """The JSON that the command line prints in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(package), str(ROOT)])}
    command = [sys.executable, "-m", "reranklab.cli", *map(str, arguments), "--format", "json"]
    done = subprocess.run(command, env=environment, cwd=package, capture_output=True, text=True, timeout=300, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


def test_it_is_a_family_among_the_others() -> None:
    *own, last = discover().families
    assert (own[0], len(own), last) == ("bm25", len(MODULES), "letters"), "behind the project's own"
    assert "letters" not in default_rankers(), "it does not run where nobody asked for it"
    assert ranker_title("letters?count=all&limit=9") == "Shared letters (all, limit=9)"
    assert model_name("letters?count=all") == "all letters"
    assert family_colour("letters") == "#884422"
    assert find_family("letters").cost(new_spec(find_family("letters"))) == CostClass.NO_MODEL, "it says that it is cheap"
    assert ranker_titles(["letters", "chunked(letters)"]) == {
        "letters": "Shared letters",
        "chunked(letters)": "Passages (Shared letters)",
    }


def test_it_ranks_on_the_command_line(package: Path, documents: Path) -> None:
    rankers = ["--ranker", "letters", "--ranker", "letters?count=all", "--ranker", "chunked(letters)"]
    answer = printed(package, "rank", "--query", QUERY, "--documents", documents, *rankers)
    scores = [{item["id"]: item["score"] for item in ranking["items"]} for ranking in answer["rankings"]]
    assert scores == [DISTINCT, ALL, DISTINCT]
    assert answer["rankings"][1]["provenance"]["parameters"] == {"count": "all", "limit": 2000}
    assert answer["rankings"][1]["scale"]["name"] == "shared letters"


def test_it_is_explained_on_the_command_line(package: Path, documents: Path) -> None:
    answer = printed(package, "explain", "--query", QUERY, "--documents", documents, "--ranker", "letters",
                     "--document", "d2", "--unit", "term", "--against", "d1")  # fmt: skip
    (found,) = answer["explanations"]
    assert (found["ranker"], found["rank"], found["score"], found["margin_below"]) == ("letters", 1, 5.0, 3.0)
    # Without "Paris" the letters p, r, i and s are still in "spring"; without another word nothing is lost.
    values = {unit["text"]: unit["value"] for unit in found["attribution"]["units"]}
    assert values == {"paris": 1.0, "in": 0.0, "spring": 0.0}


def test_it_is_evaluated_on_the_command_line(package: Path, tmp_path: Path) -> None:
    (tmp_path / "qrels").mkdir()
    corpus = [{"_id": f"d{number}", "text": text} for number, text in enumerate(TEXTS, start=1)]
    (tmp_path / "corpus.jsonl").write_text("\n".join(map(json.dumps, corpus)), encoding="utf-8")
    (tmp_path / "queries.jsonl").write_text(json.dumps({"_id": "q", "text": QUERY}), encoding="utf-8")
    qrels = "query-id\tcorpus-id\tscore\nq\td1\t1\nq\td2\t0\nq\td3\t0\n"
    (tmp_path / "qrels" / "test.tsv").write_text(qrels, encoding="utf-8")
    answer = printed(package, "evaluate", "--dataset", tmp_path, "--candidates", "judged", "--ranker", "letters",
                     "--metric", "RR")  # fmt: skip
    (result,) = answer["results"]
    assert (result["ranker"], result["metrics"], result["complete"]) == ("letters", {"RR": 0.5}, True)


@pytest.fixture(scope="module")
def compared() -> AppTest:
    """The Compare page with the family added, beside BM25, and its ranking of TEXTS."""
    app = paste(QUERY, "\n".join(TEXTS))
    app.button(key="add_letters").click().run()
    check(app)
    rank(app)
    return app


def test_it_is_added_and_ranks_on_the_compare_page(compared: AppTest) -> None:
    assert said(compared, "error") == []
    assert order(compared, "letters") == list(DISTINCT)
    comparison = session_of(compared).comparison
    assert comparison is not None
    assert comparison.titles == {"bm25": "BM25", "letters": "Shared letters"}
    (column,) = (column for column in board_data(comparison, baseline="input", rows=0, selected="")["columns"]
                 if column["id"] == "letters")  # fmt: skip
    assert (column["title"], column["colour"], column["scale"]) == ("Shared letters", "#884422", "shared letters")
    assert [(row["id"], row["score"]) for row in column["rows"]] == [("d2", "5.000"), ("d1", "2.000"), ("d3", "1.000")]


@pytest.mark.parametrize("section", ["rank-flow", "scores", "agreement", "timing"])
def test_its_figures_are_drawn(compared: AppTest, section: str) -> None:
    show(compared, section)
    assert said(compared, "error") == []


def test_its_provenance_is_shown(compared: AppTest) -> None:
    show(compared, "provenance")
    shown = [json.loads(element.value) for element in compared.code]
    assert [values["ranker"] for values in shown] == ["bm25", "letters"]
    assert shown[1]["parameters"] == {"count": "distinct", "limit": 2000}


def test_it_is_downloaded(compared: AppTest) -> None:
    show(compared, "downloads")
    labels = [html.unescape(element.proto.label) for element in compared.get("download_button")]
    assert "TREC run: Shared letters" in labels
    comparison = session_of(compared).comparison
    assert comparison is not None
    ranking = comparison.rankings[1]
    assert to_trec_run([ranking]).splitlines()[0] == "q Q0 d2 1 3 letters"
    assert to_csv([ranking]).splitlines()[:2] == [",".join(CSV_COLUMNS), "q,letters,1,d2,5.0,shared letters,13,13,0.0,"]
    assert to_dict([ranking])["rankings"][0]["provenance"]["backend"] == "letters"


def show(app: AppTest, section: str) -> None:
    session_of(app).of(CompareState).section = section
    app.run()
    check(app)


@pytest.fixture(scope="module")
def explained(compared: AppTest) -> AppTest:
    """The Explain page on the family's first document."""
    compared.switch_page("pages/1_Explain.py").run()
    check(compared)
    return compared


def sections(app: AppTest) -> Any:
    return app.segmented_control(key="w_explain_section")


def finish(app: AppTest) -> None:
    """Draw the page until nothing on it is on its way."""
    deadline = time.monotonic() + 60
    while app.get("progress") and time.monotonic() < deadline:
        time.sleep(0.1)
        app.run()
    check(app)


def test_every_section_of_the_explain_page_works_with_it(explained: AppTest) -> None:
    for section in catalogue.sections():
        sections(explained).select(section.id).run()
        finish(explained)
        assert said(explained, "error") == [], section.id


def test_leaving_out_its_words_is_shown_on_the_explain_page(explained: AppTest) -> None:
    sections(explained).select("attribution").run()
    finish(explained)
    notes = said(explained, "note")
    assert "Shared letters: rank 1, shared letters 5" in notes
    (words,) = (note for note in notes if note.startswith("Attribution for d2"))
    assert "Shared letters (leave-one-out, of all score change): “Paris in spring” +100.0%" in words
