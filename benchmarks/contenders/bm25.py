"""BM25 searches of a whole collection: `python -m benchmarks.contenders.bm25 NAME DATASET`.

An item is {"queries": [text, ...], "depth": k}. The reply has the seconds of each query, its splitting into terms with it, as
"query_wall" and "query_cpu", and the "found" document ids, best first. All split texts by RerankLab's English analyser, and
have its k1 and b.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from benchmarks.contenders.serve import Work, serve
from reranklab.data.beir import load_dataset
from reranklab.data.collection import Collection
from reranklab.data.index import open_index
from reranklab.data.statistics import SEARCH_ANALYSER, SEARCH_B, SEARCH_K1
from reranklab.data.words import tokenise

Search = Callable[[str, int], list[str]]


def ours(collection: Collection) -> Search:
    index = open_index(collection, analyser=SEARCH_ANALYSER, k1=SEARCH_K1, b=SEARCH_B)
    return lambda text, depth: [document_id for document_id, _ in index.search(text, k=depth)]


def rank_bm25(collection: Collection) -> Search:
    from rank_bm25 import BM25Okapi

    ids, model = list(collection.documents), BM25Okapi(_terms_of(collection), k1=SEARCH_K1, b=SEARCH_B)
    return lambda text, depth: list(model.get_top_n(_terms(text), ids, n=depth))


def bm25s(collection: Collection) -> Search:
    import bm25s as library

    model = library.BM25(k1=SEARCH_K1, b=SEARCH_B)
    model.index(_terms_of(collection), show_progress=False)
    ids = np.array(list(collection.documents))

    def search(text: str, depth: int) -> list[str]:
        found, _ = model.retrieve([_terms(text)], corpus=ids, k=depth, show_progress=False)
        return [str(each) for each in found[0]]

    return search


def _terms(text: str) -> list[str]:
    return tokenise(text, analyser=SEARCH_ANALYSER)


def _terms_of(collection: Collection) -> list[list[str]]:
    return [_terms(document.content) for document in collection.documents.values()]


def _work(search: Search) -> Work:
    def work(item: Any) -> dict[str, Any]:
        seconds, processor, found = [], [], []
        for text in item["queries"]:
            wall, cpu = time.perf_counter(), time.process_time()
            found.append(search(text, item["depth"]))
            seconds.append(time.perf_counter() - wall)
            processor.append(time.process_time() - cpu)
        return {"query_wall": seconds, "query_cpu": processor, "found": found}

    return work


_SEARCHES: Mapping[str, Callable[[Collection], Search]] = {"reranklab": ours, "rank-bm25": rank_bm25, "bm25s": bm25s}


def main() -> None:
    name, dataset = sys.argv[1:]
    collection = load_dataset(dataset)
    packages = ("reranklab", "numpy", *({name} - {"reranklab"}))
    serve(lambda: _work(_SEARCHES[name](collection)), install=name, packages=packages)


if __name__ == "__main__":
    main()
