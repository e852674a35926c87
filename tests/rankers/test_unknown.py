"""Text that a tokenizer does not know: measured by document, shown wherever truncation is, and said in a warning."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reranklab.data.text import parse_pasted
from reranklab.engine.comparison import Comparison
from reranklab.engine.request import RunSettings, listed
from reranklab.engine.run import compare
from reranklab.export import to_csv
from reranklab.models.store import StoredModel
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.rankers.unknown import unknown_in_words, unknown_share
from reranklab.types import Query, RankedDocument, Ranking
from reranklab.ui.board import board_data
from tests.contract.command import printed_json, run_command

MODELS = ("bi-encoder", "cross-encoder")
THAI = "เมืองหลวงของไทย"
RECIPE = "วิธีทำต้มยำกุ้งเริ่มจากต้มน้ำให้เดือดใส่ข่าตะไคร้ใบมะกรูดแล้วใส่กุ้งเห็ดปรุงรสด้วยน้ำปลามะนาวพริกขี้หนูเสิร์ฟร้อนๆ"
ANSWER = "กรุงเทพมหานครเป็นเมืองหลวงและนครที่มีประชากรมากที่สุดของประเทศไทยเป็นศูนย์กลางการปกครองการศึกษาการคมนาคมขนส่ง"
PARIS = "The capital of France is Paris."
RUN_TOGETHER = "thecapitaloffranceisparis" * 8
"""200 letters without a space, more than a word of a WordPiece vocabulary may have."""


@pytest.fixture(scope="module")
def tiny() -> Any:
    """A tokenizer that knows whole words such as paris, berlin and france."""
    pytest.importorskip("torch")
    from tests.models.tiny import bert_tokenizer

    return bert_tokenizer()


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("paris", 0.0),
        ("paris zz berlin", 2 / 13),
        ("zz", 1.0),
        (" \n z   z ", 1.0),
        ("paris.", 1 / 6),  # the tokenizer knows no full stop
        ("", 0.0),
        (" \n", 0.0),
    ],
)
def test_the_share_counts_visible_characters(tiny: Any, text: str, share: float) -> None:
    assert unknown_share(tiny, text) == pytest.approx(share)


PIECES = ["paris", "berlin", "zz", "é", " ", "\n", "👩‍👩‍👧", "ไทย", "\u0301", "\x00"]


@given(st.lists(st.sampled_from(PIECES)).map(" ".join) | st.text())
def test_the_share_is_between_nothing_and_all(tiny: Any, text: str) -> None:
    assert 0 <= unknown_share(tiny, text) <= 1


def test_a_share_in_words() -> None:
    shares = {0.0: "", 0.004: "under 1% unknown", 0.2549: "25% unknown", 1.0: "100% unknown"}
    assert {share: unknown_in_words(share) for share in shares} == shares


def by_id(ranking: Ranking) -> Mapping[str, RankedDocument]:
    return {item.id: item for item in ranking.items}


def ranked(query: str, *texts: str) -> Comparison:
    specs = tuple(parse_ranker_id(ranker) for ranker in MODELS)
    return compare(listed(Query(text=query), parse_pasted("\n".join(texts)).documents), RunSettings(specs=specs))


@pytest.fixture(scope="module")
def thai(weights: dict[str, StoredModel]) -> Comparison:
    return ranked(THAI, RECIPE, ANSWER, PARIS)


def test_a_recipe_and_the_answer_no_longer_tie_in_silence(thai: Comparison) -> None:
    """Both are one unknown token each, so no English model can tell them apart: it is said."""
    assert [ranking.ranker for ranking in thai.rankings] == list(MODELS)
    for ranking in thai.rankings:
        items = by_id(ranking)
        assert {name: item.unknown_share for name, item in items.items()} == {"d1": 1.0, "d2": 1.0, "d3": 0.0}
        assert items["d1"].score == pytest.approx(items["d2"].score)
        model = ranking.provenance.model
        assert ranking.warnings == (
            f"The tokenizer of {model} does not know 100% of the query: the model does not read it.",
            f"2 documents have text that the tokenizer of {model} does not know, up to 100% of its characters: the model does "
            "not read it. Use a multilingual model.",
        )


def test_the_share_is_in_the_files_and_on_the_board(thai: Comparison) -> None:
    rows = list(csv.DictReader(io.StringIO(to_csv(thai.rankings))))
    assert {(row["ranker"], row["document_id"]): row["unknown_share"] for row in rows if row["document_id"] != "d2"} == {
        (ranker, name): share for ranker in MODELS for name, share in {"d1": "1.0", "d3": "0.0"}.items()
    }
    for column in board_data(thai, baseline="input", rows=0, selected="")["columns"]:
        assert {row["id"]: row["unknown"] for row in column["rows"]} == {"d1": "100% unknown", "d2": "100% unknown", "d3": ""}


@pytest.mark.parametrize("word", [RUN_TOGETHER, "Zm9vYmFy" * 25], ids=["words", "base64"])
def test_a_word_that_is_too_long_for_the_vocabulary_is_unknown(weights: dict[str, StoredModel], word: str) -> None:
    assert len(word) == 200
    for ranking in ranked("capital of france", PARIS, word, f"{PARIS} {word}").rankings:
        items = by_id(ranking)
        assert (items["d1"].unknown_share, items["d2"].unknown_share) == (0.0, 1.0)
        assert items["d3"].unknown_share == pytest.approx(200 / 226)  # PARIS has 26 visible characters
        (warning,) = ranking.warnings
        assert warning.startswith("2 documents have text that the tokenizer of ")


def test_english_is_known_and_the_unknown_token_in_a_text_is_text(weights: dict[str, StoredModel]) -> None:
    for ranking in ranked("What is [UNK]?", PARIS, "[UNK] stands for what a tokenizer does not know.").rankings:
        assert [item.unknown_share for item in ranking.items] == [0.0, 0.0]
        assert not any("does not know" in warning for warning in ranking.warnings)


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    path = tmp_path / "documents.txt"
    path.write_text(f"{RECIPE}\n{ANSWER}\n{PARIS}\n", encoding="utf-8")
    return path


def test_the_command_line_shows_it(weights: dict[str, StoredModel], documents: Path) -> None:
    command = ("rank", "--query", THAI, "--documents", documents, "--ranker", "bi-encoder")
    (ranking,) = printed_json(*command)["rankings"]
    assert {item["id"]: item["unknown_share"] for item in ranking["items"]} == {"d1": 1.0, "d2": 1.0, "d3": 0.0}
    status, table, _ = run_command(*command, "--format", "table")
    assert status == 0
    assert table.count("1/1, 100% unknown") == 2
    assert " 7/7 " in table
    assert "does not know 100% of the query" in " ".join(table.split())


def test_an_explanation_shows_it(weights: dict[str, StoredModel], documents: Path) -> None:
    command = ("explain", "--query", THAI, "--documents", documents, "--ranker", "bi-encoder", "--document", "d1",
               "--method", "ranks")  # fmt: skip
    (found,) = printed_json(*command)["explanations"]
    assert (found["unknown_share"], found["tokens_used"], found["tokens_total"]) == (1.0, 1, 1)
    status, table, _ = run_command(*command, "--format", "table")
    assert status == 0
    assert "1 of 1, 100% unknown" in " ".join(table.split())


def test_an_evaluation_says_it(weights: dict[str, StoredModel], tmp_path: Path) -> None:
    (tmp_path / "qrels").mkdir()
    corpus = [{"_id": name, "text": text} for name, text in {"recipe": RECIPE, "answer": ANSWER, "paris": PARIS}.items()]
    (tmp_path / "corpus.jsonl").write_text("\n".join(map(json.dumps, corpus)), encoding="utf-8")
    (tmp_path / "queries.jsonl").write_text(json.dumps({"_id": "q", "text": THAI}), encoding="utf-8")
    qrels = "query-id\tcorpus-id\tscore\nq\trecipe\t0\nq\tanswer\t1\nq\tparis\t0\n"
    (tmp_path / "qrels" / "test.tsv").write_text(qrels, encoding="utf-8")
    answer = printed_json("evaluate", "--dataset", tmp_path, "--candidates", "judged", "--ranker", "bi-encoder")
    (result,) = answer["results"]
    assert [(warning["message"][:17], warning["queries"]) for warning in result["warnings"]] == [
        ("The tokenizer of ", 1),
        ("2 documents have ", 1),
    ]
