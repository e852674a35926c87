"""Embeddings of documents: `python -m benchmarks.contenders.biencoder NAME FOLDER DEVICE [ID]`, FOLDER the model's.

An item is {"documents": [text, ...]}; the reply has the "vectors", of length 1, as the base64 of float32 values by row, and
their "dimensions".
"""

from __future__ import annotations

import base64
import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from benchmarks.contenders.serve import Work, serve

Embedding = Callable[[Sequence[str]], Any]


def ours(ranker_id: str, device: str) -> Embedding:
    """The way of a ranking's documents: texts to lengths, batches and vectors. Nothing is kept on disk."""
    from reranklab.engine.build import build_ranker
    from reranklab.models.clock import RunClock
    from reranklab.rankers.vectors.embeddings import embed, text_lengths

    ranker: Any = build_ranker(ranker_id, device=device)
    model, prefix = ranker.reference.get(), ranker.reference.entry.document_prefix
    batch_tokens = ranker.spec.integer("batch_tokens", low=1, high=1 << 20)

    def embedded(texts: Sequence[str]) -> Any:
        clock = RunClock(model.device)
        with clock.turn():
            lengths = text_lengths(model, texts, prefix=prefix)
        return embed(model, texts, lengths, prefix=prefix, batch_tokens=batch_tokens, clock=clock)

    return embedded


def sentence_transformers(folder: str, device: str, *, batch: int = 32) -> Embedding:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(folder, device=device, local_files_only=True)
    return lambda texts: model.encode(list(texts), batch_size=batch, normalize_embeddings=True, show_progress_bar=False)


def _work(embed: Embedding) -> Work:
    def work(item: Any) -> dict[str, Any]:
        vectors = np.asarray(embed(item["documents"]), dtype="<f4")
        return {"vectors": base64.b64encode(vectors.tobytes()).decode("ascii"), "dimensions": vectors.shape[1]}

    return work


def main() -> None:
    name, folder, device, *rest = sys.argv[1:]
    if name == "ours":
        from reranklab.errors import RerankLabError

        packages, refusals = ("reranklab", "onnxruntime", "torch"), (RerankLabError,)
        serve(lambda: _work(ours(rest[0], device)), install="reranklab[models]", packages=packages, refusals=refusals)
        return
    load = partial(sentence_transformers, folder, device, batch=int(name.removeprefix("batch-")))
    packages = ("sentence-transformers", "torch", "transformers")
    serve(lambda: _work(load()), install="sentence-transformers", packages=packages)


if __name__ == "__main__":
    main()
