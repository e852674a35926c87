"""The annotations of planted.toml against the sample collections."""

import tomllib
from pathlib import Path

import pytest

from reranklab.data import load_sample
from reranklab.data.spans import units_of

ANSWERS = tomllib.loads((Path(__file__).parent / "planted.toml").read_text(encoding="utf-8"))["answer"]
PAIRS = [(answer["collection"], answer["query"]) for answer in ANSWERS]
WITHIN_WORDS = 350


@pytest.mark.parametrize("answer", ANSWERS, ids=["/".join(pair) for pair in PAIRS])
def test_the_sentence_stands_in_its_document_once(answer: dict[str, str]):
    collection = load_sample(answer["collection"])
    assert answer["query"] in collection.queries
    assert collection.qrels[answer["query"]][answer["document"]] == 2
    document = collection.documents[answer["document"]]
    content = document.content
    labels = [unit.label for unit in units_of(content, "sentence", title=document.title)]
    assert len(labels) >= 3
    assert labels.count(answer["sentence"]) == 1
    words_before = len(content[: content.index(answer["sentence"])].split())
    assert answer["depth"] == ("cut" if words_before > WITHIN_WORDS else "within")


def test_a_query_has_one_entry():
    assert len(set(PAIRS)) == len(PAIRS)
    assert {answer["depth"] for answer in ANSWERS} == {"within", "cut"}
    assert all(set(answer) == {"collection", "query", "document", "sentence", "depth"} for answer in ANSWERS)
