"""Labelled lists that head weights are fitted and measured on: candidates, grades, and what each head says of them."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from reranklab.data.collection import Collection, judged_candidates, sample_queries
from reranklab.data.index import bm25_candidates
from reranklab.data.statistics import SEARCH_ANALYSER, CollectionStatistics
from reranklab.llm.chat_frame import chat_frame
from reranklab.llm.escape import control_tokens, escape_prompt_text
from reranklab.llm.local import WindowTask, read_attention
from reranklab.models.clock import RunClock
from reranklab.models.loaded import LoadedModel
from reranklab.types import Document, Query

if TYPE_CHECKING:
    from numpy.typing import NDArray

PASSAGE_TOKENS = 256
"""Tokens of a passage, as the ranker's default cuts them."""

WINDOW = 20
SEARCHED = 12
"""Passages of a list found by search: what the judged lists of most samples hold, and 12 x 256 tokens to read."""

SEED = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledList:
    """A query with its candidates, shuffled so that no order leaks, and their grades."""

    collection: str
    query: Query
    documents: Sequence[Document]
    grades: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadList:
    """What fitting needs of one list. `features` has a (passages, layers x heads) float32 matrix for each name of FEATURES,
    not standardised; `grades`, `tokens` (read of each passage) and `bm25` (its score) run along the passages."""

    collection: str
    query: str
    features: Mapping[str, NDArray[np.float32]]
    grades: NDArray[np.int64]
    tokens: NDArray[np.int64]
    bm25: NDArray[np.float64]


def searched_lists(collection: Collection, *, queries: int) -> Iterator[LabelledList]:
    """Sampled queries with BM25's best SEARCHED documents. Queries with no relevant one among these are left out: adding those
    that BM25 missed would make its score point away from relevance."""
    index = CollectionStatistics(collection).index(SEARCH_ANALYSER)
    for query in sample_queries(collection, number=queries, seed=SEED):
        grades = collection.qrels[query.id]
        found = bm25_candidates(collection, index, query, k=SEARCHED)
        ids = {document.id for document in found}
        relevant = [collection.documents[name] for name, grade in grades.items() if grade > 0 and name in ids]
        if relevant:
            others = [document for document in found if grades.get(document.id, 0) <= 0]
            yield _shuffled(collection, query, relevant + others)


def judged_lists(collection: Collection) -> Iterator[LabelledList]:
    """Every query with its judged documents, the first WINDOW of them. Queries without a relevant one are left out."""
    for query in collection.queries.values():
        documents = list(judged_candidates(collection, query.id))[:WINDOW]
        if any(collection.qrels[query.id][document.id] > 0 for document in documents):
            yield _shuffled(collection, query, documents)


def _shuffled(collection: Collection, query: Query, documents: list[Document]) -> LabelledList:
    random.Random(f"{SEED} {query.id}").shuffle(documents)
    grades = collection.qrels[query.id]
    found = tuple(grades.get(document.id, 0) for document in documents)
    return LabelledList(collection=collection.name, query=query, documents=documents, grades=found)


def read_list(model: LoadedModel, labelled: LabelledList, *, bm25: Sequence[float]) -> HeadList:
    """Read one list as the attention method does and compute every feature."""
    from reranklab.llm.heads import FEATURES

    tokens = control_tokens(model.tokenizer)
    texts = [escape_prompt_text(document.content, tokens) for document in labelled.documents]
    passages = [ids[:PASSAGE_TOKENS] for ids in model.tokenizer(texts, add_special_tokens=False, verbose=False)["input_ids"]]
    text = escape_prompt_text(labelled.query.text, tokens)
    clock = RunClock(model.device)
    task = WindowTask(model=model, frame=chat_frame(model), query=text, passages=passages, clock=clock, cancel=None)
    attention = read_attention(task)
    return HeadList(
        collection=labelled.collection,
        query=labelled.query.id,
        features={name: feature(attention).numpy().astype(np.float32) for name, feature in FEATURES.items()},
        grades=np.array(labelled.grades, dtype=np.int64),
        tokens=np.array([len(ids) for ids in passages], dtype=np.int64),
        bm25=np.array(bm25, dtype=np.float64),
    )


def save_list(path: Path, found: HeadList) -> None:
    """Keep a list as .npz, complete or not at all."""
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        np.savez(
            file,
            allow_pickle=False,
            collection=np.array(found.collection),
            query=np.array(found.query),
            grades=found.grades,
            tokens=found.tokens,
            bm25=found.bm25,
            names=np.array(list(found.features)),
            features=np.stack(list(found.features.values())),
        )
    part.replace(path)


def load_list(path: Path) -> HeadList:
    """A list that save_list kept."""
    with np.load(path, allow_pickle=False) as data:
        return HeadList(
            collection=str(data["collection"]),
            query=str(data["query"]),
            features=dict(zip(data["names"].tolist(), data["features"], strict=True)),
            grades=data["grades"],
            tokens=data["tokens"],
            bm25=data["bm25"],
        )
