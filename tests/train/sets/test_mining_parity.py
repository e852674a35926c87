"""Against the miner of sentence-transformers, which knows one bi-encoder and no other ranker."""

from __future__ import annotations

from typing import Any

import pytest

from reranklab.data.collection import Collection
from reranklab.data.samples import load_sample
from reranklab.models.store import StoredModel
from reranklab.train.sets.judged_set import judged_training_set
from reranklab.train.sets.margin import Margin
from reranklab.train.sets.mining import Mining

MODEL = "embedded/all-MiniLM-L6-v2"


@pytest.fixture(scope="module")
def encoder(weights: dict[str, StoredModel]) -> Any:
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(weights[MODEL].folder), device="cpu")


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (Mining(by=("bi-encoder:40",), negatives=3, choose="first"), {}),
        (Mining(by=("bi-encoder:40",), negatives=2, skip=4, choose="first"), {"range_min": 4}),
        (
            Mining(
                by=("bi-encoder:40",), negatives=4, choose="first", margin=Margin(by="bi-encoder?documents=indexed", margin=0.3)
            ),
            {"relative_margin": 0.3},
        ),
    ],
)
def test_the_same_negatives(encoder: Any, ours: Mining, theirs: dict[str, Any]) -> None:
    from datasets import Dataset
    from sentence_transformers.util import mine_hard_negatives

    collection = load_sample("novel-facts")
    # One relevant document a query, since ours wants so many negatives for each; and nobody judged another, since ours takes
    # those first.
    qrels = {
        query: {next(document for document, grade in grades.items() if grade > 0): 1}
        for query, grades in collection.qrels.items()
    }
    relevant = {document for judged in qrels.values() for document in judged}
    kept = {each: document for each, document in collection.documents.items() if each in relevant}
    kept |= dict(list(collection.documents.items())[:40])  # few, since theirs embeds them each time
    collection = Collection(name="made", split="train", documents=kept, queries=collection.queries, qrels=qrels)
    made = judged_training_set(collection, mining=ours, held_back=0, most_relevant=20)
    mined = {
        each.query.text: {document.content for document, label in zip(each.documents, each.labels, strict=True) if not label}
        for each in made.lists
    }
    rows = [
        (collection.queries[query].text, collection.documents[each].content)
        for query, judged in qrels.items()
        for each in judged
    ]
    found = mine_hard_negatives(
        Dataset.from_dict({"query": [query for query, _ in rows], "answer": [answer for _, answer in rows]}),
        encoder,
        corpus=[document.content for document in collection.documents.values()],
        num_negatives=ours.negatives,
        range_max=40,
        sampling_strategy="top",
        output_format="triplet",
        verbose=False,
        **theirs,
    )
    expected: dict[str, set[str]] = {}
    for row in found:
        expected.setdefault(row["query"], set()).add(row["negative"])
    assert mined == expected
