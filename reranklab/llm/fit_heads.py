"""Fit the head weights of the attention method on labelled queries.

    python -m reranklab.llm.fit_heads --dataset FOLDER --features FOLDER

reads a collection in BEIR layout (SciFact's training split for the shipped weights), computes the head features of each query's
candidates, and writes the weights as a data file of the package. Features are kept in --features, so an interrupted run
goes on where it stopped.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from reranklab.data.collection import Collection, judged_candidates, load_collection, sample_queries
from reranklab.data.index import bm25_candidates
from reranklab.data.statistics import SEARCH_ANALYSER, CollectionStatistics
from reranklab.llm.escape import control_tokens, escape_prompt_text
from reranklab.llm.heads import head_features
from reranklab.llm.local import WindowTask, read_attention
from reranklab.models.catalogue import find_model
from reranklab.models.clock import RunClock
from reranklab.models.device import cpu
from reranklab.models.loaded import LoadedModel
from reranklab.models.pool import POOL
from reranklab.rankers.listwise_models import load_watched_causal
from reranklab.types import Document, Query

if TYPE_CHECKING:
    import torch

WINDOW = 20
PASSAGE_TOKENS = 128
RIDGE = 300.0
SEED = 7


def fit_weights(features: Sequence[torch.Tensor], grades: Sequence[Sequence[int]], *, ridge: float) -> list[float]:
    """Non-negative ridge regression of the grades, centred within each query, on standardised head features.

    `features` holds a (passages, heads) matrix a query, `grades` the grades of its passages. Returns a weight for each head.
    """
    import numpy as np
    from scipy.optimize import nnls

    matrix = np.concatenate([values.double().numpy() for values in features])
    target = np.concatenate([np.asarray(values, dtype=float) - np.mean(values) for values in grades])
    heads = matrix.shape[1]
    weights, _ = nnls(np.vstack([matrix, np.sqrt(ridge) * np.eye(heads)]), np.concatenate([target, np.zeros(heads)]))
    return [float(weight) for weight in weights]


def training_lists(collection: Collection, *, queries: int) -> Iterator[tuple[Query, list[Document], list[int]]]:
    """Sampled queries with their relevant documents and BM25's best others, WINDOW in all, shuffled: order must not leak."""
    index = CollectionStatistics(collection).index(SEARCH_ANALYSER)
    for query in sample_queries(collection, number=queries, seed=SEED):
        grades = collection.qrels[query.id]
        present = [document for document in judged_candidates(collection, query.id) if grades[document.id] > 0]
        relevant = present[: WINDOW // 2]
        found = bm25_candidates(collection, index, query, k=2 * WINDOW)
        others = [document for document in found if grades.get(document.id, 0) <= 0]
        documents = (relevant + others)[:WINDOW]
        random.Random(f"{SEED} {query.id}").shuffle(documents)
        yield query, documents, [grades.get(document.id, 0) for document in documents]


def list_features(model: LoadedModel, query: Query, documents: Sequence[Document]) -> torch.Tensor:
    """Head features (passages, layers x heads) of one list, as the attention method computes them."""
    tokens = control_tokens(model.tokenizer)
    texts = [escape_prompt_text(document.content, tokens) for document in documents]
    passages = [ids[:PASSAGE_TOKENS] for ids in model.tokenizer(texts, add_special_tokens=False)["input_ids"]]
    text = escape_prompt_text(query.text, tokens)
    task = WindowTask(model=model, query=text, passages=passages, clock=RunClock(cpu()), cancel=None)
    return head_features(read_attention(task))


def main() -> int:
    """Compute features, fit, write."""
    import torch

    parser = argparse.ArgumentParser(description="Fit head weights for the attention method.")
    parser.add_argument("--dataset", type=Path, required=True)
    parser.add_argument("--split", default="train")
    parser.add_argument("--queries", type=int, default=45)
    parser.add_argument("--features", type=Path, required=True)
    parser.add_argument("--model", default="embedded/SmolLM2-135M-Instruct")
    parser.add_argument("--output", type=Path, default=Path(__file__).parent / "head_weights" / "smollm2-135m-instruct.json")
    options = parser.parse_args()
    entry = find_model(options.model, kinds=("causal-lm",))
    model = POOL.get(entry, load_watched_causal, device=cpu(), precision="fp32")
    collection = load_collection(options.dataset, split=options.split)
    options.features.mkdir(parents=True, exist_ok=True)
    features, targets = [], []
    for query, documents, grades in training_lists(collection, queries=options.queries):
        kept = options.features / f"{query.id}.pt"
        if not kept.exists():
            torch.save(list_features(model, query, documents), kept)
        features.append(torch.load(kept, weights_only=True))
        targets.append(grades)
        sys.stderr.write(f"{len(features)} of {options.queries} queries\n")
    weights = fit_weights(features, targets, ridge=RIDGE)
    heads = model.network.config.num_attention_heads
    rows = [weights[start : start + heads] for start in range(0, len(weights), heads)]
    data = {
        "model": model.entry.id,
        "weights_sha256": model.weights_sha256,
        "fitted_on": f"{len(features)} queries of {collection.name} {options.split}",
        "ridge": RIDGE,
        "passage_tokens": PASSAGE_TOKENS,
        "reranklab": version("reranklab"),
        "weights": [[round(weight, 6) for weight in row] for row in rows],
    }
    options.output.write_text(json.dumps(data) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
