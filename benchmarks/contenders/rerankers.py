"""Rerankers that score a query's documents, each run as `python -m benchmarks.contenders.rerankers NAME FOLDER DEVICE [ID]`.

FOLDER is the cross-encoder's, as the model store keeps it. An item is {"query": text, "documents": [text, ...]}. The reply has
the "order", positions of documents from the best, and "scores" along the documents, null where they are no logits. Ours says
by which "engine", where there was a choice.
"""

from __future__ import annotations

import importlib
import math
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.contenders.serve import Work, serve

FLASHRANK = "ms-marco-MiniLM-L-12-v2"
FLASHRANK_FILES = ("config.json", "special_tokens_map.json", "tokenizer.json", "tokenizer_config.json", "vocab.txt")

_FOLDERS: list[tempfile.TemporaryDirectory[str]] = []

Scoring = Callable[[str, list[str]], Sequence[float]]


def ours(ranker_id: str, device: str) -> Work:
    from reranklab.engine.build import build_ranker
    from reranklab.types import LOGIT, Document, Query

    ranker = build_ranker(ranker_id, device=device)
    ranker.load()

    def work(item: Any) -> dict[str, Any]:
        documents = [Document(id=str(place), text=text) for place, text in enumerate(item["documents"])]
        ranking = ranker.rank(Query(text=item["query"]), documents)
        scores = {each.candidate: each.score for each in ranking.items}
        logits = [scores[place] for place in range(len(documents))] if ranking.scale == LOGIT else None
        engine = ranking.provenance.parameters.get("engine", "")
        return {"order": [each.candidate for each in ranking.items], "scores": logits, "engine": engine}

    return work


def sentence_transformers(folder: str, device: str, *, batch: int = 32, backend: str = "torch", **model: Any) -> Scoring:
    """`model` are keyword arguments of the model's loading. The scores are logits: the sigmoid is left out for all alike."""
    import torch
    from sentence_transformers import CrossEncoder

    network = CrossEncoder(folder, device=device, backend=backend, model_kwargs=model, local_files_only=True)  # type: ignore[arg-type]

    def scores(query: str, documents: list[str]) -> Sequence[float]:
        found = network.predict(
            [(query, text) for text in documents],
            batch_size=batch,
            activation_fn=torch.nn.Identity(),
            show_progress_bar=False,
        )
        return [float(score) for score in found]

    return scores


def exported(folder: str, device: str, *, backend: str, batch: int = 32) -> Scoring:
    """Exported by a process of its own, whose memory does not count."""
    importlib.import_module("optimum.intel" if backend == "openvino" else "optimum.onnxruntime")
    place = _folder()
    done = subprocess.run(
        [sys.executable, "-m", __spec__.name, "export", folder, place, backend], check=False, capture_output=True, text=True
    )
    if done.returncode:
        raise ImportError(f"the export failed: {done.stderr.strip().splitlines()[-1]}")
    names = {"onnx": "onnx/model.onnx", "openvino": "openvino/openvino_model.xml", "onnx-O3": "onnx/model_O3.onnx"}
    return sentence_transformers(
        place, device, batch=batch, backend=backend.partition("-")[0], file_name=names[backend], export=False
    )


def export(folder: str, place: str, backend: str) -> None:
    from sentence_transformers import CrossEncoder, export_optimized_onnx_model

    kind = backend.partition("-")[0]
    network = CrossEncoder(folder, device="cpu", backend=kind, model_kwargs={"export": True}, local_files_only=True)  # type: ignore[arg-type]
    network.save_pretrained(place)
    if backend == "onnx-O3":
        export_optimized_onnx_model(network, "O3", place)


def flashrank(folder: str) -> Scoring:
    """Its scores are the logits' sigmoid in single precision, from which the logits are taken back."""
    from flashrank import Ranker, RerankRequest
    from flashrank.Config import model_file_map

    cache = _folder()
    home = Path(cache) / FLASHRANK
    home.mkdir()
    for name in FLASHRANK_FILES:
        (home / name).symlink_to(Path(folder) / name)
    (home / model_file_map[FLASHRANK]).symlink_to(Path(folder) / "model.onnx")
    ranker = Ranker(model_name=FLASHRANK, cache_dir=cache, max_length=512)

    def scores(query: str, documents: list[str]) -> Sequence[float]:
        passages = [{"id": place, "text": text} for place, text in enumerate(documents)]
        found = {each["id"]: float(each["score"]) for each in ranker.rerank(RerankRequest(query=query, passages=passages))}
        return [_logit(found[place]) for place in range(len(documents))]

    return scores


def rerankers(folder: str, device: str) -> Scoring:
    from rerankers import Reranker

    ranker = Reranker(folder, model_type="cross-encoder", device=device, verbose=0)
    assert ranker is not None

    def scores(query: str, documents: list[str]) -> Sequence[float]:
        found = ranker.rank(query=query, docs=documents, doc_ids=list(range(len(documents))))
        by_id = {each.doc_id: float(each.score) for each in found.results}
        return [by_id[place] for place in range(len(documents))]

    return scores


def int8_file(folder: str, device: str) -> Scoring:
    importlib.import_module("optimum.onnxruntime")
    return sentence_transformers(folder, device, backend="onnx", file_name="model.onnx", export=False)


def _folder() -> str:
    """Deleted when the process ends."""
    folder = tempfile.TemporaryDirectory(prefix="contender-")
    _FOLDERS.append(folder)
    return folder.name


def _logit(probability: float) -> float:
    least = 1e-8
    inside = min(max(probability, least), 1 - least)
    return math.log(inside / (1 - inside))


def _by_score(scoring: Scoring) -> Work:
    def work(item: Any) -> dict[str, Any]:
        scores = scoring(item["query"], item["documents"])
        return {"order": sorted(range(len(scores)), key=lambda place: (-scores[place], place)), "scores": list(scores)}

    return work


_OPTIMUM = "optimum-onnx"
_INTEL = "optimum-intel openvino"
_PACKAGES: Mapping[str, tuple[str, ...]] = {
    "flashrank": ("flashrank", "onnxruntime"),
    "rerankers": ("rerankers", "torch", "transformers"),
}


def main() -> None:
    name, folder, device, *rest = sys.argv[1:]
    if name == "export":
        export(folder, device, *rest)
        return
    if name == "ours":
        from reranklab.errors import RerankLabError

        serve(
            lambda: ours(rest[0], device),
            install="reranklab[models]",
            packages=("onnxruntime", "torch", "numpy"),
            refusals=(RerankLabError,),
        )
        return
    import_of: Mapping[str, tuple[str, Callable[[], Scoring]]] = {
        "sentence-transformers": ("sentence-transformers", lambda: sentence_transformers(folder, device)),
        "batch-8": ("sentence-transformers", lambda: sentence_transformers(folder, device, batch=8)),
        "batch-128": ("sentence-transformers", lambda: sentence_transformers(folder, device, batch=128)),
        "bf16": ("sentence-transformers", lambda: sentence_transformers(folder, device, dtype="bfloat16")),
        "bf16-batch-8": ("sentence-transformers", lambda: sentence_transformers(folder, device, batch=8, dtype="bfloat16")),
        "fp16": ("sentence-transformers", lambda: sentence_transformers(folder, device, dtype="float16")),
        "fp16-batch-128": (
            "sentence-transformers",
            lambda: sentence_transformers(folder, device, batch=128, dtype="float16"),
        ),
        "onnx": (_OPTIMUM, lambda: exported(folder, device, backend="onnx")),
        "onnx-O3-batch-8": (_OPTIMUM, lambda: exported(folder, device, backend="onnx-O3", batch=8)),
        "onnx-int8": (_OPTIMUM, lambda: int8_file(folder, device)),
        "openvino": (_INTEL, lambda: exported(folder, device, backend="openvino")),
        "openvino-batch-8": (_INTEL, lambda: exported(folder, device, backend="openvino", batch=8)),
        "flashrank": ("flashrank", lambda: flashrank(folder)),
        "rerankers": ("rerankers", lambda: rerankers(folder, device)),
    }
    install, load = import_of[name]
    packages = _PACKAGES.get(name, ("sentence-transformers", "torch", "transformers"))
    if name.startswith("onnx"):
        packages = (*packages, "onnxruntime", "optimum-onnx")
    elif name.startswith("openvino"):
        packages = (*packages, "openvino", "optimum-intel")
    serve(lambda: _by_score(load()), install=install, packages=packages, refusals=(ImportError,))


if __name__ == "__main__":
    main()
